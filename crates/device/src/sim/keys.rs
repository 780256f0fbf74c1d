//! The simulated device's keys: BIP-39, BIP-32, and one script form for each purpose (BIP-44, 49, 84, 86).

use bitcoin::bip32::{ChildNumber, DerivationPath, Xpriv, Xpub};
use bitcoin::key::{Keypair, TapTweak};
use bitcoin::secp256k1::{All, Secp256k1, SecretKey};
use bitcoin::{Address, CompressedPublicKey, NetworkKind, PublicKey, ScriptBuf};
use trezor_client::protos::InputScriptType;

use super::multisig::Multisig;
use super::{NetworkGuard, Refusal};
use crate::trezor::ethereum::known::network_of_coin_type;

const PURPOSE: u32 = 44 | 1 << 31;
const CASA: u32 = 45 | 1 << 31;

/// A network as the firmware tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coin {
    Bitcoin,
    Testnet,
    Regtest,
}

impl Coin {
    /// Finds a coin by name, if the guard allows it.
    pub(super) fn named(name: &str, guard: NetworkGuard) -> Result<Self, Refusal> {
        let coin = match name {
            "Bitcoin" => Self::Bitcoin,
            "Testnet" => Self::Testnet,
            "Regtest" => Self::Regtest,
            _ => return Err(Refusal::data("Invalid coin name")),
        };
        if coin == Self::Bitcoin && guard == NetworkGuard::TestNetworks {
            return Err(Refusal::process("A simulated device works for test networks only"));
        }
        Ok(coin)
    }

    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Bitcoin => "BTC",
            Self::Testnet => "TEST",
            Self::Regtest => "REGTEST",
        }
    }

    pub(super) const fn network(self) -> bitcoin::Network {
        match self {
            Self::Bitcoin => bitcoin::Network::Bitcoin,
            Self::Testnet => bitcoin::Network::Testnet,
            Self::Regtest => bitcoin::Network::Regtest,
        }
    }

    const fn coin_type(self) -> u32 {
        match self {
            Self::Bitcoin => 0,
            Self::Testnet | Self::Regtest => 1,
        }
    }
}

/// A seed and what it derives.
pub(super) struct Keys {
    secp: Secp256k1<All>,
    root: Xpriv,
}

/// A private key with the script it unlocks.
pub(super) struct OwnKey {
    pub(super) pair: Keypair,
    pub(super) public_key: PublicKey,
    pub(super) address: Address,
}

impl OwnKey {
    pub(super) fn script_pubkey(&self) -> ScriptBuf {
        self.address.script_pubkey()
    }
}

impl Keys {
    /// Keys of one of the public test seeds with a passphrase, in Unicode's form NFKD.
    pub(super) fn of(mnemonic: &'static str, passphrase: &str) -> Self {
        let mnemonic = bip39::Mnemonic::parse_normalized(mnemonic).expect("the seed is one of this module's constants");
        let seed = mnemonic.to_seed_normalized(passphrase);
        let root = Xpriv::new_master(NetworkKind::Test, &seed).expect("the public test seeds have master keys");
        Self { secp: Secp256k1::new(), root }
    }

    pub(super) const fn secp(&self) -> &Secp256k1<All> {
        &self.secp
    }

    pub(super) fn fingerprint(&self) -> u32 {
        u32::from_be_bytes(self.root.fingerprint(&self.secp).to_bytes())
    }

    /// The extended public key at any path.
    pub(super) fn xpub(&self, path: &[u32], coin: Coin) -> Result<Xpub, Refusal> {
        let derived = self.derive(path)?;
        Ok(Xpub { network: coin.network().into(), ..Xpub::from_priv(&self.secp, &derived) })
    }

    /// The key at a path that Bitcoin wallets have, and the script: its own, or the multisig that it has a part in.
    pub(super) fn own(
        &self,
        path: &[u32],
        form: InputScriptType,
        multisig: Option<&Multisig>,
        coin: Coin,
    ) -> Result<OwnKey, Refusal> {
        if path_rule(path, form, multisig.is_some(), coin) == PathRule::Forbidden {
            return Err(Refusal::data("Forbidden key path"));
        }
        let pair = self.derive(path)?.to_keypair(&self.secp);
        let public_key = PublicKey::new(pair.public_key());
        let compressed = CompressedPublicKey(pair.public_key());
        let network = coin.network();
        let strange = Refusal::data("Multisig field provided but not expected.");
        if let Some(multisig) = multisig {
            multisig.check_own(&public_key)?;
            let address = match form {
                InputScriptType::SPENDADDRESS | InputScriptType::SPENDMULTISIG => {
                    Address::p2sh(&multisig.script(), network).map_err(|_| strange)?
                }
                InputScriptType::SPENDP2SHWITNESS => Address::p2shwsh(&multisig.script(), network),
                InputScriptType::SPENDWITNESS => Address::p2wsh(&multisig.script(), network),
                _ => return Err(strange),
            };
            return Ok(OwnKey { pair, public_key, address });
        }
        let address = match form {
            InputScriptType::SPENDADDRESS => Address::p2pkh(public_key, network),
            InputScriptType::SPENDP2SHWITNESS => Address::p2shwpkh(&compressed, network),
            InputScriptType::SPENDWITNESS => Address::p2wpkh(&compressed, network),
            InputScriptType::SPENDTAPROOT => {
                Address::p2tr_tweaked(pair.x_only_public_key().0.tap_tweak(&self.secp, None).0, network)
            }
            InputScriptType::SPENDMULTISIG => return Err(Refusal::data("Multisig details required.")),
            _ => return Err(Refusal::process("Script type not simulated")),
        };
        Ok(OwnKey { pair, public_key, address })
    }

    /// The key at a path that Ethereum accounts have.
    pub(super) fn ethereum(&self, path: &[u32]) -> Result<SecretKey, Refusal> {
        if !is_ethereum(path) {
            return Err(Refusal::data("Forbidden key path"));
        }
        Ok(self.derive(path)?.private_key)
    }

    fn derive(&self, path: &[u32]) -> Result<Xpriv, Refusal> {
        let path: DerivationPath = path.iter().map(|step| ChildNumber::from(*step)).collect();
        self.root.derive_priv(&self.secp, &path).map_err(|_| Refusal::process("Key derivation failed"))
    }
}

/// What the device does with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathRule {
    Standard,
    /// It warns: the path is that of another form of script.
    Unusual,
    Forbidden,
}

/// BIP-44, 49, 84 and 86, and BIP-48 with its form of script; not simulated are Casa's, Unchained's and BIP-45's paths.
pub(super) fn path_rule(path: &[u32], form: InputScriptType, multisig: bool, coin: Coin) -> PathRule {
    const HARDENED: u32 = 1 << 31;
    let forbidden = PathRule::Forbidden;
    let &[purpose, coin_type, account, ref script @ .., chain, index] = path else { return forbidden };
    let is_account = (HARDENED..=HARDENED | 100).contains(&account);
    if coin_type != coin.coin_type() | HARDENED || !is_account || chain > 1 || index > 1_000_000 {
        return forbidden;
    }
    let known = match (purpose.wrapping_sub(HARDENED), script) {
        (44, []) => !multisig && form == InputScriptType::SPENDADDRESS,
        (49, []) => form == InputScriptType::SPENDP2SHWITNESS,
        (84, []) => form == InputScriptType::SPENDWITNESS,
        (86, []) => form == InputScriptType::SPENDTAPROOT,
        (48, [script]) => {
            let own = match form {
                InputScriptType::SPENDADDRESS | InputScriptType::SPENDMULTISIG => HARDENED,
                InputScriptType::SPENDP2SHWITNESS => HARDENED | 1,
                _ => HARDENED | 2,
            };
            if !(HARDENED..=HARDENED | 2).contains(script) {
                return forbidden;
            }
            multisig && *script == own
        }
        _ => return forbidden,
    };
    if known { PathRule::Standard } else { PathRule::Unusual }
}

/// Purpose 44 with the account in any of its three places, or Casa's 45; coins that the firmware knows.
fn is_ethereum(path: &[u32]) -> bool {
    const HARDENED: u32 = 1 << 31;
    let &[first, second, ref rest @ ..] = path else { return false };
    let coin = second & !HARDENED;
    let is_account = |step: &u32| *step >= HARDENED && *step <= 100 | HARDENED;
    let is_place = match (first, second >= HARDENED, rest) {
        (PURPOSE, true, [account]) => is_account(account),
        (PURPOSE, true, [HARDENED, account]) => *account <= 100,
        (PURPOSE, true, [account, chain, index]) => is_account(account) && *chain <= 1 && *index <= 1_000_000,
        (CASA, false, [account, chain, index]) => *account <= 100 && *chain <= 1 && *index <= 1_000_000,
        _ => false,
    };
    is_place && (coin == 1 || network_of_coin_type(coin).is_some())
}
