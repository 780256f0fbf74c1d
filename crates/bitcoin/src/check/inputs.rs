//! The inputs: which amounts are proven, which scripts are ours.

use std::collections::BTreeMap;

use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::{OutPoint, Psbt, Script, ScriptBuf, Transaction, TxOut, psbt};

use super::ours::Ours;
use super::{CheckedInput, InputAmount};
use crate::count::count;
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;
use crate::sighash::Spend;
use crate::{OwnScript, ScriptKind, SighashType};

const ASK_AGAIN: &str = "Do not sign. Ask for the request again from the wallet that made it.";

/// Checks each input; takes the previous transactions out of the PSBT.
pub(crate) fn check_inputs(psbt: &mut Psbt, ours: &Ours<'_>, notes: &mut Notes) -> Vec<CheckedInput> {
    let mut checked = Vec::with_capacity(psbt.inputs.len());
    for (n, (txin, input)) in psbt.unsigned_tx.input.iter().zip(&mut psbt.inputs).enumerate() {
        let previous = input.non_witness_utxo.take();
        let of_tx = (txin.previous_output, txin.sequence);
        checked.push(InputCheck { n, input, ours, notes }.check(of_tx, previous));
    }
    note_duplicates(&checked, notes);
    bind_amounts(&mut checked);
    note_unproven(&checked, notes);
    note_witnesses(&checked, notes);
    checked
}

/// One input while it is checked.
struct InputCheck<'a> {
    n: usize,
    input: &'a psbt::Input,
    ours: &'a Ours<'a>,
    notes: &'a mut Notes,
}

impl InputCheck<'_> {
    fn check(
        mut self,
        (outpoint, sequence): (OutPoint, bitcoin::Sequence),
        previous: Option<Transaction>,
    ) -> CheckedInput {
        let previous_transaction = previous.filter(|tx| self.is_genuine(tx, outpoint));
        let (utxo, amount) = self.utxo(previous_transaction.as_ref(), outpoint);
        let script_pubkey = utxo.map(|utxo| utxo.script_pubkey);
        let own = script_pubkey.as_deref().and_then(|script| self.ours.find(script)).cloned();
        self.note_ownership(own.as_ref());
        let scripts = script_pubkey.as_deref().map(|script| self.inner_scripts(script));
        let spend = spend_of(script_pubkey.as_deref(), own.as_ref(), scripts.as_ref());
        self.note_legacy_claim(&spend, amount);
        let sighash_type = self.sighash_type(&spend, own.is_some());
        let kind = own.as_ref().map_or_else(|| kind_of(script_pubkey.as_deref(), scripts.as_ref()), OwnScript::kind);
        let is_final = self.note_final(own.is_some());
        CheckedInput {
            outpoint,
            sequence,
            previous_transaction,
            amount,
            script_pubkey,
            kind,
            own,
            sighash_type,
            spend,
            is_final,
            present: Vec::new(),
            leaves: Vec::new(),
            joint_keys: Vec::new(),
            missing: None,
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        Some(format!("{}.{name}", MapKind::Input(self.n).code()))
    }

    fn note(&mut self, code: &'static str, field: &str, truth: String, consequence: &str, action: &str) {
        let field = self.field(field);
        self.notes.add(code, field, Says(truth, consequence, action));
    }

    /// Whether a previous transaction has the id that the input names; anything else proves nothing.
    fn is_genuine(&mut self, previous: &Transaction, outpoint: OutPoint) -> bool {
        let genuine = previous.compute_txid() == outpoint.txid;
        if !genuine {
            let truth = format!("Input {} comes with a previous transaction that is not the one it spends.", self.n);
            let consequence = "Its amount is invented. The fee could be anything.";
            self.note("btc.previous-transaction-forged", "outpoint-txid", truth, consequence, ASK_AGAIN);
        }
        genuine
    }

    /// The spent output, and how sure its amount is.
    fn utxo(&mut self, previous: Option<&Transaction>, outpoint: OutPoint) -> (Option<TxOut>, InputAmount) {
        let claimed = self.input.witness_utxo.as_ref();
        let vout = usize::try_from(outpoint.vout).unwrap_or(usize::MAX);
        let proven = previous.and_then(|tx| tx.output.get(vout));
        if let (Some(tx), None) = (previous, proven) {
            let outputs = tx.output.len();
            let truth = format!("Input {} spends output {vout} of a transaction that has {outputs}.", self.n);
            let consequence = "There is no such coin.";
            self.note("btc.previous-output-missing", "outpoint-vout", truth, consequence, ASK_AGAIN);
        }
        if let (Some(proven), Some(claimed)) = (proven, claimed)
            && proven != claimed
        {
            let truth = contradiction(self.n, proven, claimed);
            let consequence = "One would be shown and the other signed.";
            self.note("btc.amount-contradiction", "amount", truth, consequence, ASK_AGAIN);
        }
        match (proven, claimed) {
            (Some(out), _) => (Some(out.clone()), InputAmount::Proven(out.value.to_sat())),
            (None, Some(out)) => (Some(out.clone()), InputAmount::Claimed(out.value.to_sat())),
            (None, None) => (None, InputAmount::Unknown),
        }
    }

    fn note_ownership(&mut self, own: Option<&OwnScript>) {
        let plain = self.input.bip32_derivation.values();
        let taproot = self.input.tap_key_origins.values().map(|(_, source)| source);
        let mut origins = plain.chain(taproot);
        match own {
            Some(own) => {
                let claimed = origins.any(|(_, path)| names(path, own));
                if !claimed {
                    let name = vitrine_review::escape(own.wallet_name());
                    let truth = format!("Input {} spends a coin of {name}, and the request does not say so.", self.n);
                    let consequence = "It is counted as leaving this treasury.";
                    let action = "Ask why the coin was not declared before you sign.";
                    self.note("btc.own-input-hidden", "owner", truth, consequence, action);
                }
            }
            None => {
                if origins.any(|(fingerprint, _)| self.ours.claims(*fingerprint)) {
                    let truth = format!("Input {} claims a key of this treasury, and no wallet derives it.", self.n);
                    let consequence = "It is counted as somebody else's coin and will not be signed.";
                    let action = "Register the wallet it belongs to, or ask where the claim comes from.";
                    self.note("btc.own-input-not-proven", "owner", truth, consequence, action);
                }
            }
        }
    }

    /// The redeem and witness scripts, each only if it hashes to what the coin is locked to (BIP-16, BIP-141).
    fn inner_scripts(&mut self, script_pubkey: &Script) -> InnerScripts {
        let redeem = self.input.redeem_script.clone();
        let redeem = redeem.filter(|redeem| self.matches("redeem", script_pubkey == redeem.to_p2sh().as_script()));
        let program = redeem.clone().unwrap_or_else(|| script_pubkey.to_owned());
        let witness = self.input.witness_script.clone();
        let witness = witness.filter(|script| self.matches("witness", program == script.to_p2wsh()));
        InnerScripts { redeem, witness }
    }

    fn matches(&mut self, which: &str, matches: bool) -> bool {
        if !matches {
            let truth = format!("The {which} script of input {} is not the one its coin is locked to.", self.n);
            let consequence = "A signature over it would be for something else.";
            self.note("btc.script-mismatch", &format!("{which}-script"), truth, consequence, ASK_AGAIN);
        }
        matches
    }

    fn note_legacy_claim(&mut self, spend: &Spend, amount: InputAmount) {
        if matches!(spend, Spend::Legacy(_)) && matches!(amount, InputAmount::Claimed(_)) {
            let truth = format!("The amount of input {} is only claimed, and its signature does not fix it.", self.n);
            let consequence = "A wrong amount would go to the miner, and nobody would notice.";
            let action = "Do not sign. Ask for the request with full previous transactions.";
            self.note("btc.witness-utxo-for-legacy", "amount", truth, consequence, action);
        }
    }

    fn sighash_type(&mut self, spend: &Spend, own: bool) -> SighashType {
        let stated = self.input.sighash_type.map(psbt::PsbtSighashType::to_u32);
        let sighash_type = match spend {
            Spend::Taproot => SighashType::of_taproot(stated),
            Spend::Legacy(_) | Spend::SegwitV0(_) | Spend::Unknown => SighashType::of_ecdsa(stated),
        };
        if own {
            self.note_sighash(sighash_type);
        }
        sighash_type
    }

    fn note_sighash(&mut self, sighash_type: SighashType) {
        let truth = format!("Input {} asks for a signature of type {}.", self.n, sighash_type.name());
        let action = "Ask for a request with sighash type ALL.";
        if sighash_type.anyone_can_pay() {
            let consequence = "Others can take the signature into another transaction.";
            self.note("btc.sighash-anyone-can-pay", "sighash", truth.clone(), consequence, action);
        }
        let (code, consequence) = match sighash_type {
            SighashType::None | SighashType::NoneAnyoneCanPay => {
                ("btc.sighash-none", "Others can choose every output. The whole input can be lost.")
            }
            SighashType::Single | SighashType::SingleAnyoneCanPay => {
                ("btc.sighash-single", "Others can choose every output but one.")
            }
            SighashType::Unknown(_) => ("btc.sighash-unknown", "Nobody can say what the signature would fix."),
            SighashType::Default | SighashType::All | SighashType::AllAnyoneCanPay => return,
        };
        self.note(code, "sighash", truth, consequence, action);
    }

    fn note_final(&mut self, own: bool) -> bool {
        let is_final = self.input.final_script_sig.is_some() || self.input.final_script_witness.is_some();
        if is_final && own {
            let truth = format!("Input {} of this treasury is finished already.", self.n);
            let consequence = "There is nothing left to sign in it.";
            self.note("btc.already-final", "owner", truth, consequence, "Ask for the unsigned request.");
        } else if is_final {
            let truth = format!("Input {} was finished by somebody else.", self.n);
            let consequence = "Whether its script accepts is known only when the transaction is complete.";
            self.note("btc.foreign-input-final", "owner", truth, consequence, "Sign before the others do.");
        }
        is_final
    }
}

fn contradiction(n: usize, proven: &TxOut, claimed: &TxOut) -> String {
    let (proven_sat, claimed_sat) = (proven.value.to_sat(), claimed.value.to_sat());
    if proven_sat == claimed_sat {
        return format!("The request states two different locking scripts for input {n}.");
    }
    format!("The previous transaction gives input {n} {proven_sat} sat, the request {claimed_sat} sat.")
}

/// Scripts behind hashes, verified to be those.
struct InnerScripts {
    redeem: Option<ScriptBuf>,
    witness: Option<ScriptBuf>,
}

/// How an input is unlocked: by our descriptor, or by the scripts that the request gives.
fn spend_of(script: Option<&Script>, own: Option<&OwnScript>, inner: Option<&InnerScripts>) -> Spend {
    let (Some(script), Some(inner)) = (script, inner) else { return Spend::Unknown };
    if script.is_p2tr() {
        return Spend::Taproot;
    }
    if let Some(own) = own {
        let version = own.descriptor().desc_type().segwit_version();
        return match own.descriptor().script_code() {
            Ok(code) if version.is_some() => Spend::SegwitV0(code),
            Ok(code) => Spend::Legacy(code),
            Err(_) => Spend::Unknown,
        };
    }
    let program = inner.redeem.as_deref().unwrap_or(script);
    if let Some(code) = program.p2wpkh_script_code() {
        return Spend::SegwitV0(code);
    }
    if program.is_p2wsh() {
        return inner.witness.clone().map_or(Spend::Unknown, Spend::SegwitV0);
    }
    if program.is_p2sh() || program.is_witness_program() {
        return Spend::Unknown;
    }
    Spend::Legacy(program.to_owned())
}

fn kind_of(script: Option<&Script>, inner: Option<&InnerScripts>) -> ScriptKind {
    let Some(script) = script else { return ScriptKind::Unknown };
    match inner.and_then(|inner| inner.redeem.as_deref()) {
        Some(redeem) if redeem.is_p2wpkh() => ScriptKind::P2shP2wpkh,
        Some(redeem) if redeem.is_p2wsh() => ScriptKind::P2shP2wsh,
        _ => ScriptKind::of(script),
    }
}

/// Whether a claimed path ends like one of our keys' paths: the same branch and index.
fn names(path: &DerivationPath, own: &OwnScript) -> bool {
    let claimed: &[ChildNumber] = path.as_ref();
    own.keys().iter().any(|key| {
        let steps: &[ChildNumber] = key.path().as_ref();
        let tail = steps.get(steps.len().saturating_sub(2)..).unwrap_or_default();
        claimed.ends_with(tail)
    })
}

fn note_duplicates(inputs: &[CheckedInput], notes: &mut Notes) {
    let mut seen = BTreeMap::new();
    for (n, input) in inputs.iter().enumerate() {
        if let Some(first) = seen.insert(input.outpoint, n) {
            let field = Some(format!("{}.outpoint-txid", MapKind::Input(n).code()));
            let truth = format!("Inputs {first} and {n} spend the same coin.");
            notes.add("btc.duplicate-input", field, Says(truth, "No node accepts that.", ASK_AGAIN));
        }
    }
}

/// Claimed amounts that our own taproot signature commits to are bound by it (BIP-341, sha_amounts).
fn bind_amounts(inputs: &mut [CheckedInput]) {
    let is_own_taproot = |input: &CheckedInput| input.own.is_some() && input.spend == Spend::Taproot;
    let all_bound = inputs.iter().any(|input| {
        is_own_taproot(input)
            && !input.sighash_type.anyone_can_pay()
            && !matches!(input.sighash_type, SighashType::Unknown(_))
    });
    for input in inputs {
        // Own inputs before taproot stay claimed: two sessions can each lie about another one of them.
        let bound = is_own_taproot(input) || (all_bound && input.own.is_none());
        if let (InputAmount::Claimed(sat), true) = (input.amount, bound) {
            input.amount = InputAmount::Bound(sat);
        }
    }
}

fn note_unproven(inputs: &[CheckedInput], notes: &mut Notes) {
    for (n, input) in inputs.iter().enumerate() {
        if input.own.is_some() && input.amount.sure_sat().is_none() {
            let field = Some(format!("{}.amount", MapKind::Input(n).code()));
            let truth = format!("The amount of input {n} is only claimed by the request.");
            let consequence = "Signing it twice with different claims can pay any amount as fee.";
            let action = "Do not sign. Ask for the request with full previous transactions.";
            notes.add("btc.amount-not-proven", field, Says(truth, consequence, action));
        }
    }
}

/// Witnesses of previous transactions: nobody needs them, and nothing commits to them (BIP-141).
fn note_witnesses(inputs: &[CheckedInput], notes: &mut Notes) {
    let previous = inputs.iter().filter_map(|input| input.previous_transaction.as_ref());
    let sizes = previous.map(|tx| tx.total_size().saturating_sub(tx.base_size()));
    let total = sizes.fold(0usize, usize::saturating_add);
    if total > 0 {
        let first = inputs.iter().position(|i| i.previous_transaction.as_ref().is_some_and(has_witness));
        let field = first.map(|n| format!("{}.previous-witness", MapKind::Input(n).code()));
        let truth = format!("Previous transactions come with {} of witnesses.", count(total, "byte"));
        let consequence =
            "They could be any, and nothing is concluded from them: transaction ids do not commit to them.";
        notes.add("btc.previous-witness", field, Says(truth, consequence, ""));
    }
}

fn has_witness(transaction: &Transaction) -> bool {
    transaction.total_size() > transaction.base_size()
}
