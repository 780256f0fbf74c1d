//! How Ledger's app is to show typed data, as Ledger signed it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, hex};
use data_encoding::BASE64;
use sha2::{Digest, Sha224};

use super::token::SIGNATURE;
use crate::typed_data::{DomainChain, TypedData};

/// What Ledger signed about typed data of one shape, for one contract of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedFilters {
    /// What stands for the contract on the screen: printable ASCII.
    pub label: &'static str,
    /// r and s over the number of members and the label.
    pub signature: [u8; SIGNATURE],
    /// The members that are shown or lead to what is shown.
    pub members: Vec<TypedFilter>,
}

/// What Ledger signed about a member. Members without such a row are not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedFilter {
    /// Its path in the message: names with dots between, `[]` for each array.
    pub path: &'static str,
    /// How it is shown.
    pub format: TypedFilterFormat,
    /// What it is called on the screen: printable ASCII; empty for a token.
    pub label: &'static str,
    /// r and s over path, label and token's number.
    pub signature: [u8; SIGNATURE],
}

/// How a member is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedFilterFormat {
    /// As its type asks.
    Raw,
    /// Seconds since 1970 as a date in UTC.
    DateTime,
    /// The address of the token of this number; it is not shown itself.
    Token(u8),
    /// An amount of the token of this number; of [`TypedFilterFormat::OF_THE_CONTRACT`], of the domain's contract.
    Amount(u8),
}

impl TypedFilterFormat {
    /// The number of the token that is the domain's verifying contract.
    pub const OF_THE_CONTRACT: u8 = 0xff;
}

type Schema = [u8; 28];

/// Every shape that Ledger signed something about.
#[derive(Clone, Debug, Default)]
pub(super) struct FilterTable(BTreeMap<(u64, Address, Schema), TypedFilters>);

type Problem = (usize, &'static str);

impl FilterTable {
    /// `typed CHAIN ADDRESS SCHEMA SIGNATURE LABEL`, then its members: `raw|datetime PATH SIGNATURE LABEL`,
    /// `amount NUMBER PATH SIGNATURE LABEL`, `token NUMBER PATH SIGNATURE`.
    pub(super) fn parse(lines: impl Iterator<Item = (usize, &'static str)>) -> Result<Self, Problem> {
        let mut table = Self::default();
        let mut current: Option<(Key, TypedFilters)> = None;
        for (place, line) in lines {
            let bad = || (place, "not a row of this file");
            match line.split_once(' ').ok_or_else(bad)? {
                ("typed", rest) => {
                    table.insert(current.take(), place)?;
                    current = Some(title(rest).ok_or_else(bad)?);
                }
                (format, rest) => {
                    let (_, filters) = current.as_mut().ok_or((place, "a member of nothing"))?;
                    filters.members.push(member(format, rest).ok_or_else(bad)?);
                }
            }
        }
        table.insert(current, usize::MAX)?;
        Ok(table)
    }

    fn insert(&mut self, entry: Option<(Key, TypedFilters)>, place: usize) -> Result<(), Problem> {
        let Some((key, filters)) = entry else { return Ok(()) };
        if filters.members.is_empty() {
            return Err((place, "a shape without members"));
        }
        if self.0.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err((place, "not in order"));
        }
        self.0.insert(key, filters);
        Ok(())
    }

    pub(super) fn find(&self, data: &TypedData) -> Option<&TypedFilters> {
        let domain = data.domain();
        let DomainChain::Chain(chain_id) = domain.chain_id else { return None };
        let chain_id = u64::try_from(chain_id).ok()?;
        self.0.get(&(chain_id, domain.verifying_contract?, schema(data)))
    }

    pub(super) fn count(&self) -> (usize, usize) {
        (self.0.len(), self.0.values().map(|filters| filters.members.len()).sum())
    }
}

type Key = (u64, Address, Schema);

fn title(rest: &'static str) -> Option<(Key, TypedFilters)> {
    let fields: Vec<_> = rest.splitn(5, ' ').collect();
    let [chain, address, schema, signature, label] = *fields else { return None };
    let schema = hex::decode(schema).ok()?.try_into().ok()?;
    let key = (chain.parse().ok()?, Address::parse_checksummed(address, None).ok()?, schema);
    Some((key, TypedFilters { label: text(label)?, signature: scalars(signature)?, members: Vec::new() }))
}

fn member(format: &str, rest: &'static str) -> Option<TypedFilter> {
    let numbered = |make: fn(u8) -> TypedFilterFormat| {
        let (number, rest) = rest.split_once(' ')?;
        Some((make(number.parse().ok()?), rest))
    };
    let (format, rest) = match format {
        "raw" => (TypedFilterFormat::Raw, rest),
        "datetime" => (TypedFilterFormat::DateTime, rest),
        "token" => numbered(TypedFilterFormat::Token)?,
        "amount" => numbered(TypedFilterFormat::Amount)?,
        _ => return None,
    };
    let fields: Vec<_> = rest.splitn(3, ' ').collect();
    let (path, signature, label) = match (format, fields.as_slice()) {
        (TypedFilterFormat::Token(_), [path, signature]) => (*path, *signature, ""),
        (TypedFilterFormat::Token(_), _) => return None,
        (_, [path, signature, label]) => (*path, *signature, *label),
        _ => return None,
    };
    Some(TypedFilter { path: text(path)?, format, label: text(label)?, signature: scalars(signature)? })
}

fn text(text: &'static str) -> Option<&'static str> {
    let is_line = text.len() <= usize::from(u8::MAX) && text.bytes().all(|b| (0x20..0x7f).contains(&b));
    is_line.then_some(text)
}

fn scalars(signature: &str) -> Option<[u8; SIGNATURE]> {
    BASE64.decode(signature.as_bytes()).ok()?.try_into().ok()
}

/// SHA-224 of the types in order of their names, as JSON without blanks.
///
/// Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`, EIP712 FILTERING.
fn schema(data: &TypedData) -> Schema {
    let mut hasher = Sha224::new();
    let mut separator = "{";
    for declared in data.types() {
        let member = |member: &crate::typed_data::StructMember| {
            format!(r#"{{"name":"{}","type":"{}"}}"#, member.name, member.kind)
        };
        let members: Vec<String> = declared.members.iter().map(member).collect();
        hasher.update(format!(r#"{separator}"{}":[{}]"#, declared.name, members.join(",")));
        separator = ",";
    }
    hasher.update("}");
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE_TEXT: &str =
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

    fn parse(text: String) -> Result<FilterTable, Problem> {
        FilterTable::parse(text.leak().lines().enumerate().map(|(place, line)| (place + 1, line)))
    }

    fn file(chain: u64) -> String {
        let schema = "ab".repeat(28);
        format!(
            "typed {chain} 0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48 {schema} {SIGNATURE_TEXT} Permit of a token\n\
             raw owner {SIGNATURE_TEXT} From\namount 255 value {SIGNATURE_TEXT} Amount\ntoken 0 a.[].b {SIGNATURE_TEXT}\n"
        )
    }

    #[test]
    fn rows_are_read_as_they_are_written_and_no_others() {
        let table = parse(format!("{}{}", file(1), file(2))).unwrap();
        assert_eq!(table.count(), (2, 6));
        let (_, first) = table.0.first_key_value().unwrap();
        assert_eq!((first.label, first.signature[63]), ("Permit of a token", 63));
        let formats: Vec<_> = first.members.iter().map(|m| (m.path, m.format, m.label)).collect();
        assert_eq!(formats[1], ("value", TypedFilterFormat::Amount(TypedFilterFormat::OF_THE_CONTRACT), "Amount"));
        assert_eq!(formats[2], ("a.[].b", TypedFilterFormat::Token(0), ""));
        assert!(parse(format!("{}{}", file(2), file(1))).is_err(), "out of order");
        assert!(parse(format!("{}{}", file(1), file(1))).is_err(), "twice");
        for (from, to) in [
            ("typed 1 ", "typed x "),
            ("0xA0b8", "0xa0b8"),
            ("abab ", "ab "),
            ("AAEC", "AAE!"),
            ("amount 255", "amount 256"),
            ("raw owner", "row owner"),
            ("From", "Fr\u{f6}m"),
        ] {
            assert!(parse(file(1).replacen(from, to, 1)).is_err(), "{to}");
        }
        assert!(parse(file(1).lines().skip(1).collect::<Vec<_>>().join("\n")).is_err(), "a member of nothing");
        assert!(parse(file(1).lines().take(1).collect::<Vec<_>>().join("\n")).is_err(), "no members");
    }
}
