//! The declared struct types, as far as what is signed uses them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use alloy_primitives::{B256, keccak256};
use vitrine_review::Span;

use super::account::Seen;
use super::kind::{Kind, is_member_name, is_reserved, is_type_name};
use super::{DOMAIN_TYPE, TypedDataError, TypedDataProblem, wrong_kind};
use crate::json::{Json, Member};
use crate::limits;

/// A declared struct type. All of it enters the hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructType {
    /// Its name.
    pub name: String,
    /// Where the name lies.
    pub span: Span,
    /// Its members in order.
    pub members: Vec<StructMember>,
}

/// A member of a declared struct type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructMember {
    /// Its name: an identifier.
    pub name: String,
    /// Where the name lies.
    pub name_span: Span,
    /// Its type.
    pub kind: Kind,
    /// Where the type's spelling lies.
    pub kind_span: Span,
}

/// The declared types that the domain and the message use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Types {
    declared: BTreeMap<String, StructType>,
    /// `typeHash` of each, and the length of its description.
    hashes: BTreeMap<String, (usize, B256)>,
}

impl Types {
    /// Reads the types that the primary type and the domain need; all others are not signed.
    pub(super) fn read(json: &Json, primary: &str, seen: &mut Seen) -> Result<Self, TypedDataError> {
        let members = json.members().ok_or_else(|| wrong_kind(json, "an object"))?;
        let by_name: BTreeMap<&str, &Member> = members.iter().map(|m| (m.key.as_str(), m)).collect();
        let mut types = Self { declared: BTreeMap::new(), hashes: BTreeMap::new() };
        let mut wanted = vec![(primary.to_owned(), json.span.start), (DOMAIN_TYPE.to_owned(), json.span.start)];
        let mut count = 0usize;
        while let Some((name, user)) = wanted.pop() {
            if types.declared.contains_key(&name) {
                continue;
            }
            let undeclared = || TypedDataError { offset: user, problem: undeclared_type(&name) };
            let declared = struct_type(by_name.get(name.as_str()).ok_or_else(undeclared)?, seen)?;
            count = count.saturating_add(declared.members.len());
            let used = |m: &StructMember| m.kind.struct_name().map(|name| (name.to_owned(), m.kind_span.start));
            wanted.extend(declared.members.iter().filter_map(used));
            types.declared.insert(name, declared);
            types.bound(count, json)?;
        }
        let unused = members.iter().filter(|m| !types.declared.contains_key(&m.key));
        seen.not_signed("types", unused)?;
        types.hash();
        Ok(types)
    }

    fn bound(&self, members: usize, json: &Json) -> Result<(), TypedDataError> {
        let too_much = |what| TypedDataError { offset: json.span.start, problem: TypedDataProblem::TooMuch(what) };
        if self.declared.len() > limits::TYPED_DATA_TYPES {
            return Err(too_much("types"));
        }
        if members > limits::TYPED_DATA_MEMBERS {
            return Err(too_much("members of types"));
        }
        Ok(())
    }

    fn hash(&mut self) {
        for name in self.declared.keys() {
            let text = self.encode_type(name);
            self.hashes.insert(name.clone(), (text.len(), keccak256(&text)));
        }
    }

    /// EIP-712 `encodeType`: the type, then all that it refers to, sorted by name.
    pub(super) fn encode_type(&self, name: &str) -> String {
        let (mut found, mut open) = (BTreeSet::new(), vec![name]);
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.uses(next));
            }
        }
        found.remove(name);
        let mut out = String::new();
        for part in std::iter::once(name).chain(found) {
            self.write_one(&mut out, part);
        }
        out
    }

    fn write_one(&self, out: &mut String, name: &str) {
        out.push_str(name);
        out.push('(');
        for (i, member) in self.members(name).iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(out, "{comma}{} {}", member.kind, member.name);
        }
        out.push(')');
    }

    fn uses<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.members(name).iter().filter_map(|member| member.kind.struct_name())
    }

    /// Members of a declared type.
    pub(super) fn members(&self, name: &str) -> &[StructMember] {
        self.declared.get(name).map(|declared| declared.members.as_slice()).unwrap_or_default()
    }

    /// The declared types by name.
    pub(super) fn declared(&self) -> impl Iterator<Item = &StructType> {
        self.declared.values()
    }

    /// Length of `encodeType` of a declared type, in bytes.
    pub(super) fn described(&self, name: &str) -> usize {
        self.hashes.get(name).map(|(length, _)| *length).unwrap_or_default()
    }

    /// `typeHash` of a declared type.
    pub(super) fn type_hash(&self, name: &str) -> B256 {
        self.hashes.get(name).map(|(_, hash)| *hash).unwrap_or_default()
    }

    /// Number of members if each struct were written out in place of its name; none if there is no end to it.
    pub(super) fn expanded(&self, name: &str) -> Option<usize> {
        self.expand(name, &mut BTreeMap::new())
    }

    fn expand<'a>(&'a self, name: &'a str, known: &mut BTreeMap<&'a str, Option<usize>>) -> Option<usize> {
        if let Some(count) = known.get(name) {
            return *count;
        }
        known.insert(name, None);
        let mut count = Some(1usize);
        for member in self.members(name) {
            let own = match member.kind.struct_name() {
                Some(inner) => self.expand(inner, known),
                None => Some(1),
            };
            count = count.zip(own).map(|(a, b)| a.saturating_add(b));
        }
        known.insert(name, count);
        count
    }
}

fn undeclared_type(name: &str) -> TypedDataProblem {
    TypedDataProblem::UndeclaredType(name.to_owned())
}

fn struct_type(declaration: &Member, seen: &mut Seen) -> Result<StructType, TypedDataError> {
    let error = |problem| TypedDataError { offset: declaration.key_span.start, problem };
    let name = declaration.key.clone();
    if is_reserved(&name) {
        return Err(error(TypedDataProblem::ReservedName(name)));
    }
    if !is_type_name(&name) {
        return Err(error(TypedDataProblem::BadName(name)));
    }
    let items = declaration.value.items().ok_or_else(|| wrong_kind(&declaration.value, "an array"))?;
    let mut members = Vec::new();
    let mut names = BTreeSet::new();
    for (i, item) in items.iter().enumerate() {
        let member = struct_member(item, &format!("types.{name}[{i}]"), seen)?;
        if !names.insert(member.name.clone()) {
            let problem = TypedDataProblem::MemberTwice(member.name);
            return Err(TypedDataError { offset: member.name_span.start, problem });
        }
        members.push(member);
    }
    Ok(StructType { name, span: declaration.key_span, members })
}

fn struct_member(item: &Json, path: &str, seen: &mut Seen) -> Result<StructMember, TypedDataError> {
    let parts = item.members().ok_or_else(|| wrong_kind(item, "an object"))?;
    let mut text = |key: &str| {
        let value = seen.member(item, key)?;
        let text = value.text().ok_or_else(|| wrong_kind(value, "a string"))?;
        Ok::<_, TypedDataError>((text, value.span))
    };
    let (name, name_span) = text("name")?;
    let (kind, kind_span) = text("type")?;
    if !is_member_name(name) {
        let problem = TypedDataProblem::BadName(name.to_owned());
        return Err(TypedDataError { offset: name_span.start, problem });
    }
    let kind = Kind::parse(kind).map_err(|problem| TypedDataError { offset: kind_span.start, problem })?;
    seen.not_signed(path, parts.iter().filter(|part| !matches!(part.key.as_str(), "name" | "type")))?;
    Ok(StructMember { name: name.to_owned(), name_span, kind, kind_span })
}
