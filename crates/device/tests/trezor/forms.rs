//! One request of each form that is signed, of the public test seeds, each with a payee and change.
//!
//! The device with the seed of SLIP-14 can sign each of them; of the multisig wallets two of three must.

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{DerivationPath, Xpriv, Xpub};
use bitcoin::hashes::Hash;
use bitcoin::opcodes::all::OP_CHECKMULTISIG;
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::secp256k1::Secp256k1;
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, NetworkKind, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness, psbt,
};
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, OwnScript, ScriptKind, Surroundings, Wallet, decode};
use vitrine_device::sim::{SimOptions, TestSeed, trezor};

use crate::request::{Account, Agreeing, payee};

const NETWORK: Network = Network::Testnet3;

/// Every input is worth this, in satoshi.
pub const COIN_SAT: u64 = 100_000;

/// A request by the name that the matrix in `docs/devices.md` has for it.
pub struct Form {
    pub name: &'static str,
    pub wallet: Wallet,
    pub draft: Draft,
}

impl Form {
    fn of(name: &'static str, wallet: Wallet, inputs: u32) -> Self {
        let fee_sat = 500 + 300 * u64::from(inputs);
        let change_sat = COIN_SAT * u64::from(inputs) - 60_000 - fee_sat;
        let draft = (0..inputs).fold(Draft::default(), |draft, index| draft.spend(&wallet, index));
        let draft = draft.pay(60_000).change(&wallet, 7, change_sat);
        Self { name, wallet, draft }
    }

    pub fn request(&self) -> CheckedPsbt {
        self.draft.checked(&[&self.wallet])
    }
}

/// Each form once; the inputs of others are in [`joint`].
pub fn every_form() -> Vec<Form> {
    let single = |kind| Account::of(kind).wallet();
    let mut with_data = Form::of("OP_RETURN", single(ScriptKind::P2wpkh), 1);
    with_data.draft = with_data.draft.data(b"hello");
    vec![
        Form::of("p2pkh", single(ScriptKind::P2pkh), 2),
        Form::of("sh-wpkh", single(ScriptKind::P2shP2wpkh), 2),
        Form::of("wpkh", single(ScriptKind::P2wpkh), 2),
        Form::of("tr", single(ScriptKind::P2tr), 2),
        Form::of("wsh 2-of-3 sorted", multisig(ScriptKind::P2wsh, "sortedmulti"), 2),
        Form::of("wsh 2-of-3", multisig(ScriptKind::P2wsh, "multi"), 2),
        Form::of("sh-wsh 2-of-3 sorted", multisig(ScriptKind::P2shP2wsh, "sortedmulti"), 2),
        Form::of("sh-wsh 2-of-3", multisig(ScriptKind::P2shP2wsh, "multi"), 2),
        Form::of("sh 2-of-3 sorted", multisig(ScriptKind::P2sh, "sortedmulti"), 2),
        Form::of("sh 2-of-3", multisig(ScriptKind::P2sh, "multi"), 2),
        with_data,
    ]
}

/// A request, and what a device has to be for it.
pub struct Case {
    pub name: String,
    pub request: CheckedPsbt,
    /// Whether its safety checks must be set to prompt.
    pub prompting: bool,
    /// Whether the first model takes it.
    pub on_one: bool,
}

/// Every form, and everything else that a device shows something about, but for a hundred inputs.
pub fn every_case() -> Vec<Case> {
    let case = |name: &str, request| Case { name: name.to_owned(), request, prompting: false, on_one: true };
    let mut cases: Vec<Case> = every_form().iter().map(|form| case(form.name, form.request())).collect();
    let mut locked = every_form().remove(4);
    for (name, lock_time) in [("wsh with height", 921_344), ("wsh with time", 1_800_000_000)] {
        locked.draft.lock_time = lock_time;
        cases.push(case(name, locked.request()));
    }
    let [wallet, taproot, legacy] =
        [ScriptKind::P2wpkh, ScriptKind::P2tr, ScriptKind::P2pkh].map(|kind| single_of(TestSeed::Slip14, kind));
    for data in every_data() {
        let draft = Draft::default().spend(&wallet, 0).data(&data).change(&wallet, 7, 99_000);
        cases.push(case(&format!("data {}", data.len()), draft.checked(&[&wallet])));
    }
    for (name, other) in [("two accounts", taproot), ("segwit and legacy", legacy)] {
        let draft = Draft::default().spend(&wallet, 0).spend(&other, 0).pay(120_000).change(&wallet, 7, 79_000);
        cases.push(case(name, draft.checked(&[&wallet, &other])));
    }
    let mut generous = Draft::default().spend(&wallet, 0).pay(60_000);
    generous.more_sat = 1_100_001 - 40_000;
    cases.push(case("high fee", generous.checked(&[&wallet])));
    let scattered = (7..10)
        .fold(Draft::default().spend(&wallet, 0).pay(10_000), |draft, index| draft.change(&wallet, index, 20_000));
    cases.push(case("three change outputs", scattered.checked(&[&wallet])));
    for own in [ScriptKind::P2wpkh, ScriptKind::P2pkh, ScriptKind::P2tr] {
        let signed = crate::foreign::signed_by_other(joint(own, ScriptKind::P2wpkh)).request();
        cases.push(Case { on_one: false, ..case(&format!("signed foreign, own {own:?}"), signed) });
        let unsigned = joint(own, ScriptKind::P2wpkh).request();
        cases.push(Case { prompting: true, ..case(&format!("foreign, own {own:?}"), unsigned) });
    }
    cases
}

/// Text and bytes, short and long, and what begins like an Omni transaction.
fn every_data() -> Vec<Vec<u8>> {
    let omni = [b"omni\0\0\0\0\0\0\0\x1f".as_slice(), &150_000_000_u64.to_be_bytes()].concat();
    let text = b"thirty-two bytes of public data.".to_vec();
    vec![text, vec![0xab; 40], vec![b'x'; 100], b"omni\0\0\0\x32".to_vec(), vec![], omni]
}

/// A hundred inputs of one wallet.
pub fn hundred_inputs() -> Form {
    Form::of("100 inputs", Account::of(ScriptKind::P2wpkh).wallet(), 100)
}

/// The forms in which two of three sign.
pub fn every_multisig() -> Vec<Form> {
    every_form().into_iter().filter(|form| form.wallet.multisig().is_some()).collect()
}

/// A transaction of two owners: input 0 is of the device's wallet, input 1 of the other's.
pub struct Joint {
    pub own: Wallet,
    pub other: Wallet,
    pub draft: Draft,
}

/// Of the seed of SLIP-14 in this form, and of BIP-39's seed in that one.
pub fn joint(own: ScriptKind, other: ScriptKind) -> Joint {
    let (own, other) = (Account::of(own).wallet(), single_of(TestSeed::Bip39, other));
    let draft = Draft::default().spend(&own, 0).spend(&other, 0).pay(120_000).change(&own, 7, 79_000);
    Joint { own, other, draft }
}

impl Joint {
    pub fn request(&self) -> CheckedPsbt {
        self.draft.checked(&[&self.own])
    }

    /// The same as the owner of the other input sees it.
    pub fn request_of_other(&self) -> CheckedPsbt {
        self.draft.checked(&[&self.other])
    }
}

/// A wallet with one key of this seed.
pub fn single_of(seed: TestSeed, kind: ScriptKind) -> Wallet {
    let (purpose, open, close) = match kind {
        ScriptKind::P2pkh => (44, "pkh(", ")"),
        ScriptKind::P2shP2wpkh => (49, "sh(wpkh(", "))"),
        ScriptKind::P2tr => (86, "tr(", ")"),
        _ => (84, "wpkh(", ")"),
    };
    let key = account_key(seed, &format!("{purpose}'/1'/0'"));
    Wallet::parse("Single key", &format!("{open}{key}{close}"), NETWORK).unwrap()
}

/// Two of three: the seed of SLIP-14, BIP-39's, and somebody without a device; their paths are BIP-48's.
pub fn multisig(kind: ScriptKind, word: &str) -> Wallet {
    let (script, open, close) = match kind {
        ScriptKind::P2sh => (0, "sh(", ")"),
        ScriptKind::P2shP2wsh => (1, "sh(wsh(", "))"),
        _ => (2, "wsh(", ")"),
    };
    let path = format!("48'/1'/0'/{script}'");
    let keys = [stranger(&path), account_key(TestSeed::Bip39, &path), account_key(TestSeed::Slip14, &path)];
    let descriptor = format!("{open}{word}(2,{}){close}", keys.join(","));
    Wallet::parse("Two of three", &descriptor, NETWORK).unwrap()
}

/// A key expression of a simulated device.
pub fn account_key(seed: TestSeed, path: &str) -> String {
    let mut device = trezor(SimOptions { seed, ..SimOptions::default() });
    let mut person = Agreeing::default();
    let fingerprint = device.fingerprint(NETWORK, &mut person).unwrap();
    let xpub = device.account_key(&path.parse().unwrap(), NETWORK, &mut person).unwrap();
    format!("[{fingerprint}/{path}]{xpub}/<0;1>/*")
}

/// A key expression of somebody whose seed is in no device.
pub fn stranger(path: &str) -> String {
    let secp = Secp256k1::new();
    let root = Xpriv::new_master(NetworkKind::Test, &[0x33; 32]).unwrap();
    let path: DerivationPath = path.parse().unwrap();
    let xpub = Xpub::from_priv(&secp, &root.derive_priv(&secp, &path).unwrap());
    format!("[{}/{path}]{xpub}/<0;1>/*", root.fingerprint(&secp))
}

/// A transaction in the making.
#[derive(Clone, Default)]
pub struct Draft {
    inputs: Vec<Place>,
    outputs: Vec<(TxOut, Option<Place>)>,
    pub lock_time: u32,
    /// What every coin is worth beyond [`COIN_SAT`].
    pub more_sat: u64,
    /// For inputs by number: script signature and witness that they carry already.
    pub finished: Vec<(usize, ScriptBuf, Witness)>,
}

/// A place of a wallet, and the script behind the hash if it is a multisig.
#[derive(Clone)]
struct Place {
    own: OwnScript,
    inner: Option<ScriptBuf>,
}

impl Place {
    fn of(wallet: &Wallet, change: bool, index: u32) -> Self {
        let own = wallet.script(change, index).unwrap();
        let inner = wallet.multisig().map(|multisig| {
            let mut keys: Vec<_> = own.keys().iter().map(|key| key.public_key()).collect();
            if multisig.is_sorted() {
                keys.sort_by_key(|key| key.to_bytes());
            }
            let number = |count: usize| i64::try_from(count).unwrap();
            let script = Builder::new().push_int(number(multisig.threshold()));
            let script = keys.iter().fold(script, |script, key| script.push_key(key));
            script.push_int(number(keys.len())).push_opcode(OP_CHECKMULTISIG).into_script()
        });
        Self { own, inner }
    }

    fn previous(&self, number: usize, sat: u64) -> Transaction {
        let vout = u32::try_from(number).unwrap();
        let output = |sat, script_pubkey| TxOut { value: Amount::from_sat(sat), script_pubkey };
        Transaction {
            version: Version::TWO,
            lock_time: LockTime::ZERO,
            input: vec![txin(OutPoint { txid: Txid::from_byte_array([0x11; 32]), vout })],
            output: vec![output(5_000, payee()), output(sat, self.own.script_pubkey())],
        }
    }

    fn describe(&self, input: &mut psbt::Input) {
        let (redeem, witness) = self.scripts();
        (input.redeem_script, input.witness_script) = (redeem, witness);
        for key in self.own.keys() {
            let (public_key, source) = (key.public_key().inner, (key.fingerprint(), key.path().clone()));
            if self.own.kind() == ScriptKind::P2tr {
                let internal = public_key.x_only_public_key().0;
                input.tap_internal_key = Some(internal);
                input.tap_key_origins.insert(internal, (vec![], source));
            } else {
                input.bip32_derivation.insert(public_key, source);
            }
        }
    }

    /// Redeem script and witness script.
    fn scripts(&self) -> (Option<ScriptBuf>, Option<ScriptBuf>) {
        match (self.own.kind(), &self.inner) {
            (ScriptKind::P2sh, Some(script)) => (Some(script.clone()), None),
            (ScriptKind::P2shP2wsh, Some(script)) => (Some(script.to_p2wsh()), Some(script.clone())),
            (_, Some(script)) => (None, Some(script.clone())),
            (ScriptKind::P2shP2wpkh, None) => {
                let key = self.own.keys()[0].public_key();
                (Some(ScriptBuf::new_p2wpkh(&key.wpubkey_hash().unwrap())), None)
            }
            _ => (None, None),
        }
    }
}

impl Draft {
    /// Spends a coin at `index` of the wallet's receive path.
    pub fn spend(mut self, wallet: &Wallet, index: u32) -> Self {
        self.inputs.push(Place::of(wallet, false, index));
        self
    }

    pub fn pay(mut self, sat: u64) -> Self {
        self.outputs.push((TxOut { value: Amount::from_sat(sat), script_pubkey: payee() }, None));
        self
    }

    pub fn change(mut self, wallet: &Wallet, index: u32, sat: u64) -> Self {
        let place = Place::of(wallet, true, index);
        let script_pubkey = place.own.script_pubkey();
        self.outputs.push((TxOut { value: Amount::from_sat(sat), script_pubkey }, Some(place)));
        self
    }

    pub fn data(mut self, bytes: &[u8]) -> Self {
        let script_pubkey = ScriptBuf::new_op_return(PushBytesBuf::try_from(bytes.to_vec()).unwrap());
        self.outputs.push((TxOut { value: Amount::ZERO, script_pubkey }, None));
        self
    }

    pub fn psbt(&self) -> Psbt {
        let sat = COIN_SAT + self.more_sat;
        let previous: Vec<Transaction> =
            self.inputs.iter().enumerate().map(|(n, place)| place.previous(n, sat)).collect();
        let transaction = Transaction {
            version: Version::TWO,
            lock_time: LockTime::from_consensus(self.lock_time),
            input: previous.iter().map(|tx| txin(OutPoint { txid: tx.compute_txid(), vout: 1 })).collect(),
            output: self.outputs.iter().map(|(output, _)| output.clone()).collect(),
        };
        let mut psbt = Psbt::from_unsigned_tx(transaction).unwrap();
        for ((input, place), previous) in psbt.inputs.iter_mut().zip(&self.inputs).zip(previous) {
            if !matches!(place.own.kind(), ScriptKind::P2pkh | ScriptKind::P2sh) {
                input.witness_utxo = Some(previous.output[1].clone());
            }
            input.non_witness_utxo = Some(previous);
            place.describe(input);
        }
        for (output, (_, place)) in psbt.outputs.iter_mut().zip(&self.outputs) {
            let Some(place) = place else { continue };
            let mut described = psbt::Input::default();
            place.describe(&mut described);
            output.redeem_script = described.redeem_script;
            output.witness_script = described.witness_script;
            output.bip32_derivation = described.bip32_derivation;
            output.tap_internal_key = described.tap_internal_key;
            output.tap_key_origins = described.tap_key_origins;
        }
        for (number, script_sig, witness) in &self.finished {
            let of_input = psbt.inputs.get_mut(*number).unwrap();
            let (previous, utxo) = (of_input.non_witness_utxo.take(), of_input.witness_utxo.take());
            *of_input = psbt::Input {
                non_witness_utxo: previous,
                witness_utxo: utxo,
                final_script_sig: Some(script_sig.clone()).filter(|script| !script.is_empty()),
                final_script_witness: Some(witness.clone()).filter(|witness| !witness.is_empty()),
                ..Default::default()
            };
        }
        psbt
    }

    pub fn checked(&self, wallets: &[&Wallet]) -> CheckedPsbt {
        checked(&self.psbt().serialize(), wallets)
    }
}

/// A request of these wallets.
pub fn checked(bytes: &[u8], wallets: &[&Wallet]) -> CheckedPsbt {
    let wallets = wallets.iter().map(|wallet| (*wallet).clone()).collect();
    let surroundings = Surroundings { network: NETWORK, wallets, address_book: AddressBook::default() };
    decode(bytes).unwrap().check(&surroundings).unwrap()
}

fn txin(previous_output: OutPoint) -> TxIn {
    TxIn { previous_output, sequence: Sequence::ENABLE_RBF_NO_LOCKTIME, ..Default::default() }
}
