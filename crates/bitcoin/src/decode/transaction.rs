//! Where the parts of a transaction lie in the bytes.

use vitrine_review::Span;

use crate::bytes::{Fault, Reader, slice, u32_le, u64_le};
use crate::limits::MAX_TRANSACTION_PARTS;

/// One input of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InputSpans {
    pub(crate) txid: Span,
    pub(crate) vout: Span,
    pub(crate) script_length: Span,
    pub(crate) script: Span,
    pub(crate) sequence: Span,
}

/// One output of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputSpans {
    pub(crate) amount: Span,
    pub(crate) script_length: Span,
    pub(crate) script: Span,
}

/// The parts of a transaction, in order and without gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TxSpans {
    pub(crate) version: Span,
    /// Marker and flag of a witness; empty without one.
    pub(crate) marker: Span,
    pub(crate) input_count: Span,
    pub(crate) inputs: Vec<InputSpans>,
    pub(crate) output_count: Span,
    pub(crate) outputs: Vec<OutputSpans>,
    /// All witnesses; empty without any.
    pub(crate) witness: Span,
    pub(crate) lock_time: Span,
}

/// Why bytes are no transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TxFault {
    Bytes(Fault),
    TooMany { what: &'static str, count: u64, offset: usize },
    Trailing { offset: usize },
}

impl From<Fault> for TxFault {
    fn from(fault: Fault) -> Self {
        Self::Bytes(fault)
    }
}

/// Whether a transaction may carry witnesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TxForm {
    /// The unsigned transaction: never a witness, so that no input is possible.
    Unsigned,
    /// A transaction of the chain: with witnesses if marked so (BIP-144).
    Network,
}

/// Finds the parts of the transaction that fills `span`.
pub(crate) fn read_transaction(bytes: &[u8], span: Span, form: TxForm) -> Result<TxSpans, TxFault> {
    let mut r = Reader::new(bytes, span);
    let version = r.span(4)?;
    let marked = form == TxForm::Network && r.peek() == Some(0);
    let marker = r.span(if marked { 2 } else { 0 })?;
    let (count, input_count) = count(&mut r, "inputs", 41)?;
    let inputs = (0..count).map(|_| input(&mut r)).collect::<Result<Vec<_>, _>>()?;
    let (count, output_count) = self::count(&mut r, "outputs", 9)?;
    let outputs = (0..count).map(|_| output(&mut r)).collect::<Result<Vec<_>, _>>()?;
    let start = r.offset();
    if marked {
        inputs.iter().try_for_each(|_| witness(&mut r))?;
    }
    let witness = Span::new(start, r.offset());
    let lock_time = r.span(4)?;
    if r.left() > 0 {
        return Err(TxFault::Trailing { offset: r.offset() });
    }
    Ok(TxSpans { version, marker, input_count, inputs, output_count, outputs, witness, lock_time })
}

/// A count of things of at least `least` bytes each: more than fit are refused before anything is read.
fn count(r: &mut Reader<'_>, what: &'static str, least: usize) -> Result<(u64, Span), TxFault> {
    let (count, span) = r.compact_size()?;
    let fitting = r.left().checked_div(least).unwrap_or(0).min(MAX_TRANSACTION_PARTS);
    if count > fitting as u64 {
        return Err(TxFault::TooMany { what, count, offset: span.start });
    }
    Ok((count, span))
}

fn input(r: &mut Reader<'_>) -> Result<InputSpans, Fault> {
    let (txid, vout) = (r.span(32)?, r.span(4)?);
    let (length, script_length) = r.compact_size()?;
    Ok(InputSpans { txid, vout, script_length, script: r.span(length)?, sequence: r.span(4)? })
}

pub(crate) fn output(r: &mut Reader<'_>) -> Result<OutputSpans, Fault> {
    let amount = r.span(8)?;
    let (length, script_length) = r.compact_size()?;
    Ok(OutputSpans { amount, script_length, script: r.span(length)? })
}

/// Skips one witness: a count and that many items.
pub(crate) fn witness(r: &mut Reader<'_>) -> Result<(), TxFault> {
    let (count, _) = count(r, "witness items", 1)?;
    for _ in 0..count {
        let (length, _) = r.compact_size()?;
        r.span(length)?;
    }
    Ok(())
}

impl OutputSpans {
    pub(crate) fn amount_sat(&self, bytes: &[u8]) -> Option<u64> {
        u64_le(slice(bytes, self.amount))
    }
}

impl InputSpans {
    pub(crate) fn vout(&self, bytes: &[u8]) -> Option<u32> {
        u32_le(slice(bytes, self.vout))
    }
}
