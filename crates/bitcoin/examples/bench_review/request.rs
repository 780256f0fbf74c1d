//! The request of the benchmark.

use std::collections::BTreeMap;
use std::str::FromStr;

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use bitcoin::psbt::{Input, Psbt};
use bitcoin::secp256k1::Secp256k1;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness};

use super::Result;

/// The account of the public test seed of SLIP-14.
pub(crate) const DESCRIPTOR: &str = "wpkh([5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg/<0;1>/*)";
const XPUB: &str =
    "tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg";

fn script(change: u32, index: u32) -> Result<(ScriptBuf, bitcoin::secp256k1::PublicKey)> {
    let path = [ChildNumber::from_normal_idx(change)?, ChildNumber::from_normal_idx(index)?];
    let key = Xpub::from_str(XPUB)?.derive_pub(&Secp256k1::verification_only(), &path)?;
    let script = ScriptBuf::new_p2wpkh(&key.to_pub().wpubkey_hash());
    Ok((script, key.public_key))
}

fn path(change: u32, index: u32) -> Result<DerivationPath> {
    Ok(DerivationPath::from_str(&format!("84h/1h/0h/{change}/{index}"))?)
}

/// A request of `count` p2wpkh inputs, each with a previous transaction of about 2 kB, one payee and change; the coins
/// are at the indexes from `first`.
pub(crate) fn request(count: u32, first: u32) -> Result<Vec<u8>> {
    let fingerprint = Fingerprint::from_str("5c9e228d")?;
    let (mut inputs, mut maps) = (Vec::new(), Vec::new());
    for index in first..first + count {
        let (script_pubkey, key) = script(0, index)?;
        let previous = previous(index, script_pubkey);
        inputs.push(unsigned(OutPoint::new(previous.compute_txid(), 1)));
        maps.push(Input {
            witness_utxo: previous.output.get(1).cloned(),
            non_witness_utxo: Some(previous),
            bip32_derivation: BTreeMap::from([(key, (fingerprint, path(0, index)?))]),
            ..Input::default()
        });
    }
    let total = 100_000u64.checked_mul(u64::from(count)).ok_or("too many inputs")?;
    let (change_script, change_key) = script(1, first)?;
    let payee = ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_str("751e76e8199196d454941c45d1b3a323f1433bd6")?);
    let output = vec![
        TxOut { value: Amount::from_sat(total / 2), script_pubkey: payee },
        TxOut { value: Amount::from_sat(total / 2 - 1_000 * u64::from(count)), script_pubkey: change_script },
    ];
    let unsigned = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: inputs, output };
    let mut psbt = Psbt::from_unsigned_tx(unsigned)?;
    psbt.inputs = maps;
    let change = psbt.outputs.last_mut().ok_or("no output")?;
    change.bip32_derivation.insert(change_key, (fingerprint, path(1, first)?));
    Ok(psbt.serialize())
}

fn unsigned(previous_output: OutPoint) -> TxIn {
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence: Sequence::MAX, witness: Witness::new() }
}

/// A transaction with twelve signed-looking inputs and two outputs, the second one ours.
fn previous(index: u32, script_pubkey: ScriptBuf) -> Transaction {
    let mut input = Vec::new();
    for vout in 0..12 {
        let mut from =
            unsigned(OutPoint::new(bitcoin::hashes::Hash::all_zeros(), index.wrapping_mul(12).wrapping_add(vout)));
        from.witness = Witness::from_slice(&[vec![0x30; 71], vec![0x02; 33]]);
        input.push(from);
    }
    let value = Amount::from_sat(100_000);
    let other = TxOut { value, script_pubkey: ScriptBuf::new_p2wpkh(&bitcoin::hashes::Hash::all_zeros()) };
    let output = vec![other, TxOut { value, script_pubkey }];
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output }
}
