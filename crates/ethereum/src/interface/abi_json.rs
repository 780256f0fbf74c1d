//! Functions of a contract from its ABI in JSON, as compilers write it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use vitrine_review::escape;

use crate::abi::{Function, Selector, SignatureError};
use crate::limits;

/// Most functions of one contract.
const FUNCTIONS: usize = 1_024;

/// Why a text is not the ABI of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AbiJsonError {
    /// More bytes than are read.
    TooLarge {
        /// How many.
        bytes: usize,
    },
    /// Not JSON, or not of an ABI's form; the message names line and column.
    Json(String),
    /// An entry whose `type` an ABI does not know.
    EntryType {
        /// Number of the entry, from 0.
        entry: usize,
        /// Its type, escaped.
        found: String,
    },
    /// A function that cannot be called by its signature.
    Signature {
        /// Number of the entry, from 0.
        entry: usize,
        /// What was made of it, escaped.
        text: String,
        /// What is wrong with it.
        error: SignatureError,
    },
    /// Two functions that a call cannot tell apart.
    SameSelector {
        /// The selector.
        selector: Selector,
    },
    /// More functions than are read.
    TooManyFunctions,
    /// No function at all: a contract of which nothing would be explained.
    NoFunctions,
}

impl fmt::Display for AbiJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => write!(f, "{bytes} bytes; at most {} are read", limits::REQUEST_BYTES),
            Self::Json(message) => write!(f, "not a contract ABI in JSON: {message}"),
            Self::EntryType { entry, found } => write!(f, "entry {entry} is of unknown type “{found}”"),
            Self::Signature { entry, text, error } => write!(f, "entry {entry}, “{text}”: {error}"),
            Self::SameSelector { selector } => {
                write!(f, "two functions have the selector 0x{}", data_encoding::HEXLOWER.encode(selector))
            }
            Self::TooManyFunctions => write!(f, "more than {FUNCTIONS} functions"),
            Self::NoFunctions => f.write_str("there is no function in it"),
        }
    }
}

impl std::error::Error for AbiJsonError {}

#[derive(Deserialize)]
struct Artifact {
    abi: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    inputs: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    components: Vec<Self>,
}

/// Reads the functions of a contract's ABI: an array of entries, or an object whose `abi` is that array, as Hardhat,
/// Foundry and Truffle write it. Constructors, events and errors are passed over. In order of the canonical signature.
///
/// # Errors
/// [`AbiJsonError`] for a text that is too large or no ABI, for a key given twice, for a type that the contract ABI
/// does not have, and for functions that share a selector. Source: Solidity documentation, "Contract ABI
/// Specification", JSON.
pub fn functions_of_abi(json: &str) -> Result<Vec<Function>, AbiJsonError> {
    if json.len() > limits::REQUEST_BYTES {
        return Err(AbiJsonError::TooLarge { bytes: json.len() });
    }
    functions(entries(json)?)
}

fn entries(json: &str) -> Result<Vec<Entry>, AbiJsonError> {
    let parsed = if json.trim_start().starts_with('[') {
        serde_json::from_str(json)
    } else {
        serde_json::from_str(json).map(|artifact: Artifact| artifact.abi)
    };
    parsed.map_err(|error| AbiJsonError::Json(escape(&error.to_string())))
}

fn functions(entries: Vec<Entry>) -> Result<Vec<Function>, AbiJsonError> {
    let (mut found, mut selectors) = (BTreeMap::new(), BTreeSet::new());
    for (number, entry) in entries.iter().enumerate() {
        match entry.kind.as_deref() {
            Some("function") | None => {}
            Some("constructor" | "event" | "error" | "fallback" | "receive") => continue,
            Some(other) => return Err(AbiJsonError::EntryType { entry: number, found: escape(other) }),
        }
        let text = signature(entry);
        let function = Function::parse(&text).map_err(|error| AbiJsonError::Signature {
            entry: number,
            text: escape(&text),
            error,
        })?;
        let selector = function.selector();
        if !selectors.insert(selector) {
            return Err(AbiJsonError::SameSelector { selector });
        }
        if found.len() == FUNCTIONS {
            return Err(AbiJsonError::TooManyFunctions);
        }
        found.insert(function.to_string(), function);
    }
    if found.is_empty() {
        return Err(AbiJsonError::NoFunctions);
    }
    Ok(found.into_values().collect())
}

/// The signature as people write it; reading it back fails where a part was no single word.
fn signature(entry: &Entry) -> String {
    let mut text = word(&entry.name).to_owned();
    write_inputs(&mut text, &entry.inputs);
    text
}

/// The recursion ends where the JSON reader ended it.
fn write_inputs(text: &mut String, inputs: &[Input]) {
    text.push('(');
    for (n, input) in inputs.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        match input.kind.strip_prefix("tuple") {
            Some(dimensions) if !input.components.is_empty() => {
                write_inputs(text, &input.components);
                text.push_str(word(dimensions));
            }
            _ => text.push_str(word(&input.kind)),
        }
        if !input.name.is_empty() {
            text.push(' ');
            text.push_str(word(&input.name));
        }
    }
    text.push(')');
}

/// A text that cannot end the place where it is put; `?`, which no signature has, instead of any other.
fn word(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '[' | ']');
    if text.chars().all(is_part) { text } else { "?" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(inputs: &str) -> Result<Vec<Function>, AbiJsonError> {
        functions_of_abi(&format!(r#"[{{"type":"function","name":"f","inputs":[{inputs}]}}]"#))
    }

    #[test]
    fn tuples_become_what_the_selector_hashes() {
        let inputs = r#"{"name":"ops","type":"tuple[]","components":[{"name":"to","type":"address"},
            {"name":"in","type":"tuple","components":[{"name":"","type":"bytes4"}]}]},{"type":"uint256"}"#;
        let functions = of(inputs).unwrap();
        assert_eq!(functions, [Function::parse("f((address to,(bytes4) in)[] ops,uint256)").unwrap()]);
        assert_eq!(functions[0].to_string(), "f((address,(bytes4))[],uint256)");
    }

    #[test]
    fn an_abi_that_can_be_read_in_two_ways_is_refused() {
        let twice = r#"{"name":"a","type":"uint8","type":"address"}"#;
        assert!(matches!(of(twice), Err(AbiJsonError::Json(_))));
        assert!(matches!(
            functions_of_abi(r#"{"abi":[],"abi":[{"type":"function","name":"f"}]}"#),
            Err(AbiJsonError::Json(_))
        ));
        let trailing = r#"[{"type":"function","name":"f"}] []"#;
        assert!(matches!(functions_of_abi(trailing), Err(AbiJsonError::Json(_))));
    }

    #[test]
    fn two_functions_behind_one_selector_are_refused() {
        let entry = |name: &str, kind: &str| {
            format!(r#"{{"type":"function","name":"{name}","inputs":[{{"name":"x","type":"{kind}"}}]}}"#)
        };
        let same = format!("[{},{}]", entry("burn", "uint256"), entry("collate_propagate_storage", "bytes16"));
        let selector = [0x42, 0x96, 0x6c, 0x68];
        assert_eq!(functions_of_abi(&same), Err(AbiJsonError::SameSelector { selector }));
    }

    #[test]
    fn a_type_or_name_that_is_none_is_refused_and_escaped() {
        for kind in ["uint", "struct A", "address payable", "tuple", "uint256)", "uint256 a,bytes", "bytes[0]", ""] {
            assert!(of(&format!(r#"{{"name":"x","type":"{kind}"}}"#)).is_err(), "{kind}");
        }
        for name in ["x,bytes y", "x)", "1x", "x\u{202e}"] {
            assert!(of(&format!(r#"{{"name":"{name}","type":"uint256"}}"#)).is_err(), "{name}");
        }
        let hostile = "[{\"type\":\"f\u{202e}\"}]";
        let error = functions_of_abi(hostile).unwrap_err().to_string();
        assert!(error.contains("f\\u{202e}"), "{error}");
        let unknown = functions_of_abi(r#"[{"type":"modifier","name":"f"}]"#);
        assert!(matches!(unknown, Err(AbiJsonError::EntryType { entry: 0, .. })));
    }

    #[test]
    fn size_number_and_depth_are_bounded() {
        let large = " ".repeat(limits::REQUEST_BYTES + 1);
        assert_eq!(functions_of_abi(&large), Err(AbiJsonError::TooLarge { bytes: large.len() }));
        let many: Vec<_> = (0..=FUNCTIONS).map(|n| format!(r#"{{"name":"f{n}"}}"#)).collect();
        assert_eq!(functions_of_abi(&format!("[{}]", many.join(","))), Err(AbiJsonError::TooManyFunctions));
        let open = r#"{"type":"tuple","components":["#.repeat(10_000);
        assert!(matches!(of(&open), Err(AbiJsonError::Json(_))));
        assert_eq!(functions_of_abi("[]"), Err(AbiJsonError::NoFunctions));
    }
}
