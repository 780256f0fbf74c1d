//! Terms and proofs that every section uses.

use vitrine_review::{Proof, Value};

pub(crate) use vitrine_review::SectionBuilder;

/// A term of ours.
pub(crate) fn term(text: impl Into<String>) -> Value {
    Value::Term(text.into())
}

/// Follows from what is signed by counting or hashing it.
pub(crate) fn computed() -> Proof {
    Proof::Proven("computed", "computation from the request".to_owned())
}

/// Says so the request alone.
pub(crate) fn claimed() -> Proof {
    Proof::Claimed("request", "the request".to_owned())
}
