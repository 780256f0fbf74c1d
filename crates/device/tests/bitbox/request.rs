//! Wallets of the simulator's public test seed, and what is to be signed with them.

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{DerivationPath, Xpriv, Xpub};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, Surroundings, Wallet, decode};
use vitrine_device::{Answer, Prompt, Prompter};
use vitrine_ethereum::alloy_primitives::{Address, keccak256};
use vitrine_ethereum::interface::Interfaces;
use vitrine_ethereum::{CheckedRequest, OwnAccount, RequestForm};

/// The seed that the firmware's simulator restores, whatever it is asked to: see its `workflow/mnemonic_c_unit_tests.rs`.
const OURS: &str = "boring mistake dish oyster truth pigeon viable emerge sort crash wire portion cannon couple enact box \
                    walk height pull today solid off enable tide";
const COSIGNERS: [&str; 2] = [
    "all all all all all all all all all all all all",
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
];
pub const FINGERPRINT: &str = "4c00739d";
pub const NETWORK: Network = Network::Testnet3;
/// m/44'/1'/0'/0/0: the firmware's path for Sepolia.
pub const SEPOLIA_PATH: [u32; 5] = [0x8000_002c, 0x8000_0001, 0x8000_0000, 0, 0];

fn master(words: &str) -> Xpriv {
    let seed = bip39::Mnemonic::parse_normalized(words).unwrap().to_seed_normalized("");
    Xpriv::new_master(NETWORK.to_bitcoin(), &seed).unwrap()
}

/// The private key of the test seed at `path`.
pub fn secret(path: &[u32]) -> SecretKey {
    let path: Vec<_> = path.iter().map(|step| bitcoin::bip32::ChildNumber::from(*step)).collect();
    master(OURS).derive_priv(&Secp256k1::new(), &path).unwrap().private_key
}

/// The extended public key of the test seed at `path`.
pub fn xpub(path: &[u32]) -> Xpub {
    let path: Vec<_> = path.iter().map(|step| bitcoin::bip32::ChildNumber::from(*step)).collect();
    let secp = Secp256k1::new();
    Xpub::from_priv(&secp, &master(OURS).derive_priv(&secp, &path).unwrap())
}

fn key(words: &str, path: &str) -> String {
    let secp = Secp256k1::new();
    let (master, steps) = (master(words), path.parse::<DerivationPath>().unwrap());
    let account = Xpub::from_priv(&secp, &master.derive_priv(&secp, &steps).unwrap());
    format!("[{}/{path}]{account}", master.fingerprint(&secp))
}

/// A wallet of a descriptor in which `A` is ours at `path`, `B` and `C` are cosigners'.
pub fn wallet(name: &str, descriptor: &str, path: &str) -> Wallet {
    let keys = [OURS, COSIGNERS[0], COSIGNERS[1]].map(|words| key(words, path));
    let place = |text: String, (letter, key): (&str, &String)| text.replace(letter, key);
    let marked = descriptor.replace('A', "%0").replace('B', "%1").replace('C', "%2");
    let text = ["%0", "%1", "%2"].into_iter().zip(&keys).fold(marked, place);
    Wallet::parse(name, &text, NETWORK).unwrap_or_else(|error| panic!("{descriptor}: {error}"))
}

/// What a spend has besides inputs of 100,000 sat.
#[derive(Clone)]
pub struct Spend {
    pub wallet: Wallet,
    pub inputs: u32,
    pub outputs: Vec<TxOut>,
    pub lock_time: u32,
}

impl Spend {
    /// 60,000 sat to somebody, 1,000 as fee for each input, the rest as change.
    pub fn of(wallet: Wallet, inputs: u32) -> Self {
        let change = u64::from(inputs) * 99_000 - 60_000;
        let outputs = vec![paid(60_000), own(&wallet, true, 7, change)];
        Self { wallet, inputs, outputs, lock_time: 0 }
    }

    fn previous(&self, index: u32) -> Transaction {
        let number = u8::try_from(index).unwrap();
        let input = txin(OutPoint::new(Txid::from_byte_array([number; 32]), 3));
        let output = vec![paid(5_000 + u64::from(index)), own(&self.wallet, false, index % 20, 100_000)];
        Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output }
    }

    pub fn psbt(&self) -> Psbt {
        let previous: Vec<Transaction> = (0..self.inputs).map(|index| self.previous(index)).collect();
        let input = previous.iter().map(|previous| txin(OutPoint::new(previous.compute_txid(), 1))).collect();
        let lock_time = LockTime::from_consensus(self.lock_time);
        let (version, output) = (Version::TWO, self.outputs.clone());
        let mut psbt = Psbt::from_unsigned_tx(Transaction { version, lock_time, input, output }).unwrap();
        for (input, previous) in psbt.inputs.iter_mut().zip(previous) {
            input.witness_utxo = Some(previous.output[1].clone());
            input.non_witness_utxo = Some(previous);
        }
        psbt
    }

    pub fn checked(&self) -> CheckedPsbt {
        self.checked_as(&self.psbt())
    }

    pub fn checked_as(&self, psbt: &Psbt) -> CheckedPsbt {
        let (wallets, address_book) = (vec![self.wallet.clone()], AddressBook::default());
        let surroundings = Surroundings { network: NETWORK, wallets, address_book };
        let checked = decode(&psbt.serialize()).unwrap().check(&surroundings).unwrap();
        assert_eq!(checked.refusal(), None);
        checked
    }
}

pub fn own(wallet: &Wallet, change: bool, index: u32, sat: u64) -> TxOut {
    TxOut { value: Amount::from_sat(sat), script_pubkey: wallet.script(change, index).unwrap().script_pubkey() }
}

pub fn paid(sat: u64) -> TxOut {
    let script_pubkey = ScriptBuf::from_hex("00141122334455667788990011223344556677889900").unwrap();
    TxOut { value: Amount::from_sat(sat), script_pubkey }
}

pub fn data(bytes: &[u8]) -> TxOut {
    let push = bitcoin::script::PushBytesBuf::try_from(bytes.to_vec()).unwrap();
    TxOut { value: Amount::ZERO, script_pubkey: ScriptBuf::new_op_return(push) }
}

fn txin(previous_output: OutPoint) -> TxIn {
    let (script_sig, sequence) = (ScriptBuf::new(), Sequence::ENABLE_RBF_NO_LOCKTIME);
    TxIn { previous_output, script_sig, sequence, witness: Witness::new() }
}

/// The account of the test seed for Sepolia.
pub fn account() -> Address {
    let key = secret(&SEPOLIA_PATH).public_key(&Secp256k1::new()).serialize_uncompressed();
    Address::from_word(keccak256(&key[1..]))
}

/// A request that the account is to sign.
pub fn asked(bytes: &[u8], form: RequestForm, chain_id: u64) -> CheckedRequest {
    let account = OwnAccount { name: "Treasurer".to_owned(), address: account(), path: SEPOLIA_PATH.to_vec() };
    let (interfaces, accounts) = (Interfaces::built_in().clone(), vec![account]);
    let surroundings = vitrine_ethereum::Surroundings::new(chain_id, accounts, Vec::new(), Vec::new(), interfaces);
    vitrine_ethereum::decode(bytes, form).unwrap_or_else(|error| panic!("{error}")).check(&surroundings).unwrap()
}

/// Agrees to everything and remembers what it was asked.
#[derive(Default)]
pub struct Agreeing(pub Vec<Prompt>);

impl Prompter for Agreeing {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        self.0.push(prompt);
        Answer::Continue
    }
}
