//! What the fields of version 2 say about the request as a whole (BIP-370, 375).

use crate::bytes::slice;
use crate::decode::PsbtRequest;
use crate::decode::keys::{OUT_SCRIPT, PsbtVersion, TX_MODIFIABLE};
use crate::findings::{Notes, Says};

const MODIFIABLE: &str = "btc.global.modifiable";

/// Notes a transaction that is not finished or not possible.
pub(crate) fn note_fields(request: &PsbtRequest, notes: &mut Notes) {
    if request.version() == PsbtVersion::Two {
        note_modifiable(request, notes);
        note_lock_time(request, notes);
        note_missing_scripts(request, notes);
    }
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
