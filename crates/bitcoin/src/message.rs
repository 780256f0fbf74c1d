//! Generic signed messages (BIP-322): a transaction that cannot be mined, whose signature signs words.
//!
//! `to_spend` pays nothing to the address and commits to the message; `to_sign` spends it. A request to sign is a PSBT of
//! `to_sign` that states the message. Here `to_spend` is made anew from message and address, and its id compared.

use bitcoin::absolute::LockTime;
use bitcoin::script::{Builder, Instruction};
use bitcoin::transaction::Version;
use bitcoin::{
    Address, Amount, OutPoint, Psbt, Script, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness, consensus,
};
use vitrine_review::{Address as Shown, Effect, EffectKind, Proof, Section, Value};

use crate::bytes::slice;
use crate::count::count;
use crate::decode::keys::SIGNED_MESSAGE;
use crate::findings::{Notes, Says};
use crate::keyvalue::{MapKind, Maps};
use crate::limits::MAX_MESSAGE_BYTES;
use crate::review::{SectionBuilder, term};
use crate::tagged::tagged_hash;
use crate::{CheckedInput, Network};

const TAG: &str = "BIP0322-signed-message";
const DO_NOT_SIGN: &str = "Do not sign. Ask for the request again from the program that made it.";

/// A message that a request signs: its `to_spend` was recomputed from message and address, and is what is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedMessage {
    text: String,
    challenge: ScriptBuf,
    address: Option<String>,
    /// Coins whose control is proven beside the address: all inputs but the first.
    further_inputs: usize,
}

impl SignedMessage {
    /// The message. It is somebody else's text: escape it wherever it is shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The address that signs; none if its script has none.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The signature as BIP-322 writes it: variant, then base64.
    pub(crate) fn encode(&self, signed: &Transaction, inputs: &[CheckedInput]) -> Option<String> {
        let base64 = |variant: &str, bytes: &[u8]| format!("{variant}{}", data_encoding::BASE64.encode(bytes));
        let [first] = signed.input.as_slice() else {
            return proof_of_funds(signed, inputs).map(|psbt| base64("pof", &psbt.serialize()));
        };
        let native = self.challenge.is_p2wpkh() || self.challenge.is_p2wsh() || self.challenge.is_p2tr();
        let plain = signed.version == Version(0) && signed.lock_time == LockTime::ZERO;
        if native && plain && first.sequence == Sequence::ZERO {
            return Some(base64("smp", &consensus::serialize(&first.witness)));
        }
        Some(base64("ful", &consensus::serialize(signed)))
    }
}

/// The finished PSBT that proves control of further coins.
fn proof_of_funds(signed: &Transaction, inputs: &[CheckedInput]) -> Option<Psbt> {
    let mut unsigned = signed.clone();
    for input in &mut unsigned.input {
        (input.script_sig, input.witness) = (ScriptBuf::new(), Witness::new());
    }
    let mut psbt = Psbt::from_unsigned_tx(unsigned).ok()?;
    for ((of_psbt, input), txin) in psbt.inputs.iter_mut().zip(inputs).zip(&signed.input) {
        let output =
            TxOut { value: Amount::from_sat(input.amount_sat()?), script_pubkey: input.script_pubkey()?.to_owned() };
        of_psbt.non_witness_utxo = input.previous_transaction().cloned();
        of_psbt.witness_utxo = (!txin.witness.is_empty()).then_some(output);
        of_psbt.final_script_sig = (!txin.script_sig.is_empty()).then(|| txin.script_sig.clone());
        of_psbt.final_script_witness = (!txin.witness.is_empty()).then(|| txin.witness.clone());
    }
    Some(psbt)
}

/// The tagged hash of a message.
pub(crate) fn message_hash(message: &[u8]) -> [u8; 32] {
    tagged_hash(TAG, &[message])
}

/// The transaction that a message's signature spends: it pays nothing to `challenge`, and nobody can mine it.
pub(crate) fn to_spend(message: &[u8], challenge: &Script) -> Transaction {
    let script_sig = Builder::new().push_int(0).push_slice(message_hash(message)).into_script();
    let input =
        TxIn { previous_output: OutPoint::null(), script_sig, sequence: Sequence::ZERO, witness: Witness::new() };
    let output = TxOut { value: Amount::ZERO, script_pubkey: challenge.to_owned() };
    Transaction { version: Version(0), lock_time: LockTime::ZERO, input: vec![input], output: vec![output] }
}

/// The message that a request states, if it states one.
fn stated<'a>(bytes: &'a [u8], maps: &Maps) -> Option<&'a [u8]> {
    maps.global.single(SIGNED_MESSAGE).map(|kv| slice(bytes, kv.value))
}

/// Gives the first input the `to_spend` that the stated message makes, if that is what it spends.
///
/// Amount and script of the input are then proven like those of any other: by the id of the transaction it spends.
pub(crate) fn add_to_spend(psbt: &mut Psbt, bytes: &[u8], maps: &Maps) {
    let first = psbt.inputs.first_mut().zip(psbt.unsigned_tx.input.first());
    let (Some(message), Some((input, txin))) = (stated(bytes, maps), first) else { return };
    if input.non_witness_utxo.is_some() || message.len() > MAX_MESSAGE_BYTES {
        return;
    }
    let made = input.witness_utxo.as_ref().map(|utxo| to_spend(message, &utxo.script_pubkey));
    input.non_witness_utxo = made.filter(|tx| txin.previous_output == OutPoint::new(tx.compute_txid(), 0));
}

/// The message that the request signs; none if it signs a payment, or if a finding refuses it.
pub(crate) fn check_message(
    transaction: &Transaction,
    inputs: &[CheckedInput],
    (bytes, maps): (&[u8], &Maps),
    network: Network,
    notes: &mut Notes,
) -> Option<SignedMessage> {
    let check = MessageCheck { transaction, inputs };
    let Some(message) = stated(bytes, maps) else {
        if check.is_to_sign() || check.spends_to_spend() {
            let truth = "The transaction is made to sign a message, and the request does not say which.".to_owned();
            let consequence = "You would agree to words that you cannot read.";
            notes.add("btc.message-missing", None, Says(truth, consequence, DO_NOT_SIGN));
        }
        return None;
    };
    let text = readable(message, notes)?;
    let challenge = check.challenge(message, notes)?;
    check.note_sighash(notes)?;
    let address = Address::from_script(challenge, network.to_bitcoin()).ok().map(|address| address.to_string());
    let further_inputs = inputs.len().saturating_sub(1);
    let signed = SignedMessage { text, challenge: challenge.to_owned(), address, further_inputs };
    note_message(&signed, notes);
    Some(signed)
}

fn field(name: &str) -> Option<String> {
    Some(format!("{}.{name}", MapKind::Global.code()))
}

/// The message as text, if a person can read it.
fn readable(message: &[u8], notes: &mut Notes) -> Option<String> {
    let text = std::str::from_utf8(message).ok().filter(|text| text.len() <= MAX_MESSAGE_BYTES);
    if text.is_none() {
        let truth = format!("The message is not text of at most {MAX_MESSAGE_BYTES} bytes.");
        let consequence = "Nobody can read what the signature would say.";
        notes.add("btc.message-unreadable", field("signed-message[0]"), Says(truth, consequence, DO_NOT_SIGN));
    }
    text.map(str::to_owned)
}

struct MessageCheck<'a> {
    transaction: &'a Transaction,
    inputs: &'a [CheckedInput],
}

impl<'a> MessageCheck<'a> {
    /// Whether the transaction has the form of `to_sign`: it can pay nobody.
    fn is_to_sign(&self) -> bool {
        let pays_nobody = match self.transaction.output.as_slice() {
            [output] => output.value == Amount::ZERO && output.script_pubkey.as_bytes() == [0x6a],
            _ => false,
        };
        pays_nobody && self.inputs.first().is_some_and(|input| input.outpoint().vout == 0)
    }

    /// Whether any input spends a `to_spend`, of whatever message.
    fn spends_to_spend(&self) -> bool {
        self.inputs.iter().filter_map(CheckedInput::previous_transaction).any(is_to_spend)
    }

    /// The script that signs, if the transaction is the one that signs this message by it.
    fn challenge(&self, message: &[u8], notes: &mut Notes) -> Option<&'a Script> {
        let first = self.inputs.first();
        let script = first.and_then(CheckedInput::script_pubkey);
        let challenge = script.filter(|script| {
            let expected = OutPoint::new(to_spend(message, script).compute_txid(), 0);
            first.is_some_and(|input| input.outpoint() == expected)
        });
        let version = matches!(self.transaction.version, Version(0) | Version::TWO);
        let another = self.inputs.iter().skip(1).filter_map(CheckedInput::previous_transaction).any(is_to_spend);
        if challenge.is_none() || !version || !self.is_to_sign() || another {
            let truth = "The request states a message, and its transaction is not the one that signs it.".to_owned();
            let consequence = "You would read one thing and sign another.";
            let says = Says(truth, consequence, DO_NOT_SIGN);
            notes.add("btc.message-mismatch", field("signed-message[0]"), says);
            return None;
        }
        challenge
    }

    /// Only signatures over everything are of this transaction alone; others could be carried into a payment.
    fn note_sighash(&self, notes: &mut Notes) -> Option<()> {
        let Some(n) = self.inputs.iter().position(|input| !input.sighash_type().fixes_everything()) else {
            return Some(());
        };
        let truth = format!("The message's input {n} asks for a signature that does not fix everything.");
        let consequence = "Others could carry the signature into a payment.";
        let field = Some(format!("{}.sighash", MapKind::Input(n).code()));
        notes.add("btc.message-sighash", field, Says(truth, consequence, DO_NOT_SIGN));
        None
    }
}

/// Whether a transaction is the `to_spend` of some message.
fn is_to_spend(transaction: &Transaction) -> bool {
    let ([input], [output]) = (transaction.input.as_slice(), transaction.output.as_slice()) else { return false };
    let pushes: Vec<_> = input.script_sig.instructions().map_while(Result::ok).collect();
    let hash = matches!(pushes.as_slice(), [Instruction::PushBytes(zero), Instruction::PushBytes(hash)]
        if zero.is_empty() && hash.len() == 32);
    input.previous_output == OutPoint::null() && output.value == Amount::ZERO && hash
}

fn note_message(message: &SignedMessage, notes: &mut Notes) {
    let who = message.address.as_deref().unwrap_or("a script without an address");
    let truth = format!("This signs a message, it pays nobody. It is signed as {who}.");
    let consequence = "Whoever has the signature can show that you agreed to every word.";
    let says = Says(truth, consequence, "Read the whole message.");
    notes.add("btc.message-signed", Some("btc.message.text".to_owned()), says);
    if message.further_inputs > 0 {
        let coins = count(message.further_inputs, "further coin");
        let truth = format!("The signature proves control of {coins}; none of them moves.");
        let consequence = "Everybody who sees it knows that they belong together.";
        notes.add("btc.message-shows-funds", None, Says(truth, consequence, "Ask whether that is meant."));
    }
}

/// What vouches for the message: its hash is in the transaction that is spent.
fn proof() -> Proof {
    Proof::Proven("message-hash", "the transaction that is signed, made anew from message and address".to_owned())
}

/// The message as a section of the review.
pub(crate) fn section(message: &SignedMessage) -> Section {
    let mut section = SectionBuilder::new("Message", "btc.message", "Message to be signed");
    section.add("meaning", "Meaning", term("This signs a message, it pays nobody"), proof());
    section.add("text", "Message", Value::Untrusted(message.text.clone()), proof());
    section.add("hex", "Message as bytes", Value::Bytes(message.text.as_bytes().to_vec()), proof());
    let address = message.address.as_deref().map_or_else(|| term("none"), |text| Value::Address(Shown::new(text)));
    section.add("address", "Signed as", address, proof());
    section.add("script", "Locking script", Value::Bytes(message.challenge.to_bytes()), proof());
    let coins = Value::Count(message.further_inputs as u64, "coins");
    section.add("further-coins", "Further coins proven", coins, Proof::signed_bytes());
    section.build()
}

/// Signing a message as the one consequence of a request.
pub(crate) fn effect(message: &SignedMessage) -> Effect {
    let coins = count(message.further_inputs, "further coin");
    let provenance = if message.further_inputs == 0 { Vec::new() } else { vec![format!("Proves control of {coins}")] };
    Effect {
        kind: EffectKind::SignsMessage,
        amount: None,
        token: None,
        role: "Message".to_owned(),
        sentence: "This signs a message, it pays nobody.".to_owned(),
        address: message.address.as_deref().map(Shown::new),
        proof: proof(),
        provenance,
        fields: ["text", "hex", "address", "script"].map(|name| format!("btc.message.{name}")).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr as _;

    #[test]
    fn the_published_hashes_are_ours() {
        let vectors = include_str!("../../../tests/vectors/bip322.tsv");
        let hashes: Vec<Vec<&str>> =
            vectors.lines().filter(|l| l.starts_with("hash\t")).map(|l| l.split('\t').collect()).collect();
        assert_eq!(hashes.len(), 3);
        for row in hashes {
            let &[_, message, address, hash, to_spend_id, to_sign_id] = row.as_slice() else { panic!("{row:?}") };
            let message = data_encoding::HEXLOWER.decode(message.as_bytes()).unwrap();
            let script = Address::from_str(address).unwrap().assume_checked().script_pubkey();
            assert_eq!(data_encoding::HEXLOWER.encode(&message_hash(&message)), hash);
            let spent = to_spend(&message, &script);
            assert!(is_to_spend(&spent));
            assert_eq!(spent.compute_txid().to_string(), to_spend_id);
            let to_sign = Transaction {
                version: Version(0),
                lock_time: LockTime::ZERO,
                input: vec![TxIn {
                    previous_output: OutPoint::new(spent.compute_txid(), 0),
                    script_sig: ScriptBuf::new(),
                    sequence: Sequence::ZERO,
                    witness: Witness::new(),
                }],
                output: vec![TxOut { value: Amount::ZERO, script_pubkey: ScriptBuf::from_bytes(vec![0x6a]) }],
            };
            assert_eq!(to_sign.compute_txid().to_string(), to_sign_id);
        }
    }
}
