//! The items of a list, taken one after the other as the fields that they are.

use alloy_primitives::{Address, B256, U256};
use vitrine_review::Span;

use super::error::{FieldProblem, TransactionError, TransactionProblem};
use crate::rlp::Item;
use crate::{Field, Located};

/// The fields of one list.
pub(super) struct Fields<'a> {
    data: &'a Located,
    items: std::slice::Iter<'a, Item>,
    /// Where the list ends, for what is missing.
    end: usize,
    /// Headers that were taken.
    pub(super) structure: Vec<Span>,
}

impl<'a> Fields<'a> {
    /// The fields of these items, which are of `list`.
    pub(super) fn of(data: &'a Located, list: &Item, items: &'a [Item]) -> Self {
        let structure = [Self::span(data, &list.header)].to_vec();
        Self { data, items: items.iter(), end: list.payload.end, structure }
    }

    fn span(data: &Located, range: &std::ops::Range<usize>) -> Span {
        Span::new(data.offset_of(range.start), data.offset_of(range.end))
    }

    pub(super) fn error(&self, offset: usize, name: &'static str, problem: FieldProblem) -> TransactionError {
        TransactionError { offset, problem: TransactionProblem::Field { name, problem } }
    }

    /// There are more than `most` items; says where the next one lies.
    pub(super) fn too_many(&self, name: &'static str, most: usize) -> TransactionError {
        let at = self.items.as_slice().first().map_or(self.end, |item| item.header.start);
        self.error(self.data.offset_of(at), name, FieldProblem::TooMany { most })
    }

    fn next(&mut self, name: &'static str) -> Result<&'a Item, TransactionError> {
        let missing = FieldProblem::Length { expected: 1, found: 0 };
        self.items.next().ok_or_else(|| self.error(self.data.offset_of(self.end), name, missing))
    }

    /// The field's bytes; its header is structure unless there is nothing else that says the field.
    pub(super) fn bytes(&mut self, name: &'static str) -> Result<Field<Located>, TransactionError> {
        let item = self.next(name)?;
        let header = Self::span(self.data, &item.header);
        let value = self.data.slice(item.payload.clone()).filter(|_| item.list.is_none());
        let value = value.ok_or_else(|| self.error(header.start, name, FieldProblem::Shape))?;
        if value.is_empty() {
            return Ok(Field { span: header, value });
        }
        if !header.is_empty() {
            self.structure.push(header);
        }
        Ok(Field { span: value.span(), value })
    }

    /// An integer of so many bits at most.
    pub(super) fn uint(&mut self, name: &'static str, bits: usize) -> Result<Field<U256>, TransactionError> {
        let Field { value, span } = self.bytes(name)?;
        let problem = match value.bytes() {
            [0, ..] => Some(FieldProblem::LeadingZero),
            bytes if bytes.len() > bits.div_ceil(8) => Some(FieldProblem::TooLarge { bits }),
            _ => None,
        };
        match problem {
            Some(problem) => Err(self.error(span.start, name, problem)),
            None => Ok(Field { value: U256::from_be_slice(value.bytes()), span }),
        }
    }

    /// An integer of a narrower type, which has `bits` bits.
    pub(super) fn narrow<T: TryFrom<U256>>(
        &mut self,
        name: &'static str,
        bits: usize,
    ) -> Result<Field<T>, TransactionError> {
        let Field { value, span } = self.uint(name, bits)?;
        let value = T::try_from(value).map_err(|_| self.error(span.start, name, FieldProblem::TooLarge { bits }))?;
        Ok(Field { value, span })
    }

    /// An address, or none where the field is empty.
    pub(super) fn to(&mut self, name: &'static str) -> Result<Field<Option<Address>>, TransactionError> {
        let Field { value, span } = self.bytes(name)?;
        match value.bytes() {
            [] => Ok(Field { value: None, span }),
            bytes if bytes.len() == 20 => Ok(Field { value: Some(Address::from_slice(bytes)), span }),
            bytes => Err(self.error(span.start, name, FieldProblem::Length { expected: 20, found: bytes.len() })),
        }
    }

    /// An address.
    pub(super) fn address(&mut self, name: &'static str) -> Result<Field<Address>, TransactionError> {
        let Field { value, span } = self.to(name)?;
        let none = FieldProblem::Length { expected: 20, found: 0 };
        Ok(Field { value: value.ok_or_else(|| self.error(span.start, name, none))?, span })
    }

    /// A word of 32 bytes.
    pub(super) fn word(&mut self, name: &'static str) -> Result<Field<B256>, TransactionError> {
        let Field { value, span } = self.bytes(name)?;
        let problem = FieldProblem::Length { expected: 32, found: value.len() };
        let word = B256::try_from(value.bytes()).map_err(|_| self.error(span.start, name, problem))?;
        Ok(Field { value: word, span })
    }

    /// The items of a list, each read by `read`, which takes them from the list's own fields.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<T, TransactionError>,
    ) -> Result<Vec<T>, TransactionError> {
        let mut inner = self.enter(name)?;
        let mut values = Vec::new();
        while !inner.items.as_slice().is_empty() {
            values.push(read(&mut inner)?);
        }
        self.structure.append(&mut inner.structure);
        Ok(values)
    }

    /// A list of exactly so many items, read by `read`.
    pub(super) fn tuple<T>(
        &mut self,
        name: &'static str,
        expected: usize,
        read: impl FnOnce(&mut Self) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        let mut inner = self.enter(name)?;
        let found = inner.items.len();
        if found != expected {
            let offset = self.data.offset_of(inner.end);
            return Err(self.error(offset, name, FieldProblem::Items { expected, found }));
        }
        let value = read(&mut inner)?;
        self.structure.append(&mut inner.structure);
        Ok(value)
    }

    fn enter(&mut self, name: &'static str) -> Result<Self, TransactionError> {
        let item = self.next(name)?;
        let offset = self.data.offset_of(item.header.start);
        let items = item.list.as_deref().ok_or_else(|| self.error(offset, name, FieldProblem::Shape))?;
        Ok(Self::of(self.data, item, items))
    }

    /// The written form of the next items, so many of them.
    pub(super) fn written(&self, count: usize) -> &'a [u8] {
        let items = self.items.as_slice();
        let start = items.first().map(|item| item.header.start);
        let end = count.checked_sub(1).and_then(|last| items.get(last)).map(|item| item.payload.end);
        start.zip(end).and_then(|(start, end)| self.data.bytes().get(start..end)).unwrap_or_default()
    }
}
