//! Signatures that the request already carries: verified, or refused; and what each own input still lacks.

use bitcoin::bip32::KeySource;
use bitcoin::psbt;
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use miniscript::Tap;

use super::input::PresentSignature;
use super::{CheckedInput, musig};
use crate::bytes::slice;
use crate::count::count;
use crate::decode::PsbtRequest;
use crate::decode::keys::TAP_LEAF_SCRIPT;
use crate::findings::{Notes, Says};
use crate::keyvalue::{Map, MapKind};
use crate::leaf::Leaf;
use crate::missing::{Times, missing};
use crate::script_keys::{KeysByHash, by_hash};
use crate::sighash::{Spend, legacy_affordable};
use crate::signature::{SignatureFault, SignedBy, Unverified, Verifier};

/// Finds the proven leaves of each taproot input, verifies every existing signature against the digest of its input,
/// and counts what own inputs still lack.
pub(crate) fn check_signatures(request: &PsbtRequest, inputs: &mut [CheckedInput], notes: &mut Notes) {
    let secp = Secp256k1::verification_only();
    for ((input, of_psbt), map) in inputs.iter_mut().zip(&request.psbt.inputs).zip(&request.maps.inputs) {
        input.leaves = leaves(&secp, request.bytes(), (input, of_psbt), map, notes);
    }
    musig::add_joint_keys(request, inputs, notes);
    let mut present = verified_signatures(request, inputs, notes);
    for (n, input) in inputs.iter_mut().enumerate() {
        input.present = present.get_mut(n).map(std::mem::take).unwrap_or_default();
        let signed: Vec<SignedBy> = input.present.iter().map(|p| p.by).collect();
        let times = Times::new(request.transaction(), input.sequence);
        input.missing = input.own.as_ref().and_then(|own| missing(own.descriptor(), times, &signed, &input.joint_keys));
        note_present(n, input, notes);
    }
}

/// Leaves of our own descriptor, and those that the request gives and proves.
fn leaves(
    secp: &Secp256k1<VerifyOnly>,
    bytes: &[u8],
    (input, of_psbt): (&CheckedInput, &psbt::Input),
    map: &Map,
    notes: &mut Notes,
) -> Vec<Leaf> {
    let own = input.own.as_ref();
    let mut leaves = own.map(|own| Leaf::of_descriptor(own.descriptor())).unwrap_or_default();
    let Some(script_pubkey) = input.script_pubkey.as_deref() else { return leaves };
    let signed = of_psbt.tap_script_sigs.keys().map(|(key, _)| *key);
    let named = of_psbt.tap_key_origins.keys().copied().chain(signed);
    let known = if of_psbt.tap_scripts.is_empty() { KeysByHash::new() } else { by_hash::<_, Tap>(named) };
    let given = map.pairs.iter().filter(|kv| kv.key_type == TAP_LEAF_SCRIPT);
    for (i, kv) in given.enumerate() {
        // The value is the script, then one byte: the leaf version, which the control block states too.
        let (script, version) = match slice(bytes, kv.value).split_last() {
            Some((version, script)) => (script, *version),
            None => continue,
        };
        let control_block = slice(bytes, kv.key_data);
        let states = control_block.first().map(|first| first & 0xfe) == Some(version);
        match Leaf::given(secp, script_pubkey, control_block, script, &known).filter(|_| states) {
            Some(leaf) if leaves.iter().all(|known| known.hash != leaf.hash) => leaves.push(leaf),
            Some(_) => {}
            None => {
                let field = Some(format!("{}.tap-leaf[{i}]", map.kind.code()));
                let truth = format!("Leaf {i} of {} does not lie behind the key its coin is locked to.", map.kind);
                let consequence = "A signature over it would be for something else.";
                let action = "Do not sign. Ask for the request again from the wallet that made it.";
                notes.add("btc.script-mismatch", field, Says(truth, consequence, action));
            }
        }
    }
    leaves
}

/// The valid signatures of each input; findings say which are not.
fn verified_signatures(
    request: &PsbtRequest,
    inputs: &[CheckedInput],
    notes: &mut Notes,
) -> Vec<Vec<PresentSignature>> {
    let all = &request.psbt.inputs;
    let partials = inputs.iter().zip(&request.maps.inputs);
    let partials: Vec<_> = partials.map(|(input, map)| musig::partials(request.bytes(), input, map)).collect();
    let is_empty =
        |i: &psbt::Input| i.partial_sigs.is_empty() && i.tap_key_sig.is_none() && i.tap_script_sigs.is_empty();
    if all.iter().all(is_empty) && partials.iter().all(Vec::is_empty) {
        return Vec::new();
    }
    let carries = |of_psbt: &psbt::Input| !of_psbt.partial_sigs.is_empty();
    let is_legacy = |input: &CheckedInput| matches!(input.spend, Spend::Legacy(_));
    let legacy = inputs.iter().zip(all).filter(|(input, of_psbt)| is_legacy(input) && carries(of_psbt)).count();
    // All legacy digests or none: each hashes the whole transaction, and a request could ask for gigabytes.
    let skips = !legacy_affordable(request.transaction(), legacy);
    let mut verifier = Verifier::new(request.transaction(), inputs).skipping_legacy(skips);
    let mut present = Vec::with_capacity(inputs.len());
    for (n, ((input, of_psbt), partials)) in inputs.iter().zip(all).zip(partials).enumerate() {
        let mut check = SignatureCheck { n, input, verifier: &mut verifier, notes, found: Vec::new() };
        check.check(of_psbt);
        partials.into_iter().for_each(|(signer, bytes)| check.judge(of_psbt, SignedBy::Musig(signer), bytes));
        present.push(check.found);
    }
    present
}

/// Says who has signed already, and how many more are needed.
fn note_present(n: usize, input: &CheckedInput, notes: &mut Notes) {
    if input.present.is_empty() {
        return;
    }
    let partial = input.present.iter().filter(|present| matches!(present.by, SignedBy::Musig(_))).count();
    let whole = input.present.len().saturating_sub(partial);
    let counts = [(whole, "signature"), (partial, "partial signature")];
    let counts = counts.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun));
    let signatures = counts.collect::<Vec<_>>().join(" and ");
    let by = input.signers().join(", ");
    let (more, consequence) = match input.missing {
        None => (String::new(), ""),
        Some(0) => {
            (" It needs no more.".to_owned(), "They are kept as they are, and no other one is taken from a device.")
        }
        Some(missing) => (format!(" It still needs {missing} more."), ""),
    };
    let truth = format!("Input {n} carries {signatures} already, valid, by {by}.{more}");
    let field = Some(format!("{}.sighash", MapKind::Input(n).code()));
    notes.add("btc.signature-present", field, Says(truth, consequence, ""));
}

/// Where the request says that a signer's key comes from: a hint, proven by nothing.
pub(crate) fn claimed_origin(of_psbt: &psbt::Input, by: &SignedBy) -> Option<KeySource> {
    match by {
        SignedBy::Ecdsa(key) => of_psbt.bip32_derivation.get(&key.inner).cloned(),
        SignedBy::TapKey => of_psbt.tap_key_origins.get(of_psbt.tap_internal_key.as_ref()?).map(|(_, o)| o.clone()),
        SignedBy::TapScript(key, _) => of_psbt.tap_key_origins.get(key).map(|(_, origin)| origin.clone()),
        SignedBy::Musig(signer) => {
            let (key, _) = signer.participant.x_only_public_key();
            of_psbt.tap_key_origins.get(&key).map(|(_, origin)| origin.clone())
        }
    }
}

struct SignatureCheck<'a, 'v> {
    n: usize,
    input: &'a CheckedInput,
    verifier: &'v mut Verifier<'a>,
    notes: &'v mut Notes,
    found: Vec<PresentSignature>,
}

impl SignatureCheck<'_, '_> {
    fn check(&mut self, of_psbt: &psbt::Input) {
        for (public_key, signature) in &of_psbt.partial_sigs {
            self.judge(of_psbt, SignedBy::Ecdsa(*public_key), signature.to_vec());
        }
        if let Some(signature) = &of_psbt.tap_key_sig {
            self.judge(of_psbt, SignedBy::TapKey, signature.to_vec());
        }
        for ((key, leaf), signature) in &of_psbt.tap_script_sigs {
            self.judge(of_psbt, SignedBy::TapScript(*key, *leaf), signature.to_vec());
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        Some(format!("{}.{name}", MapKind::Input(self.n).code()))
    }

    fn judge(&mut self, of_psbt: &psbt::Input, by: SignedBy, bytes: Vec<u8>) {
        match self.verdict(&by, &bytes) {
            Ok(()) => self.found.push(PresentSignature { by, origin: claimed_origin(of_psbt, &by), bytes }),
            Err(Unverified::NoDigest) => self.unverifiable(),
            Err(Unverified::Fault(SignatureFault::NonceMissing)) => {
                let truth =
                    format!("Input {} carries a partial signature, and not the nonces of all participants.", self.n);
                let consequence = "Nobody can verify it, and it cannot have been made without them.";
                let action = "Do not sign. Ask for the request with all nonces.";
                self.notes.add("btc.musig-nonce-missing", self.field("sighash"), Says(truth, consequence, action));
            }
            Err(Unverified::Fault(fault)) => {
                let truth = format!("A signature that input {} already carries does not verify: {fault}.", self.n);
                let consequence = "Somebody signed something else, or the request was changed afterwards.";
                let action = "Do not sign. Find out who made that signature.";
                self.notes.add("btc.signature-wrong", self.field("sighash"), Says(truth, consequence, action));
            }
        }
    }

    fn verdict(&mut self, by: &SignedBy, bytes: &[u8]) -> Result<(), Unverified> {
        match by {
            SignedBy::Ecdsa(key) => {
                let own = self.input.own().map(crate::OwnScript::keys);
                if own.is_some_and(|keys| keys.iter().all(|own| own.public_key() != *key)) {
                    return Err(Unverified::Fault(SignatureFault::ForeignKey));
                }
            }
            // Nobody gave the leaf, or nobody knows its keys: then nothing can be said.
            SignedBy::TapScript(_, leaf) if self.input.own().is_none() => {
                self.input.leaf(*leaf).filter(|leaf| !leaf.keys.is_empty()).ok_or(Unverified::NoDigest)?;
            }
            SignedBy::TapScript(..) | SignedBy::TapKey | SignedBy::Musig(_) => {}
        }
        self.verifier.verify(self.n, by, bytes)
    }

    fn unverifiable(&mut self) {
        let truth = format!("Input {} carries a signature that cannot be verified.", self.n);
        let consequence = "It may be for something else, or be no signature at all.";
        let action = "Ask for the request without it.";
        self.notes.add("btc.signature-unverifiable", self.field("sighash"), Says(truth, consequence, action));
    }
}
