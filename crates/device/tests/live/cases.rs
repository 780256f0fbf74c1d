//! What is signed.

use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::opcodes::all::OP_CHECKMULTISIG;
use bitcoin::script::Builder;
use bitcoin::{Amount, OutPoint, Psbt, PublicKey, ScriptBuf, Sequence, TxIn, TxOut, Witness};
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, ScriptKind, Surroundings, Wallet, decode};
use vitrine_device::sim::{Fault, SimOptions, trezor};
use vitrine_ethereum::CheckedRequest;
use vitrine_ethereum::alloy_primitives::U256;

use crate::ethereum::request::{Fee, PATH, SEPOLIA, Transaction, json, message, safe_bundle};
use crate::request::{Agreeing, Spend};

const NETWORK: Network = Network::Testnet3;

pub enum Request {
    Bitcoin(Box<CheckedPsbt>),
    Ethereum(Box<CheckedRequest>),
}

pub struct Case {
    pub name: &'static str,
    pub request: Request,
    /// Signatures that come back.
    pub signatures: usize,
}

pub fn all() -> Vec<Case> {
    let bitcoin = |name, request, signatures| Case { name, request: Request::Bitcoin(Box::new(request)), signatures };
    let ethereum = |name, request| Case { name, request: Request::Ethereum(Box::new(request)), signatures: 1 };
    let base = Transaction::default;
    vec![
        bitcoin("p2pkh", Spend::of(ScriptKind::P2pkh, 2).checked(), 2),
        bitcoin("sh-wpkh", Spend::of(ScriptKind::P2shP2wpkh, 2).checked(), 2),
        bitcoin("wpkh", Spend::of(ScriptKind::P2wpkh, 2).checked(), 2),
        bitcoin("tr", Spend::of(ScriptKind::P2tr, 2).checked(), 2),
        bitcoin("wsh 2-of-3 sorted", multisig(), 1),
        bitcoin("OP_RETURN", data(), 1),
        bitcoin("100 inputs", Spend::of(ScriptKind::P2wpkh, 100).checked(), 100),
        bitcoin("foreign input", beside_a_stranger(), 1),
        ethereum("EIP-155", Transaction { fee: Fee::Legacy(20_000_000_000), ..base() }.checked()),
        ethereum("EIP-1559", base().checked()),
        ethereum("EIP-1559, 3 kB of data", call(vec![0xab; 3000])),
        ethereum("ERC-20 transfer", call(transfer())),
        ethereum("Safe EIP-712", safe_bundle("1.4.1")),
        ethereum("permit", json(PERMIT, SEPOLIA)),
        ethereum("personal_sign", message(b"Hello, Vitrine!", &PATH)),
    ]
}

/// A payment with data beside it.
fn data() -> CheckedPsbt {
    let mut spend = Spend::of(ScriptKind::P2wpkh, 1);
    let script_pubkey = ScriptBuf::new_op_return(b"thirty-two bytes of public data.");
    spend.transaction.output.push(TxOut { value: Amount::ZERO, script_pubkey });
    spend.own_outputs.push(None);
    spend.checked()
}

/// A payment to which somebody else adds a coin.
fn beside_a_stranger() -> CheckedPsbt {
    let spend = Spend::of(ScriptKind::P2wpkh, 1);
    let mut psbt = spend.psbt();
    // The stranger's coin is beside ours, in the transaction that paid us.
    let previous = psbt.inputs[0].non_witness_utxo.clone().unwrap();
    psbt.unsigned_tx.input.push(spends(OutPoint { txid: previous.compute_txid(), vout: 0 }));
    psbt.inputs.push(bitcoin::psbt::Input {
        witness_utxo: Some(previous.output[0].clone()),
        non_witness_utxo: Some(previous),
        ..Default::default()
    });
    spend.checked_as(&psbt)
}

fn spends(previous_output: OutPoint) -> TxIn {
    let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence, witness: Witness::new() }
}

/// A payment of a wallet in which two others have a part.
fn multisig() -> CheckedPsbt {
    let (wallet, paths) = shared_wallet();
    let single = Spend::of(ScriptKind::P2wpkh, 1);
    let mut previous = single.spent[0].1.clone().unwrap();
    previous.output[1].script_pubkey = wallet.script(false, 0).unwrap().script_pubkey().clone();
    let mut transaction = single.transaction;
    transaction.input[0] = spends(OutPoint { txid: previous.compute_txid(), vout: 1 });
    transaction.output[1].script_pubkey = wallet.script(true, 7).unwrap().script_pubkey().clone();
    let mut psbt = Psbt::from_unsigned_tx(transaction).unwrap();
    psbt.inputs[0].witness_utxo = Some(previous.output[1].clone());
    psbt.inputs[0].non_witness_utxo = Some(previous);
    psbt.inputs[0].witness_script = Some(witness_script(&wallet, false, 0));
    psbt.inputs[0].bip32_derivation = derivations(&wallet, &paths, false, 0);
    psbt.outputs[1].witness_script = Some(witness_script(&wallet, true, 7));
    psbt.outputs[1].bip32_derivation = derivations(&wallet, &paths, true, 7);
    let surroundings = Surroundings { network: NETWORK, wallets: vec![wallet], address_book: AddressBook::default() };
    decode(&psbt.serialize()).unwrap().check(&surroundings).unwrap()
}

type Fingerprints = Vec<(bitcoin::bip32::Fingerprint, DerivationPath)>;

/// Two keys of the public seed and one of another.
fn shared_wallet() -> (Wallet, Fingerprints) {
    let key = |fault, account: u32| {
        let mut device = trezor(SimOptions { fault, ..SimOptions::default() });
        let path: DerivationPath = format!("48'/1'/{account}'/2'").parse().unwrap();
        let xpub = device.account_key(&path, NETWORK, &mut Agreeing::default()).unwrap();
        let fingerprint = device.fingerprint(NETWORK, &mut Agreeing::default()).unwrap();
        (format!("[{fingerprint}/{path}]{xpub}/<0;1>/*"), (fingerprint, path))
    };
    let other = Some(Fault::WrongSeed);
    let (keys, paths): (Vec<String>, Fingerprints) = [key(None, 0), key(other, 0), key(other, 1)].into_iter().unzip();
    let descriptor = format!("wsh(sortedmulti(2,{}))", keys.join(","));
    (Wallet::parse("Shared", &descriptor, NETWORK).unwrap(), paths)
}

fn witness_script(wallet: &Wallet, change: bool, index: u32) -> ScriptBuf {
    let script = wallet.script(change, index).unwrap();
    let mut keys: Vec<PublicKey> = script.keys().iter().map(|key| key.public_key()).collect();
    keys.sort_by_key(|key| key.inner.serialize());
    let start = Builder::new().push_int(2);
    let keys = keys.iter().fold(start, Builder::push_key);
    keys.push_int(3).push_opcode(OP_CHECKMULTISIG).into_script()
}

fn derivations(
    wallet: &Wallet,
    origins: &Fingerprints,
    change: bool,
    index: u32,
) -> std::collections::BTreeMap<bitcoin::secp256k1::PublicKey, (bitcoin::bip32::Fingerprint, DerivationPath)> {
    let steps = [ChildNumber::Normal { index: u32::from(change) }, ChildNumber::Normal { index }];
    let script = wallet.script(change, index).unwrap();
    let described = script.keys().iter().zip(origins);
    described.map(|(key, (fingerprint, path))| (key.public_key().inner, (*fingerprint, path.extend(steps)))).collect()
}

fn call(data: Vec<u8>) -> CheckedRequest {
    let token = "0x94a9D9AC8a22534E3FaCa9F4e7F2E2cf85d5E4C8".parse().unwrap();
    Transaction { to: Some(token), value: U256::ZERO, data, ..Transaction::default() }.checked()
}

/// 1.5 million units to the payee.
fn transfer() -> Vec<u8> {
    let mut data = vec![0xa9, 0x05, 0x9c, 0xbb];
    data.extend([0; 12]);
    data.extend([0x8e; 20]);
    data.extend([0; 28]);
    data.extend(1_500_000_u32.to_be_bytes());
    data
}

const PERMIT: &str = r#"{
  "types": {
    "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"},
      {"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"}],
    "Permit": [{"name": "owner", "type": "address"}, {"name": "spender", "type": "address"},
      {"name": "value", "type": "uint256"}, {"name": "nonce", "type": "uint256"},
      {"name": "deadline", "type": "uint256"}]
  },
  "primaryType": "Permit",
  "domain": {"name": "USD Coin", "version": "2", "chainId": 11155111,
    "verifyingContract": "0x94a9D9AC8a22534E3FaCa9F4e7F2E2cf85d5E4C8"},
  "message": {"owner": "0x73d0385F4d8E00C5e6504C6030F47BF6212736A8",
    "spender": "0x8eA7a3fccC211ED48b763b4164884DDbcF3b0A98", "value": "1500000", "nonce": "0", "deadline": "1800000000"}
}"#;
