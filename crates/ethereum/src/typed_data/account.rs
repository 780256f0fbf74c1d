//! Who owns which byte of a typed-data request.

use vitrine_review::Span;

use super::{NotSigned, TypedData, TypedDataError, TypedDataProblem, TypedNode};
use crate::json::{Json, Member};
use crate::limits;

/// A part of the request with one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedPart {
    /// Where it lies.
    pub span: Span,
    /// What it is: `message.to[0].wallet`, `types.Mail[1].name`; empty for structure. May hold hostile text.
    pub path: String,
    /// What is known about it.
    pub owner: TypedPartOwner,
}

/// What is known about a part of a typed-data request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedPartOwner {
    /// A value that is hashed.
    Value,
    /// A name or type that is hashed with the type's description.
    Type,
    /// A key or mark of the JSON text, checked to be the only one that fits.
    Structure,
    /// Not hashed.
    NotSigned,
}

impl TypedData {
    /// An owner for each byte, in order: no byte is missing and none has two.
    pub fn parts(&self) -> Vec<TypedPart> {
        let mut parts = Vec::new();
        let mut part = |span: Span, path: String, owner| {
            if !span.is_empty() {
                parts.push(TypedPart { span, path, owner });
            }
        };
        part(self.primary_type_span, "primaryType".to_owned(), TypedPartOwner::Type);
        for declared in self.types.declared() {
            let name = &declared.name;
            part(declared.span, format!("types.{name}"), TypedPartOwner::Type);
            for (i, member) in declared.members.iter().enumerate() {
                part(member.name_span, format!("types.{name}[{i}].name"), TypedPartOwner::Type);
                part(member.kind_span, format!("types.{name}[{i}].type"), TypedPartOwner::Type);
            }
        }
        for (root, name) in [(&self.domain.node, "domain"), (&self.message, "message")] {
            for (path, leaf) in root.leaves(name) {
                part(leaf.span, path, TypedPartOwner::Value);
            }
        }
        for left in &self.not_signed {
            part(left.span, left.path.clone(), TypedPartOwner::NotSigned);
        }
        for span in &self.structure {
            part(*span, String::new(), TypedPartOwner::Structure);
        }
        parts.sort_by_key(|part| part.span);
        parts
    }
}

impl TypedNode {
    /// All values within that are neither struct nor array, with their paths below `path`, in order.
    pub fn leaves(&self, path: &str) -> Vec<(String, &Self)> {
        let mut out = Vec::new();
        self.gather(path.to_owned(), &mut out);
        out
    }

    fn gather<'a>(&'a self, path: String, out: &mut Vec<(String, &'a Self)>) {
        use super::TypedValue::{Array, Struct};
        if !matches!(self.value, Array(_) | Struct(_)) {
            out.push((path, self));
            return;
        }
        for part in self.parts() {
            let dot = if matches!(self.value, Struct(_)) { "." } else { "" };
            part.gather(format!("{path}{dot}{}", part.name), out);
        }
    }
}

/// What was met while reading: keys that the types ask for, and members that nothing asks for.
#[derive(Default)]
pub(super) struct Seen {
    keys: Vec<Span>,
    not_signed: Vec<NotSigned>,
    path_bytes: usize,
}

impl Seen {
    /// The value with this key, which is then accounted for.
    pub(super) fn member<'a>(&mut self, object: &'a Json, key: &str) -> Result<&'a Json, TypedDataError> {
        self.found(object.member(key), key, object.span.start)
    }

    /// The value of a member that was looked for in the object at `offset`.
    pub(super) fn found<'a>(
        &mut self,
        member: Option<&'a Member>,
        key: &str,
        offset: usize,
    ) -> Result<&'a Json, TypedDataError> {
        let missing = || TypedDataError { offset, problem: TypedDataProblem::MissingMember(key.to_owned()) };
        let member = member.ok_or_else(missing)?;
        self.keys.push(member.key_span);
        Ok(&member.value)
    }

    /// Counts a path of this many bytes: many values at the end of a long path could fill the memory.
    pub(super) fn path(&mut self, length: usize, offset: usize) -> Result<(), TypedDataError> {
        self.path_bytes = self.path_bytes.saturating_add(length);
        match self.path_bytes > limits::TYPED_DATA_PATHS {
            true => Err(TypedDataError { offset, problem: TypedDataProblem::TooMuch("values with long names") }),
            false => Ok(()),
        }
    }

    /// Notes members that are not hashed.
    pub(super) fn not_signed<'a>(
        &mut self,
        path: &str,
        members: impl Iterator<Item = &'a Member>,
    ) -> Result<(), TypedDataError> {
        let dot = if path.is_empty() { "" } else { "." };
        for member in members {
            let path = format!("{path}{dot}{}", member.key);
            self.path(path.len(), member.span.start)?;
            self.not_signed.push(NotSigned { path, span: member.span });
        }
        Ok(())
    }

    /// What is not signed, in order, and the keys and marks outside of it.
    pub(super) fn divide(mut self, marks: Vec<Span>) -> (Vec<NotSigned>, Vec<Span>) {
        self.not_signed.sort_by_key(|left| left.span);
        self.keys.extend(marks);
        self.keys.sort_unstable();
        let mut left = self.not_signed.iter().map(|left| left.span).peekable();
        let mut outside: Vec<Span> = Vec::new();
        for mark in self.keys {
            while left.next_if(|left| left.end <= mark.start).is_some() {}
            if left.peek().is_some_and(|left| left.start <= mark.start) {
                continue;
            }
            match outside.last_mut() {
                Some(last) if last.end == mark.start => last.end = mark.end,
                _ => outside.push(mark),
            }
        }
        (self.not_signed, outside)
    }
}
