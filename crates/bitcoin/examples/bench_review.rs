//! Time to decode and review a PSBT with 2 and 250 inputs, beside the floor: the `bitcoin` crate's bare deserialize
//! plus deriving each own script once.
//!
//! `cargo run --release -p vitrine-bitcoin --example bench_review`

use std::collections::BTreeMap;
use std::error::Error;
use std::str::FromStr;
use std::time::{Duration, Instant};

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use bitcoin::psbt::{Input, Psbt};
use bitcoin::secp256k1::Secp256k1;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness};
use miniscript::{Descriptor, DescriptorPublicKey};
use vitrine_bitcoin::{AddressBook, Network, Surroundings, Wallet};
use vitrine_review::Context;

const DESCRIPTOR: &str = "wpkh([5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg/<0;1>/*)";
const XPUB: &str =
    "tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg";
const RUNS: usize = 15;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("inputs      bytes   review ms    floor ms   ratio");
    let mut medians = Vec::new();
    for inputs in [2, 250, 1000] {
        let bytes = request(inputs)?;
        let review = median(|| review(&bytes))?;
        let floor = median(|| floor(&bytes, inputs))?;
        println!(
            "{inputs:>6} {:>10} {:>11.2} {:>11.2} {:>7.2}",
            bytes.len(),
            review.as_secs_f64() * 1e3,
            floor.as_secs_f64() * 1e3,
            review.as_secs_f64() / floor.as_secs_f64()
        );
        medians.push(review);
    }
    if let [_, small, large] = medians.as_slice() {
        println!("250 to 1000 inputs: {:.2} times the time", large.as_secs_f64() / small.as_secs_f64());
    }
    Ok(())
}

fn median(mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed());
    }
    times.sort();
    times.get(RUNS / 2).copied().ok_or_else(|| "no runs".into())
}

fn review(bytes: &[u8]) -> Result<()> {
    let network = Network::Testnet3;
    let wallets = vec![Wallet::parse("Treasury", DESCRIPTOR, network)?];
    let surroundings = Surroundings { network, wallets, address_book: AddressBook::new(Vec::new(), network)? };
    let review = vitrine_bitcoin::decode(bytes)?.check(&surroundings)?.review(&Context::default());
    std::hint::black_box(review);
    Ok(())
}

fn floor(bytes: &[u8], inputs: u32) -> Result<()> {
    let psbt = Psbt::deserialize(bytes)?;
    let descriptors = Descriptor::<DescriptorPublicKey>::from_str(DESCRIPTOR)?.into_single_descriptors()?;
    let (receive, change) = (descriptors.first().ok_or("no path")?, descriptors.last().ok_or("no path")?);
    for index in 0..inputs {
        std::hint::black_box(receive.at_derivation_index(index)?.script_pubkey());
    }
    std::hint::black_box((change.at_derivation_index(0)?.script_pubkey(), psbt));
    Ok(())
}

fn script(change: u32, index: u32) -> Result<(ScriptBuf, bitcoin::secp256k1::PublicKey)> {
    let path = [ChildNumber::from_normal_idx(change)?, ChildNumber::from_normal_idx(index)?];
    let key = Xpub::from_str(XPUB)?.derive_pub(&Secp256k1::verification_only(), &path)?;
    let script = ScriptBuf::new_p2wpkh(&key.to_pub().wpubkey_hash());
    Ok((script, key.public_key))
}

fn path(change: u32, index: u32) -> Result<DerivationPath> {
    Ok(DerivationPath::from_str(&format!("84h/1h/0h/{change}/{index}"))?)
}

/// A request of `count` p2wpkh inputs, each with a previous transaction of about 2 kB, one payee and change.
fn request(count: u32) -> Result<Vec<u8>> {
    let fingerprint = Fingerprint::from_str("5c9e228d")?;
    let (mut inputs, mut maps) = (Vec::new(), Vec::new());
    for index in 0..count {
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
    let (change_script, change_key) = script(1, 0)?;
    let payee = ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_str("751e76e8199196d454941c45d1b3a323f1433bd6")?);
    let output = vec![
        TxOut { value: Amount::from_sat(total / 2), script_pubkey: payee },
        TxOut { value: Amount::from_sat(total / 2 - 1_000 * u64::from(count)), script_pubkey: change_script },
    ];
    let unsigned = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: inputs, output };
    let mut psbt = Psbt::from_unsigned_tx(unsigned)?;
    psbt.inputs = maps;
    let change = psbt.outputs.last_mut().ok_or("no output")?;
    change.bip32_derivation.insert(change_key, (fingerprint, path(1, 0)?));
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
