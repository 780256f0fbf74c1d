//! Requests as a wallet would make them, from seeds that everybody knows.

use std::str::FromStr;

use miniscript::psbt::{PsbtInputExt as _, PsbtOutputExt as _};
use miniscript::{DefiniteDescriptorKey, Descriptor, DescriptorPublicKey};
use vitrine_bitcoin::bitcoin::absolute::LockTime;
use vitrine_bitcoin::bitcoin::bip32::{DerivationPath, Xpriv, Xpub};
use vitrine_bitcoin::bitcoin::hashes::Hash as _;
use vitrine_bitcoin::bitcoin::psbt::{Input, Output, Psbt};
use vitrine_bitcoin::bitcoin::secp256k1::{All, Secp256k1};
use vitrine_bitcoin::bitcoin::transaction::Version;
use vitrine_bitcoin::bitcoin::{
    Address, Amount, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid,
};

/// Who is paid, and stands in the address book as Halden Freight AS.
pub const PAYEE: &str = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx";

/// Three public seeds: each is one word repeated, and the last word that makes it valid.
#[derive(Clone, Copy)]
pub enum Seed {
    All,
    Abandon,
    Zoo,
}

impl Seed {
    fn mnemonic(self) -> String {
        match self {
            Self::All => ["all"; 12].join(" "),
            Self::Abandon => format!("{} about", ["abandon"; 11].join(" ")),
            Self::Zoo => format!("{} wrong", ["zoo"; 11].join(" ")),
        }
    }

    pub fn master(self) -> Xpriv {
        let mnemonic = bip39::Mnemonic::from_str(&self.mnemonic()).unwrap();
        Xpriv::new_master(Network::Testnet, &mnemonic.to_seed_normalized("")).unwrap()
    }

    /// The master key without its parity.
    pub fn x_only(self) -> [u8; 32] {
        self.master().to_keypair(&secp()).x_only_public_key().0.serialize()
    }

    /// `[fingerprint/path]tpub`.
    pub fn account(self, path: &str) -> String {
        let path = DerivationPath::from_str(path).unwrap();
        let account = self.master().derive_priv(&secp(), &path).unwrap();
        format!("[{}/{path}]{}", self.master().fingerprint(&secp()), Xpub::from_priv(&secp(), &account))
    }

    /// The account with both its paths, for receiving and for change.
    pub fn key(self, path: &str) -> String {
        format!("{}/<0;1>/*", self.account(path))
    }
}

pub fn secp() -> Secp256k1<All> {
    Secp256k1::new()
}

pub fn wpkh() -> String {
    format!("wpkh({})", Seed::All.key("84h/1h/0h"))
}

pub fn pkh() -> String {
    format!("pkh({})", Seed::All.key("44h/1h/0h"))
}

pub fn nested() -> String {
    format!("sh(wpkh({}))", Seed::All.key("49h/1h/0h"))
}

pub fn taproot() -> String {
    format!("tr({})", Seed::All.key("86h/1h/0h"))
}

/// Two of three, sorted keys (BIP-67).
pub fn multisig() -> String {
    let keys = [Seed::All, Seed::Abandon, Seed::Zoo].map(|seed| seed.key("48h/1h/0h/2h"));
    format!("wsh(sortedmulti(2,{}))", keys.join(","))
}

/// Two of three, or one alone after a year: a taproot tree of miniscript (BIP-379, BIP-386).
pub fn taproot_miniscript() -> String {
    let [a, b, c] = [Seed::All, Seed::Abandon, Seed::Zoo].map(|seed| seed.key("48h/1h/0h/3h"));
    // The point that nobody has the key of (BIP-341): only the scripts can spend.
    let nobody = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";
    let later = format!("and_v(v:pk({}),older(52560))", Seed::Zoo.key("48h/1h/1h/3h"));
    format!("tr({nobody},{{multi_a(2,{a},{b},{c}),{later}}})")
}

pub fn script_of(address: &str) -> ScriptBuf {
    Address::from_str(address).unwrap().assume_checked().script_pubkey()
}

/// A scenario as made: the request, the files of the ceremony folder, and what came back if that is the point.
pub struct Made {
    /// Name of the request's file.
    pub file: &'static str,
    pub request: Vec<u8>,
    pub ceremony: Vec<(String, String)>,
    pub answer: Option<Answer>,
}

/// What came back from a device, and who had to sign.
pub struct Answer {
    pub file: &'static str,
    pub bytes: Vec<u8>,
    pub signer: String,
}

/// A request while it is made.
pub struct Maker {
    pub wallets: Vec<(&'static str, String)>,
    pub network: &'static str,
    pub psbt: Psbt,
}

/// Script and keys of a wallet at a place.
pub fn at(descriptor: &str, change: bool, index: u32) -> Descriptor<DefiniteDescriptorKey> {
    let descriptor = Descriptor::<DescriptorPublicKey>::from_str(descriptor).unwrap();
    let branches = descriptor.into_single_descriptors().unwrap();
    branches[usize::from(change) % branches.len()].at_derivation_index(index).unwrap()
}

impl Maker {
    /// A wallet with nothing to spend yet.
    pub fn empty(descriptor: String) -> Self {
        let (input, output) = (Vec::new(), Vec::new());
        let transaction = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output };
        let psbt = Psbt::from_unsigned_tx(transaction).unwrap();
        Self { wallets: vec![("Treasury", descriptor)], network: "testnet", psbt }
    }

    /// Two coins of 0.003 and 0.002; 0.003 for Halden Freight, 0.0019 back; fee 0.0001.
    pub fn usual(descriptor: String) -> Self {
        let mut maker = Self::empty(descriptor.clone());
        maker.spend(&descriptor, 0, 300_000);
        maker.spend(&descriptor, 1, 200_000);
        maker.pay(script_of(PAYEE), 300_000);
        maker.pay_wallet(&descriptor, true, 3, 190_000);
        maker
    }

    /// Adds an input at a receive address, with its whole previous transaction.
    pub fn spend(&mut self, descriptor: &str, index: u32, sat: u64) {
        let place = at(descriptor, false, index);
        let salt = u8::try_from(self.psbt.inputs.len()).unwrap() + 1;
        let previous = previous(place.script_pubkey(), sat, salt);
        let mut input = Input { non_witness_utxo: Some(previous.clone()), ..Input::default() };
        input.update_with_descriptor_unchecked(&place).unwrap();
        if place.desc_type().segwit_version().is_some() {
            input.witness_utxo = Some(previous.output[1].clone());
        }
        let previous_output = OutPoint::new(previous.compute_txid(), 1);
        let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
        self.psbt.unsigned_tx.input.push(TxIn { previous_output, sequence, ..TxIn::default() });
        self.psbt.inputs.push(input);
    }

    /// Adds an output that says nothing of itself.
    pub fn pay(&mut self, script_pubkey: ScriptBuf, sat: u64) {
        self.psbt.unsigned_tx.output.push(TxOut { value: Amount::from_sat(sat), script_pubkey });
        self.psbt.outputs.push(Output::default());
    }

    /// Adds an output to a wallet, with the key origins that say so.
    pub fn pay_wallet(&mut self, descriptor: &str, change: bool, index: u32, sat: u64) {
        let place = at(descriptor, change, index);
        self.pay(place.script_pubkey(), sat);
        let output = self.psbt.outputs.last_mut().unwrap();
        output.update_with_descriptor_unchecked(&place).unwrap();
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The scenario of this request.
    pub fn made(self) -> Made {
        let request = self.psbt.serialize();
        self.made_as(request)
    }

    /// The scenario of these bytes, in this wallet's ceremony.
    pub fn made_as(self, request: Vec<u8>) -> Made {
        let network = self.network;
        let mut ceremony = vec![("ceremony.toml".to_owned(), ceremony_toml(network))];
        if network == "testnet" {
            ceremony.push(("addresses.toml".to_owned(), addresses_toml()));
        }
        for (name, descriptor) in self.wallets {
            let text = format!("version = 1\nname = \"{name}\"\ndescriptor = \"{descriptor}\"\n");
            ceremony.push((format!("wallets/{}.toml", name.to_lowercase()), text));
        }
        Made { file: "request.psbt", request, ceremony, answer: None }
    }
}

fn ceremony_toml(network: &str) -> String {
    format!(
        "version = 1\ntitle = \"Scenario\"\nchain = \"bitcoin\"\nnetwork = \"{network}\"\n\n\
         [approval]\nrecipients = \"any\"\n"
    )
}

fn addresses_toml() -> String {
    format!(
        "version = 1\n\n[[address]]\nlabel = \"Halden Freight AS\"\naddress = \"{PAYEE}\"\n\
         added_by = \"M. Okafor\"\napproved_by = \"J. Lindqvist\"\n"
    )
}

/// A previous transaction that pays to this script as its output 1.
pub fn previous(script: ScriptBuf, sat: u64, salt: u8) -> Transaction {
    let previous_output = OutPoint::new(Txid::from_byte_array([salt; 32]), u32::from(salt));
    let input = vec![TxIn { previous_output, ..TxIn::default() }];
    let other = TxOut { value: Amount::from_sat(777), script_pubkey: script_of(PAYEE) };
    let output = vec![other, TxOut { value: Amount::from_sat(sat), script_pubkey: script }];
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output }
}
