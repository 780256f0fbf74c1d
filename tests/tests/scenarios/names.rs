//! Requests that name the payee, with proofs that were published (BIP-353); these are of mainnet.

use vitrine_bitcoin::bitcoin::NetworkKind;
use vitrine_bitcoin::bitcoin::bip32::{DerivationPath, Xpub};
use vitrine_bitcoin::bitcoin::psbt::raw;

use crate::maker::{Made, Maker, Seed, script_of, secp};

/// The first published value: `simple@dnssec_proof_tests.bitcoin.ninja`, and its address.
const VECTORS: &str = include_str!("../../../crates/bitcoin/tests/vectors/bip353.tsv");
const PAYEE: &str = "bc1qztwy6xen3zdtt7z0vrgapmjtfz8acjkfp5fp7l";
const OTHER: &str = "bc1qyyq734dcnhhcwyw8yjxswxg4p7k9nxu0qt84qz";

fn published() -> Vec<u8> {
    let row = VECTORS.lines().find(|line| line.starts_with("valid")).unwrap();
    data_encoding::HEXLOWER.decode(row.rsplit('\t').next().unwrap().as_bytes()).unwrap()
}

/// `wpkh()` of the public seed on the main network.
fn wpkh() -> String {
    let mut master = Seed::All.master();
    master.network = NetworkKind::Main;
    let path: DerivationPath = "84h/0h/0h".parse().unwrap();
    let account = Xpub::from_priv(&secp(), &master.derive_priv(&secp(), &path).unwrap());
    format!("wpkh([{}/{path}]{account}/<0;1>/*)", master.fingerprint(&secp()))
}

/// 0.002 to an address, said to be that of the name; the ceremony states this time.
fn named(address: &str, time: Option<&str>) -> Made {
    let mut maker = Maker::empty(wpkh());
    maker.network = "mainnet";
    maker.spend(&wpkh(), 0, 300_000);
    maker.pay(script_of(address), 200_000);
    let key = raw::Key { type_value: 0x35, key: Vec::new() };
    maker.psbt.outputs[0].unknown.insert(key, published());
    maker.pay_wallet(&wpkh(), true, 0, 90_000);
    let mut made = maker.made();
    if let Some(time) = time {
        made.ceremony[0].1.push_str(&format!("\n[stated]\ntime = {time}\n"));
    }
    made
}

pub fn proven() -> Made {
    named(PAYEE, Some("2025-08-07T12:00:00Z"))
}

pub fn undated() -> Made {
    named(PAYEE, None)
}

pub fn expired() -> Made {
    named(PAYEE, Some("2026-11-21T12:00:00Z"))
}

pub fn other_address() -> Made {
    named(OTHER, Some("2025-08-07T12:00:00Z"))
}
