//! Requests for tests, made by rust-bitcoin from the public SLIP-14 seed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test helpers stop at the first surprise"
)]
#![allow(dead_code, reason = "each test file uses some of the helpers")]

pub mod musig;
pub mod version_2;

use std::collections::BTreeMap;
use std::str::FromStr;

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{DerivationPath, Fingerprint, Xpriv, Xpub};
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{All, Secp256k1};
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use vitrine_bitcoin::{AddressBook, BookEntry, CheckedPsbt, Network, OwnScript, Surroundings, Wallet, decode};
use vitrine_review::{Context, Review, Severity};

/// Where a stranger gets paid.
pub const PAYEE: &str = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx";

pub fn secp() -> Secp256k1<All> {
    Secp256k1::new()
}

/// The master key of "all all all all all all all all all all all all".
pub fn master(network: Network) -> Xpriv {
    let mnemonic = bip39::Mnemonic::from_str(&["all"; 12].join(" ")).unwrap();
    Xpriv::new_master(network.to_bitcoin(), &mnemonic.to_seed_normalized("")).unwrap()
}

pub fn fingerprint() -> Fingerprint {
    master(Network::Testnet3).fingerprint(&secp())
}

/// `[fingerprint/path]xpub` of an account.
pub fn account(path: &str, network: Network) -> String {
    let path = DerivationPath::from_str(path).unwrap();
    let xpriv = master(network).derive_priv(&secp(), &path).unwrap();
    format!("[{}/{path}]{}", fingerprint(), Xpub::from_priv(&secp(), &xpriv))
}

/// Forms of wallets that the tests use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Wpkh,
    Pkh,
    ShWpkh,
    Tr,
    WshMulti,
}

impl Form {
    pub const ALL: [Self; 5] = [Self::Wpkh, Self::Pkh, Self::ShWpkh, Self::Tr, Self::WshMulti];

    pub fn descriptor(self, network: Network) -> String {
        let coin = network.coin_type();
        let key = |path: String| format!("{}/<0;1>/*", account(&path, network));
        match self {
            Self::Wpkh => format!("wpkh({})", key(format!("84h/{coin}h/0h"))),
            Self::Pkh => format!("pkh({})", key(format!("44h/{coin}h/0h"))),
            Self::ShWpkh => format!("sh(wpkh({}))", key(format!("49h/{coin}h/0h"))),
            Self::Tr => format!("tr({})", key(format!("86h/{coin}h/0h"))),
            Self::WshMulti => {
                let (a, b) = (key(format!("48h/{coin}h/0h/2h")), key(format!("48h/{coin}h/1h/2h")));
                format!("wsh(sortedmulti(2,{a},{b}))")
            }
        }
    }

    pub fn wallet(self) -> Wallet {
        Wallet::parse("Treasury", &self.descriptor(Network::Testnet3), Network::Testnet3).unwrap()
    }
}

pub fn surroundings(form: Form) -> Surroundings {
    Surroundings { network: Network::Testnet3, wallets: vec![form.wallet()], address_book: AddressBook::default() }
}

pub fn book(entries: &[(&str, &str)]) -> AddressBook {
    let entry = |(label, address): &(&str, &str)| BookEntry {
        label: (*label).into(),
        address: (*address).into(),
        provenance: String::new(),
    };
    AddressBook::new(entries.iter().map(entry).collect(), Network::Testnet3).unwrap()
}

pub fn script_of(address: &str) -> ScriptBuf {
    bitcoin::Address::from_str(address).unwrap().assume_checked().script_pubkey()
}

/// One place of a test wallet: script, keys and paths, derived here without the crate under test.
pub struct Place {
    pub descriptor: miniscript::Descriptor<bitcoin::PublicKey>,
    pub origins: BTreeMap<bitcoin::secp256k1::PublicKey, (Fingerprint, DerivationPath)>,
}

impl Place {
    pub fn new(form: Form, change: bool, index: u32) -> Self {
        use miniscript::{Descriptor, DescriptorPublicKey, ForEachKey as _};
        let text = form.descriptor(Network::Testnet3);
        let descriptor = Descriptor::<DescriptorPublicKey>::from_str(&text).unwrap();
        let branch = descriptor.into_single_descriptors().unwrap()[usize::from(change)].clone();
        let definite = branch.at_derivation_index(index).unwrap();
        let mut origins = BTreeMap::new();
        definite.for_each_key(|key| {
            let public_key = key.derive_public_key(&secp()).unwrap().inner;
            origins.insert(public_key, (key.master_fingerprint(), key.full_derivation_path().unwrap()));
            true
        });
        Self { descriptor: definite.derived_descriptor(&secp()).unwrap(), origins }
    }

    pub fn script(&self) -> ScriptBuf {
        self.descriptor.script_pubkey()
    }
}

/// A request as a wallet would make it.
pub struct Maker {
    pub form: Form,
    pub psbt: Psbt,
    pub previous: Vec<Transaction>,
}

/// A previous transaction that pays `amount_sat` to `script` as its output 1.
pub fn previous(script: ScriptBuf, amount_sat: u64, salt: u8) -> Transaction {
    let input = TxIn {
        previous_output: OutPoint::new(Txid::from_byte_array([salt; 32]), u32::from(salt)),
        script_sig: ScriptBuf::new(),
        sequence: Sequence::MAX,
        witness: Witness::from_slice(&[[salt; 71].as_slice(), [2; 33].as_slice()]),
    };
    let other = TxOut { value: Amount::from_sat(777), script_pubkey: script_of(PAYEE) };
    let output = vec![other, TxOut { value: Amount::from_sat(amount_sat), script_pubkey: script }];
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output }
}

impl Maker {
    /// Inputs of these amounts at receive indexes 0, 1, …; then a payee, and change at index `change`.
    pub fn new(form: Form, inputs_sat: &[u64], paid_sat: u64, change: Option<(u32, u64)>) -> Self {
        let mut maker = Self { form, psbt: empty(), previous: Vec::new() };
        for (n, sat) in inputs_sat.iter().enumerate() {
            maker.add_input(form, n as u32, *sat);
        }
        maker.add_output(script_of(PAYEE), paid_sat);
        if let Some((index, sat)) = change {
            maker.add_change(index, sat);
        }
        maker
    }

    /// Two inputs, a payee of 0.003 and change of 0.0019, fee 10,000 sat.
    pub fn usual(form: Form) -> Self {
        Self::new(form, &[300_000, 200_000], 300_000, Some((3, 190_000)))
    }

    pub fn add_input(&mut self, form: Form, index: u32, sat: u64) {
        let place = Place::new(form, false, index);
        let salt = (self.psbt.inputs.len() % 250) as u8 + 1;
        let previous = previous(place.script(), sat, salt);
        let mut input = bitcoin::psbt::Input { non_witness_utxo: Some(previous.clone()), ..Default::default() };
        if form != Form::Pkh {
            input.witness_utxo = Some(previous.output[1].clone());
        }
        match form {
            Form::ShWpkh => input.redeem_script = Some(redeem(&place)),
            Form::WshMulti => input.witness_script = Some(place.descriptor.explicit_script().unwrap()),
            Form::Wpkh | Form::Pkh | Form::Tr => {}
        }
        if form == Form::Tr {
            for (key, source) in place.origins {
                let x_only = key.x_only_public_key().0;
                input.tap_internal_key = Some(x_only);
                input.tap_key_origins.insert(x_only, (Vec::new(), source));
            }
        } else {
            input.bip32_derivation = place.origins;
        }
        self.psbt.unsigned_tx.input.push(TxIn {
            previous_output: OutPoint::new(previous.compute_txid(), 1),
            script_sig: ScriptBuf::new(),
            sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
            witness: Witness::new(),
        });
        self.psbt.inputs.push(input);
        self.previous.push(previous);
    }

    pub fn add_output(&mut self, script_pubkey: ScriptBuf, sat: u64) {
        self.psbt.unsigned_tx.output.push(TxOut { value: Amount::from_sat(sat), script_pubkey });
        self.psbt.outputs.push(bitcoin::psbt::Output::default());
    }

    pub fn add_change(&mut self, index: u32, sat: u64) {
        let place = Place::new(self.form, true, index);
        self.add_output(place.script(), sat);
        let output = self.psbt.outputs.last_mut().unwrap();
        if self.form == Form::Tr {
            for (key, source) in place.origins {
                output.tap_key_origins.insert(key.x_only_public_key().0, (Vec::new(), source));
            }
        } else {
            output.bip32_derivation = place.origins;
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.psbt.serialize()
    }

    pub fn check(&self) -> CheckedPsbt {
        self.check_in(&surroundings(self.form))
    }

    pub fn check_in(&self, surroundings: &Surroundings) -> CheckedPsbt {
        decode(&self.bytes()).unwrap().check(surroundings).unwrap()
    }

    /// The same request signed by rust-bitcoin with the seed's key.
    pub fn signed(&self) -> Psbt {
        let mut psbt = self.psbt.clone();
        psbt.sign(&master(Network::Testnet3), &secp()).unwrap();
        psbt
    }
}

fn empty() -> Psbt {
    let (input, output) = (Vec::new(), Vec::new());
    Psbt::from_unsigned_tx(Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output }).unwrap()
}

fn redeem(place: &Place) -> ScriptBuf {
    let script_sig = place.descriptor.unsigned_script_sig();
    let push = script_sig.instructions().next().unwrap().unwrap();
    ScriptBuf::from_bytes(push.push_bytes().unwrap().as_bytes().to_vec())
}

pub fn review(checked: &CheckedPsbt) -> Review {
    checked.review(&Context::default())
}

/// Codes of the findings of one severity.
pub fn codes(checked: &CheckedPsbt, severity: Severity) -> Vec<&'static str> {
    review(checked).findings().of(severity).map(|finding| finding.code).collect()
}

/// Codes of all findings.
pub fn all_codes(checked: &CheckedPsbt) -> Vec<&'static str> {
    review(checked).findings().iter().map(|finding| finding.code).collect()
}

/// Text of a field of the review.
pub fn field(checked: &CheckedPsbt, code: &str) -> String {
    let review = review(checked);
    let field = review.document().field(code);
    field.map_or_else(|| panic!("no field {code}"), |field| field.value.to_text())
}

pub fn proof(checked: &CheckedPsbt, code: &str) -> String {
    review(checked).document().field(code).unwrap().proof.sentence()
}

pub fn owner(own: Option<&OwnScript>) -> Option<(bool, u32)> {
    own.map(|own| (own.change(), own.index()))
}
