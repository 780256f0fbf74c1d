//! Function signatures as people write them: `transfer(address to,uint256 amount)`.

use std::fmt;

use super::function::Function;
use super::kind::{AbiType, Param};
use crate::limits;

/// Why a text is no function signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureError {
    /// Offset of the character at which reading stopped.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at character {}", self.expected, self.offset)
    }
}

impl std::error::Error for SignatureError {}

impl Function {
    /// Reads `name(type name,…)`; names of parameters may be left out, `tuple` in front of parentheses too.
    ///
    /// # Errors
    /// [`SignatureError`] where the text ceases to be a signature. `uint` and `int` without bits are refused: they
    /// are not canonical.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let mut reader = Reader { text, at: 0 };
        let name = reader.identifier().ok_or_else(|| reader.error("a function name"))?.to_owned();
        let inputs = reader.tuple(0)?;
        match reader.rest().is_empty() {
            true => Ok(Self { name, inputs }),
            false => Err(reader.error("the end")),
        }
    }
}

impl AbiType {
    /// Reads one type: `uint256`, `(address to,bytes data)[]`.
    ///
    /// # Errors
    /// [`SignatureError`] where the text ceases to be a type.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let mut reader = Reader { text, at: 0 };
        let kind = reader.kind(0)?;
        match reader.rest().is_empty() {
            true => Ok(kind),
            false => Err(reader.error("the end")),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, expected: &'static str) -> SignatureError {
        SignatureError { offset: self.at, expected }
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at = self.at.saturating_add(if found { c.len_utf8() } else { 0 });
        found
    }

    fn identifier(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let is_name =
            |w: &&str| (1..=limits::ABI_NAME).contains(&w.len()) && !w.starts_with(|c: char| c.is_ascii_digit());
        let word = rest.get(..end).filter(is_name)?;
        self.at = self.at.saturating_add(end);
        Some(word)
    }

    fn tuple(&mut self, depth: usize) -> Result<Vec<Param>, SignatureError> {
        if depth > limits::NESTING {
            return Err(self.error("fewer nested tuples"));
        }
        if !self.eat('(') {
            return Err(self.error("“(”"));
        }
        let mut params = Vec::new();
        if self.eat(')') {
            return Ok(params);
        }
        loop {
            let kind = self.kind(depth)?;
            let name = if self.eat(' ') {
                self.identifier().ok_or_else(|| self.error("a parameter name"))?.to_owned()
            } else {
                String::new()
            };
            params.push(Param { name, kind });
            if self.eat(')') {
                return Ok(params);
            }
            if !self.eat(',') {
                return Err(self.error("“,” or “)”"));
            }
        }
    }

    fn kind(&mut self, depth: usize) -> Result<AbiType, SignatureError> {
        let start = self.at;
        let mut kind = if self.rest().starts_with('(') {
            self.members(depth)?
        } else {
            match self.identifier() {
                Some("tuple") => self.members(depth)?,
                Some(word) => elementary(word).ok_or(SignatureError { offset: start, expected: "a canonical type" })?,
                None => return Err(self.error("a type")),
            }
        };
        for _ in 0..limits::NESTING {
            if !self.eat('[') {
                return Ok(kind);
            }
            kind = self.array_of(kind)?;
        }
        Err(self.error("fewer dimensions"))
    }

    /// A tuple as a type. Solidity has no empty ones: any number of them would have no encoding at all.
    fn members(&mut self, depth: usize) -> Result<AbiType, SignatureError> {
        let start = self.at;
        match self.tuple(depth.saturating_add(1))? {
            params if params.is_empty() => Err(SignatureError { offset: start, expected: "a tuple with members" }),
            params => Ok(AbiType::Tuple(params.into())),
        }
    }

    fn array_of(&mut self, item: AbiType) -> Result<AbiType, SignatureError> {
        let rest = self.rest();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest.get(..digits).unwrap_or_default();
        self.at = self.at.saturating_add(digits);
        if !self.eat(']') {
            return Err(self.error("“]”"));
        }
        if number.is_empty() {
            return Ok(AbiType::Array(Box::new(item)));
        }
        match number.parse() {
            Ok(n) if (1..=limits::ABI_VALUES).contains(&n) && !number.starts_with('0') => {
                Ok(AbiType::FixedArray(Box::new(item), n))
            }
            _ => Err(self.error("a length from 1")),
        }
    }
}

fn elementary(word: &str) -> Option<AbiType> {
    let number = |digits: &str| digits.parse::<u16>().ok().filter(|n| n.to_string() == digits);
    let bits = |digits: &str| number(digits).filter(|n| (8..=256).contains(n) && n.is_multiple_of(8));
    match word {
        "address" => return Some(AbiType::Address),
        "bool" => return Some(AbiType::Bool),
        "bytes" => return Some(AbiType::Bytes),
        "string" => return Some(AbiType::String),
        _ => {}
    }
    if let Some(digits) = word.strip_prefix("uint") {
        return bits(digits).map(AbiType::Uint);
    }
    if let Some(digits) = word.strip_prefix("int") {
        return bits(digits).map(AbiType::Int);
    }
    let bytes = number(word.strip_prefix("bytes")?)?;
    u8::try_from(bytes).ok().filter(|n| (1..=32).contains(n)).map(AbiType::FixedBytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read_and_written_canonically() {
        let cases = [
            ("transfer(address to,uint256 amount)", "transfer(address,uint256)", "a9059cbb"),
            ("multiSend(bytes transactions)", "multiSend(bytes)", "8d80ff0a"),
            (
                "handleOps((address sender,uint256 nonce,bytes initCode,bytes callData,bytes32 accountGasLimits,\
                 uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData,bytes signature)[] ops,\
                 address beneficiary)",
                "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)",
                "765e827f",
            ),
            ("f()", "f()", "26121ff0"),
            ("g(uint8[2][],tuple(int24 x,bytes1 y)[3])", "g(uint8[2][],(int24,bytes1)[3])", ""),
        ];
        for (text, canonical, selector) in cases {
            let function = Function::parse(text).unwrap();
            assert_eq!(function.to_string(), canonical);
            if !selector.is_empty() {
                assert_eq!(data_encoding::HEXLOWER.encode(&function.selector()), selector);
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for text in ["", "f", "f(", "f(uint)", "f(uint7)", "f(uint264)", "f(bytes33)", "f(bytes0)", "f(uint08)", "f()x"]
        {
            assert!(Function::parse(text).is_err(), "{text}");
        }
        for text in ["f(uint8[0])", "f(uint8[01])", "f(uint8[99999999999999999999])", "f(uint8,)", "1f()", "f(x y)"] {
            assert!(Function::parse(text).is_err(), "{text}");
        }
        for text in ["f(())", "f(()[])", "f(tuple x)", "f((()[3] x,uint8 y))"] {
            assert!(Function::parse(text).is_err(), "{text}");
        }
        let name = |length| format!("f(bool {})", "x".repeat(length));
        assert!(Function::parse(&name(limits::ABI_NAME)).is_ok());
        assert!(Function::parse(&name(limits::ABI_NAME + 1)).is_err());
        let deep = format!("f{}{}", "(".repeat(100), ")".repeat(100));
        assert!(Function::parse(&deep).is_err());
        let wide = format!("f(uint8{})", "[]".repeat(100));
        assert!(Function::parse(&wide).is_err());
    }
}
