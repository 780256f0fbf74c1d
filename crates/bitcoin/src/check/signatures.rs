//! Signatures that the request already carries: verified, or refused.

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{PublicKey, Transaction, psbt};

use super::CheckedInput;
use super::input::PresentSignature;
use crate::count::count;
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;
use crate::sighash::{Digests, Spend, legacy_affordable};
use crate::signature::{SignatureFault, verify_ecdsa, verify_schnorr};

/// Verifies every existing signature against the digest of its input. Of legacy inputs either all digests are computed
/// or none: each hashes the whole transaction, and a request could ask for gigabytes.
pub(crate) fn check_signatures(
    transaction: &Transaction,
    inputs: &mut [CheckedInput],
    psbt: &[psbt::Input],
    notes: &mut Notes,
) {
    if psbt.iter().all(|i| i.partial_sigs.is_empty() && i.tap_key_sig.is_none() && i.tap_script_sigs.is_empty()) {
        return;
    }
    let carries = |of_psbt: &psbt::Input| !of_psbt.partial_sigs.is_empty() || of_psbt.tap_key_sig.is_some();
    let is_legacy = |input: &CheckedInput| matches!(input.spend, Spend::Legacy(_));
    let legacy = inputs.iter().zip(psbt).filter(|(input, of_psbt)| is_legacy(input) && carries(of_psbt)).count();
    let affordable = legacy_affordable(transaction, legacy);
    let secp = Secp256k1::verification_only();
    let mut digests = Digests::new(transaction, inputs);
    let mut present = Vec::with_capacity(psbt.len());
    for (n, (input, of_psbt)) in inputs.iter().zip(psbt).enumerate() {
        let mut check = SignatureCheck { n, input, digest: None, secp: &secp, notes, found: Vec::new() };
        if carries(of_psbt) && (affordable || !is_legacy(input)) {
            check.digest = digests.digest(n);
        }
        check.check(of_psbt);
        present.push(check.found);
    }
    for (input, found) in inputs.iter_mut().zip(present) {
        input.present = found;
    }
}

struct SignatureCheck<'a> {
    n: usize,
    input: &'a CheckedInput,
    digest: Option<[u8; 32]>,
    secp: &'a Secp256k1<VerifyOnly>,
    notes: &'a mut Notes,
    found: Vec<PresentSignature>,
}

impl SignatureCheck<'_> {
    fn check(&mut self, of_psbt: &psbt::Input) {
        for (public_key, signature) in &of_psbt.partial_sigs {
            self.judge(Some(*public_key), signature.to_vec());
        }
        if let Some(signature) = &of_psbt.tap_key_sig {
            self.judge(None, signature.to_vec());
        }
        if !of_psbt.tap_script_sigs.is_empty() {
            self.unverifiable("tap-script-signature");
        }
        if !self.found.is_empty() {
            let truth = format!("Input {} carries {} already, valid.", self.n, count(self.found.len(), "signature"));
            self.notes.add("btc.signature-present", self.field("sighash"), Says(truth, "", ""));
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        Some(format!("{}.{name}", MapKind::Input(self.n).code()))
    }

    fn judge(&mut self, public_key: Option<PublicKey>, bytes: Vec<u8>) {
        let Some(digest) = self.digest else { return self.unverifiable("sighash") };
        let foreign =
            |key: &PublicKey| self.input.own().is_some_and(|own| own.keys().iter().all(|own| own.public_key() != *key));
        let valid = match public_key {
            Some(key) if foreign(&key) => Err(SignatureFault::ForeignKey),
            Some(key) => verify_ecdsa(self.secp, &digest, &key, &bytes, self.input.sighash_type),
            None => verify_schnorr(self.secp, &digest, self.input.script_pubkey(), &bytes, self.input.sighash_type),
        };
        match valid {
            Ok(()) => self.found.push(PresentSignature { public_key, bytes }),
            Err(fault) => {
                let truth = format!("A signature that input {} already carries does not verify: {fault}.", self.n);
                let consequence = "Somebody signed something else, or the request was changed afterwards.";
                let action = "Do not sign. Find out who made that signature.";
                self.notes.add("btc.signature-wrong", self.field("sighash"), Says(truth, consequence, action));
            }
        }
    }

    fn unverifiable(&mut self, field: &str) {
        let truth = format!("Input {} carries a signature that cannot be verified.", self.n);
        let consequence = "It may be for something else, or be no signature at all.";
        let action = "Ask for the request without it.";
        let field = if field == "sighash" { self.field(field) } else { self.field("tap-script-signature[0]") };
        self.notes.add("btc.signature-unverifiable", field, Says(truth, consequence, action));
    }
}
