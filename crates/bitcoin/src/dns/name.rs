//! Payment names: `user@domain` (BIP-353).

use std::fmt;

/// A payment name whose form was checked, in lower case: DNS does not tell cases apart.
///
/// Printable ASCII: letters, digits, `.`, `-` and `_` around one `@`. International names stay in punycode.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PaymentName {
    user: String,
    domain: String,
}

/// Longest name of DNS as text, with its last dot (RFC 1035).
const MAX_DNS_NAME_CHARS: usize = 254;

impl PaymentName {
    /// Reads a name as the field of a PSBT holds it.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii());
        let text = text.ok_or("the name is not plain ASCII")?;
        let (user, domain) = text.split_once('@').ok_or("the name has no @")?;
        if !is_dns_name(user) || !is_dns_name(domain) {
            return Err("the name is not of the form user@domain");
        }
        let name = Self { user: user.to_ascii_lowercase(), domain: domain.to_ascii_lowercase() };
        if name.dns_name().len() > MAX_DNS_NAME_CHARS {
            return Err("the name is longer than DNS allows");
        }
        Ok(name)
    }

    /// Where its payment instructions stand in DNS.
    pub(crate) fn dns_name(&self) -> String {
        format!("{}.user._bitcoin-payment.{}.", self.user, self.domain)
    }
}

impl fmt::Display for PaymentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.domain)
    }
}

/// Labels of 1 to 63 characters, with dots between them.
fn is_dns_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.split('.').all(|label| (1..=63).contains(&label.len()) && label.chars().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_user_at_domain_and_nothing_else() {
        let name = PaymentName::parse(b"Matt@mattcorallo.COM").unwrap();
        assert_eq!(name.to_string(), "matt@mattcorallo.com");
        assert_eq!(name.dns_name(), "matt.user._bitcoin-payment.mattcorallo.com.");
        assert!(PaymentName::parse(b"john.doe@xn--bcher-kva.example").is_ok());
        let long = [b"a@", [b'a'; 64].as_slice(), b".example"].concat();
        let too_long = [b"a@", b"abcdefgh.".repeat(26).as_slice(), b"example"].concat();
        for wrong in [
            b"".as_slice(),
            b"@",
            b"a@",
            b"@example.com",
            b"a@b@example.com",
            b"a..b@example.com",
            b".a@example.com",
            b"a@example.com.",
            b"*@example.com",
            b"a b@example.com",
            b"a@example.com\n",
            b"a\0@example.com",
            "\u{20bf}a@example.com".as_bytes(),
            "\u{430}@example.com".as_bytes(),
            b"\xff@example.com",
            &long,
            &too_long,
        ] {
            assert!(PaymentName::parse(wrong).is_err(), "{}", String::from_utf8_lossy(wrong));
        }
    }
}
