//! The form of each known value, checked before any library sees it.

use vitrine_review::Span;

use super::error::Problem;
use super::keys::ValueForm;
use super::transaction::{TxFault, TxForm, output, read_transaction, witness};
use crate::bytes::Reader;
use crate::limits::MAX_TRANSACTION_PARTS;

/// Checks that the bytes of `span` are what `form` says, to the last byte.
pub(crate) fn check_value(bytes: &[u8], span: Span, form: ValueForm) -> Result<(), (usize, Problem)> {
    let wrong = || (span.start, Problem::Value { expected: form.name() });
    let length = span.len();
    let fits = match form {
        ValueForm::UnsignedTransaction => return Ok(()),
        ValueForm::PreviousTransaction => {
            return read_transaction(bytes, span, TxForm::Network).map(|_| ()).map_err(problem_of);
        }
        ValueForm::Output => fills(bytes, span, |r| output(r).is_ok()),
        ValueForm::Witness => fills(bytes, span, |r| witness(r).is_ok()),
        ValueForm::TapKeyOrigin => fills(bytes, span, tap_key_origin),
        ValueForm::Signature => (9..=73).contains(&length),
        ValueForm::SchnorrSignature => length == 64 || length == 65,
        ValueForm::SighashType | ValueForm::Version => length == 4,
        ValueForm::KeyOrigin => is_key_origin(length),
        ValueForm::XOnlyKey | ValueForm::Hash32 => length == 32,
        ValueForm::LeafScript => length >= 1,
        ValueForm::TapTree => length >= 1 && fills(bytes, span, tap_tree),
        ValueForm::Script | ValueForm::Preimage | ValueForm::Message | ValueForm::Opaque => true,
    };
    if fits { Ok(()) } else { Err(wrong()) }
}

/// A transaction's fault as a problem, and its offset.
pub(crate) fn problem_of(fault: TxFault) -> (usize, Problem) {
    match fault {
        TxFault::Bytes(fault) => (fault.offset(), fault.into()),
        TxFault::TooMany { what, count, offset } => {
            (offset, Problem::TooMany { what, count, limit: MAX_TRANSACTION_PARTS })
        }
        TxFault::Trailing { offset } => {
            (offset, Problem::Value { expected: "a transaction that ends with its lock time" })
        }
    }
}

fn fills(bytes: &[u8], span: Span, read: impl FnOnce(&mut Reader<'_>) -> bool) -> bool {
    let mut r = Reader::new(bytes, span);
    read(&mut r) && r.left() == 0
}

/// A fingerprint and at most 255 steps of four bytes (BIP-32).
fn is_key_origin(length: usize) -> bool {
    (4..=4 + 255 * 4).contains(&length) && length.is_multiple_of(4)
}

/// Leaf hashes, then a key origin (BIP-371).
fn tap_key_origin(r: &mut Reader<'_>) -> bool {
    let Ok((count, _)) = r.compact_size() else { return false };
    let Some(hashes) = count.checked_mul(32) else { return false };
    if r.span(hashes).is_err() || !is_key_origin(r.left()) {
        return false;
    }
    r.span(r.left() as u64).is_ok()
}

/// Depth, leaf version and script of each leaf (BIP-371).
fn tap_tree(r: &mut Reader<'_>) -> bool {
    while r.left() > 0 {
        let leaf = r.span(2).and_then(|_| r.compact_size()).and_then(|(length, _)| r.span(length));
        if leaf.is_err() {
            return false;
        }
    }
    true
}
