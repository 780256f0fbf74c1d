//! Keys, addresses, and wallets that are registered.

use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::secp256k1::PublicKey;

use super::super::{Answer, Status};
use super::App;
use super::host::{Hash, Tree};
use super::person::{self, Whose};
use super::policy::{KEY_BYTES, KeyInfo};
use super::reader::Reader;
use super::wallet::Wallet;
use crate::sim::NetworkGuard;

/// Most steps of a path.
const PATH_STEPS: usize = 10;
/// Largest account that is exported or standard without a question.
const LARGEST_ACCOUNT: u32 = 100;
/// Largest index of an address of a standard wallet that is shown.
const LARGEST_INDEX: u32 = 50_000;
/// Most keys of a wallet that is registered.
const MOST_KEYS: u64 = 15;
/// BIP-341's point without a private key.
const NUMS: &str = "0250929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

impl App {
    pub(super) fn extended_pubkey(&self, data: &[u8]) -> Answer {
        let mut data = Reader(data);
        let (show, steps) = data.byte().zip(data.length()).ok_or(Status::DATA_LENGTH)?;
        if show > 1 || steps > PATH_STEPS {
            return Err(Status::DATA);
        }
        let path: Option<Vec<ChildNumber>> =
            (0..steps).map(|_| data.array().map(u32::from_be_bytes).map(ChildNumber::from)).collect();
        let path = path.ok_or(Status::DATA_LENGTH)?;
        if (show == 0 && !is_exported(&path)) || !self.is_allowed(&path) {
            return Err(Status::NOT_SUPPORTED);
        }
        let key = self.keys.xpub(&path).ok_or(Status::STATE)?.to_string();
        if show == 1 {
            let words = if path.is_empty() { "(Master key)".to_owned() } else { path_words(&path) };
            self.person.confirm_key(&words, &key)?;
        }
        Ok(key.into_bytes())
    }

    /// Keys of this device are public: in a program they are for coins without value. The electrum exception of the
    /// real app stays, since nothing is received with it.
    pub(super) fn is_allowed(&self, path: &[ChildNumber]) -> bool {
        self.guard == NetworkGuard::AnyForTests
            || matches!(path, [_, ChildNumber::Hardened { index: 1 | 1_112_098_098 }, ..])
            || path.len() < 2
    }

    pub(super) async fn wallet_address(&self, data: &[u8]) -> Answer {
        let mut data = Reader(data);
        let read = |data: &mut Reader<'_>| Some((data.byte()?, data.array::<32>()?, data.array::<32>()?, data.byte()?));
        let (show, id, hmac, change) = read(&mut data).ok_or(Status::DATA_LENGTH)?;
        if change > 1 {
            return Err(Status::DATA);
        }
        let index = u32::from_be_bytes(data.array().ok_or(Status::DATA_LENGTH)?);
        let index = ChildNumber::from_normal_idx(index).map_err(|_| Status::DATA)?;
        let wallet = self.fetch_wallet(&id).await.ok_or(Status::DATA)?;
        let registered = hmac != [0; 32];
        if registered {
            self.check_registration(&id, &hmac)?;
        } else {
            let standard = self.is_standard(&wallet).await && wallet.name.is_empty();
            if !standard || index > (ChildNumber::Normal { index: LARGEST_INDEX }) {
                return Err(Status::DATA);
            }
        }
        let address = self.script(&wallet, change == 1, index).await.and_then(|script| person::address(&script));
        let address = address.ok_or(Status::STATE)?;
        if show != 0 {
            self.person.confirm_address(registered.then_some(wallet.name.as_str()), &address)?;
        }
        Ok(address.into_bytes())
    }

    pub(super) fn check_registration(&self, id: &Hash, hmac: &Hash) -> Result<(), Status> {
        if self.keys.registration(id) == *hmac { Ok(()) } else { Err(Status::SIGNATURE) }
    }

    pub(super) async fn register_wallet(&self, data: &[u8]) -> Answer {
        let mut data = Reader(data);
        data.varint().ok_or(Status::DATA_LENGTH)?;
        let wallet = self.read_wallet(data.0).await.ok_or(Status::DATA)?;
        if wallet.keys.size > MOST_KEYS {
            return Err(Status::NOT_SUPPORTED);
        }
        if wallet.template.key_count() != wallet.keys.size {
            return Err(Status::DATA);
        }
        if !is_acceptable(&wallet.name) {
            return Err(Status::DATA.because(0));
        }
        if !wallet.template.is_sane() || self.has_repeated_keys(&wallet.keys).await {
            return Err(Status::NOT_SUPPORTED.because(1));
        }
        let keys = self.described_keys(&wallet).await?;
        if !keys.iter().any(|(whose, _)| *whose == Whose::Our) {
            return Err(Status::DATA.because(2));
        }
        self.person.confirm_wallet(&wallet.name, &wallet.template_text, &keys)?;
        Ok([wallet.id, self.keys.registration(&wallet.id)].concat())
    }

    /// Compares each key with each later one, asking for it again each time. What cannot be read is repeated too.
    async fn has_repeated_keys(&self, keys: &Tree) -> bool {
        for i in 0..keys.size.saturating_sub(1) {
            let Some(first) = self.key(keys, i).await else { return true };
            for j in i.saturating_add(1)..keys.size {
                match self.key(keys, j).await {
                    Some(second) if second.xpub.public_key != first.xpub.public_key => {}
                    _ => return true,
                }
            }
        }
        false
    }

    async fn described_keys(&self, wallet: &Wallet) -> Result<Vec<(Whose, String)>, Status> {
        let mut keys = Vec::new();
        for i in 0..wallet.keys.size {
            let text = self.host.element(&wallet.keys, i, KEY_BYTES).await.ok_or(Status::DATA)?;
            let key = KeyInfo::read(&text).ok_or(Status::DATA)?;
            if key.xpub.network != bitcoin::NetworkKind::Test {
                return Err(Status::DATA);
            }
            let text = String::from_utf8(text).map_err(|_| Status::DATA)?;
            keys.push((self.whose(&key), text));
        }
        Ok(keys)
    }

    fn whose(&self, key: &KeyInfo) -> Whose {
        if NUMS.parse::<PublicKey>().is_ok_and(|nums| nums == key.xpub.public_key) {
            return Whose::Dummy;
        }
        if self.own_path(key).is_some() { Whose::Our } else { Whose::Their }
    }

    /// A policy that needs no registration: one key, at the path that its standard says.
    pub(super) async fn is_standard(&self, wallet: &Wallet) -> bool {
        let Some(purpose) = wallet.template.purpose().filter(|_| wallet.keys.size == 1) else { return false };
        let Some(key) = self.key(&wallet.keys, 0).await else { return false };
        let hardened = |index| ChildNumber::Hardened { index };
        match self.own_path(&key).as_deref() {
            Some([first, coin, ChildNumber::Hardened { index }]) => {
                *first == hardened(purpose) && *coin == hardened(1) && *index <= LARGEST_ACCOUNT
            }
            _ => false,
        }
    }
}

fn is_acceptable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(' ') && !name.ends_with(' ') && name.bytes().all(|b| matches!(b, 0x20..=0x7e))
}

/// Paths whose key the app gives without asking: those of the standards for accounts, on the test network.
fn is_exported(path: &[ChildNumber]) -> bool {
    use ChildNumber::{Hardened, Normal};
    let hardened = match path {
        [Hardened { index: 4_541_509 }, Hardened { index: 1_112_098_098 }] => return true,
        [Hardened { index: 44 | 45 | 49 | 84 | 86 }, ..] => 3,
        [Hardened { index: 48 }, ..] => 4,
        _ => return false,
    };
    let Some((account, rest)) = path.split_at_checked(hardened) else { return false };
    let is_standard = match account {
        [_, Hardened { index: 1 }, Hardened { index }] => *index <= LARGEST_ACCOUNT,
        [_, Hardened { index: 1 }, Hardened { index }, Hardened { index: 1 | 2 }] => *index <= LARGEST_ACCOUNT,
        _ => false,
    };
    is_standard && rest.iter().all(|step| matches!(step, Normal { .. }))
}

fn path_words(path: &[ChildNumber]) -> String {
    format!("m/{}", DerivationPath::from(path.to_vec()))
}
