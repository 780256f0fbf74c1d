//! Silent payment addresses as text (BIP-352): a scan key and a spend key in Bech32m.

use bitcoin::bech32::primitives::decode::CheckedHrpstring;
use bitcoin::bech32::primitives::iter::{ByteIterExt as _, Fe32IterExt as _};
use bitcoin::bech32::{Bech32m, Fe32, Hrp};
use bitcoin::secp256k1::PublicKey;

use crate::Network;

/// The prefix of addresses of a network; test networks share one.
pub(crate) const fn prefix(network: Network) -> &'static str {
    match network {
        Network::Mainnet => "sp",
        _ => "tsp",
    }
}

/// The address of version 0 with these keys.
pub(crate) fn address(prefix: &str, scan: &PublicKey, spend: &PublicKey) -> Option<String> {
    let prefix = Hrp::parse(prefix).ok()?;
    let keys = [scan.serialize(), spend.serialize()].concat();
    let symbols = keys.into_iter().bytes_to_fes();
    Some(symbols.with_checksum::<Bech32m>(&prefix).with_witness_version(Fe32::Q).chars().collect())
}

/// An address of version 0 as read: its prefix, and itself in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SilentAddress {
    prefix: String,
    text: String,
}

impl SilentAddress {
    /// Whether the text begins as such addresses do, whatever follows.
    pub(crate) fn is_meant(text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        text.starts_with("sp1") || text.starts_with("tsp1")
    }

    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut read = CheckedHrpstring::new::<Bech32m>(text).map_err(|error| error.to_string())?;
        let prefix = read.hrp().to_lowercase();
        if prefix != "sp" && prefix != "tsp" {
            return Err("not a silent payment address".to_owned());
        }
        match read.remove_witness_version() {
            Some(Fe32::Q) => {}
            _ => return Err("a silent payment address of a version that is not read; only version 0 is".to_owned()),
        }
        let keys: Vec<u8> = read.byte_iter().collect();
        let key = |bytes: &[u8]| PublicKey::from_slice(bytes).map_err(|_| "a key in it is no point".to_owned());
        let (scan, spend) = match keys.split_at_checked(33) {
            Some((scan, spend)) if spend.len() == 33 => (key(scan)?, key(spend)?),
            _ => return Err(format!("it holds {} bytes; two keys are 66", keys.len())),
        };
        let text = text.to_ascii_lowercase();
        match address(&prefix, &scan, &spend) {
            Some(again) if again == text => Ok(Self { prefix, text }),
            _ => Err("its padding is not zero".to_owned()),
        }
    }

    /// Whether it is for this network.
    pub(crate) fn is_for(&self, network: Network) -> bool {
        self.prefix == prefix(network)
    }

    /// The address in lower case.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first address of the published vectors of BIP-352.
    fn published() -> String {
        let rows = include_str!("../../../../tests/vectors/bip352.tsv").lines().filter(|line| !line.starts_with('#'));
        let columns: Vec<&str> =
            rows.map(|row| row.split('\t').nth(4).unwrap()).find(|c| !c.is_empty()).unwrap().split(':').collect();
        columns[2].to_owned()
    }

    #[test]
    fn an_address_is_read_and_any_changed_character_is_noticed() {
        let address = published();
        let read = SilentAddress::parse(&address).unwrap();
        assert!(read.is_for(Network::Mainnet) && !read.is_for(Network::Signet) && SilentAddress::is_meant(&address));
        assert_eq!(SilentAddress::parse(&address.to_ascii_uppercase()).unwrap(), read);
        for at in 0..address.len() {
            let mut changed = address.clone().into_bytes();
            changed[at] = if changed[at] == b'q' { b'p' } else { b'q' };
            assert!(SilentAddress::parse(std::str::from_utf8(&changed).unwrap()).is_err(), "character {at}");
        }
        assert!(SilentAddress::parse("bc1qztwy6xen3zdtt7z0vrgapmjtfz8acjkfp5fp7l").is_err());
    }
}
