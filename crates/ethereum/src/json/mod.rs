//! Strict JSON in which every value knows its place in the request.
//!
//! Two programs that read one JSON text must not read two things. Whatever RFC 8259 leaves open is refused here:
//! duplicate keys, a byte order mark, lone surrogates, anything after the value. Numbers stay the text that they are.
//! Each byte is either in the content of a value or key, or in [`Document::structure`].

mod error;
mod read;
mod string;

pub use error::{JsonError, JsonProblem};
pub use read::read;

use vitrine_review::Span;

/// A JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its one value.
    pub root: Json,
    /// Brackets, commas, colons, quotes and runs of white space, one span each, in order.
    pub structure: Vec<Span>,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json {
    /// Where its content lies: a string's without the quotes, an object's or array's with the brackets.
    pub span: Span,
    /// The value.
    pub value: JsonValue,
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonValue {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as it is spelled.
    Number(String),
    /// A string, its escapes replaced. Hostile.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object's members in the order of the text; no key is there twice.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key, its escapes replaced. Hostile.
    pub key: String,
    /// Where the key's content lies, without the quotes.
    pub key_span: Span,
    /// Where the member lies, from the key's first quote to the value's last byte.
    pub span: Span,
    /// The value.
    pub value: Json,
}

impl Json {
    /// The members, if it is an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.value {
            JsonValue::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member with this key, if it is an object and has one.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members()?.iter().find(|member| member.key == key)
    }

    /// The value with this key, if it is an object and has one.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.member(key).map(|member| &member.value)
    }

    /// The items, if it is an array.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.value {
            JsonValue::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            JsonValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text, if it is a string without escapes, so that each of its bytes is one byte of the request.
    pub fn plain_text(&self) -> Option<&str> {
        self.text().filter(|text| text.len() == self.span.len())
    }

    /// The spelling, if it is a number.
    pub fn number(&self) -> Option<&str> {
        match &self.value {
            JsonValue::Number(number) => Some(number),
            _ => None,
        }
    }

    /// What it is, for messages: "a string".
    pub const fn kind(&self) -> &'static str {
        match self.value {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "a truth value",
            JsonValue::Number(_) => "a number",
            JsonValue::String(_) => "a string",
            JsonValue::Array(_) => "an array",
            JsonValue::Object(_) => "an object",
        }
    }
}
