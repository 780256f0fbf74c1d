//! Requests for the tests: checked PSBTs of the public test seed, synthetic or rebuilt from a recorded exchange.

use std::collections::BTreeMap;

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, KeySource, Xpub};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::Secp256k1;
use bitcoin::transaction::Version;
use bitcoin::{
    Address, Amount, CompressedPublicKey, OutPoint, Psbt, PublicKey, ScriptBuf, Sequence, Transaction, TxIn, TxOut,
    Txid, Witness,
};
use protobuf::Message;
use trezor_client::protos::tx_ack::TransactionType;
use trezor_client::protos::tx_ack::transaction_type::TxInputType;
use trezor_client::protos::{GetPublicKey, SignTx, TxAck, TxRequest};
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, ScriptKind, Surroundings, Wallet, decode};
use vitrine_device::sim::{SimOptions, SimulatedTrezor};
use vitrine_device::{Answer, Prompt, Prompter};

use crate::recording::{Exchange, Line};

const NETWORK: Network = Network::Testnet3;
const FINGERPRINT: &str = "5c9e228d";

/// Agrees to everything and remembers what it was asked.
#[derive(Default)]
pub struct Agreeing(pub Vec<Prompt>);

impl Prompter for Agreeing {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        self.0.push(prompt);
        Answer::Continue
    }
}

/// An account of the test seed.
pub struct Account {
    pub kind: ScriptKind,
    pub xpub: Xpub,
}

impl Account {
    pub fn of(kind: ScriptKind) -> Self {
        let options = SimOptions::default();
        let mut device = vitrine_device::sim::trezor(options);
        let xpub = device.account_key(&origin(kind), NETWORK, &mut Agreeing::default()).unwrap();
        Self { kind, xpub }
    }

    pub fn wallet(&self) -> Wallet {
        let key = format!("[{FINGERPRINT}/{}]{}/<0;1>/*", origin(self.kind), self.xpub);
        let descriptor = match self.kind {
            ScriptKind::P2pkh => format!("pkh({key})"),
            ScriptKind::P2shP2wpkh => format!("sh(wpkh({key}))"),
            ScriptKind::P2tr => format!("tr({key})"),
            _ => format!("wpkh({key})"),
        };
        Wallet::parse("Test wallet", &descriptor, NETWORK).unwrap()
    }

    fn key(&self, chain: u32, index: u32) -> (bitcoin::secp256k1::PublicKey, KeySource) {
        let steps = [ChildNumber::Normal { index: chain }, ChildNumber::Normal { index }];
        let key = self.xpub.derive_pub(&Secp256k1::verification_only(), &steps).unwrap().public_key;
        let fingerprint: Fingerprint = FINGERPRINT.parse().unwrap();
        (key, (fingerprint, origin(self.kind).extend(steps)))
    }

    pub fn script(&self, chain: u32, index: u32) -> ScriptBuf {
        let secp = Secp256k1::verification_only();
        let (key, _) = self.key(chain, index);
        let network = NETWORK.to_bitcoin();
        let address = match self.kind {
            ScriptKind::P2pkh => Address::p2pkh(PublicKey::new(key), network),
            ScriptKind::P2shP2wpkh => Address::p2shwpkh(&CompressedPublicKey(key), network),
            ScriptKind::P2tr => Address::p2tr(&secp, key.x_only_public_key().0, None, network),
            _ => Address::p2wpkh(&CompressedPublicKey(key), network),
        };
        address.script_pubkey()
    }
}

fn origin(kind: ScriptKind) -> DerivationPath {
    let purpose = match kind {
        ScriptKind::P2pkh => 44,
        ScriptKind::P2shP2wpkh => 49,
        ScriptKind::P2tr => 86,
        _ => 84,
    };
    format!("{purpose}'/1'/0'").parse().unwrap()
}

/// A transaction to be signed, with all that a request needs beside it.
pub struct Spend {
    pub account: Account,
    pub transaction: Transaction,
    /// For each input: what it spends, and chain and index of the key.
    pub spent: Vec<(TxOut, Option<Transaction>, (u32, u32))>,
    /// For each output that is ours: chain and index.
    pub own_outputs: Vec<Option<(u32, u32)>>,
}

impl Spend {
    /// `count` inputs of 100,000 sat each, 60,000 sat to somebody, the rest but a small fee as change.
    pub fn of(kind: ScriptKind, count: u32) -> Self {
        let account = Account::of(kind);
        let spent: Vec<_> = (0..count).map(|index| previous(&account, index)).collect();
        let total = u64::from(count) * 100_000;
        let fee = 500 + 200 * u64::from(count);
        let output = vec![
            TxOut { value: Amount::from_sat(60_000), script_pubkey: payee() },
            TxOut { value: Amount::from_sat(total - 60_000 - fee), script_pubkey: account.script(1, 7) },
        ];
        let input = spent.iter().map(|(_, previous, _)| txin(previous.as_ref().unwrap().compute_txid(), 1)).collect();
        let transaction = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output };
        Self { account, transaction, spent, own_outputs: vec![None, Some((1, 7))] }
    }

    /// Rebuilds the transaction of a recorded exchange from what was told to the device.
    pub fn recorded(kind: ScriptKind, exchange: &Exchange) -> Self {
        let account = Account::of(kind);
        let told = Told::read(exchange);
        let mut input = Vec::new();
        let mut spent = Vec::new();
        for part in &told.inputs {
            let place = place(&part.address_n);
            let output =
                TxOut { value: Amount::from_sat(part.amount()), script_pubkey: account.script(place.0, place.1) };
            let txin = read_input(part);
            spent.push((output, told.previous.get(&txin.previous_output.txid).cloned(), place));
            input.push(txin);
        }
        let (output, own_outputs) = told.outputs(&account);
        let opening = &told.opening;
        let version = Version(i32::try_from(opening.version()).unwrap());
        let lock_time = LockTime::from_consensus(opening.lock_time());
        let transaction = Transaction { version, lock_time, input, output };
        Self { account, transaction, spent, own_outputs }
    }

    pub fn psbt(&self) -> Psbt {
        let mut psbt = Psbt::from_unsigned_tx(self.transaction.clone()).unwrap();
        for (input, (output, previous, place)) in psbt.inputs.iter_mut().zip(&self.spent) {
            let (key, source) = self.account.key(place.0, place.1);
            input.non_witness_utxo.clone_from(previous);
            if self.account.kind != ScriptKind::P2pkh {
                input.witness_utxo = Some(output.clone());
            }
            match self.account.kind {
                ScriptKind::P2tr => {
                    let internal = key.x_only_public_key().0;
                    input.tap_internal_key = Some(internal);
                    input.tap_key_origins.insert(internal, (vec![], source));
                }
                ScriptKind::P2shP2wpkh => {
                    let program = ScriptBuf::new_p2wpkh(&CompressedPublicKey(key).wpubkey_hash());
                    input.redeem_script = Some(program);
                    input.bip32_derivation.insert(key, source);
                }
                _ => drop(input.bip32_derivation.insert(key, source)),
            }
        }
        self.describe_outputs(&mut psbt);
        psbt
    }

    fn describe_outputs(&self, psbt: &mut Psbt) {
        for (output, place) in psbt.outputs.iter_mut().zip(&self.own_outputs) {
            let Some(place) = place else { continue };
            let (key, source) = self.account.key(place.0, place.1);
            if self.account.kind == ScriptKind::P2tr {
                let internal = key.x_only_public_key().0;
                output.tap_internal_key = Some(internal);
                output.tap_key_origins.insert(internal, (vec![], source));
            } else {
                output.bip32_derivation.insert(key, source);
            }
        }
    }

    pub fn checked(&self) -> CheckedPsbt {
        self.checked_as(&self.psbt())
    }

    /// Another request of the same wallet.
    pub fn checked_as(&self, psbt: &Psbt) -> CheckedPsbt {
        let surroundings = Surroundings {
            network: NETWORK,
            wallets: vec![self.account.wallet()],
            address_book: AddressBook::default(),
        };
        decode(&psbt.serialize()).unwrap().check(&surroundings).unwrap()
    }
}

/// The address all tests pay: 20 counted bytes, nobody's key.
pub fn payee() -> ScriptBuf {
    let program: [u8; 20] = core::array::from_fn(|i| u8::try_from(i + 1).unwrap());
    ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_byte_array(program))
}

fn previous(account: &Account, index: u32) -> (TxOut, Option<Transaction>, (u32, u32)) {
    let output = TxOut { value: Amount::from_sat(100_000), script_pubkey: account.script(0, index) };
    let transaction = Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![txin(Txid::from_byte_array([0x11; 32]), index)],
        output: vec![TxOut { value: Amount::from_sat(5_000), script_pubkey: payee() }, output.clone()],
    };
    (output, Some(transaction), (0, index))
}

fn txin(txid: Txid, vout: u32) -> TxIn {
    TxIn {
        previous_output: OutPoint { txid, vout },
        script_sig: ScriptBuf::new(),
        sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
        witness: Witness::new(),
    }
}

/// What the host of a recorded exchange told the device.
struct Told {
    opening: SignTx,
    inputs: Vec<TxInputType>,
    outputs: Vec<TransactionType>,
    previous: BTreeMap<Txid, Transaction>,
}

impl Told {
    fn read(exchange: &Exchange) -> Self {
        let opening = SignTx::parse_from_bytes(&exchange.lines[0].payload).unwrap();
        let mut told = Self { opening, inputs: vec![], outputs: vec![], previous: BTreeMap::new() };
        let mut streamed: Option<Transaction> = None;
        for pair in exchange.lines.windows(2) {
            let (Some(request), Some(part)) = (question(&pair[0]), answer(&pair[1])) else { continue };
            if request.details.has_tx_hash() {
                let transaction = streamed.get_or_insert_with(empty);
                stream(transaction, &part);
                told.previous.insert(transaction.compute_txid(), transaction.clone());
            } else {
                streamed = None;
                told.take(part);
            }
        }
        told
    }

    /// Parts are asked for again while signing: the first time counts.
    fn take(&mut self, part: TransactionType) {
        if let Some(input) = part.inputs.first() {
            if self.inputs.len() < self.opening.inputs_count() as usize {
                self.inputs.push(input.clone());
            }
        } else if self.outputs.len() < self.opening.outputs_count() as usize {
            self.outputs.push(part);
        }
    }

    fn outputs(&self, account: &Account) -> (Vec<TxOut>, Vec<Option<(u32, u32)>>) {
        let read = |part: &TransactionType| {
            let output = &part.outputs[0];
            let own = (!output.address_n.is_empty()).then(|| place(&output.address_n));
            let script_pubkey = match (own, &output.op_return_data) {
                (Some((chain, index)), _) => account.script(chain, index),
                (None, Some(data)) => {
                    ScriptBuf::new_op_return(bitcoin::script::PushBytesBuf::try_from(data.clone()).unwrap())
                }
                (None, None) => output.address().parse::<Address<_>>().unwrap().assume_checked().script_pubkey(),
            };
            (TxOut { value: Amount::from_sat(output.amount()), script_pubkey }, own)
        };
        self.outputs.iter().map(read).unzip()
    }
}

fn question(line: &Line) -> Option<TxRequest> {
    (line.kind == 21).then(|| TxRequest::parse_from_bytes(&line.payload).unwrap())
}

fn answer(line: &Line) -> Option<TransactionType> {
    (line.kind == 22).then(|| TxAck::parse_from_bytes(&line.payload).unwrap().tx.unwrap())
}

fn empty() -> Transaction {
    Transaction { version: Version::ONE, lock_time: LockTime::ZERO, input: vec![], output: vec![] }
}

fn stream(transaction: &mut Transaction, part: &TransactionType) {
    if let Some(input) = part.inputs.first() {
        let mut read = read_input(input);
        read.script_sig = ScriptBuf::from(input.script_sig().to_vec());
        transaction.input.push(read);
    } else if let Some(output) = part.bin_outputs.first() {
        let script_pubkey = ScriptBuf::from(output.script_pubkey().to_vec());
        transaction.output.push(TxOut { value: Amount::from_sat(output.amount()), script_pubkey });
    } else {
        transaction.version = Version(i32::try_from(part.version()).unwrap());
        transaction.lock_time = LockTime::from_consensus(part.lock_time());
    }
}

fn read_input(part: &TxInputType) -> TxIn {
    let mut hash: [u8; 32] = part.prev_hash().try_into().unwrap();
    hash.reverse();
    TxIn { sequence: Sequence(part.sequence()), ..txin(Txid::from_byte_array(hash), part.prev_index()) }
}

fn place(path: &[u32]) -> (u32, u32) {
    match path {
        [.., chain, index] => (*chain, *index),
        _ => panic!("a path of two steps at least"),
    }
}

/// Asking for an account key that was not recorded: the question as the recordings have it, the simulator's answer.
pub fn simulated_key(kind: ScriptKind) -> Exchange {
    use trezor_client::transport::{ProtoMessage, Transport};
    let question = GetPublicKey {
        address_n: origin(kind).into_iter().map(|step| u32::from(*step)).collect(),
        show_display: Some(false),
        coin_name: Some("Testnet".to_owned()),
        ..Default::default()
    };
    let asked = Line { to_device: true, kind: 11, payload: question.write_to_bytes().unwrap() };
    let mut device = SimulatedTrezor::new(SimOptions::default());
    device.write_message(asked.message()).unwrap();
    let reply: ProtoMessage = device.read_message().unwrap();
    let answered = Line { to_device: false, kind: 12, payload: reply.into_payload() };
    Exchange { name: "account key".to_owned(), lines: vec![asked, answered] }
}
