//! Sign-In with Ethereum (ERC-4361).
//!
//! Source: <https://eips.ethereum.org/EIPS/eip-4361>

use std::fmt;

use alloy_primitives::Address;

use super::time::unix_seconds;
use crate::Located;

const CLAIM: &str = " wants you to sign in with your Ethereum account:";

/// A message by which its signer signs in somewhere. All texts are hostile.
///
/// That the address is the signer's, the chain the ceremony's, and the time within bounds is not checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Scheme of the origin, if it is given.
    pub scheme: Option<String>,
    /// Host that asks, with its port if that is given: ASCII without user information.
    pub domain: String,
    /// Who signs in.
    pub address: Address,
    /// What the host says, on one line.
    pub statement: Option<String>,
    /// What the sign-in is for.
    pub uri: String,
    /// Chain to which the session is bound.
    pub chain_id: u64,
    /// At least eight letters and digits.
    pub nonce: String,
    /// `Issued At`, Unix time.
    pub issued_at: u64,
    /// `Expiration Time`, Unix time.
    pub expiration_time: Option<u64>,
    /// `Not Before`, Unix time.
    pub not_before: Option<u64>,
    /// `Request ID`.
    pub request_id: Option<String>,
    /// `Resources`: URIs that the signer is said to agree to.
    pub resources: Vec<String>,
}

/// Where a message that claims to be a sign-in ceases to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInError {
    /// Offset in the request.
    pub offset: usize,
    /// What ERC-4361 has there.
    pub expected: &'static str,
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is expected in a sign-in message: ask for it anew (byte {})", self.expected, self.offset)
    }
}

impl std::error::Error for SignInError {}

/// Whether people would take a text for a sign-in message.
pub(super) fn claims_to_be(text: &str) -> bool {
    let words = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    words.contains("wants you to sign in with your")
}

impl SignIn {
    pub(super) fn parse(text: &str, message: &Located) -> Result<Self, SignInError> {
        let mut lines = Lines { rest: Some(text), at: 0, message };
        let (scheme, domain) = lines.take("the host that asks", host)?;
        let address = lines.take("an address with its checksum", address)?;
        lines.take("an empty line", empty)?;
        let statement = match lines.peek() {
            Some("") => None,
            _ => Some(lines.take("a statement of one line", statement)?),
        };
        lines.take("an empty line", empty)?;
        let uri = lines.field("URI: ", "“URI: ” with a URI", uri)?;
        lines.field("Version: ", "“Version: 1”", |text| (text == "1").then_some(()))?;
        let chain_id = lines.field("Chain ID: ", "“Chain ID: ” with a number", number)?;
        let nonce = lines.field("Nonce: ", "“Nonce: ” with eight letters and digits or more", nonce)?;
        let issued_at = lines.field("Issued At: ", "“Issued At: ” with a date of RFC 3339", unix_seconds)?;
        let expiration_time = lines.optional("Expiration Time: ", "a date of RFC 3339", unix_seconds)?;
        let not_before = lines.optional("Not Before: ", "a date of RFC 3339", unix_seconds)?;
        let request_id = lines.optional("Request ID: ", "an ID without spaces", request_id)?;
        let resources = lines.resources()?;
        lines.end()?;
        Ok(Self {
            scheme,
            domain,
            address,
            statement,
            uri,
            chain_id,
            nonce,
            issued_at,
            expiration_time,
            not_before,
            request_id,
            resources,
        })
    }
}

/// The lines of a message; none are left when `rest` is none.
struct Lines<'a> {
    rest: Option<&'a str>,
    at: usize,
    message: &'a Located,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.rest.map(|rest| rest.split_once('\n').map_or(rest, |(line, _)| line))
    }

    fn advance(&mut self) {
        let length = self.peek().map_or(0, str::len);
        self.at = self.at.saturating_add(length).saturating_add(1);
        self.rest = self.rest.and_then(|rest| rest.split_once('\n')).map(|(_, rest)| rest);
    }

    fn error(&self, expected: &'static str) -> SignInError {
        SignInError { offset: self.message.offset_of(self.at.min(self.message.len())), expected }
    }

    fn take<T>(&mut self, expected: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, SignInError> {
        let value = self.peek().and_then(read).ok_or_else(|| self.error(expected))?;
        self.advance();
        Ok(value)
    }

    fn field<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SignInError> {
        self.take(expected, |line| read(line.strip_prefix(name)?))
    }

    fn optional<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, SignInError> {
        match self.peek().is_some_and(|line| line.starts_with(name)) {
            true => self.field(name, expected, read).map(Some),
            false => Ok(None),
        }
    }

    fn resources(&mut self) -> Result<Vec<String>, SignInError> {
        let mut resources = Vec::new();
        if self.peek() != Some("Resources:") {
            return Ok(resources);
        }
        self.advance();
        while self.peek().is_some() {
            resources.push(self.field("- ", "“- ” with a URI", uri)?);
        }
        Ok(resources)
    }

    fn end(&self) -> Result<(), SignInError> {
        match self.rest {
            None => Ok(()),
            Some(_) => Err(self.error("the end, or a field in the order of ERC-4361,")),
        }
    }
}

fn host(line: &str) -> Option<(Option<String>, String)> {
    let origin = line.strip_suffix(CLAIM)?;
    let (scheme, host) = match origin.split_once("://") {
        Some((scheme, host)) => (Some(scheme), host),
        None => (None, origin),
    };
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]_".contains(&b));
    (is_host && scheme.is_none_or(is_scheme)).then(|| (scheme.map(str::to_owned), host.to_owned()))
}

fn address(line: &str) -> Option<Address> {
    Address::parse_checksummed(line, None).ok().filter(|address| address.to_checksum(None) == line)
}

fn empty(line: &str) -> Option<()> {
    line.is_empty().then_some(())
}

fn statement(line: &str) -> Option<String> {
    (!line.is_empty() && !line.contains(char::is_control)).then(|| line.to_owned())
}

/// RFC 3986 in outline: a scheme, then characters that a URI can have.
fn uri(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_part = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    (is_scheme && !rest.is_empty() && text.bytes().all(is_part)).then(|| text.to_owned())
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

fn nonce(text: &str) -> Option<String> {
    (text.len() >= 8 && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| text.to_owned())
}

fn request_id(text: &str) -> Option<String> {
    text.bytes().all(|b| b.is_ascii_graphic()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{PersonalMessage, SignInReading};

    /// The example of ERC-4361.
    const EXAMPLE: &str = "example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json";

    fn read(text: &str) -> SignInReading {
        PersonalMessage::new(Located::binary(text.as_bytes().to_vec(), 50)).sign_in().clone()
    }

    fn parsed(text: &str) -> SignIn {
        match read(text) {
            SignInReading::SignIn(sign_in) => *sign_in,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_example_of_the_erc_is_read() {
        let sign_in = parsed(EXAMPLE);
        assert_eq!((sign_in.domain.as_str(), sign_in.scheme, sign_in.chain_id), ("example.com", None, 1));
        assert_eq!(sign_in.address.to_string(), "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
        assert_eq!(sign_in.nonce, "32891756");
        assert_eq!((sign_in.issued_at, sign_in.expiration_time), (1_633_019_124, None));
        assert_eq!(sign_in.resources.len(), 2);
    }

    #[test]
    fn each_field_may_be_there_or_not() {
        let minimal = "https://a-b.example:3388 wants you to sign in with your Ethereum account:\n\
                       0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\n\n\nURI: did:key:z6\nVersion: 1\nChain ID: 0\n\
                       Nonce: abcDEF01\nIssued At: 2021-09-30T16:25:24.000Z";
        let sign_in = parsed(minimal);
        assert_eq!((sign_in.scheme.as_deref(), sign_in.domain.as_str()), (Some("https"), "a-b.example:3388"));
        assert_eq!((sign_in.statement, sign_in.chain_id), (None, 0));
        let all = format!(
            "{minimal}\nExpiration Time: 2026-11-20T06:24:36Z\nNot Before: 2026-11-20T00:00:00+01:00\n\
             Request ID: a/b-1\nResources:"
        );
        let sign_in = parsed(&all);
        assert_eq!(sign_in.expiration_time, Some(1_795_155_876));
        assert_eq!(sign_in.not_before, Some(1_795_129_200));
        assert_eq!((sign_in.request_id.as_deref(), sign_in.resources.len()), (Some("a/b-1"), 0));
    }

    #[test]
    fn what_only_looks_like_a_sign_in_is_named_so() {
        let wrong = [
            ("a host with a user before it", "example.com wants", "bank.example@evil.example wants"),
            ("a host in another script", "example.com wants", "exаmple.com wants"),
            ("a path after the host", "example.com wants", "evil.example/example.com wants"),
            ("no host", "example.com wants", " wants"),
            ("words before the host", "example.com wants", "The site example.com wants"),
            (
                "an address without its checksum",
                "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
                "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2",
            ),
            ("an address with a wrong letter", "0xC02a", "0xC02A"),
            ("an address too short", "756Cc2", "756C"),
            ("a statement of two lines", "I accept", "I give\nI accept"),
            ("a statement with a tab", "I accept", "I\taccept"),
            ("no empty line before the statement", "\n\nI accept", "\nI accept"),
            ("no URI", "URI: https://example.com/login\n", ""),
            ("a URI with spaces", "/login", "/log in"),
            ("a URI without scheme", "URI: https://", "URI: "),
            ("another version", "Version: 1", "Version: 2"),
            ("no chain", "Chain ID: 1\n", ""),
            ("a chain with a leading zero", "Chain ID: 1", "Chain ID: 01"),
            ("a chain too large", "Chain ID: 1", "Chain ID: 18446744073709551616"),
            ("a chain in hexadecimal", "Chain ID: 1", "Chain ID: 0x1"),
            ("a short nonce", "32891756", "3289175"),
            ("a nonce with a mark", "32891756", "3289175-"),
            (
                "fields in another order",
                "Nonce: 32891756\nIssued At: 2021-09-30T16:25:24Z",
                "Issued At: 2021-09-30T16:25:24Z\nNonce: 32891756",
            ),
            ("a field twice", "Nonce: 32891756", "Nonce: 32891756\nNonce: 32891757"),
            ("no date", "Issued At: 2021-09-30T16:25:24Z\n", ""),
            ("a date that does not exist", "2021-09-30", "2021-02-30"),
            ("an expiry that is no date", "\nResources:", "\nExpiration Time: soon\nResources:"),
            ("an unknown field", "\nResources:", "\nComment: x\nResources:"),
            ("a resource that is no URI", "- ipfs://", "- "),
            ("a line between the resources", "\n- https://", "\n\n- https://"),
            ("a line break at the end", "claim.json", "claim.json\n"),
            ("line ends of Windows", "account:\n", "account:\r\n"),
            ("the claim in other letters", "wants you to sign in", "wants  you to Sign In"),
            ("the claim further down", "example.com wants", "Hello\nexample.com wants"),
        ];
        for (fear, from, to) in wrong {
            assert!(EXAMPLE.contains(from), "{fear}");
            match read(&EXAMPLE.replacen(from, to, 1)) {
                SignInReading::Malformed(error) => assert!((50..=50 + EXAMPLE.len() + 30).contains(&error.offset)),
                other => panic!("{fear}: {other:?}"),
            }
        }
        println!("{} messages that only look like a sign-in", wrong.len());
        let error = |text: &str| match read(text) {
            SignInReading::Malformed(error) => error.to_string(),
            other => panic!("{other:?}"),
        };
        let cut = EXAMPLE.split("\n\n").next().unwrap();
        assert!(error(cut).contains("an empty line is expected"), "{}", error(cut));
    }
}
