//! A wallet in the device's terms: a form that it knows by itself, a multisig, or a policy (BIP-388).
//!
//! Source: BitBoxSwiss/bitbox02-firmware, `hww/api/bitcoin/{keypath,multisig,policies}.rs`.

use bitbox_api::btc::{
    KeyOriginInfo, make_script_config_multisig, make_script_config_policy, make_script_config_simple,
};
use bitbox_api::pb;
use bitbox_api::pb::btc_script_config::SimpleType;
use bitbox_api::pb::btc_script_config::multisig::ScriptType;
use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint};
use vitrine_bitcoin::{AccountKey, Network, OwnKey, OwnScript, ScriptKind, Wallet};

use crate::error::DeviceError;

/// Most bytes of a name under which the device registers a wallet.
const NAME_BYTES: usize = 30;
/// Highest index of an address that the device gives out as its own.
pub(super) const LAST_INDEX: u32 = 9999;

/// A wallet, and how the device knows it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) network: Network,
    pub(super) form: Form,
    /// Every key once.
    keys: Vec<AccountKey>,
}

/// A form of wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// One key: nothing is registered.
    Simple(SimpleType),
    /// `sortedmulti` of keys that derive alike.
    Multisig { threshold: u32, nested: bool },
    /// Anything else within `wsh` or `tr`: its template.
    Policy(String),
}

impl Account {
    /// # Errors
    /// [`DeviceError::Unsupported`] for a wallet of a form that the device does not know.
    pub(super) fn of(wallet: &Wallet) -> Result<Self, DeviceError> {
        let unsupported = |why: &str| DeviceError::Unsupported {
            what: format!("a wallet of {} {why}, with a BitBox02", wallet.kind().name()),
        };
        let descriptor = wallet.descriptor();
        let bare = descriptor.split_once('#').map_or(descriptor.as_str(), |(bare, _)| bare);
        let (template, keys) = template(bare, &wallet.keys()).ok_or_else(|| unsupported("with keys alone"))?;
        let form = match wallet.kind() {
            ScriptKind::P2pkh => return Err(unsupported("outputs: it signs for no such coins")),
            kind => form_of(kind, &template, keys.len()).ok_or_else(|| unsupported("of this form"))?,
        };
        if matches!(form, Form::Policy(_)) && wallet.network() == Network::Regtest {
            return Err(unsupported("by a policy on regtest"));
        }
        Ok(Self { name: wallet.name().to_owned(), network: wallet.network(), form, keys })
    }

    /// Number of keys.
    pub(super) fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// The keys as the device writes them: `[fingerprint/path]xpub`.
    pub(super) fn key_texts(&self) -> impl Iterator<Item = String> + '_ {
        self.keys.iter().map(|key| if key.path.is_empty() { key.xpub.to_string() } else { key.to_string() })
    }

    /// The third step of its key's path; none if there are not three.
    pub(super) fn account_number(&self) -> Option<ChildNumber> {
        match self.keys.as_slice() {
            [only] => only.path.into_iter().nth(2).copied(),
            _ => None,
        }
    }

    /// Whether the device has to know it before.
    pub(super) const fn is_registered(&self) -> bool {
        !matches!(self.form, Form::Simple(_))
    }

    /// The key that the device of this fingerprint holds.
    ///
    /// # Errors
    /// [`DeviceError::WrongSeed`] if it is none of the wallet's.
    pub(super) fn ours(&self, device: Fingerprint) -> Result<&AccountKey, DeviceError> {
        let known: Vec<String> = self.keys.iter().map(|key| key.fingerprint.to_string()).collect();
        self.keys.iter().find(|key| key.fingerprint == device).ok_or_else(|| DeviceError::WrongSeed {
            path: "m".to_owned(),
            expected: format!("fingerprint {}", known.join(" or ")),
            found: format!("fingerprint {device}"),
        })
    }

    /// The wallet as a message to the device.
    pub(super) fn script_config(&self, device: Fingerprint) -> Result<pb::BtcScriptConfig, DeviceError> {
        let ours = self.ours(device)?;
        Ok(match &self.form {
            Form::Simple(simple) => make_script_config_simple(*simple),
            Form::Multisig { threshold, nested } => {
                let script = if *nested { ScriptType::P2wshP2sh } else { ScriptType::P2wsh };
                let xpubs: Vec<_> = self.keys.iter().map(|key| key.xpub).collect();
                let place = self.keys.iter().position(|key| key == ours).and_then(|place| u32::try_from(place).ok());
                make_script_config_multisig(*threshold, &xpubs, place.unwrap_or(0), script)
            }
            Form::Policy(template) => {
                let keys: Vec<KeyOriginInfo> = self.keys.iter().map(origin_info).collect();
                make_script_config_policy(template, &keys)
            }
        })
    }

    /// The same with the path of the device's key.
    pub(super) fn with_keypath(&self, device: Fingerprint) -> Result<pb::BtcScriptConfigWithKeypath, DeviceError> {
        let keypath = numbers(&self.ours(device)?.path);
        Ok(pb::BtcScriptConfigWithKeypath { script_config: Some(self.script_config(device)?), keypath })
    }

    /// The same as what is registered, or is to be.
    pub(super) fn registration(&self, device: Fingerprint) -> Result<pb::BtcScriptConfigRegistration, DeviceError> {
        let keypath = match self.form {
            Form::Policy(_) => Vec::new(),
            Form::Simple(_) | Form::Multisig { .. } => numbers(&self.ours(device)?.path),
        };
        let (coin, script_config) = (coin(self.network).into(), Some(self.script_config(device)?));
        Ok(pb::BtcScriptConfigRegistration { coin, script_config, keypath })
    }

    /// The key of a script that the device signs with: its account's, two steps further.
    pub(super) fn key_of<'a>(&self, own: &'a OwnScript, device: Fingerprint) -> Result<&'a OwnKey, DeviceError> {
        let account = &self.ours(device)?.path;
        let steps = |path: &DerivationPath| path.len().checked_sub(account.len());
        let is_ours = |key: &&OwnKey| {
            key.fingerprint() == device
                && !key.is_aggregate()
                && steps(key.path()) == Some(2)
                && key.path().into_iter().zip(account).all(|(own, account)| own == account)
        };
        own.keys().iter().find(is_ours).ok_or_else(|| DeviceError::Unsupported {
            what: format!("a key of wallet {} that is not two steps below the account", own.wallet_name()),
        })
    }

    /// The name under which it is registered.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] for a name that the device does not take.
    pub(super) fn registered_name(&self) -> Result<&str, DeviceError> {
        let printable = self.name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let fits = (1..=NAME_BYTES).contains(&self.name.len()) && self.name.trim() == self.name;
        if printable && fits {
            return Ok(&self.name);
        }
        let name = vitrine_review::escape(&self.name);
        Err(DeviceError::Unsupported {
            what: format!("the wallet's name “{name}”: a BitBox02 takes 1 to {NAME_BYTES} letters of ASCII"),
        })
    }
}

fn form_of(kind: ScriptKind, template: &str, keys: usize) -> Option<Form> {
    let one = |form: &str| template == form;
    match kind {
        ScriptKind::P2wpkh if one("wpkh(@0/**)") => Some(Form::Simple(SimpleType::P2wpkh)),
        ScriptKind::P2shP2wpkh if one("sh(wpkh(@0/**))") => Some(Form::Simple(SimpleType::P2wpkhP2sh)),
        ScriptKind::P2tr if one("tr(@0/**)") => Some(Form::Simple(SimpleType::P2tr)),
        ScriptKind::P2wsh | ScriptKind::P2shP2wsh if template.contains("wsh(sortedmulti(") => sorted(template, keys),
        ScriptKind::P2wsh | ScriptKind::P2tr => Some(Form::Policy(template.to_owned())),
        _ => None,
    }
}

/// `sortedmulti` of all keys, each once and deriving alike; the device knows no other.
fn sorted(template: &str, keys: usize) -> Option<Form> {
    let nested = template.starts_with("sh(");
    let inner = template.strip_prefix("sh(").unwrap_or(template).strip_prefix("wsh(sortedmulti(")?;
    let (threshold, _) = inner.split_once(',')?;
    let all: String = (0..keys).map(|key| format!(",@{key}/**")).collect();
    let end = if nested { ")))" } else { "))" };
    (inner == format!("{threshold}{all}{end}")).then_some(())?;
    Some(Form::Multisig { threshold: threshold.parse().ok()?, nested })
}

/// The descriptor with a placeholder for each extended key, and the keys in their order (BIP-388).
fn template(descriptor: &str, keys: &[AccountKey]) -> Option<(String, Vec<AccountKey>)> {
    let mut text = descriptor.to_owned();
    let mut distinct: Vec<AccountKey> = Vec::new();
    for key in keys {
        if distinct.contains(key) {
            continue;
        }
        let xpub = key.xpub.to_string();
        while let Some((before, after)) = text.split_once(&xpub) {
            let before = if before.ends_with(']') { before.rsplit_once('[')?.0 } else { before };
            text = format!("{before}@{}{after}", distinct.len());
        }
        distinct.push(key.clone());
    }
    let text = text.replace("/<0;1>/*", "/**");
    (!text.contains("pub") && !text.contains('[')).then_some((text, distinct))
}

/// A key without a path is told without its origin: nobody's, or one that stands for itself.
fn origin_info(key: &AccountKey) -> KeyOriginInfo {
    let has_origin = !key.path.is_empty();
    KeyOriginInfo {
        root_fingerprint: has_origin.then_some(key.fingerprint),
        keypath: has_origin.then(|| (&key.path).into()),
        xpub: key.xpub,
    }
}

/// The coin that a network's are to the device; signet and testnet 4 have testnet's addresses.
pub(super) const fn coin(network: Network) -> pb::BtcCoin {
    match network {
        Network::Mainnet => pb::BtcCoin::Btc,
        Network::Testnet3 | Network::Testnet4 | Network::Signet => pb::BtcCoin::Tbtc,
        Network::Regtest => pb::BtcCoin::Rbtc,
    }
}

/// A path as the numbers of the protocol.
pub(super) fn numbers(path: &DerivationPath) -> Vec<u32> {
    path.into_iter().map(|step: &ChildNumber| u32::from(*step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "[5c9e228d/48'/1'/0'/2']tpubDFH9dgzveyD8zTbPUFuLrGmCydNvxehyNdUXKJAQN8x4aZ4j6UZqGfnqFrD4NqyaTVGKbvEW54tsvPTK2UoSbCC1PJY8iCNiwTL3RWZEheQ";
    const B: &str = "[f4a83ee7/48'/1'/0'/2']tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg";

    fn form(descriptor: &str) -> Result<Form, DeviceError> {
        let marked = descriptor.replace('A', "%0").replace('B', "%1");
        let descriptor = marked.replace("%0", A).replace("%1", B);
        let wallet = Wallet::parse("Test", &descriptor, Network::Testnet3).unwrap_or_else(|e| panic!("{e}"));
        Account::of(&wallet).map(|account| account.form)
    }

    #[test]
    fn forms_are_told_as_the_device_knows_them() {
        let simple = |form| Ok(Form::Simple(form));
        assert_eq!(form("wpkh(A/<0;1>/*)"), simple(SimpleType::P2wpkh));
        assert_eq!(form("sh(wpkh(A/<0;1>/*))"), simple(SimpleType::P2wpkhP2sh));
        assert_eq!(form("tr(A/<0;1>/*)"), simple(SimpleType::P2tr));
        let multisig = |nested| Ok(Form::Multisig { threshold: 2, nested });
        assert_eq!(form("wsh(sortedmulti(2,A/<0;1>/*,B/<0;1>/*))"), multisig(false));
        assert_eq!(form("sh(wsh(sortedmulti(2,A/<0;1>/*,B/<0;1>/*)))"), multisig(true));
        let policy = |text: &str| Ok(Form::Policy(text.to_owned()));
        assert_eq!(form("wsh(multi(2,B/<0;1>/*,A/<0;1>/*))"), policy("wsh(multi(2,@0/**,@1/**))"));
        // Numbered as the wallet has its keys: leaves before the internal key.
        assert_eq!(form("tr(A/<0;1>/*,pk(B/<2;3>/*))"), policy("tr(@1/**,pk(@0/<2;3>/*))"));
        let twice = "wsh(or_d(pk(A/<0;1>/*),and_v(v:pkh(A/<2;3>/*),older(9))))";
        assert_eq!(form(twice), policy("wsh(or_d(pk(@0/**),and_v(v:pkh(@0/<2;3>/*),older(9))))"));
    }

    #[test]
    fn forms_that_the_device_does_not_know_are_refused_before_it_is_asked() {
        for descriptor in [
            "pkh(A/<0;1>/*)",
            "wpkh(A/<2;3>/*)",
            "sh(wsh(multi(2,A/<0;1>/*,B/<0;1>/*)))",
            "wsh(sortedmulti(2,A/<0;1>/*,B/<2;3>/*))",
            "sh(sortedmulti(2,A/<0;1>/*,B/<0;1>/*))",
        ] {
            let refused = form(descriptor);
            assert!(matches!(refused, Err(DeviceError::Unsupported { .. })), "{descriptor}: {refused:?}");
        }
    }

    #[test]
    fn a_name_that_the_device_would_cut_or_change_is_refused() {
        let named = |name: &str| {
            let wallet = Wallet::parse(name, &format!("wpkh({A}/<0;1>/*)"), Network::Testnet3).unwrap();
            Account::of(&wallet).unwrap().registered_name().map(str::to_owned)
        };
        assert_eq!(named("Treasury 2-of-3").as_deref(), Ok("Treasury 2-of-3"));
        for name in ["", " Treasury", "Trésor", "a\nb", "0123456789012345678901234567890"] {
            assert!(named(name).is_err(), "{name}");
        }
    }
}
