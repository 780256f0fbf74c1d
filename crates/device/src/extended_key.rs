//! Extended public keys (BIP-32) as devices tell them.

use bitcoin::bip32::{ChildNumber, DerivationPath, Xpub};
use vitrine_bitcoin::Network;

use crate::error::DeviceError;

/// Reads the key that a device says lies at `path`: depth, child number and network have to be those of the path.
///
/// # Errors
/// [`DeviceError::Malformed`].
pub(crate) fn checked_key(
    text: &str,
    path: &DerivationPath,
    network: Network,
    at: &'static str,
) -> Result<Xpub, DeviceError> {
    let malformed = |what| DeviceError::Malformed { at, what };
    let key: Xpub = text.parse().map_err(|_| malformed("not an extended public key"))?;
    let last = path.into_iter().last().copied().unwrap_or(ChildNumber::Normal { index: 0 });
    if usize::from(key.depth) != path.len() || key.child_number != last {
        return Err(malformed("an extended public key of another path"));
    }
    if key.network != network.to_bitcoin().into() {
        return Err(malformed("an extended public key of another network"));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BIP-32, test vector 1, chain m/0H.
    const KEY: &str = "xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw";

    #[test]
    fn a_key_of_another_path_or_network_is_refused() {
        let read = |text: &str, path: &str, network| checked_key(text, &path.parse().unwrap(), network, "x");
        assert_eq!(read(KEY, "0h", Network::Mainnet).unwrap().to_string(), KEY);
        for (text, path, network) in [
            (KEY, "1h", Network::Mainnet),
            (KEY, "0", Network::Mainnet),
            (KEY, "0h/0h", Network::Mainnet),
            (KEY, "", Network::Mainnet),
            (KEY, "0h", Network::Testnet3),
            (&KEY[1..], "0h", Network::Mainnet),
            ("", "0h", Network::Mainnet),
        ] {
            assert!(matches!(read(text, path, network), Err(DeviceError::Malformed { at: "x", .. })), "{path}");
        }
    }
}
