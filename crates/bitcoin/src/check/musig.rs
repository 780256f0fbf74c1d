//! Keys by which several sign together (BIP-327): made anew, with the nonces that the request has for them (BIP-373).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bitcoin::bip32::ChildNumber;
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{PublicKey, Secp256k1, VerifyOnly};
use bitcoin::taproot::{TapLeafHash, TapNodeHash};
use bitcoin::{NetworkKind, ScriptBuf, TapTweakHash, XOnlyPublicKey, psbt};
use miniscript::Descriptor;

use super::{CheckedInput, CheckedOutput};
use crate::OwnScript;
use crate::bytes::slice;
use crate::codes::Counter;
use crate::decode::PsbtRequest;
use crate::decode::keys::{MUSIG2_PARTIAL_SIG, MUSIG2_PUB_NONCE, ValueForm, key_type};
use crate::findings::{Notes, Says};
use crate::keyvalue::{KeyValue, Map};
use crate::leaf::{Leaf, output_key};
use crate::limits::{MAX_MUSIG_KEYS, MAX_MUSIG_STEPS};
use crate::musig::{
    KeyAgg, MusigSigner, PublicNonce, Session, TweakMode, aggregate_nonces, derived, synthetic_xpub, x_coordinates,
};
use crate::own::OwnMusig;
use crate::signature::SignedBy;

/// Participants that a finding names at most; their fields name all.
const MAX_NAMED: usize = 20;

const ASK_AGAIN: &str = "Do not sign. Ask for the request again from the wallet that made it.";

/// A key of an input that is the aggregate of several, proven to be: what their signature together is by.
#[derive(Clone, Debug)]
pub(crate) struct JointKey {
    /// The aggregate with all tweaks; its key is the output key, or one in a leaf.
    pub(crate) key_agg: Arc<KeyAgg>,
    /// The leaf; none for the key path.
    pub(crate) leaf: Option<TapLeafHash>,
    /// Nonces by participant.
    pub(crate) nonces: BTreeMap<PublicKey, PublicNonce>,
}

impl JointKey {
    fn new(key_agg: Arc<KeyAgg>, leaf: Option<TapLeafHash>) -> Self {
        Self { key_agg, leaf, nonces: BTreeMap::new() }
    }

    pub(crate) fn is_for(&self, signer: &MusigSigner) -> bool {
        self.leaf == signer.leaf && self.key_agg.key() == signer.aggregate
    }

    pub(crate) fn has(&self, participant: &PublicKey) -> bool {
        self.key_agg.participants().contains(participant)
    }

    pub(crate) fn x_only_key(&self) -> XOnlyPublicKey {
        self.key_agg.key().x_only_public_key().0
    }

    /// A partial signature of a participant.
    pub(crate) fn signed_by(&self, participant: &PublicKey) -> SignedBy {
        let (participant, aggregate, leaf) = (*participant, self.key_agg.key(), self.leaf);
        SignedBy::Musig(MusigSigner { participant, aggregate, leaf })
    }

    /// The signature that all of them make together.
    pub(crate) fn signed_by_all(&self) -> SignedBy {
        self.leaf.map_or(SignedBy::TapKey, |leaf| SignedBy::TapScript(self.x_only_key(), leaf))
    }

    /// What all participants sign; none as long as one of their nonces is missing.
    pub(crate) fn session(&self, secp: &Secp256k1<VerifyOnly>, digest: [u8; 32]) -> Option<Session> {
        let nonces = self.key_agg.participants().iter().map(|participant| self.nonces.get(participant));
        let nonce = aggregate_nonces(nonces.collect::<Option<Vec<_>>>()?)?;
        Session::new(secp, Arc::clone(&self.key_agg), &nonce, &digest)
    }
}

/// Makes the joint keys of all inputs anew, and gives them the nonces of the request; findings say which fit none.
pub(crate) fn add_joint_keys(request: &PsbtRequest, inputs: &mut [CheckedInput], notes: &mut Notes) {
    let mut known: BTreeMap<ScriptBuf, Vec<JointKey>> = BTreeMap::new();
    let mut check = MusigCheck::new(request, notes);
    for (n, input) in inputs.iter_mut().enumerate() {
        let Some(script) = input.script_pubkey.as_ref().filter(|script| script.is_p2tr()) else { continue };
        input.joint_keys = match (&input.own, known.get(script), request.psbt.inputs.get(n)) {
            (_, Some(known), _) => known.clone(),
            (Some(own), None, _) => check.of_wallet(own, &input.leaves),
            (None, None, Some(of_psbt)) => check.of_request(n, of_psbt, script, &input.leaves),
            (None, None, None) => Vec::new(),
        };
        if input.own.is_some() {
            known.insert(script.clone(), input.joint_keys.clone());
        }
    }
    for (input, map) in inputs.iter_mut().zip(&request.maps.inputs) {
        check.nonces(input, map);
    }
}

/// Checks the fields that name participants, of inputs and outputs.
pub(crate) fn note_participants(
    request: &PsbtRequest,
    inputs: &[CheckedInput],
    outputs: &[CheckedOutput],
    notes: &mut Notes,
) {
    let mut check = MusigCheck::new(request, notes);
    let inputs = request.maps.inputs.iter().zip(inputs.iter().map(CheckedInput::own));
    let outputs = request.maps.outputs.iter().zip(outputs.iter().map(CheckedOutput::own));
    inputs.chain(outputs).for_each(|(map, own)| check.participants(map, own));
}

/// Partial signatures of an input's map whose key is proven and whose participant has a part in it.
pub(crate) fn partials(bytes: &[u8], input: &CheckedInput, map: &Map) -> Vec<(MusigSigner, Vec<u8>)> {
    let of_type = map.pairs.iter().filter(|kv| kv.key_type == MUSIG2_PARTIAL_SIG);
    let read = |kv: &KeyValue| {
        let signer = MusigSigner::read(slice(bytes, kv.key_data))?;
        let joint = input.joint_key(&signer)?;
        joint.has(&signer.participant).then(|| (signer, slice(bytes, kv.value).to_vec()))
    };
    of_type.filter_map(read).collect()
}

struct MusigCheck<'a> {
    secp: Secp256k1<VerifyOnly>,
    request: &'a PsbtRequest,
    notes: &'a mut Notes,
    /// Keys that may still be computed with, because the request names them.
    left: usize,
    /// Where each point of a nonce is.
    seen: BTreeMap<[u8; 32], (String, MusigSigner)>,
}

impl<'a> MusigCheck<'a> {
    fn new(request: &'a PsbtRequest, notes: &'a mut Notes) -> Self {
        Self { secp: Secp256k1::verification_only(), request, notes, left: MAX_MUSIG_KEYS, seen: BTreeMap::new() }
    }

    /// The joint keys that the registered wallet has in an own script.
    fn of_wallet(&self, own: &OwnScript, leaves: &[Leaf]) -> Vec<JointKey> {
        let Descriptor::Tr(tr) = own.descriptor() else { return Vec::new() };
        let (mut joint_keys, places) = (Vec::new(), Places::new(leaves));
        for musig in &own.musig {
            let Some(key_agg) = self.aggregate_of(musig).map(Arc::new) else { continue };
            if own.internal_key() == Some(x_only(&key_agg)) {
                let output = self.tap_tweaked(&key_agg, tr.spend_info().merkle_root());
                joint_keys.extend(output.map(|key_agg| JointKey::new(Arc::new(key_agg), None)));
            }
            joint_keys.extend(places.of(&key_agg));
        }
        joint_keys
    }

    fn aggregate_of(&self, musig: &OwnMusig) -> Option<KeyAgg> {
        let key_agg = KeyAgg::new(&self.secp, musig.participants.clone())?;
        derived(&self.secp, &key_agg, &musig.steps).filter(|key_agg| key_agg.key() == musig.key)
    }

    /// The output key of this internal key (BIP-341).
    fn tap_tweaked(&self, internal: &KeyAgg, merkle_root: Option<TapNodeHash>) -> Option<KeyAgg> {
        let tweak = TapTweakHash::from_key_and_tweak(x_only(internal), merkle_root);
        internal.tweaked(&self.secp, &tweak.to_byte_array(), TweakMode::XOnly)
    }

    /// The joint keys that the request names for a script that is not ours: only those of which that script is made.
    fn of_request(&mut self, n: usize, of_psbt: &psbt::Input, script: &ScriptBuf, leaves: &[Leaf]) -> Vec<JointKey> {
        let Some(output) = output_key(script) else { return Vec::new() };
        let (mut joint_keys, places) = (Vec::new(), Places::new(leaves));
        for key_agg in self.named_aggregates(n, of_psbt).into_iter().map(Arc::new) {
            let key = x_only(&key_agg);
            joint_keys.extend(places.of(&key_agg));
            let tweaked = of_psbt.tap_internal_key.filter(|internal| *internal == key);
            let tweaked = tweaked.and_then(|_| self.tap_tweaked(&key_agg, of_psbt.tap_merkle_root)).map(Arc::new);
            let spending = [Some(key_agg), tweaked].into_iter().flatten().find(|key_agg| x_only(key_agg) == output);
            joint_keys.extend(spending.map(|key_agg| JointKey::new(key_agg, None)));
        }
        joint_keys
    }

    /// Aggregates of PSBT_IN_MUSIG2_PARTICIPANT_PUBKEYS, and what the key origins derive from them (BIP-328).
    fn named_aggregates(&mut self, n: usize, of_psbt: &psbt::Input) -> Vec<KeyAgg> {
        let Some(map) = self.request.maps.inputs.get(n) else { return Vec::new() };
        let mut all = Vec::new();
        for kv in map.pairs.iter().filter(|kv| key_type(map.kind, kv.key_type).value == ValueForm::Points) {
            let Some(base) = self.named_aggregate(kv).flatten() else { continue };
            let fingerprint = synthetic_xpub(base.key(), NetworkKind::Main).fingerprint();
            for (key, (_, (of, path))) in &of_psbt.tap_key_origins {
                let steps: &[ChildNumber] = path.as_ref();
                if *of != fingerprint || !(1..=MAX_MUSIG_STEPS).contains(&steps.len()) || !self.affords(steps.len()) {
                    continue;
                }
                all.extend(derived(&self.secp, &base, steps).filter(|key_agg| x_only(key_agg) == *key));
            }
            all.push(base);
        }
        all
    }

    fn affords(&mut self, keys: usize) -> bool {
        let left = self.left.checked_sub(keys);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// The aggregate that a field names: none if there are too many, none within if it is not that of its participants.
    fn named_aggregate(&mut self, kv: &KeyValue) -> Option<Option<KeyAgg>> {
        let points = slice(self.request.bytes(), kv.value).chunks(33);
        if !self.affords(points.len()) {
            return None;
        }
        let keys = points.map(PublicKey::from_slice).collect::<Result<Vec<_>, _>>();
        let key_agg = keys.ok().and_then(|keys| KeyAgg::new(&self.secp, keys));
        let named = slice(self.request.bytes(), kv.key_data);
        Some(key_agg.filter(|key_agg| key_agg.key().serialize() == named))
    }

    fn participants(&mut self, map: &Map, own: Option<&OwnScript>) {
        let mut codes = Counter::default();
        for kv in &map.pairs {
            let known = key_type(map.kind, kv.key_type);
            let code = codes.code(map.kind, known);
            if known.value != ValueForm::Points {
                continue;
            }
            match self.named_aggregate(kv) {
                None => self.note_unproven(map, code),
                Some(None) => self.note_aggregate(map, code),
                Some(Some(key_agg)) => {
                    let is_ours = |musig: &OwnMusig| musig.participants == key_agg.participants();
                    if own.is_some_and(|own| !own.musig.iter().any(is_ours)) {
                        self.note_stranger(map, code);
                    }
                }
            }
        }
    }

    /// Gives the nonces of a map to the input's joint keys; notes fields that fit none, and nonces that repeat.
    fn nonces(&mut self, input: &mut CheckedInput, map: &Map) {
        let (mut codes, mut unproven, mut first) = (Counter::default(), None, None);
        for kv in &map.pairs {
            let known = key_type(map.kind, kv.key_type);
            let code = codes.code(map.kind, known);
            if !matches!(kv.key_type, MUSIG2_PUB_NONCE | MUSIG2_PARTIAL_SIG) || !is_musig(known.value) {
                continue;
            }
            let signer = MusigSigner::read(slice(self.request.bytes(), kv.key_data));
            let nonce: Option<PublicNonce> = slice(self.request.bytes(), kv.value).try_into().ok();
            if let Some((signer, nonce)) = signer.zip(nonce) {
                self.note_repeated(signer, &nonce, &code);
            }
            let found = signer.and_then(|s| Some((s, input.joint_keys.iter_mut().find(|joint| joint.is_for(&s))?)));
            let Some((signer, joint)) = found else {
                unproven = unproven.or(Some(code));
                continue;
            };
            if !joint.has(&signer.participant) {
                self.note_stranger(map, code);
            } else if let Some(nonce) = nonce {
                joint.nonces.insert(signer.participant, nonce);
                first = first.or(Some(code));
            }
        }
        unproven.into_iter().for_each(|code| self.note_unproven(map, code));
        first.into_iter().for_each(|code| self.note_nonces(input, map, code));
    }

    /// A nonce that signs twice, or that two participants share, gives private keys away (BIP-327).
    fn note_repeated(&mut self, signer: MusigSigner, nonce: &PublicNonce, code: &str) {
        let mut other = None;
        for x in x_coordinates(nonce) {
            other = other.or(self.seen.insert(x, (code.to_owned(), signer)));
        }
        let Some((before, of)) = other else { return };
        let whose = if of.participant == signer.participant { "one participant" } else { "two participants" };
        let truth = format!("The MuSig2 nonces {before} and {code}, of {whose}, share a point.");
        let consequence = "Partial signatures with them give the private key away to whoever sees both.";
        let action = "Do not sign. Ask all participants for new nonces, and why these repeat.";
        self.notes.add("btc.musig-nonce-reused", Some(code.to_owned()), Says(truth, consequence, action));
    }

    fn note_unproven(&mut self, map: &Map, code: String) {
        let truth =
            format!("The {} has MuSig2 fields for a key that is not proven to be made of participants.", map.kind);
        let consequence = "They are shown but not verified. They could be anybody's.";
        let action = "Ask for the request with the participants, key origins and leaf scripts of that key.";
        self.notes.add("btc.musig-unproven", Some(code), Says(truth, consequence, action));
    }

    fn note_aggregate(&mut self, map: &Map, code: String) {
        let truth = format!("A MuSig2 key of {} is not made of the participants that the request names.", map.kind);
        let consequence = "Others than those named could sign, or nobody.";
        self.notes.add("btc.musig-aggregate-wrong", Some(code), Says(truth, consequence, ASK_AGAIN));
    }

    fn note_stranger(&mut self, map: &Map, code: String) {
        let truth = format!("The {} names a MuSig2 participant that its key does not have.", map.kind);
        let consequence = "Somebody else poses as a cosigner, or the request is for another wallet.";
        self.notes.add("btc.musig-participant-unknown", Some(code), Says(truth, consequence, ASK_AGAIN));
    }

    /// Whose nonces are there. That they are theirs shows only when a partial signature with them verifies.
    fn note_nonces(&mut self, input: &CheckedInput, map: &Map, code: String) {
        let names = |joint: &JointKey, there: bool| {
            let all = joint.key_agg.participants().iter().filter(|key| joint.nonces.contains_key(*key) == there);
            let all: Vec<_> = all.collect();
            let named = all.iter().take(MAX_NAMED).map(|key| input.signer(&joint.signed_by(key)));
            let more = all.len().checked_sub(MAX_NAMED).filter(|more| *more > 0).map(|more| format!("{more} more"));
            named.chain(more).collect::<Vec<_>>().join(", ")
        };
        for joint in input.joint_keys.iter().filter(|joint| !joint.nonces.is_empty()) {
            let missing = match names(joint, false) {
                none if none.is_empty() => "None is missing.".to_owned(),
                missing => format!("Missing: {missing}."),
            };
            let truth = format!("The {} carries MuSig2 nonces for {}. {missing}", map.kind, names(joint, true));
            let consequence = "Whether a nonce is its participant's shows when their partial signature verifies.";
            self.notes.add("btc.musig-nonce-present", Some(code.clone()), Says(truth, consequence, ""));
        }
    }
}

fn is_musig(value: ValueForm) -> bool {
    matches!(value, ValueForm::PublicNonce | ValueForm::PartialSignature)
}

fn x_only(key_agg: &KeyAgg) -> XOnlyPublicKey {
    key_agg.key().x_only_public_key().0
}

/// The leaves in which each key stands.
struct Places(BTreeMap<[u8; 32], BTreeSet<TapLeafHash>>);

impl Places {
    fn new(leaves: &[Leaf]) -> Self {
        let mut places: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (leaf, key) in leaves.iter().flat_map(|leaf| leaf.keys.iter().map(move |key| (leaf, key))) {
            places.entry(key.serialize()).or_default().insert(leaf.hash);
        }
        Self(places)
    }

    fn of<'a>(&'a self, key_agg: &'a Arc<KeyAgg>) -> impl Iterator<Item = JointKey> + 'a {
        let leaves = self.0.get(&x_only(key_agg).serialize()).into_iter().flatten();
        leaves.map(|leaf| JointKey::new(Arc::clone(key_agg), Some(*leaf)))
    }
}
