//! What the fields of later formats say about the request as a whole (BIP-370, 373, 375).

use bitcoin::secp256k1::{PublicKey, Secp256k1, VerifyOnly};

use crate::bytes::slice;
use crate::decode::PsbtRequest;
use crate::decode::keys::{OUT_SCRIPT, PsbtVersion, TX_MODIFIABLE, ValueForm, key_type};
use crate::findings::{Notes, Says};
use crate::keyvalue::{KeyValue, Map};
use crate::limits::MAX_MUSIG_KEYS;
use crate::musig;

const MODIFIABLE: &str = "btc.global.modifiable";

/// Notes a transaction that is not finished or not possible, and MuSig2 fields.
pub(crate) fn note_fields(request: &PsbtRequest, notes: &mut Notes) {
    if request.version() == PsbtVersion::Two {
        note_modifiable(request, notes);
        note_lock_time(request, notes);
        note_missing_scripts(request, notes);
    }
    let secp = Secp256k1::verification_only();
    let mut musig = MuSigCheck { secp, bytes: &request.bytes, left: MAX_MUSIG_KEYS };
    request.maps.iter().for_each(|map| musig.map(map, notes));
}

/// Flags that are set, defined or not; without the field nothing may change.
fn note_modifiable(request: &PsbtRequest, notes: &mut Notes) {
    let flags = request.maps.global.single(TX_MODIFIABLE).and_then(|kv| slice(&request.bytes, kv.value).first());
    let flags = flags.copied().unwrap_or_default();
    if flags == 0 {
        return;
    }
    let truth = match flags & 0x03 {
        0x01 => "The request says that inputs may still be added or removed.",
        0x02 => "The request says that outputs may still be added or removed.",
        0x03 => "The request says that inputs and outputs may still be added or removed.",
        _ => "The request carries flags about how it may change, though inputs and outputs may not.",
    };
    let consequence = "This review is of the transaction as it is now. A changed one needs another review.";
    let says = Says(truth.to_owned(), consequence, "Ask whether the request is finished.");
    notes.add("btc.modifiable", Some(MODIFIABLE.to_owned()), says);
}

fn note_lock_time(request: &PsbtRequest, notes: &mut Notes) {
    if request.is_lock_time_undetermined() {
        let truth = "One input asks for a lock height and another for a lock time; a transaction has one of them.";
        let consequence = "No transaction satisfies all inputs.";
        let says = Says(truth.to_owned(), consequence, "Do not sign. Ask for one payment for each kind of lock.");
        notes.add("btc.locktime-undetermined", Some("btc.locktime".to_owned()), says);
    }
}

/// Only an output with silent payment keys may come without script (BIP-375); it cannot be signed so.
fn note_missing_scripts(request: &PsbtRequest, notes: &mut Notes) {
    for map in request.maps.outputs.iter().filter(|map| map.single(OUT_SCRIPT).is_none()) {
        let truth = format!("The script of {} is not computed yet.", map.kind);
        let consequence = "A signature now would be for an output that anyone can spend.";
        let says = Says(truth, consequence, "Do not sign. Ask for the request with all scripts computed.");
        notes.add("btc.output-script-missing", Some(format!("{}.script", map.kind.code())), says);
    }
}

/// Computes aggregate keys anew; nonces and partial signatures are not verified.
struct MuSigCheck<'a> {
    secp: Secp256k1<VerifyOnly>,
    bytes: &'a [u8],
    /// Participants that may still be computed with.
    left: usize,
}

impl MuSigCheck<'_> {
    fn map(&mut self, map: &Map, notes: &mut Notes) {
        let mut codes = crate::codes::Counter::default();
        let mut unproven = None;
        for kv in &map.pairs {
            let known = key_type(map.kind, kv.key_type);
            let code = codes.code(map.kind, known);
            let proven = match known.value {
                ValueForm::Points => self.is_aggregate(kv),
                ValueForm::PublicNonce | ValueForm::PartialSignature => None,
                _ => continue,
            };
            match proven {
                Some(true) => {}
                Some(false) => note_aggregate(map, code, notes),
                None => unproven = unproven.or(Some(code)),
            }
        }
        if unproven.is_some() {
            let truth = format!("The {} has MuSig2 fields that are shown but not verified.", map.kind);
            let consequence = "They could be anybody's.";
            let says = Says(truth, consequence, "Ask the participants to confirm theirs.");
            notes.add("btc.musig-unproven", unproven, says);
        }
    }

    /// Whether the key of the field is the aggregate of those in its value (BIP-373); none if there are too many.
    fn is_aggregate(&mut self, kv: &KeyValue) -> Option<bool> {
        let points = slice(self.bytes, kv.value).chunks(33);
        self.left = self.left.checked_sub(points.len())?;
        let keys = points.map(PublicKey::from_slice).collect::<Result<Vec<_>, _>>();
        let aggregate = keys.ok().and_then(|keys| musig::aggregate(&self.secp, &keys));
        Some(aggregate.is_some_and(|key| key.serialize() == slice(self.bytes, kv.key_data)))
    }
}

fn note_aggregate(map: &Map, code: String, notes: &mut Notes) {
    let truth = format!("A MuSig2 key of {} is not made of the participants that the request names.", map.kind);
    let consequence = "Others than those named could sign, or nobody.";
    let says = Says(truth, consequence, "Do not sign. Ask for the request again from the wallet that made it.");
    notes.add("btc.musig-aggregate-wrong", Some(code), says);
}
