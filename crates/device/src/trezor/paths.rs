//! Which key paths the firmware signs with: core `apps/bitcoin/keychain.py`, legacy `crypto.c`, safety checks strict.

use trezor_client::protos::InputScriptType;
use vitrine_bitcoin::Network;

use super::plan::SILENT_INDEX;

const HARDENED: u32 = 1 << 31;

/// Highest account that the firmware knows.
const ACCOUNT: u32 = 100;

/// What the firmware does with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It signs.
    Plainly,
    /// It warns first: the path is one of another form of script.
    WithWarning,
    /// It refuses: “Forbidden key path”.
    Never,
}

/// Says what the firmware does with a key's path for a form of script.
pub(super) fn taken(path: &[u32], form: InputScriptType, multisig: bool, network: Network) -> Taken {
    let coin = u32::from(network != Network::Mainnet);
    match schema(path, coin) {
        None => Taken::Never,
        Some(schema) if schema.fits(form, multisig) => Taken::Plainly,
        Some(_) => Taken::WithWarning,
    }
}

/// A pattern of paths, by the standard that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schema {
    /// BIP-44, 49, 84 and 86, by the purpose.
    Single(u32),
    /// BIP-45.
    Bip45,
    /// BIP-48, by the script type.
    Bip48(u32),
    /// Casa, by the purpose: `m/45'/coin/account/…` and `m/49/coin/account/…`.
    Casa(u32),
    /// Unchained: BIP-45 with coin, account and a number.
    Unchained,
}

impl Schema {
    fn fits(self, form: InputScriptType, multisig: bool) -> bool {
        use InputScriptType::{SPENDADDRESS, SPENDMULTISIG, SPENDP2SHWITNESS, SPENDTAPROOT, SPENDWITNESS};
        match (form, multisig) {
            (SPENDADDRESS, false) => self == Self::Single(44),
            (SPENDADDRESS | SPENDMULTISIG, true) => matches!(self, Self::Bip45 | Self::Bip48(0) | Self::Unchained),
            (SPENDP2SHWITNESS, _) => {
                matches!(self, Self::Single(49) | Self::Casa(_)) || multisig && self == Self::Bip48(1)
            }
            (SPENDWITNESS, _) => {
                self == Self::Single(84) || multisig && matches!(self, Self::Bip48(2) | Self::Unchained)
            }
            (SPENDTAPROOT, _) => self == Self::Single(86),
            _ => false,
        }
    }
}

fn schema(path: &[u32], coin: u32) -> Option<Schema> {
    let [account @ .., chain, index] = path else { return None };
    if *chain > 1 || *index > SILENT_INDEX {
        return None;
    }
    let (is_coin, is_account) = (hardened(coin), |step: u32| (HARDENED..=hardened(ACCOUNT)).contains(&step));
    match *account {
        [purpose, c, a] if c == is_coin && is_account(a) => {
            [44, 49, 84, 86].into_iter().find(|known| hardened(*known) == purpose).map(Schema::Single)
        }
        [purpose, c, a, form] if purpose == hardened(48) && c == is_coin && is_account(a) => {
            (0..=2).find(|known| hardened(*known) == form).map(Schema::Bip48)
        }
        [purpose, cosigner] if purpose == hardened(45) && coin == 0 && cosigner <= ACCOUNT => Some(Schema::Bip45),
        [purpose, c, a] if purpose == hardened(45) && c == coin && a <= ACCOUNT => Some(Schema::Casa(45)),
        [49, c, a] if c == coin && a <= ACCOUNT => Some(Schema::Casa(49)),
        [purpose, c, a, number] if purpose == hardened(45) && number <= SILENT_INDEX => {
            (c == is_coin && is_account(a) || c == coin && a <= ACCOUNT).then_some(Schema::Unchained)
        }
        _ => None,
    }
}

const fn hardened(step: u32) -> u32 {
    step | HARDENED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(path: &str, form: InputScriptType, multisig: bool) -> Taken {
        let path: bitcoin::bip32::DerivationPath = path.parse().unwrap();
        taken(&super::super::plan::numbers(&path), form, multisig, Network::Testnet3)
    }

    #[test]
    fn a_path_of_the_scripts_own_standard_needs_no_warning() {
        use InputScriptType::{SPENDADDRESS, SPENDMULTISIG, SPENDP2SHWITNESS, SPENDTAPROOT, SPENDWITNESS};
        for (path, form, multisig) in [
            ("44'/1'/0'/0/5", SPENDADDRESS, false),
            ("49'/1'/100'/1/5", SPENDP2SHWITNESS, false),
            ("84'/1'/0'/0/1000000", SPENDWITNESS, false),
            ("86'/1'/0'/0/5", SPENDTAPROOT, false),
            ("48'/1'/0'/0'/0/5", SPENDMULTISIG, true),
            ("48'/1'/0'/1'/0/5", SPENDP2SHWITNESS, true),
            ("48'/1'/0'/2'/0/5", SPENDWITNESS, true),
            ("45'/1'/0'/7/0/5", SPENDWITNESS, true),
            ("84'/1'/0'/0/5", SPENDWITNESS, true),
        ] {
            assert_eq!(judge(path, form, multisig), Taken::Plainly, "{path}");
        }
    }

    #[test]
    fn a_path_of_another_script_is_warned_of_and_one_of_none_is_never_taken() {
        use InputScriptType::SPENDWITNESS;
        assert_eq!(judge("48'/1'/0'/1'/0/5", SPENDWITNESS, true), Taken::WithWarning);
        assert_eq!(judge("49'/1'/0'/0/5", SPENDWITNESS, false), Taken::WithWarning);
        for path in ["84'/0'/0'/0/5", "84'/1'/101'/0/5", "84'/1'/0'/2/5", "84'/1'/0'/0/1000001", "1/5", "45'/5/0/1"] {
            assert_eq!(judge(path, SPENDWITNESS, false), Taken::Never, "{path}");
        }
    }
}
