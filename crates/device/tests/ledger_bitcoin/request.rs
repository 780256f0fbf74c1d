//! Wallets and requests of the public seed of the vendor's emulator.

use std::collections::BTreeMap;

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{DerivationPath, Xpriv, Xpub};
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::Secp256k1;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use vitrine_bitcoin::{
    AddressBook, CheckedPsbt, Network, OwnScript, Registration, ScriptKind, Surroundings, Wallet, decode,
};
use vitrine_device::sim::LEDGER_TEST_SEED;
use vitrine_device::{Answer, Prompt, Prompter};

pub const NETWORK: Network = Network::Testnet3;
pub const FINGERPRINT: &str = "f5acc2fd";

/// Agrees to everything and remembers what it was asked.
#[derive(Default)]
pub struct Agreeing(pub Vec<Prompt>);

impl Prompter for Agreeing {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        self.0.push(prompt);
        Answer::Continue
    }
}

fn key_of(master: &Xpriv, path: &str) -> String {
    let (secp, path) = (Secp256k1::new(), path.parse::<DerivationPath>().unwrap());
    let xpub = Xpub::from_priv(&secp, &master.derive_priv(&secp, &path).unwrap());
    format!("[{}/{path}]{xpub}", master.fingerprint(&secp))
}

/// The device's account at `path`.
pub fn own_key(path: &str) -> String {
    let seed = bip39::Mnemonic::parse(LEDGER_TEST_SEED).unwrap().to_seed("");
    key_of(&Xpriv::new_master(NETWORK.to_bitcoin(), &seed).unwrap(), path)
}

/// The account of somebody else, of a seed that anybody can guess.
pub fn other_key(who: u8, path: &str) -> String {
    key_of(&Xpriv::new_master(NETWORK.to_bitcoin(), &[who; 32]).unwrap(), path)
}

pub fn wallet(name: &str, template: &str, keys: &[String]) -> Wallet {
    Wallet::of_policy(name, template, keys, NETWORK).unwrap_or_else(|error| panic!("{template}: {error}"))
}

/// A transaction to be signed, and what is known beside it.
#[derive(Clone)]
pub struct Spend {
    pub wallets: Vec<Wallet>,
    pub psbt: Psbt,
}

impl Spend {
    pub fn of(wallets: Vec<Wallet>) -> Self {
        let (input, output) = (Vec::new(), Vec::new());
        let empty = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output };
        Self { wallets, psbt: Psbt::from_unsigned_tx(empty).unwrap() }
    }

    /// A coin of `wallet`, at this index of its receive path.
    pub fn input(mut self, wallet: &Wallet, index: u32, amount_sat: u64) -> Self {
        let own = wallet.script(false, index).unwrap();
        let output = TxOut { value: Amount::from_sat(amount_sat), script_pubkey: own.script_pubkey() };
        let salt = u8::try_from(self.psbt.inputs.len() + 1).unwrap();
        let previous = Transaction {
            version: Version::TWO,
            lock_time: LockTime::ZERO,
            input: vec![txin(Txid::from_byte_array([salt; 32]), u32::from(salt))],
            output: vec![output.clone()],
        };
        self.psbt.unsigned_tx.input.push(txin(previous.compute_txid(), 0));
        let mut input = bitcoin::psbt::Input { non_witness_utxo: Some(previous), ..Default::default() };
        if own.kind() != ScriptKind::P2pkh {
            input.witness_utxo = Some(output);
        }
        (input.redeem_script, input.witness_script) = (own.redeem_script(), own.witness_script());
        describe(&own, &mut input.bip32_derivation, &mut input.tap_key_origins);
        input.tap_internal_key = own.internal_key();
        self.psbt.inputs.push(input);
        self
    }

    pub fn output(mut self, script_pubkey: ScriptBuf, amount_sat: u64) -> Self {
        self.psbt.unsigned_tx.output.push(TxOut { value: Amount::from_sat(amount_sat), script_pubkey });
        self.psbt.outputs.push(bitcoin::psbt::Output::default());
        self
    }

    pub fn pay(self, amount_sat: u64) -> Self {
        self.output(payee(1), amount_sat)
    }

    pub fn change(mut self, wallet: &Wallet, index: u32, amount_sat: u64) -> Self {
        let own = wallet.script(true, index).unwrap();
        self = self.output(own.script_pubkey(), amount_sat);
        let output = self.psbt.outputs.last_mut().unwrap();
        describe(&own, &mut output.bip32_derivation, &mut output.tap_key_origins);
        self
    }

    pub fn registered(mut self, registrations: &[(String, Registration)]) -> Self {
        for wallet in &mut self.wallets {
            let own = registrations.iter().filter(|(name, _)| name == wallet.name());
            let own = own.map(|(_, registration)| registration.clone()).collect();
            *wallet = wallet.clone().with_registrations(own);
        }
        self
    }

    pub fn checked(&self) -> CheckedPsbt {
        self.checked_as(&self.psbt.serialize())
    }

    /// The same request as somebody else sent it back.
    pub fn checked_as(&self, psbt: &[u8]) -> CheckedPsbt {
        let surroundings =
            Surroundings { network: NETWORK, wallets: self.wallets.clone(), address_book: AddressBook::default() };
        decode(psbt).unwrap().check(&surroundings).unwrap()
    }
}

type Origins<K, V> = BTreeMap<K, V>;

fn describe(
    own: &OwnScript,
    ecdsa: &mut Origins<bitcoin::secp256k1::PublicKey, bitcoin::bip32::KeySource>,
    taproot: &mut Origins<bitcoin::XOnlyPublicKey, (Vec<bitcoin::TapLeafHash>, bitcoin::bip32::KeySource)>,
) {
    for key in own.keys() {
        let (point, source) = (key.public_key().inner, (key.fingerprint(), key.path().clone()));
        if own.kind() == ScriptKind::P2tr {
            let x_only = point.x_only_public_key().0;
            let leaves = own.leaf_keys().into_iter().filter(|(_, keys)| keys.contains(&x_only)).map(|(hash, _)| hash);
            taproot.insert(x_only, (leaves.collect(), source));
        } else {
            ecdsa.insert(point, source);
        }
    }
}

/// Somebody's P2WPKH address: counted bytes, nobody's key.
pub fn payee(first: u8) -> ScriptBuf {
    let program: [u8; 20] = core::array::from_fn(|i| first + u8::try_from(i).unwrap());
    ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_byte_array(program))
}

fn txin(txid: Txid, vout: u32) -> TxIn {
    TxIn {
        previous_output: OutPoint { txid, vout },
        script_sig: ScriptBuf::new(),
        sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
        witness: Witness::new(),
    }
}
