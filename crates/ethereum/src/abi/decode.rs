//! Strict decoding: one encoding for each value, and nobody else's.
//!
//! Solidity's own decoder takes offsets that point anywhere, so that one call can be read in two ways. Here every
//! offset must point to where the canonical encoding puts the value, padding must be zero, and what follows the last
//! value is handed out by itself. What was read is then encoded again and compared with the bytes.

use std::fmt;
use std::ops::Range;

use alloy_primitives::{Address, I256, U256};
use vitrine_review::Span;

use super::kind::{AbiType, Param};
use super::value::{AbiValue, Decoded, Node};
use crate::{Located, limits};

/// Why bytes are not the canonical encoding of some parameters, and where they cease to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbiError {
    /// Offset in the request.
    pub offset: usize,
    /// What is wrong there.
    pub problem: AbiProblem,
}

/// What is wrong with an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbiProblem {
    /// The bytes end within a value.
    TooShort,
    /// An offset that does not point to where the value has to be.
    OffsetNotCanonical,
    /// A length that the bytes cannot hold.
    LengthTooLarge,
    /// Bits outside the type's range.
    ValueOutOfRange,
    /// Padding that is not zero.
    PaddingNotZero,
    /// More values than are read.
    TooManyValues,
    /// Values nested deeper than are read.
    TooDeep,
    /// Encoding the values again gave other bytes.
    NotReproduced,
}

impl fmt::Display for AbiProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "the bytes end within a value",
            Self::OffsetNotCanonical => "an offset points elsewhere than to where the value has to be",
            Self::LengthTooLarge => "a length is larger than the bytes that follow",
            Self::ValueOutOfRange => "a value has bits outside its type",
            Self::PaddingNotZero => "padding is not zero",
            Self::TooManyValues => "there are more values than can be read",
            Self::TooDeep => "values are nested too deeply",
            Self::NotReproduced => "encoding the values again gives other bytes",
        })
    }
}

impl fmt::Display for AbiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.problem, self.offset)
    }
}

impl std::error::Error for AbiError {}

/// Decodes parameters (of a call: the bytes after the selector).
///
/// # Errors
/// [`AbiError`] unless the bytes begin with the one canonical encoding; what follows it is [`Decoded::trailing`].
pub fn decode(params: &[Param], data: &Located) -> Result<Decoded, AbiError> {
    decode_within(params, data, &mut Budget::default())
}

/// How much may still be decoded for one request: in calls within calls the same bytes are read again and again.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    values: usize,
    path_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { values: limits::ABI_VALUES, path_bytes: limits::ABI_PATHS }
    }
}

impl Budget {
    /// Takes one value whose path has so many bytes; none if there is too little left.
    fn take(&mut self, path_bytes: usize) -> Option<()> {
        self.values = self.values.checked_sub(1)?;
        self.path_bytes = self.path_bytes.checked_sub(path_bytes)?;
        Some(())
    }
}

/// The same, as far as the budget goes.
pub(crate) fn decode_within(params: &[Param], data: &Located, budget: &mut Budget) -> Result<Decoded, AbiError> {
    let mut reader = Reader { data, structure: Vec::new(), budget };
    let (values, end) = reader.sequence(params.iter().map(|p| (p.name.clone(), &p.kind)), 0, Within::default())?;
    let trailing = data.from(end).ok_or_else(|| reader.error(end, AbiProblem::TooShort))?;
    if data.bytes().get(..end) != Some(encode(&values).as_slice()) {
        return Err(reader.error(0, AbiProblem::NotReproduced));
    }
    Ok(Decoded { values, structure: reader.structure, trailing })
}

struct Reader<'a> {
    data: &'a Located,
    structure: Vec<Span>,
    budget: &'a mut Budget,
}

/// The list in which a value lies.
#[derive(Clone, Copy, Default)]
struct Within {
    /// How many lists it is in.
    depth: usize,
    /// Length of its path.
    path_bytes: usize,
}

impl Reader<'_> {
    fn error(&self, at: usize, problem: AbiProblem) -> AbiError {
        AbiError { offset: self.data.offset_of(at), problem }
    }

    /// Reads values whose heads begin at `base`; returns them and the end of the last tail.
    fn sequence<'t>(
        &mut self,
        kinds: impl Iterator<Item = (String, &'t AbiType)> + Clone,
        base: usize,
        within: Within,
    ) -> Result<(Vec<Node>, usize), AbiError> {
        if within.depth > limits::NESTING {
            return Err(self.error(base, AbiProblem::TooDeep));
        }
        let heads = kinds.clone().try_fold(0usize, |sum, (_, kind)| sum.checked_add(kind.head_len()?));
        let too_short = |reader: &Self| reader.error(base, AbiProblem::TooShort);
        let heads = heads.ok_or_else(|| too_short(self))?;
        let mut tail = base.checked_add(heads).filter(|end| *end <= self.data.len()).ok_or_else(|| too_short(self))?;
        let (mut head, mut nodes) = (base, Vec::new());
        for (name, kind) in kinds {
            let node = if kind.is_dynamic() {
                self.offset(head, tail.saturating_sub(base))?;
                let (node, end) = self.value(name, kind, tail, within)?;
                tail = end;
                head = head.saturating_add(32);
                node
            } else {
                let (node, end) = self.value(name, kind, head, within)?;
                head = end;
                node
            };
            nodes.push(node);
        }
        Ok((nodes, tail))
    }

    fn offset(&mut self, at: usize, expected: usize) -> Result<(), AbiError> {
        let found = self.word(at)?;
        if found != U256::from(expected) {
            return Err(self.error(at, AbiProblem::OffsetNotCanonical));
        }
        self.structure(at..at.saturating_add(32))
    }

    /// Reads one value that begins at `at`; returns it and its end.
    fn value(&mut self, name: String, kind: &AbiType, at: usize, within: Within) -> Result<(Node, usize), AbiError> {
        let Within { depth, path_bytes } = within;
        let path_bytes = path_bytes.saturating_add(name.len()).saturating_add(1);
        self.budget.take(path_bytes).ok_or_else(|| self.error(at, AbiProblem::TooManyValues))?;
        let within = Within { depth: depth.saturating_add(1), path_bytes };
        let numbered = |n: usize| (0..n).map(|i| format!("[{i}]"));
        let (items, end) = match kind {
            AbiType::Bytes | AbiType::String => return self.bytes(name, kind, at),
            AbiType::Array(item) => {
                let n = self.count(at, item)?;
                self.sequence(numbered(n).map(|name| (name, &**item)), at.saturating_add(32), within)?
            }
            AbiType::FixedArray(item, n) => {
                self.room(at, item, *n)?;
                self.sequence(numbered(*n).map(|name| (name, &**item)), at, within)?
            }
            AbiType::Tuple(params) => self.sequence(params.iter().map(|p| (p.name.clone(), &p.kind)), at, within)?,
            _ => return self.single(name, kind, at),
        };
        let span = Span::new(self.data.offset_of(at), self.data.offset_of(at));
        Ok((Node { name, kind: kind.clone(), span, value: AbiValue::List(items) }, end))
    }

    fn count(&mut self, at: usize, item: &AbiType) -> Result<usize, AbiError> {
        let n = self.length(at)?;
        self.room(at.saturating_add(32), item, n)?;
        Ok(n)
    }

    /// Whether `n` items, at least 32 bytes each unless they are empty, fit behind `at`.
    fn room(&self, at: usize, item: &AbiType, n: usize) -> Result<(), AbiError> {
        let each = item.head_len().unwrap_or(usize::MAX);
        let needed = each.checked_mul(n).and_then(|needed| needed.checked_add(at));
        match needed {
            Some(end) if end <= self.data.len() && n <= limits::ABI_VALUES => Ok(()),
            Some(end) if end <= self.data.len() => Err(self.error(at, AbiProblem::TooManyValues)),
            _ => Err(self.error(at, AbiProblem::LengthTooLarge)),
        }
    }

    fn length(&mut self, at: usize) -> Result<usize, AbiError> {
        let length = usize::try_from(self.word(at)?).map_err(|_| self.error(at, AbiProblem::LengthTooLarge))?;
        self.structure(at..at.saturating_add(32))?;
        Ok(length)
    }

    fn bytes(&mut self, name: String, kind: &AbiType, at: usize) -> Result<(Node, usize), AbiError> {
        let length = self.length(at)?;
        let start = at.saturating_add(32);
        let too_large = |reader: &Self| reader.error(at, AbiProblem::LengthTooLarge);
        let end = start.checked_add(length).ok_or_else(|| too_large(self))?;
        let content = self.data.slice(start..end).ok_or_else(|| too_large(self))?;
        let padded = length.checked_next_multiple_of(32).and_then(|n| n.checked_add(start));
        let padded = padded.ok_or_else(|| too_large(self))?;
        self.padding(end..padded)?;
        let span = content.span();
        let value = if *kind == AbiType::Bytes { AbiValue::Bytes(content) } else { AbiValue::String(content) };
        Ok((Node { name, kind: kind.clone(), span, value }, padded))
    }

    fn single(&mut self, name: String, kind: &AbiType, at: usize) -> Result<(Node, usize), AbiError> {
        let word = self.word(at)?;
        let out_of_range = |reader: &Self| reader.error(at, AbiProblem::ValueOutOfRange);
        let end = at.saturating_add(32);
        let (value, own) = match kind {
            AbiType::Uint(bits) if word.bit_len() <= usize::from(*bits) => (AbiValue::Uint(word), at..end),
            AbiType::Int(bits) => (AbiValue::Int(signed(word, *bits).ok_or_else(|| out_of_range(self))?), at..end),
            AbiType::Address if word.bit_len() <= 160 => {
                (AbiValue::Address(Address::from_word(word.to_be_bytes().into())), at.saturating_add(12)..end)
            }
            AbiType::Bool if word <= U256::from(1) => (AbiValue::Bool(!word.is_zero()), end.saturating_sub(1)..end),
            AbiType::FixedBytes(n) => {
                let own = at..at.saturating_add(usize::from(*n));
                let content = self.data.slice(own.clone()).ok_or_else(|| out_of_range(self))?;
                self.padding(own.end..end)?;
                (AbiValue::FixedBytes(content), own)
            }
            _ => return Err(out_of_range(self)),
        };
        self.structure(at..own.start)?;
        let span = Span::new(self.data.offset_of(own.start), self.data.offset_of(own.end));
        Ok((Node { name, kind: kind.clone(), span, value }, end))
    }

    fn word(&self, at: usize) -> Result<U256, AbiError> {
        let end = at.checked_add(32).ok_or_else(|| self.error(at, AbiProblem::TooShort))?;
        let bytes = self.data.bytes().get(at..end).ok_or_else(|| self.error(at, AbiProblem::TooShort))?;
        Ok(U256::from_be_slice(bytes))
    }

    fn padding(&mut self, range: Range<usize>) -> Result<(), AbiError> {
        let start = range.start;
        let bytes = self.data.bytes().get(range.clone()).ok_or_else(|| self.error(start, AbiProblem::TooShort))?;
        if let Some(dirty) = bytes.iter().position(|b| *b != 0) {
            return Err(self.error(start.saturating_add(dirty), AbiProblem::PaddingNotZero));
        }
        self.structure(range)
    }

    fn structure(&mut self, range: Range<usize>) -> Result<(), AbiError> {
        let start = range.start;
        let part = self.data.slice(range).ok_or_else(|| self.error(start, AbiProblem::TooShort))?;
        if !part.is_empty() {
            self.structure.push(part.span());
        }
        Ok(())
    }
}

/// Two's complement of `bits` bits, sign-extended to 256.
fn signed(word: U256, bits: u16) -> Option<I256> {
    let value = I256::from_raw(word);
    let magnitude = if value.is_negative() { !word } else { word };
    (magnitude.bit_len() < usize::from(bits)).then_some(value)
}

/// The canonical encoding of some values.
pub fn encode(values: &[Node]) -> Vec<u8> {
    let heads: usize = values.iter().map(|v| v.kind.head_len().unwrap_or(0)).sum();
    let (mut head, mut tail) = (Vec::with_capacity(heads), Vec::new());
    for node in values {
        if node.kind.is_dynamic() {
            let offset = U256::from(heads.saturating_add(tail.len()));
            head.extend_from_slice(&offset.to_be_bytes::<32>());
            tail.extend_from_slice(&encode_value(node));
        } else {
            head.extend_from_slice(&encode_value(node));
        }
    }
    head.extend_from_slice(&tail);
    head
}

fn encode_value(node: &Node) -> Vec<u8> {
    match &node.value {
        AbiValue::Uint(value) => value.to_be_bytes_vec(),
        AbiValue::Int(value) => value.into_raw().to_be_bytes_vec(),
        AbiValue::Address(value) => value.into_word().to_vec(),
        AbiValue::Bool(value) => U256::from(u8::from(*value)).to_be_bytes_vec(),
        AbiValue::FixedBytes(value) => padded(value.bytes()),
        AbiValue::Bytes(value) | AbiValue::String(value) => {
            let mut out = U256::from(value.len()).to_be_bytes_vec();
            out.extend_from_slice(&padded(value.bytes()));
            out
        }
        AbiValue::List(items) => {
            let mut out = match node.kind {
                AbiType::Array(_) => U256::from(items.len()).to_be_bytes_vec(),
                _ => Vec::new(),
            };
            out.extend_from_slice(&encode(items));
            out
        }
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.resize(bytes.len().next_multiple_of(32), 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Function;
    use alloy_dyn_abi::{DynSolType, DynSolValue};

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn transfer() -> Vec<Param> {
        Function::parse("transfer(address to,uint256 amount)").unwrap().inputs
    }

    fn problem(params: &[Param], data: &[u8]) -> AbiProblem {
        decode(params, &Located::binary(data.to_vec(), 0)).unwrap_err().problem
    }

    #[test]
    fn each_byte_has_an_owner_and_a_place() {
        let data = hex(&format!("{:0>64}{:064x}", "d8da6bf26964af9d7eed9e03e53415d37aa96045", 7));
        let decoded = decode(&transfer(), &Located::binary(data, 100)).unwrap();
        assert_eq!(decoded.value("to").unwrap().span, Span::new(112, 132));
        assert_eq!(decoded.value("amount").unwrap().span, Span::new(132, 164));
        assert_eq!(decoded.structure, [Span::new(100, 112)]);
        assert!(decoded.trailing.is_empty());
    }

    #[test]
    fn what_other_decoders_let_pass_is_refused() {
        let clean = format!("{:0>64}{:064x}", "d8da6bf26964af9d7eed9e03e53415d37aa96045", 7);
        let mut dirty = hex(&clean);
        dirty[0] = 1;
        assert_eq!(problem(&transfer(), &dirty), AbiProblem::ValueOutOfRange);
        let trailing = decode(&transfer(), &Located::binary(hex(&format!("{clean}00")), 0)).unwrap().trailing;
        assert_eq!(trailing.span(), Span::new(64, 65));
        assert_eq!(problem(&transfer(), &hex(&clean)[..63]), AbiProblem::TooShort);
        let bytes = Function::parse("f(bytes b)").unwrap().inputs;
        let hidden = format!("{:064x}{:064x}{:064x}aa{}", 64, 0xdead, 1, "00".repeat(31));
        assert_eq!(problem(&bytes, &hex(&hidden)), AbiProblem::OffsetNotCanonical);
        let padding = format!("{:064x}{:064x}aa{}01", 32, 1, "00".repeat(30));
        assert_eq!(problem(&bytes, &hex(&padding)), AbiProblem::PaddingNotZero);
        let long = format!("{:064x}{}", 32, "ff".repeat(32));
        assert_eq!(problem(&bytes, &hex(&long)), AbiProblem::LengthTooLarge);
        let bool = Function::parse("f(bool b)").unwrap().inputs;
        assert_eq!(problem(&bool, &hex(&format!("{:064x}", 2))), AbiProblem::ValueOutOfRange);
        let int = Function::parse("f(int8 b)").unwrap().inputs;
        assert_eq!(problem(&int, &hex(&format!("{:064x}", 128))), AbiProblem::ValueOutOfRange);
        assert!(decode(&int, &Located::binary(vec![0xff; 32], 0)).is_ok());
    }

    #[test]
    fn counts_are_bounded_before_anything_is_allocated() {
        let nothings = AbiType::Array(Box::new(AbiType::Tuple([].into()))); // No signature has such a type.
        let empty_items = vec![Param { name: String::new(), kind: nothings }];
        let bomb = hex(&format!("{:064x}{:064x}", 32, 1u64 << 40));
        assert!(matches!(problem(&empty_items, &bomb), AbiProblem::TooManyValues | AbiProblem::LengthTooLarge));
        let arrays = Function::parse("f(uint256[] a)").unwrap().inputs;
        assert_eq!(problem(&arrays, &bomb), AbiProblem::LengthTooLarge);
    }

    #[test]
    fn alloy_encodes_what_we_decode() {
        let text = "f((address a,bytes b)[] calls,uint8[2][] n,string s,bytes4 x,int24 i,bool[3] t)";
        let function = Function::parse(text).unwrap();
        let call = |n: u8| {
            DynSolValue::Tuple(vec![
                DynSolValue::Address(Address::repeat_byte(n)),
                DynSolValue::Bytes(vec![n; usize::from(n)]),
            ])
        };
        let pair = |a: u8| DynSolValue::FixedArray(vec![DynSolValue::Uint(U256::from(a), 8); 2]);
        let value = DynSolValue::Tuple(vec![
            DynSolValue::Array(vec![call(3), call(40)]),
            DynSolValue::Array(vec![pair(1), pair(2), pair(3)]),
            DynSolValue::String("straße".to_owned()),
            DynSolValue::FixedBytes(alloy_primitives::B256::right_padding_from(&[1, 2, 3, 4]), 4),
            DynSolValue::Int(I256::try_from(-5).unwrap(), 24),
            DynSolValue::FixedArray(vec![DynSolValue::Bool(true); 3]),
        ]);
        let data = value.abi_encode_params();
        let decoded = decode(&function.inputs, &Located::binary(data.clone(), 0)).unwrap();
        assert!(decoded.trailing.is_empty());
        let owned: usize = decoded.structure.iter().map(Span::len).sum::<usize>() + leaves(&decoded.values);
        assert_eq!(owned, data.len());
        let kind = DynSolType::parse(&function.to_string()[1..]).unwrap();
        assert_eq!(kind.abi_decode_params(&data).unwrap(), value);
    }

    fn leaves(nodes: &[Node]) -> usize {
        nodes.iter().map(|n| n.span.len() + n.list().map_or(0, leaves)).sum()
    }
}
