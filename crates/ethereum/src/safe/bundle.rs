//! A SafeTx with everything that its hash is made of: what a signer of a Safe needs, since a hash alone is blind.
//!
//! Source: `docs/formats/safe-bundle.md`, version 1; fields are named as in Safe's transaction service.

use std::fmt;
use std::str::FromStr as _;

use alloy_primitives::{Address, B256, U256};
use vitrine_review::Span;

use super::{SafeTx, SafeTxHashes, SafeVersion};
use crate::call::Operation;
use crate::json::{self, Document, Json, JsonError, JsonValue, Member};
use crate::{Located, limits};

/// The value of `format`.
pub const SAFE_BUNDLE_FORMAT: &str = "vitrine-safe-bundle";
const VERSION: &str = "1";
const KNOWN: [&str; 18] = [
    "format",
    "version",
    "chainId",
    "safe",
    "safeVersion",
    "to",
    "value",
    "data",
    "operation",
    "safeTxGas",
    "baseGas",
    "gasPrice",
    "gasToken",
    "refundReceiver",
    "nonce",
    "safeTxHash",
    "confirmations",
    "approves",
];

/// A SafeTx of a named Safe on a named chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeBundle {
    /// Chain, never 0.
    pub chain_id: u64,
    /// The Safe.
    pub safe: Address,
    /// Version of its contract.
    pub version: SafeVersion,
    /// The transaction.
    pub transaction: SafeTx,
    /// The hashes, computed; a `safeTxHash` of the bundle was compared with them.
    pub hashes: SafeTxHashes,
    /// Owners' signatures that are there already: claims, until each is recovered.
    pub confirmations: Vec<Confirmation>,
    /// The SafeTx of another Safe whose hash this one approves (`approveHash`).
    pub approves: Option<Box<Self>>,
    /// Each value: its name, as a path, and its place.
    pub values: Vec<(String, Span)>,
    /// Brackets, keys, quotes and blanks.
    pub structure: Vec<Span>,
}

/// An owner's signature in a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Who is said to have signed.
    pub owner: Address,
    /// r, s, v.
    pub signature: Located,
}

/// Why bytes are no bundle, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleError {
    /// Offset in the request.
    pub offset: usize,
    /// What is wrong there.
    pub problem: BundleProblem,
}

/// What is wrong with a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleProblem {
    /// It is no strict JSON.
    Json(JsonError),
    /// It is no object.
    NotAnObject,
    /// It is a JSON object of another format, or of a version that is not read.
    OtherFormat,
    /// A key that version 1 does not have: what it says would not be signed.
    UnknownKey(String),
    /// A key that must be there.
    Missing(&'static str),
    /// A value of another form: the key, and what is expected.
    Value(String, &'static str),
    /// The `safeTxHash` is not that of the fields.
    OtherHash {
        /// As computed.
        computed: B256,
    },
    /// `approves` without a call of `approveHash` with its hash.
    NotApproved,
    /// Bundles within bundles deeper than is read.
    TooDeep,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            BundleProblem::Json(error) => return write!(f, "{error}"),
            BundleProblem::NotAnObject => f.write_str("a Safe bundle is a JSON object"),
            BundleProblem::OtherFormat => {
                write!(f, "a Safe bundle says \"format\": \"{SAFE_BUNDLE_FORMAT}\" and \"version\": {VERSION}")
            }
            BundleProblem::UnknownKey(key) => {
                write!(
                    f,
                    "the key “{}” is not known, and nobody would sign what it says; leave it out",
                    vitrine_review::escape(key)
                )
            }
            BundleProblem::Missing(key) => {
                write!(f, "the key “{key}” is missing; a hash without its SafeTx is never signed")
            }
            BundleProblem::Value(key, expected) => write!(f, "the value of “{key}” must be {expected}"),
            BundleProblem::OtherHash { computed } => {
                write!(f, "the safeTxHash is not that of the fields, which is {computed}; ask who made it")
            }
            BundleProblem::NotApproved => {
                f.write_str("“approves” holds a SafeTx whose hash the data does not approve by approveHash(bytes32)")
            }
            BundleProblem::TooDeep => f.write_str("bundles are nested too deeply"),
        }?;
        write!(f, " (byte {})", self.offset)
    }
}

impl std::error::Error for BundleError {}

/// Whether a JSON value is an object that calls itself a Safe bundle, well-formed or not.
pub(crate) fn is_safe_bundle(root: &Json) -> bool {
    root.get("format").and_then(Json::text) == Some(SAFE_BUNDLE_FORMAT)
}

impl SafeBundle {
    /// Reads a bundle whose first byte stands at `offset` of the request.
    ///
    /// # Errors
    /// [`BundleError`] for anything missing, unknown, of another form, or contradictory.
    pub fn decode(bytes: &[u8], offset: usize) -> Result<Self, BundleError> {
        let document = json::read(bytes, offset)
            .map_err(|error| BundleError { offset: error.offset, problem: BundleProblem::Json(error) })?;
        Self::read(document)
    }

    /// Reads a bundle from its JSON.
    pub(crate) fn read(document: Document) -> Result<Self, BundleError> {
        let mut structure = document.structure;
        let mut bundle = Reader { json: &document.root, path: String::new(), depth: 0 }.bundle(&mut structure)?;
        bundle.structure = structure;
        Ok(bundle)
    }
}

/// Values by their paths, and their places.
type Values = Vec<(String, Span)>;

struct Reader<'a> {
    json: &'a Json,
    path: String,
    depth: usize,
}

impl Reader<'_> {
    fn error(&self, offset: usize, problem: BundleProblem) -> BundleError {
        BundleError { offset, problem }
    }

    fn bundle(&self, structure: &mut Vec<Span>) -> Result<SafeBundle, BundleError> {
        let at = self.json.span.start;
        if self.depth > limits::BUNDLE_DEPTH {
            return Err(self.error(at, BundleProblem::TooDeep));
        }
        let members = self.json.members().ok_or_else(|| self.error(at, BundleProblem::NotAnObject))?;
        let format = self.json.get("format").and_then(Json::text);
        let version = self.json.get("version").and_then(Json::number);
        if format != Some(SAFE_BUNDLE_FORMAT) || version != Some(VERSION) {
            return Err(self.error(at, BundleProblem::OtherFormat));
        }
        self.known_keys(members, structure)?;
        let version = self.version()?;
        let (chain_id, safe) = (self.chain_id()?, self.address("safe")?);
        let transaction = self.transaction()?;
        let hashes = transaction.hashes(version, chain_id, safe);
        self.compare_hash(&hashes)?;
        let (confirmations, mut values) = self.confirmations(structure)?;
        let approves = self.approves(&transaction, structure, &mut values)?;
        values.extend(self.own_values(members));
        let structure = Vec::new();
        Ok(SafeBundle { chain_id, safe, version, transaction, hashes, confirmations, approves, values, structure })
    }

    fn known_keys(&self, members: &[Member], structure: &mut Vec<Span>) -> Result<(), BundleError> {
        for member in members {
            if !KNOWN.contains(&member.key.as_str()) {
                let problem = BundleProblem::UnknownKey(member.key.clone());
                return Err(self.error(member.key_span.start, problem));
            }
            structure.push(member.key_span);
        }
        Ok(())
    }

    fn own_values(&self, members: &[Member]) -> Values {
        let single = |m: &&Member| !matches!(m.value.value, JsonValue::Array(_) | JsonValue::Object(_));
        members.iter().filter(single).map(|m| (format!("{}{}", self.path, m.key), m.value.span)).collect()
    }

    fn value(&self, key: &'static str) -> Result<&Json, BundleError> {
        let missing = || self.error(self.json.span.start, BundleProblem::Missing(key));
        self.json.get(key).ok_or_else(missing)
    }

    fn wrong(&self, key: &str, at: &Json, expected: &'static str) -> BundleError {
        self.error(at.span.start, BundleProblem::Value(format!("{}{key}", self.path), expected))
    }

    fn version(&self) -> Result<SafeVersion, BundleError> {
        let value = self.value("safeVersion")?;
        let expected = "a version of the Safe contracts: 1.0.0, 1.1.1, 1.2.0, 1.3.0, 1.4.1 or 1.5.0";
        let version = value.plain_text().and_then(|text| SafeVersion::from_str(text).ok());
        version.ok_or_else(|| self.wrong("safeVersion", value, expected))
    }

    fn chain_id(&self) -> Result<u64, BundleError> {
        let found = self.uint("chainId")?;
        let chain_id = u64::try_from(found).ok().filter(|id| *id != 0);
        chain_id
            .ok_or_else(|| self.error(self.json.span.start, BundleProblem::Value("chainId".to_owned(), "1 to 2^64-1")))
    }

    /// A whole number, as JSON number or in a string, decimal, without sign or leading zeros.
    fn uint(&self, key: &'static str) -> Result<U256, BundleError> {
        let value = self.value(key)?;
        let text = value.number().or_else(|| value.plain_text()).filter(|text| is_decimal(text));
        let number = text.and_then(|text| U256::from_str_radix(text, 10).ok());
        number.ok_or_else(|| self.wrong(key, value, "a whole decimal number of at most 256 bits"))
    }

    fn address(&self, key: &'static str) -> Result<Address, BundleError> {
        let value = self.value(key)?;
        address(value).ok_or_else(|| self.wrong(key, value, ADDRESS))
    }

    /// An address; `null` and a missing key mean the empty one, as the service writes it.
    fn optional_address(&self, key: &'static str) -> Result<Address, BundleError> {
        match self.json.get(key).map(|value| &value.value) {
            None | Some(JsonValue::Null) => Ok(Address::ZERO),
            Some(_) => self.address(key),
        }
    }

    fn transaction(&self) -> Result<SafeTx, BundleError> {
        Ok(SafeTx {
            to: self.address("to")?,
            value_wei: self.uint("value")?,
            data: self.data()?,
            operation: self.operation()?,
            safe_tx_gas: self.uint("safeTxGas")?,
            base_gas: self.uint("baseGas")?,
            gas_price: self.uint("gasPrice")?,
            gas_token: self.optional_address("gasToken")?,
            refund_receiver: self.optional_address("refundReceiver")?,
            nonce: self.uint("nonce")?,
        })
    }

    fn operation(&self) -> Result<Operation, BundleError> {
        match self.uint("operation")? {
            op if op.is_zero() => Ok(Operation::Call),
            op if op == U256::from(1) => Ok(Operation::DelegateCall),
            _ => Err(self.wrong("operation", self.value("operation")?, "0 (call) or 1 (delegatecall)")),
        }
    }

    fn data(&self) -> Result<Located, BundleError> {
        let value = self.value("data")?;
        if value.value == JsonValue::Null {
            return Ok(Located::binary(Vec::new(), value.span.end));
        }
        hex(value).ok_or_else(|| self.wrong("data", value, "hexadecimal digits after 0x, or null"))
    }

    fn compare_hash(&self, hashes: &SafeTxHashes) -> Result<(), BundleError> {
        let Some(stated) = self.json.get("safeTxHash") else { return Ok(()) };
        let found = hex(stated).filter(|hash| hash.len() == 32);
        let found = found.ok_or_else(|| self.wrong("safeTxHash", stated, "32 bytes in hexadecimal digits after 0x"))?;
        if found.bytes() != hashes.safe_tx.as_slice() {
            let problem = BundleProblem::OtherHash { computed: hashes.safe_tx };
            return Err(self.error(stated.span.start, problem));
        }
        Ok(())
    }

    fn confirmations(&self, structure: &mut Vec<Span>) -> Result<(Vec<Confirmation>, Values), BundleError> {
        let (mut list, mut values) = (Vec::new(), Vec::new());
        let Some(json) = self.json.get("confirmations") else { return Ok((list, values)) };
        let items = json.items().ok_or_else(|| self.wrong("confirmations", json, "a list"))?;
        for (i, item) in items.iter().enumerate() {
            let expected = "an object with owner and signature alone";
            let members = item.members().filter(|m| m.len() == 2);
            let members = members.ok_or_else(|| self.wrong("confirmations", item, expected))?;
            let (owner, signature) = match (item.get("owner"), item.get("signature")) {
                (Some(owner), Some(signature)) => (owner, signature),
                _ => return Err(self.wrong("confirmations", item, expected)),
            };
            let owner_is = address(owner).ok_or_else(|| self.wrong("confirmations.owner", owner, ADDRESS))?;
            let bytes = hex(signature).filter(|bytes| bytes.len() == 65);
            let bytes = bytes.ok_or_else(|| self.wrong("confirmations.signature", signature, "65 bytes in hex"))?;
            structure.extend(members.iter().map(|member| member.key_span));
            values.push((format!("{}confirmations[{i}].owner", self.path), owner.span));
            values.push((format!("{}confirmations[{i}].signature", self.path), signature.span));
            list.push(Confirmation { owner: owner_is, signature: bytes });
        }
        Ok((list, values))
    }

    /// The nested bundle, if there is one: the data must be `approveHash` of its hash.
    fn approves(
        &self,
        transaction: &SafeTx,
        structure: &mut Vec<Span>,
        values: &mut Values,
    ) -> Result<Option<Box<SafeBundle>>, BundleError> {
        let Some(json) = self.json.get("approves") else { return Ok(None) };
        let path = format!("{}approves.", self.path);
        let inner = Reader { json, path, depth: self.depth.saturating_add(1) }.bundle(structure)?;
        let approved = [&super::APPROVE_HASH[..], inner.hashes.safe_tx.as_slice()].concat();
        if transaction.data.bytes() != approved || transaction.to != inner.safe {
            return Err(self.error(json.span.start, BundleProblem::NotApproved));
        }
        values.extend(inner.values.iter().cloned());
        Ok(Some(Box::new(inner)))
    }
}

const ADDRESS: &str = "an address: 40 hexadecimal digits after 0x, with its checksum if letters are of both cases";

fn is_decimal(text: &str) -> bool {
    text.len() <= 78
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
        && !text.is_empty()
}

/// Hexadecimal digits after `0x`, without escapes, so that every digit has its place.
fn hex(value: &Json) -> Option<Located> {
    let digits = value.plain_text()?.strip_prefix("0x")?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    Some(Located::hex(bytes, value.span.start.checked_add(2)?))
}

fn address(value: &Json) -> Option<Address> {
    let text = value.plain_text()?;
    let address = Address::try_from(hex(value)?.bytes()).ok()?;
    let digits = text.strip_prefix("0x")?;
    let one_case = digits == digits.to_ascii_lowercase() || digits == digits.to_ascii_uppercase();
    (one_case || text == address.to_checksum(None)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUNDLE: &str = r#"{
  "format": "vitrine-safe-bundle", "version": 1, "chainId": "1", "safeVersion": "1.4.1",
  "safe": "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
  "to": "0xabababababababababababababababababababab", "value": "12", "data": "0xa9059cbb", "operation": 0,
  "safeTxGas": 0, "baseGas": "0", "gasPrice": "0", "gasToken": null, "refundReceiver": null, "nonce": 7
}"#;

    fn problem(text: &str) -> BundleProblem {
        SafeBundle::decode(text.as_bytes(), 0).unwrap_err().problem
    }

    #[test]
    fn a_bundle_is_read_and_each_byte_has_its_owner() {
        let bundle = SafeBundle::decode(BUNDLE.as_bytes(), 0).unwrap();
        assert_eq!((bundle.chain_id, bundle.transaction.nonce), (1, U256::from(7)));
        let mut owned = vec![0u8; BUNDLE.len()];
        for span in bundle.structure.iter().chain(bundle.values.iter().map(|(_, span)| span)) {
            owned[span.start..span.end].iter_mut().for_each(|n| *n += 1);
        }
        assert!(owned.iter().all(|n| *n == 1), "{owned:?}");
        let data = bundle.transaction.data.span();
        assert_eq!(BUNDLE.get(data.start..data.end), Some("a9059cbb"));
    }

    #[test]
    fn a_hash_alone_is_refused() {
        let text = r#"{"format":"vitrine-safe-bundle","version":1,"safeTxHash":"0x00"}"#;
        assert!(matches!(problem(text), BundleProblem::Missing(_)));
        let other = BUNDLE.replace("\"nonce\"", &format!("\"safeTxHash\": \"0x{}\", \"nonce\"", "11".repeat(32)));
        assert!(matches!(problem(&other), BundleProblem::OtherHash { .. }));
    }

    #[test]
    fn what_nobody_would_sign_is_refused() {
        let cases = [
            ("\"nonce\": 7", "\"nonce\": 7, \"description\": \"rent\""),
            ("\"nonce\": 7", "\"nonce\": -7"),
            ("\"nonce\": 7", "\"nonce\": 7.0"),
            ("\"nonce\": 7", "\"nonce\": \"0x7\""),
            ("\"nonce\": 7", "\"nonce\": \"07\""),
            ("\"nonce\": 7", "\"nonce\": null"),
            ("\"operation\": 0", "\"operation\": 2"),
            ("\"chainId\": \"1\"", "\"chainId\": 0"),
            ("\"chainId\": \"1\", ", ""),
            ("1.4.1", "1.4.2"),
            ("\"version\": 1", "\"version\": 2"),
            ("0xabababababababababababababababababababab", "0xABababababababababababababababababababab"),
            ("0xa9059cbb", "0xa9059cb"),
            ("0xa9059cbb", "a9059cbb"),
        ];
        for (from, to) in cases {
            let text = BUNDLE.replace(from, to);
            assert_ne!(text, BUNDLE, "{to}");
            assert!(SafeBundle::decode(text.as_bytes(), 0).is_err(), "{to}");
        }
    }

    #[test]
    fn an_approved_hash_needs_its_preimage() {
        let function = crate::abi::Function::parse("approveHash(bytes32 hashToApprove)").unwrap();
        assert_eq!(function.selector(), super::super::APPROVE_HASH);
        let inner = BUNDLE.replace("vitrine-safe-bundle", SAFE_BUNDLE_FORMAT);
        let hash = SafeBundle::decode(inner.as_bytes(), 0).unwrap().hashes.safe_tx;
        let digits = data_encoding::HEXLOWER.encode(hash.as_slice());
        let outer = BUNDLE
            .replace("0xabababababababababababababababababababab", "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a")
            .replace(
                "\"safe\": \"0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"",
                "\"safe\": \"0x7777777777777777777777777777777777777777\"",
            )
            .replace("0xa9059cbb", &format!("0xd4d9bdcd{digits}"));
        let with = outer.replace("\"nonce\": 7", &format!("\"nonce\": 7, \"approves\": {inner}"));
        let bundle = SafeBundle::decode(with.as_bytes(), 0).unwrap();
        assert_eq!(bundle.approves.unwrap().hashes.safe_tx, hash);
        let other = with.replace(&digits, &"22".repeat(32));
        assert_eq!(problem(&other), BundleProblem::NotApproved);
    }
}
