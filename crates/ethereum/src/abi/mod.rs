//! The contract ABI: types, function signatures, and a strict decoder that knows where each value lies.
//!
//! Source: Solidity documentation, "Contract ABI Specification".

mod decode;
mod function;
mod kind;
mod parse;
mod value;

pub use decode::{AbiError, AbiProblem, decode, encode};
pub(crate) use decode::{Budget, decode_within};
pub use function::{Function, Selector};
pub use kind::{AbiType, Param};
pub use parse::SignatureError;
pub use value::{AbiValue, Decoded, Node};
