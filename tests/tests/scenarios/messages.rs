//! Requests that are messages (BIP-322), or look like one.

use vitrine_bitcoin::bitcoin::absolute::LockTime;
use vitrine_bitcoin::bitcoin::hashes::{Hash as _, HashEngine as _, sha256};
use vitrine_bitcoin::bitcoin::psbt::raw;
use vitrine_bitcoin::bitcoin::script::Builder;
use vitrine_bitcoin::bitcoin::transaction::Version;
use vitrine_bitcoin::bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut};

use crate::maker::{Made, Maker, at, wpkh};

const MESSAGE: &[u8] = b"Treasury of Vitrine, audit of November 2026";

/// The transaction that a message becomes, which nobody can ever mine.
fn to_spend(message: &[u8], challenge: ScriptBuf) -> Transaction {
    let tag = sha256::Hash::hash(b"BIP0322-signed-message").to_byte_array();
    let mut engine = sha256::Hash::engine();
    [&tag, &tag, message].into_iter().for_each(|part| engine.input(part));
    let hash = sha256::Hash::from_engine(engine).to_byte_array();
    let script_sig = Builder::new().push_int(0).push_slice(hash).into_script();
    let input = TxIn { previous_output: OutPoint::null(), script_sig, sequence: Sequence::ZERO, ..TxIn::default() };
    let output = vec![TxOut { value: Amount::ZERO, script_pubkey: challenge }];
    Transaction { version: Version(0), lock_time: LockTime::ZERO, input: vec![input], output }
}

/// A request to sign the message with the wallet's first address.
fn to_sign() -> Maker {
    let mut maker = Maker::empty(wpkh());
    maker.spend(&wpkh(), 0, 1);
    let previous = to_spend(MESSAGE, at(&wpkh(), false, 0).script_pubkey());
    let txid = previous.compute_txid();
    maker.psbt.unsigned_tx.version = Version(0);
    let input = &mut maker.psbt.unsigned_tx.input[0];
    (input.previous_output, input.sequence) = (OutPoint::new(txid, 0), Sequence::ZERO);
    maker.psbt.inputs[0].witness_utxo = Some(previous.output[0].clone());
    maker.psbt.inputs[0].non_witness_utxo = Some(previous);
    maker.pay(ScriptBuf::from_bytes(vec![0x6a]), 0);
    maker
}

/// The message is left out: what looks like a payment of nothing signs words that nobody sees.
pub fn hidden() -> Made {
    to_sign().made()
}

/// The message is there, and is shown as what it is.
pub fn shown() -> Made {
    let mut maker = to_sign();
    maker.psbt.unknown.insert(raw::Key { type_value: 9, key: Vec::new() }, MESSAGE.to_vec());
    maker.made()
}

/// The message that is shown is not the one that is signed.
pub fn swapped() -> Made {
    let mut maker = to_sign();
    let other = b"Nothing of importance".to_vec();
    maker.psbt.unknown.insert(raw::Key { type_value: 9, key: Vec::new() }, other);
    maker.made()
}
