//! Typed data: published vectors, refusals, and what a changed byte does.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod generated;
mod json;
mod mutations;
mod recognised;
mod refusals;
mod vectors;

use vitrine_ethereum::typed_data::{TypedData, TypedPartOwner};
use vitrine_review::{ByteAccount, ByteOwner, Ownership};

const ORDER: &str = include_str!("order.json");

/// Decodes at an offset and checks that each byte has one owner.
fn decode(json: &[u8]) -> Result<TypedData, String> {
    const OFFSET: usize = 1_000;
    let data = TypedData::decode(json, OFFSET).map_err(|e| {
        assert!((OFFSET..=OFFSET + json.len()).contains(&e.offset), "{e}");
        e.to_string()
    })?;
    let owners = data.parts().into_iter().map(|part| ByteOwner {
        span: part.span,
        label: part.path,
        field: None,
        ownership: match part.owner {
            TypedPartOwner::Value | TypedPartOwner::Type => Ownership::Meaning,
            TypedPartOwner::Structure => Ownership::Structure,
            TypedPartOwner::NotSigned => Ownership::Unknown,
        },
    });
    let before = ByteOwner {
        span: vitrine_review::Span::new(0, OFFSET),
        label: String::new(),
        field: None,
        ownership: Ownership::Structure,
    };
    let account = ByteAccount::new(OFFSET + json.len(), owners.chain([before]).collect()).unwrap();
    let left: usize = data.not_signed().iter().map(|left| left.span.len()).sum();
    assert_eq!(account.unknown(), left);
    Ok(data)
}

/// Lines of a file of vectors, split at tabs.
fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}
