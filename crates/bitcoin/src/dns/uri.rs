//! What a `bitcoin:` URI says of who is paid (BIP-321).

use std::collections::BTreeSet;

use bitcoin::Address;
use bitcoin::address::NetworkUnchecked;

use crate::silent_payment::SilentAddress;
use crate::{CheckedOutput, Network};

/// Parameters that may stand in a URI once.
const ONCE: [&str; 4] = ["amount", "label", "message", "pop"];

/// Satoshis in one bitcoin, and the digits after its point.
const SAT_PER_BTC: u64 = 100_000_000;
const BTC_DIGITS: usize = 8;

/// The payment instructions of a URI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Instructions {
    addresses: Vec<Address<NetworkUnchecked>>,
    silent: Vec<SilentAddress>,
    /// The amount asked for, in satoshis.
    pub(crate) amount_sat: Option<u64>,
}

/// How instructions and an output go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// They name its address.
    Same,
    /// They name another one.
    Other,
    /// They name addresses of other networks alone.
    OtherNetwork,
    /// They name no address that a transaction can pay.
    Nothing,
}

impl Instructions {
    /// Reads a URI.
    ///
    /// # Errors
    /// What is wrong with it, in words. A parameter that is required and not known is wrong too.
    pub(crate) fn parse(uri: &str) -> Result<Self, &'static str> {
        if !uri.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the record is not a URI of plain ASCII");
        }
        let (scheme, rest) = uri.split_once(':').ok_or("the record is no bitcoin URI")?;
        if !scheme.eq_ignore_ascii_case("bitcoin") {
            return Err("the record is no bitcoin URI");
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut instructions = Self::default();
        if !path.is_empty() {
            instructions.addresses.push(address(path)?);
        }
        let mut seen = BTreeSet::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let key = key.to_ascii_lowercase();
            if ONCE.contains(&key.as_str()) && !seen.insert(key.clone()) {
                return Err("a parameter of the URI stands in it twice");
            }
            instructions.take(&key, value)?;
        }
        Ok(instructions)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "bc" | "tb" | "bcrt" => {
                let prefix = value.get(..=key.len()).map(str::to_ascii_lowercase);
                if prefix.as_deref().and_then(|prefix| prefix.strip_suffix('1')) != Some(key) {
                    return Err("an address of the URI stands under another network's key");
                }
                self.addresses.push(address(value)?);
            }
            "sp" | "tsp" => {
                let silent = SilentAddress::parse(value);
                self.silent.push(silent.map_err(|_| "a silent payment address of the URI cannot be read")?);
            }
            "amount" => self.amount_sat = Some(sat(value).ok_or("the amount of the URI cannot be read")?),
            _ if key.starts_with("req-") => return Err("the URI requires something that is not known here"),
            _ => {}
        }
        Ok(())
    }

    /// Whether an output pays what is named here.
    pub(crate) fn matches(&self, output: &CheckedOutput, network: Network) -> Match {
        let here = |address: &&Address<NetworkUnchecked>| address.is_valid_for_network(network.to_bitcoin());
        let script = |address: &Address<NetworkUnchecked>| address.clone().assume_checked().script_pubkey();
        let mut addresses = self.addresses.iter().filter(here).peekable();
        let mut silent = self.silent.iter().filter(|address| address.is_for(network)).peekable();
        let is_none_here = addresses.peek().is_none() && silent.peek().is_none();
        let same = addresses.any(|address| script(address).as_script() == output.script_pubkey())
            || silent.any(|address| output.silent_payment() == Some(address.text()));
        match (same, is_none_here) {
            (true, _) => Match::Same,
            (false, false) => Match::Other,
            (false, true) if self.addresses.is_empty() && self.silent.is_empty() => Match::Nothing,
            (false, true) => Match::OtherNetwork,
        }
    }
}

fn address(text: &str) -> Result<Address<NetworkUnchecked>, &'static str> {
    text.parse().map_err(|_| "an address of the URI cannot be read")
}

/// Decimal bitcoins as satoshis; none if they are not whole satoshis, or no number.
fn sat(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len().checked_add(part.len())? == 0 || !digits(whole) || !digits(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    let missing = BTC_DIGITS.checked_sub(part.len())?;
    let part = format!("{part}{}", "0".repeat(missing)).parse::<u64>().ok()?;
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    whole.checked_mul(SAT_PER_BTC)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OutputRole, ScriptKind};

    const V0: &str = "bc1qufgy354j3kmvuch987xe4s40836x3h0lg8f5nq";
    const SIMPLE: &str = "bc1qztwy6xen3zdtt7z0vrgapmjtfz8acjkfp5fp7l";
    const TEST: &str = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx";

    fn silent() -> (String, String) {
        let row = include_str!("../../../../tests/vectors/bip352.tsv").lines().find(|l| l.contains(":sp1")).unwrap();
        let mut found = row.split([':', ',', '\t']).filter(|part| part.starts_with("sp1"));
        let first = found.next().unwrap().to_owned();
        let rows = include_str!("../../../../tests/vectors/bip352.tsv").split([':', ',', '\t']);
        let other = rows.filter(|part| part.starts_with("sp1")).find(|part| **part != *first).unwrap();
        (first.clone(), other.to_owned())
    }

    fn output(address: &str, silent: Option<&str>) -> CheckedOutput {
        let script_pubkey = address.parse::<Address<NetworkUnchecked>>().unwrap().assume_checked().script_pubkey();
        CheckedOutput {
            amount_sat: 1,
            kind: ScriptKind::of(&script_pubkey),
            script_pubkey,
            address: Some(address.to_owned()),
            label: None,
            provenance: None,
            own: None,
            role: OutputRole::Payee(1),
            silent_payment: silent.map(str::to_owned),
            payment_name: None,
        }
    }

    fn matches(uri: &str, output: &CheckedOutput) -> Match {
        Instructions::parse(uri).unwrap().matches(output, Network::Mainnet)
    }

    #[test]
    fn the_address_is_that_of_the_path_or_of_a_parameter() {
        let output = output(SIMPLE, None);
        for uri in [
            format!("bitcoin:{SIMPLE}"),
            format!("BITCOIN:{}", SIMPLE.to_uppercase()),
            format!("bitcoin:?bc={SIMPLE}"),
            format!("BiTcOiN:?BC={}", SIMPLE.to_uppercase()),
            format!("bitcoin:{TEST}?label=x&&bc={SIMPLE}&somethingyoudontunderstand=50&tb={TEST}"),
        ] {
            assert_eq!(matches(&uri, &output), Match::Same, "{uri}");
        }
        assert_eq!(matches("bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", &output), Match::Other);
        assert_eq!(matches(&format!("bitcoin:{TEST}"), &output), Match::OtherNetwork);
        assert_eq!(matches("bitcoin:?lno=lno1bogusoffer", &output), Match::Nothing);
        assert_eq!(matches(&format!("bitcoin:?lno={SIMPLE}&pay={SIMPLE}"), &output), Match::Nothing);
    }

    #[test]
    fn a_silent_payment_is_the_address_that_its_script_was_made_for() {
        let (ours, other) = silent();
        let paid = output("bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr", Some(&ours));
        assert_eq!(matches(&format!("bitcoin:?sp={}", ours.to_uppercase()), &paid), Match::Same);
        assert_eq!(matches(&format!("bitcoin:{SIMPLE}?sp={ours}"), &paid), Match::Same);
        assert_eq!(matches(&format!("bitcoin:?sp={other}"), &paid), Match::Other);
        // Nobody has shown that the script of this one is made for the address.
        let unproven = output("bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr", None);
        assert_eq!(matches(&format!("bitcoin:?sp={ours}"), &unproven), Match::Other);
    }

    #[test]
    fn uris_that_the_standard_calls_invalid_say_nothing() {
        for uri in [
            format!("bitcoin:{SIMPLE}?label=Luke-Jr&label=Matt"),
            format!("bitcoin:{SIMPLE}?amount=42&AMOUNT=42"),
            format!("bitcoin:{SIMPLE}?amount=50,000.00"),
            format!("bitcoin:{SIMPLE}?amount=0.000000001"),
            format!("bitcoin:{SIMPLE}?amount=."),
            format!("bitcoin:{SIMPLE}?amount=1e3"),
            format!("bitcoin:{SIMPLE}?amount=184467440738"),
            format!("bitcoin:{SIMPLE}?pop=callback%3a&req-pop=callback%3a"),
            format!("bitcoin:{SIMPLE}?req-somethingyoudontunderstand=50"),
            format!("bitcoin:?bc={TEST}"),
            format!("bitcoin:?tb={SIMPLE}"),
            "bitcoin:?bc=".to_owned(),
            "bitcoin:?sp=sp1qsilentpayment".to_owned(),
            "bitcoin:175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W".to_owned(),
            format!("bitcoin:{SIMPLE} ?amount=1"),
            format!("bitcoin:{SIMPLE}?label=\u{202e}"),
            format!("litecoin:{SIMPLE}"),
            SIMPLE.to_owned(),
        ] {
            assert!(Instructions::parse(&uri).is_err(), "{uri}");
        }
        assert!(Instructions::parse(&format!("bitcoin:{V0}")).is_err(), "its checksum is wrong");
    }

    #[test]
    fn amounts_are_exact() {
        for (text, expected) in [
            ("20.3", 2_030_000_000),
            ("50", 5_000_000_000),
            ("50.00", 5_000_000_000),
            (".5", 50_000_000),
            ("0.00000001", 1),
            ("1.", 100_000_000),
            ("0.1000000000", 10_000_000),
        ] {
            assert_eq!(sat(text), Some(expected), "{text}");
        }
    }
}
