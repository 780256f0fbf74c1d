//! The form of each known value, checked before any library sees it.

use bitcoin::absolute::LOCK_TIME_THRESHOLD;
use bitcoin::secp256k1::{PublicKey, Scalar};
use vitrine_review::Span;

use super::error::Problem;
use super::keys::{KeyForm, ValueForm};
use super::transaction::{TxFault, TxForm, output, read_transaction, witness};
use crate::bytes::{Reader, slice, u32_le};
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
        ValueForm::Count => fills(bytes, span, |r| r.compact_size().is_ok()),
        ValueForm::TxVersion
        | ValueForm::LockTime
        | ValueForm::OutputIndex
        | ValueForm::Sequence
        | ValueForm::Label => length == 4,
        ValueForm::TimeLock => lock(bytes, span).is_some_and(|lock| lock >= LOCK_TIME_THRESHOLD),
        ValueForm::HeightLock => lock(bytes, span).is_some_and(|lock| (1..LOCK_TIME_THRESHOLD).contains(&lock)),
        ValueForm::Modifiable => length == 1,
        ValueForm::Txid => length == 32,
        ValueForm::Amount => length == 8,
        ValueForm::Point => length == 33 && are_points(slice(bytes, span)),
        ValueForm::Points => length >= 33 && are_points(slice(bytes, span)),
        ValueForm::PublicNonce | ValueForm::SilentPayment => length == 66 && are_points(slice(bytes, span)),
        ValueForm::PartialSignature => is_scalar(slice(bytes, span)),
        ValueForm::DleqProof => length == 64,
        ValueForm::DnssecProof => crate::dns::split(slice(bytes, span)).is_some(),
        ValueForm::Script | ValueForm::LockingScript | ValueForm::Preimage | ValueForm::Message | ValueForm::Opaque => {
            true
        }
    };
    if fits { Ok(()) } else { Err(wrong()) }
}

/// Whether the data of a key is what `form` says; its length is known to fit.
pub(crate) fn is_key(bytes: &[u8], data: Span, form: KeyForm) -> bool {
    match form {
        KeyForm::Proprietary => is_proprietary_key(bytes, data),
        KeyForm::Point => are_points(slice(bytes, data)),
        KeyForm::MuSig2Signer => slice(bytes, data).get(..66).is_some_and(are_points),
        KeyForm::Empty
        | KeyForm::PublicKey
        | KeyForm::CompressedKey
        | KeyForm::XOnlyKey
        | KeyForm::XOnlyKeyAndLeaf
        | KeyForm::ControlBlock
        | KeyForm::Hash20
        | KeyForm::Hash32
        | KeyForm::ExtendedKey
        | KeyForm::Opaque => true,
    }
}

/// An identifier with its length, then a subtype; any data after them.
fn is_proprietary_key(bytes: &[u8], data: Span) -> bool {
    let mut r = Reader::new(bytes, data);
    let identifier = r.compact_size().and_then(|(length, _)| r.span(length));
    identifier.and_then(|_| r.compact_size()).is_ok()
}

fn lock(bytes: &[u8], span: Span) -> Option<u32> {
    u32_le(slice(bytes, span))
}

/// Compressed points of the curve, one after the other.
fn are_points(bytes: &[u8]) -> bool {
    bytes.len().is_multiple_of(33) && bytes.chunks(33).all(|point| PublicKey::from_slice(point).is_ok())
}

/// Below the order of the group; zero is possible (BIP-327).
fn is_scalar(bytes: &[u8]) -> bool {
    bytes.try_into().is_ok_and(|bytes| Scalar::from_be_bytes(bytes).is_ok())
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
