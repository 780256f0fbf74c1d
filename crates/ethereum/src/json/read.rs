//! The reader.

use std::ops::Range;

use vitrine_review::Span;

use super::{Document, Json, JsonError, JsonProblem, JsonValue, Member, string};
use crate::limits;

/// Reads a JSON text that begins at `offset` of the request.
///
/// # Errors
/// [`JsonError`] unless the bytes are one value of RFC 8259 in UTF-8, within the limits, that every reader reads alike.
pub fn read(bytes: &[u8], offset: usize) -> Result<Document, JsonError> {
    let error = |at: usize, problem| JsonError { offset: offset.saturating_add(at), problem };
    if bytes.len() > limits::REQUEST_BYTES {
        return Err(error(limits::REQUEST_BYTES, JsonProblem::TooLong));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| error(e.valid_up_to(), JsonProblem::NotUtf8))?;
    if text.starts_with('\u{feff}') {
        return Err(error(0, JsonProblem::ByteOrderMark));
    }
    let mut reader = Reader { text, at: 0, offset, structure: Vec::new(), values: 0 };
    reader.white_space();
    let root = reader.value(0)?;
    reader.white_space();
    match reader.at == bytes.len() {
        true => Ok(Document { root, structure: reader.structure }),
        false => Err(reader.error(JsonProblem::Trailing)),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    offset: usize,
    structure: Vec<Span>,
    values: usize,
}

impl Reader<'_> {
    fn error(&self, problem: JsonProblem) -> JsonError {
        JsonError { offset: self.offset.saturating_add(self.at), problem }
    }

    /// What was expected, or that the text ends.
    fn expected(&self, what: &'static str) -> JsonError {
        match self.peek() {
            Some(_) => self.error(JsonProblem::Expected(what)),
            None => self.error(JsonProblem::Unfinished),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.offset.saturating_add(range.start), self.offset.saturating_add(range.end))
    }

    /// Steps over `length` bytes and returns where they lie.
    fn advance(&mut self, length: usize) -> Span {
        let start = self.at;
        self.at = start.saturating_add(length);
        self.span(start..self.at)
    }

    fn white_space(&mut self) {
        let is_space = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
        let length = self.rest().bytes().take_while(is_space).count();
        let span = self.advance(length);
        if !span.is_empty() {
            self.structure.push(span);
        }
    }

    /// Steps over this mark of structure, if it is here.
    fn eat(&mut self, mark: u8) -> bool {
        let found = self.peek() == Some(mark);
        if found {
            let span = self.advance(1);
            self.structure.push(span);
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.values = self.values.saturating_add(1);
        if self.values > limits::JSON_VALUES {
            return Err(self.error(JsonProblem::TooManyValues));
        }
        if depth > limits::NESTING {
            return Err(self.error(JsonProblem::TooDeep));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth.saturating_add(1))?,
            Some(b'[') => self.array(depth.saturating_add(1))?,
            Some(b'"') => {
                let (text, span) = self.string()?;
                return Ok(Json { span, value: JsonValue::String(text) });
            }
            Some(b'-' | b'0'..=b'9') => JsonValue::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Json { span: self.span(start..self.at), value })
    }

    fn word(&mut self) -> Result<JsonValue, JsonError> {
        let words = [("null", JsonValue::Null), ("true", JsonValue::Bool(true)), ("false", JsonValue::Bool(false))];
        for (word, value) in words {
            if self.rest().starts_with(word) {
                self.advance(word.len());
                return Ok(value);
            }
        }
        Err(self.expected("a value"))
    }

    fn string(&mut self) -> Result<(String, Span), JsonError> {
        if !self.eat(b'"') {
            return Err(self.expected("a string"));
        }
        let (text, length) = string::content(self.rest()).map_err(|(within, problem)| {
            let offset = self.offset.saturating_add(self.at).saturating_add(within);
            JsonError { offset, problem }
        })?;
        let span = self.advance(length);
        self.eat(b'"');
        Ok((text, span))
    }

    fn number(&mut self) -> Result<String, JsonError> {
        let is_part = |b: &u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = self.rest().bytes().take_while(is_part).count();
        let number = self.rest().get(..length).unwrap_or_default().to_owned();
        if !is_number(&number) {
            return Err(self.error(JsonProblem::BadNumber));
        }
        self.advance(length);
        Ok(number)
    }

    fn array(&mut self, depth: usize) -> Result<JsonValue, JsonError> {
        self.eat(b'[');
        self.white_space();
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(JsonValue::Array(items));
        }
        loop {
            self.white_space();
            items.push(self.value(depth)?);
            self.white_space();
            if self.eat(b']') {
                return Ok(JsonValue::Array(items));
            }
            if !self.eat(b',') {
                return Err(self.expected("“,” or “]”"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<JsonValue, JsonError> {
        self.eat(b'{');
        self.white_space();
        let mut members = Vec::new();
        if self.eat(b'}') {
            return Ok(JsonValue::Object(members));
        }
        loop {
            self.white_space();
            members.push(self.member(depth)?);
            self.white_space();
            if self.eat(b'}') {
                return unique(members);
            }
            if !self.eat(b',') {
                return Err(self.expected("“,” or “}”"));
            }
        }
    }

    fn member(&mut self, depth: usize) -> Result<Member, JsonError> {
        let start = self.at;
        let (key, key_span) = self.string()?;
        self.white_space();
        if !self.eat(b':') {
            return Err(self.expected("“:”"));
        }
        self.white_space();
        let value = self.value(depth)?;
        Ok(Member { key, key_span, span: self.span(start..self.at), value })
    }
}

/// The object, unless a key is there twice.
fn unique(members: Vec<Member>) -> Result<JsonValue, JsonError> {
    let mut keys: Vec<_> = members.iter().map(|member| (&member.key, member.key_span.start)).collect();
    keys.sort_unstable();
    let twice = keys.iter().zip(keys.iter().skip(1)).find(|((a, _), (b, _))| a == b);
    match twice {
        Some((_, (key, offset))) => {
            Err(JsonError { offset: *offset, problem: JsonProblem::DuplicateKey((*key).clone()) })
        }
        None => Ok(JsonValue::Object(members)),
    }
}

/// RFC 8259: `-`? integer fraction? exponent?.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (integer, fraction) = match mantissa.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let integer_is_canonical = digits(integer) && (integer == "0" || !integer.starts_with('0'));
    integer_is_canonical && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}
