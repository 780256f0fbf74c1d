//! What was signed before: no coin for two transactions, no nonce for two digests.

use std::collections::BTreeMap;

use vitrine_review::{Recorded, sha256};

use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;
use crate::{CheckedPsbt, Nonce, Verified};

/// One earlier signing, as a ceremony's record keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierSigning {
    /// Id of the unsigned transaction.
    pub transaction: String,
    /// SHA-256 of the transaction's outputs, serialized one after the other.
    pub outputs_sha256: [u8; 32],
    /// Own coins that were signed for: outpoint as `txid:vout`, and the amount in satoshis as it was reviewed.
    pub coins: Vec<(String, Option<u64>)>,
    /// Nonces of the signatures.
    pub nonces: Vec<Nonce>,
}

/// All earlier signings that a ceremony knows of.
#[derive(Clone, Debug, Default)]
pub struct SigningMemory {
    signings: Vec<(EarlierSigning, Recorded)>,
    /// Positions in `signings` by outpoint, each with the amount of then.
    coins: BTreeMap<String, Vec<(usize, Option<u64>)>>,
    /// What each nonce signed.
    nonces: BTreeMap<[u8; 32], [u8; 32]>,
}

impl SigningMemory {
    /// Remembers one more signing, and where it is recorded.
    pub fn add(&mut self, signing: EarlierSigning, recorded: Recorded) {
        for (outpoint, amount_sat) in &signing.coins {
            self.coins.entry(outpoint.clone()).or_default().push((self.signings.len(), *amount_sat));
        }
        self.nonces.extend(signing.nonces.iter().map(|nonce| (nonce.r, nonce.digest)));
        self.signings.push((signing, recorded));
    }

    /// How many signings are remembered.
    pub fn len(&self) -> usize {
        self.signings.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.signings.is_empty()
    }

    /// The digest that a nonce signed, if it is remembered.
    pub(crate) fn digest_of(&self, r: &[u8; 32]) -> Option<&[u8; 32]> {
        self.nonces.get(r)
    }
}

impl CheckedPsbt {
    /// Compares the request with what was signed before.
    ///
    /// A coin that was signed for with other outputs, other inputs or another amount refuses the request: two such
    /// signatures together can pay any amount as fee, and both transactions exist. The same transaction with the same
    /// amounts once more is a fact.
    #[must_use]
    pub fn with_memory(mut self, memory: &SigningMemory) -> Self {
        let mut notes = Notes::default();
        let transaction = self.transaction().compute_txid().to_string();
        let outputs = outputs_sha256(&self);
        let mut again = false;
        for (n, input) in self.inputs().iter().enumerate().filter(|(_, input)| input.own().is_some()) {
            let known = memory.coins.get(&input.outpoint().to_string()).map(Vec::as_slice).unwrap_or_default();
            for (signing, amount_sat) in known {
                let Some((earlier, recorded)) = memory.signings.get(*signing) else { continue };
                match difference(earlier, *amount_sat, &transaction, outputs, input.amount_sat()) {
                    None => again = true,
                    Some(what) => note_signed_before(n, &what, (earlier, recorded), &mut notes),
                }
            }
        }
        if again {
            let truth = "This very transaction was signed before, with the same amounts.".to_owned();
            notes.add("btc.transaction-signed-before", None, Says(truth, "", ""));
        }
        self.findings.extend(notes.into_vec());
        self.memory = memory.clone();
        self
    }

    /// What is to be remembered of a signing of this request: no coin, where nothing but nonces came back.
    pub fn to_remember(&self, verified: &Verified) -> EarlierSigning {
        let own = self.inputs().iter().filter(|input| input.own().is_some() && !verified.is_nonces_alone());
        EarlierSigning {
            transaction: self.transaction().compute_txid().to_string(),
            outputs_sha256: outputs_sha256(self),
            coins: own.map(|input| (input.outpoint().to_string(), input.amount_sat())).collect(),
            nonces: verified.nonces().to_vec(),
        }
    }
}

fn outputs_sha256(checked: &CheckedPsbt) -> [u8; 32] {
    let outputs = checked.transaction().output.iter();
    let bytes: Vec<u8> = outputs.flat_map(bitcoin::consensus::serialize).collect();
    *sha256(&bytes).as_bytes()
}

/// In what an earlier signing for the same coin differs; none if it was the same.
fn difference(
    earlier: &EarlierSigning,
    earlier_sat: Option<u64>,
    transaction: &str,
    outputs: [u8; 32],
    now_sat: Option<u64>,
) -> Option<String> {
    let sat = |amount: Option<u64>| amount.map_or("no amount".to_owned(), |sat| format!("{sat} sat"));
    if earlier_sat != now_sat {
        return Some(format!("as {}, now {}", sat(earlier_sat), sat(now_sat)));
    }
    if earlier.outputs_sha256 != outputs {
        return Some("with other outputs".to_owned());
    }
    (earlier.transaction != transaction).then(|| "in another transaction with the same outputs".to_owned())
}

fn note_signed_before(n: usize, what: &str, (earlier, recorded): (&EarlierSigning, &Recorded), notes: &mut Notes) {
    let txid = vitrine_review::escape(&earlier.transaction);
    let truth = format!("The coin of input {n} was signed for before, {what}: {recorded}, transaction {txid}.");
    let consequence = "Together the two signatures can pay somebody, or a miner, more than either review showed.";
    let action = format!(
        "Do not sign. Find out what became of transaction {txid}; to make it move sooner, see “Replace a signed \
         transaction” in the operator's guide."
    );
    let field = Some(format!("{}.outpoint-txid", MapKind::Input(n).code()));
    notes.add("btc.outpoint-signed-before", field, Says(truth, consequence, &action));
}
