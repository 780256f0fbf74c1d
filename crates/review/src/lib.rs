//! The review document: what a human must see before a request is signed.
//!
//! Chains build a [`Review`]; text, JSON and the window render it. This crate
//! knows no chain, no transport and no screen, so the words that people compare cannot depend on any of them.
//!
//! A [`Review`] is made of
//!
//! * a [`Document`]: sections of labelled, typed [`Value`]s, each with its [`Proof`];
//! * [`Effects`]: the consequences that an approval policy judges;
//! * [`Finding`]s with stable codes and a [`Severity`];
//! * a [`ByteAccount`]: which field owns each byte of the request;
//! * a [`Digest`] over all of it, the same on every machine that read the same request.
//!

#![warn(clippy::float_arithmetic)] // no float near value

mod account;
mod amount;
mod digest;
mod document;
mod effect;
mod finding;
mod json;
mod notes;
mod page;
mod quantity;
mod recorded;
mod review;
mod section;
mod text;
mod value;
mod words;

pub use account::{AccountError, ByteAccount, ByteOwner, Ownership, Span};
pub use amount::{Amount, AmountError};
pub use digest::{Digest, sha256, tagged_sha256};
pub use document::{Document, DuplicateCode, Field, Proof, Section};
pub use effect::{Effect, EffectKind, Effects, TokenAmount, WorstCase};
pub use finding::{Finding, Findings, Severity};
pub use json::{JSON_VERSION, to_json};
pub use notes::{FindingTable, Notes, Says};
pub use page::{JudgedRule, to_judged_text, to_text};
pub use quantity::Quantity;
pub use recorded::Recorded;
pub use review::{Context, Review, ReviewParts};
pub use section::SectionBuilder;
pub use text::{escape, groups_of_four};
pub use value::{Address, Value};
pub use words::{digest_words, word};
