//! The outputs: who gets how much, and whether that comes back to us.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::{Address, Psbt, Script, TxOut, XOnlyPublicKey, psbt};
use vitrine_review::Amount;

use super::ours::Ours;
use super::output_taproot::{TaprootFields, taproot_fields};
use super::{CheckedInput, CheckedOutput, OutputRole, Surroundings};
use crate::decode::keys::OUT_MUSIG2_PARTICIPANTS;
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;
use crate::{OwnScript, ScriptKind};

/// Checks each output against the wallets and the address book.
pub(crate) fn check_outputs(
    psbt: &Psbt,
    inputs: &[CheckedInput],
    ours: &Ours<'_>,
    surroundings: &Surroundings,
    notes: &mut Notes,
) -> Vec<CheckedOutput> {
    let mut payees = 0usize;
    let wallets = Wallets::of(inputs, &psbt.unsigned_tx.output, ours);
    let mut checked = Vec::with_capacity(psbt.outputs.len());
    for (n, (txout, output)) in psbt.unsigned_tx.output.iter().zip(&psbt.outputs).enumerate() {
        let mut check = OutputCheck { n, output, ours, surroundings, wallets: &wallets, notes };
        checked.push(check.check(txout, &mut payees));
    }
    note_duplicates(&checked, notes);
    note_reuse(inputs, &checked, notes);
    checked
}

/// Wallets that inputs come from.
struct Wallets {
    spending: BTreeSet<usize>,
    /// Those of them that pay. A wallet that gets more than it puts in, while another one pays, is paid: a coin of it
    /// among the inputs makes no change of what it gets.
    paying: BTreeSet<usize>,
}

impl Wallets {
    fn of(inputs: &[CheckedInput], outputs: &[TxOut], ours: &Ours<'_>) -> Self {
        let mut nets: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for input in inputs {
            if let Some(own) = input.own() {
                let (spends, _) = nets.entry(own.wallet()).or_default();
                *spends = spends.saturating_add(input.amount_sat().unwrap_or(0));
            }
        }
        for output in outputs {
            let own = ours.find(&output.script_pubkey);
            if let Some((_, gets)) = own.and_then(|own| nets.get_mut(&own.wallet())) {
                *gets = gets.saturating_add(output.value.to_sat());
            }
        }
        let spending: BTreeSet<usize> = nets.keys().copied().collect();
        let pays = |(_, (spends, gets)): &(&usize, &(u64, u64))| spends >= gets;
        let paying: BTreeSet<usize> = nets.iter().filter(pays).map(|(wallet, _)| *wallet).collect();
        let paying = if paying.is_empty() { spending.clone() } else { paying };
        Self { spending, paying }
    }
}

/// One output while it is checked.
struct OutputCheck<'a> {
    n: usize,
    output: &'a psbt::Output,
    ours: &'a Ours<'a>,
    surroundings: &'a Surroundings,
    wallets: &'a Wallets,
    notes: &'a mut Notes,
}

impl OutputCheck<'_> {
    fn check(&mut self, txout: &TxOut, payees: &mut usize) -> CheckedOutput {
        let script = txout.script_pubkey.as_script();
        let own = self.ours.find(script).cloned();
        let kind = own.as_ref().map_or_else(|| ScriptKind::of(script), OwnScript::kind);
        let role = role(own.as_ref(), &self.wallets.paying, kind, payees);
        let network = self.surroundings.network.to_bitcoin();
        let address = Address::from_script(script, network).ok().map(|address| address.to_string());
        self.note_own(own.as_ref());
        self.note_scripts(script);
        self.note_taproot(script, own.as_ref());
        self.note_value(script, kind, txout.value.to_sat());
        self.note_kind(script, kind);
        let amount_sat = txout.value.to_sat();
        let script_pubkey = txout.script_pubkey.clone();
        CheckedOutput {
            amount_sat,
            script_pubkey,
            kind,
            address,
            label: None,
            provenance: None,
            own,
            role,
            silent_payment: None,
            payment_name: None,
        }
    }

    fn note(&mut self, code: &'static str, field: &str, truth: String, consequence: &str, action: &str) {
        let field = Some(format!("{}.{field}", MapKind::Output(self.n).code()));
        self.notes.add(code, field, Says(truth, consequence, action));
    }

    fn note_own(&mut self, own: Option<&OwnScript>) {
        if let Some(own) = own {
            if !self.wallets.paying.contains(&own.wallet()) {
                let name = vitrine_review::escape(own.wallet_name());
                let truth = match self.wallets.spending.contains(&own.wallet()) {
                    true => format!("Output {} goes to the wallet {name}, which gets more than it puts in.", self.n),
                    false => format!("Output {} goes to the wallet {name}, which no input comes from.", self.n),
                };
                let consequence = "It is counted as leaving: other people may hold that wallet's keys.";
                let action = "Ask whether the coins are meant to move there.";
                self.note("btc.change-other-wallet", "owner", truth, consequence, action);
            }
            return;
        }
        let plain = self.output.bip32_derivation.values();
        let mut origins = plain.chain(self.output.tap_key_origins.values().map(|(_, source)| source));
        if origins.any(|(fingerprint, _)| self.ours.claims(*fingerprint)) {
            let truth = format!("Output {} claims to be change, and no registered wallet derives it.", self.n);
            let consequence = "It is counted as paid to somebody else.";
            let action = "Treat it as a payee, or register the wallet it belongs to.";
            self.note("btc.change-not-proven", "owner", truth, consequence, action);
        }
    }

    /// Redeem and witness scripts that do not hash to the output's own lie about it, or are no scripts at all.
    fn note_scripts(&mut self, script: &Script) {
        let redeem = self.output.redeem_script.as_deref();
        let program = redeem.unwrap_or(script);
        let witness = self.output.witness_script.as_deref();
        for (which, wrong) in [
            ("redeem", redeem.is_some_and(|redeem| *script != *redeem.to_p2sh())),
            ("witness", witness.is_some_and(|witness| *program != *witness.to_p2wsh())),
        ] {
            if wrong {
                let truth = format!("The {which} script of output {} is not the one it pays to.", self.n);
                let consequence = "It could carry anything, or describe another payment.";
                let action = "Do not sign. Ask for the request again from the wallet that made it.";
                self.note("btc.script-mismatch", &format!("{which}-script"), truth, consequence, action);
            }
        }
    }

    /// Taproot fields of another output, or of none.
    fn note_taproot(&mut self, script: &Script, own: Option<&OwnScript>) {
        match taproot_fields(script, self.output, own, &participants(self.output)) {
            TaprootFields::Fit => {}
            TaprootFields::Wrong(field, what) => {
                let truth = format!("The {what} stated for output {} is not that of what it pays to.", self.n);
                let consequence = "It could carry anything, or describe another payment.";
                let action = "Do not sign. Ask for the request again from the wallet that made it.";
                self.note("btc.output-taproot-mismatch", field, truth, consequence, action);
            }
            TaprootFields::Unproven(field, what) => {
                let truth = format!("The {what} stated for output {} cannot be compared with what it pays to.", self.n);
                let consequence = "It describes nothing that anybody can see, and could carry anything.";
                let action = "Ask for the request without it, or with the output's whole taproot tree.";
                self.note("btc.output-taproot-unproven", field, truth, consequence, action);
            }
        }
    }

    fn note_value(&mut self, script: &Script, kind: ScriptKind, sat: u64) {
        let n = self.n;
        let amount = Amount::from_sat(sat, self.surroundings.network.unit());
        if kind == ScriptKind::OpReturn {
            if sat > 0 {
                let truth = format!("Output {n} destroys {amount}.");
                let action = "Ask for a data output of amount zero.";
                self.note("btc.output-burns", "amount", truth, "Nobody can ever spend it.", action);
            }
        } else if sat == 0 {
            let truth = format!("Output {n} pays nothing.");
            let action = "Ask what it is for.";
            self.note("btc.output-zero", "amount", truth, "The network does not relay such transactions.", action);
        } else if sat < script.minimal_non_dust().to_sat() && kind != ScriptKind::Anchor {
            let truth = format!("Output {n} of {amount} costs more to spend than it is worth.");
            let action = "Ask for a larger amount or none.";
            self.note("btc.output-dust", "amount", truth, "The network does not relay such transactions.", action);
        }
    }

    fn note_kind(&mut self, script: &Script, kind: ScriptKind) {
        let n = self.n;
        let (code, truth, consequence, action) = match kind {
            ScriptKind::P2tr if !has_taproot_key(script) => (
                "btc.output-unspendable",
                format!("Output {n} is a taproot output whose key does not exist."),
                "Nobody can ever spend it.",
                "Ask the payee for another address.",
            ),
            ScriptKind::P2pk | ScriptKind::BareMultisig => (
                "btc.output-bare-script",
                format!("Output {n} pays to a bare {} script, which has no address.", kind.name()),
                "The payee's wallet may not find it.",
                "Compare the script with the payee's own document.",
            ),
            ScriptKind::Anchor | ScriptKind::FutureWitness => (
                "btc.output-anyone-can-spend",
                format!("Output {n} pays to a {} script.", kind.name()),
                "Anyone can take it as soon as it is mined.",
                "Ask what it is for.",
            ),
            ScriptKind::Unknown => (
                "btc.output-unknown-script",
                format!("Output {n} pays to a script of no standard form, which has no address."),
                "Nobody can say who can spend it.",
                "Compare the script with the payee's own document, byte by byte.",
            ),
            ScriptKind::OpReturn => (
                "btc.data-published",
                format!("Output {n} publishes {} bytes for ever.", script.len()),
                "Everybody can read them.",
                "",
            ),
            ScriptKind::P2pkh
            | ScriptKind::P2sh
            | ScriptKind::P2shP2wpkh
            | ScriptKind::P2shP2wsh
            | ScriptKind::P2wpkh
            | ScriptKind::P2wsh
            | ScriptKind::P2tr => return,
        };
        self.note(code, "script", truth, consequence, action);
    }
}

fn role(own: Option<&OwnScript>, paying: &BTreeSet<usize>, kind: ScriptKind, payees: &mut usize) -> OutputRole {
    match own {
        Some(own) if !paying.is_empty() && !paying.contains(&own.wallet()) => OutputRole::Transfer,
        Some(own) if own.change() => OutputRole::Change,
        Some(_) => OutputRole::OwnAddress,
        None if kind == ScriptKind::OpReturn => OutputRole::Data,
        None => {
            *payees = payees.saturating_add(1);
            OutputRole::Payee(*payees)
        }
    }
}

/// The keys that an output names as participants of an aggregate key (BIP-373).
fn participants(output: &psbt::Output) -> Vec<XOnlyPublicKey> {
    let fields = output.unknown.iter().filter(|(key, _)| u64::from(key.type_value) == OUT_MUSIG2_PARTICIPANTS);
    let keys = fields.flat_map(|(_, value)| value.chunks_exact(33));
    keys.filter_map(|key| XOnlyPublicKey::from_slice(key.get(1..)?).ok()).collect()
}

/// Whether the program of a taproot output is the x coordinate of a point (BIP-341).
fn has_taproot_key(script: &Script) -> bool {
    script.as_bytes().get(2..).is_some_and(|program| XOnlyPublicKey::from_slice(program).is_ok())
}

fn note_duplicates(outputs: &[CheckedOutput], notes: &mut Notes) {
    let mut seen = BTreeMap::new();
    for (n, output) in outputs.iter().enumerate() {
        if let Some(first) = seen.insert(&output.script_pubkey, n) {
            let field = Some(format!("{}.script", MapKind::Output(n).code()));
            let truth = format!("Outputs {first} and {n} pay to the same script.");
            let says = Says(truth, "One of them may be a mistake.", "Ask whether both payments are meant.");
            notes.add("btc.output-duplicate", field, says);
        }
    }
}

/// Outputs to a script that an input spends from.
fn note_reuse(inputs: &[CheckedInput], outputs: &[CheckedOutput], notes: &mut Notes) {
    let spent: BTreeMap<_, _> =
        inputs.iter().enumerate().rev().filter_map(|(n, input)| Some((input.script_pubkey()?, n))).collect();
    for (n, output) in outputs.iter().enumerate() {
        if let Some(input) = spent.get(output.script_pubkey()) {
            let truth = format!("Output {n} pays to the address that input {input} spends from.");
            let consequence = "Everybody can see that both belong to one owner, and the key is public from then on.";
            let field = Some(format!("{}.script", MapKind::Output(n).code()));
            notes.add("btc.output-reuses-input", field, Says(truth, consequence, ""));
        }
    }
}
