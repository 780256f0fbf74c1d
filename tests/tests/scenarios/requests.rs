//! The requests, one per scenario, in the order of `docs/attacks.md`.

use vitrine_bitcoin::bitcoin::absolute::LockTime;
use vitrine_bitcoin::bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::bitcoin::consensus::serialize;
use vitrine_bitcoin::bitcoin::psbt::{PsbtSighashType, raw};
use vitrine_bitcoin::bitcoin::{Amount, ScriptBuf, Sequence, Transaction, VarInt, Witness};

use crate::maker::{Made, Maker, Seed, at, multisig, nested, pkh, secp, taproot, wpkh};
use crate::{joint, messages, names, outputs};

/// A folder and how its request is made.
pub type Scenario = (&'static str, fn() -> Made);

/// All scenarios, in order of their names.
pub const SCENARIOS: &[Scenario] = &[
    ("btc-00-plain-payment", || Maker::usual(wpkh()).made()),
    ("btc-00-taproot-miniscript", outputs::taproot_two_of_three),
    ("btc-01-two-session-fee", || usual(|m| m.psbt.inputs[1].non_witness_utxo = None)),
    ("btc-02-two-amounts", || usual(|m| m.psbt.inputs[0].witness_utxo.as_mut().unwrap().value = Amount::ONE_BTC)),
    ("btc-03-forged-previous-transaction", || usual(forge)),
    ("btc-04-output-number-out-of-range", || usual(|m| m.psbt.unsigned_tx.input[0].previous_output.vout = 2)),
    ("btc-05-fake-change", outputs::fake_change),
    ("btc-06-multisig-other-cosigner", outputs::multisig_other_cosigner),
    ("btc-06-multisig-other-threshold", outputs::multisig_other_threshold),
    ("btc-08-unequal-cosigner-paths", outputs::unequal_paths),
    ("btc-09-change-beyond-gap", outputs::change_beyond_gap),
    ("btc-10-transfer-to-other-wallet", outputs::transfer),
    ("btc-10-wallets-mixed", wallets_mixed),
    ("btc-11-hidden-own-input", || usual(|m| m.psbt.inputs[1].bip32_derivation.clear())),
    ("btc-12-foreign-input-invented-amount", foreign_input),
    ("btc-13-taproot-claimed-amounts", taproot_claimed),
    ("btc-14-sighash-anyone-can-pay", || sighash(0, 0x81)),
    ("btc-14-sighash-none", || sighash(0, 0x02)),
    ("btc-14-sighash-single", || sighash(0, 0x03)),
    ("btc-14-sighash-single-no-output", single_without_output),
    ("btc-15-signature-of-other-type", signature_of_other_type),
    ("btc-16-sighash-unknown", || sighash(0, 0x21)),
    ("btc-17-script-sig-in-unsigned", script_sig_in_unsigned),
    ("btc-18-duplicate-unsigned-transaction", two_transactions),
    ("btc-18-keys-of-version-2", keys_of_version_2),
    ("btc-19-trailing-bytes", || bytes(|b| b.extend([0x70, 0x73]))),
    ("btc-20-witness-in-unsigned", witness_in_unsigned),
    ("btc-21-unknown-field", unknown_field),
    ("btc-22-count-bomb", count_bomb),
    ("btc-22-length-bomb", length_bomb),
    ("btc-23-taproot-fields-of-another", outputs::taproot_fields_of_another),
    ("btc-23-wrong-redeem-script", wrong_redeem_script),
    ("btc-23-wrong-witness-script", wrong_witness_script),
    ("btc-24-outputs-exceed-inputs", || usual(|m| m.psbt.unsigned_tx.output[0].value = Amount::from_sat(600_000))),
    ("btc-24-sum-overflow", sum_overflow),
    ("btc-25-absurd-fee", outputs::absurd_fee),
    ("btc-26-strange-outputs", outputs::strange),
    ("btc-27-several-op-returns", outputs::several_op_returns),
    ("btc-28-address-poisoning", outputs::address_poisoning),
    ("btc-29-duplicate-payee", outputs::duplicate_payee),
    ("btc-29-pays-back-to-an-input", outputs::pays_back_to_an_input),
    ("btc-30-far-lock-time", far_lock_time),
    ("btc-30-long-sequence", long_sequence),
    ("btc-31-replaceable-and-malleable", || Maker::usual(pkh()).made()),
    ("btc-32-other-network", other_network),
    ("btc-33-message-as-payment", messages::hidden),
    ("btc-33-message-shown", messages::shown),
    ("btc-33-message-swapped", messages::swapped),
    ("btc-35-name-expired", names::expired),
    ("btc-35-name-of-another-address", names::other_address),
    ("btc-35-name-proven", names::proven),
    ("btc-35-name-undated", names::undated),
    ("btc-36-forged-global-xpub", forged_global_xpub),
    ("btc-37-lying-fingerprint", lying_fingerprint),
    ("btc-38-wrong-partial-signature", wrong_partial_signature),
    ("btc-43-hostile-text", outputs::hostile_text),
    ("btc-44-legacy-claimed-amount", legacy_claimed),
    ("btc-45-foreign-input-final", foreign_final),
    ("btc-46-musig-nonce-reused", joint::nonce_reused),
];

fn usual(change: fn(&mut Maker)) -> Made {
    Maker::usual(wpkh()).with(change).made()
}

fn bytes(change: fn(&mut Vec<u8>)) -> Made {
    let maker = Maker::usual(wpkh());
    let mut bytes = maker.psbt.serialize();
    change(&mut bytes);
    maker.made_as(bytes)
}

fn forge(maker: &mut Maker) {
    let input = &mut maker.psbt.inputs[0];
    input.non_witness_utxo.as_mut().unwrap().output[1].value = Amount::ONE_BTC;
    input.witness_utxo.as_mut().unwrap().value = Amount::ONE_BTC;
}

fn wallets_mixed() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.wallets.push(("Reserve", taproot()));
    maker.spend(&taproot(), 0, 50_000);
    maker.made()
}

/// Somebody else's coin, whose amount only the request states.
fn foreign_input() -> Made {
    let mut maker = Maker::usual(wpkh());
    let theirs = format!("wpkh({})", Seed::Zoo.key("84h/1h/0h"));
    maker.spend(&theirs, 0, 50_000);
    maker.psbt.inputs[2].non_witness_utxo = None;
    maker.made()
}

fn taproot_claimed() -> Made {
    let mut maker = Maker::usual(taproot());
    maker.psbt.inputs.iter_mut().for_each(|input| input.non_witness_utxo = None);
    maker.made()
}

fn sighash(input: usize, value: u32) -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.psbt.inputs[input].sighash_type = Some(PsbtSighashType::from_u32(value));
    maker.made()
}

fn single_without_output() -> Made {
    let mut maker = Maker::usual(wpkh());
    maker.psbt.unsigned_tx.output.pop();
    maker.psbt.outputs.pop();
    maker.psbt.inputs[1].sighash_type = Some(PsbtSighashType::from_u32(3));
    maker.made()
}

/// One cosigner signed NONE; the type in the request says nothing, which means ALL.
fn signature_of_other_type() -> Made {
    let mut maker = Maker::usual(multisig());
    maker.psbt.inputs[0].sighash_type = Some(PsbtSighashType::from_u32(2));
    sign(&mut maker, Seed::Abandon);
    maker.psbt.inputs[1].partial_sigs.clear();
    maker.psbt.inputs[0].sighash_type = None;
    maker.made()
}

fn sign(maker: &mut Maker, seed: Seed) {
    maker.psbt.sign(&seed.master(), &secp()).unwrap();
}

fn script_sig_in_unsigned() -> Made {
    usual(|m| m.psbt.unsigned_tx.input[0].script_sig = ScriptBuf::from_bytes(vec![0x51]))
}

/// The request with another value of the unsigned transaction, written as the given bytes.
fn with_unsigned(maker: Maker, value: &[u8]) -> Made {
    let (bytes, end) = (maker.psbt.serialize(), end_of_unsigned(&maker.psbt.unsigned_tx));
    let pair = [&[1, 0], serialize(&VarInt::from(value.len())).as_slice(), value].concat();
    maker.made_as([&bytes[..5], pair.as_slice(), &bytes[end..]].concat())
}

/// Where the pair of the unsigned transaction ends: the magic, a key of one byte, its length and the value's.
fn end_of_unsigned(transaction: &Transaction) -> usize {
    let length = serialize(transaction).len();
    5 + 2 + VarInt::from(length).size() + length
}

/// The first transaction pays Halden Freight, the second an attacker; readers differ in which they take.
fn two_transactions() -> Made {
    let maker = Maker::usual(wpkh());
    let (bytes, end) = (maker.psbt.serialize(), end_of_unsigned(&maker.psbt.unsigned_tx));
    let mut other = maker.psbt.unsigned_tx.clone();
    other.output[0].script_pubkey = at(&taproot(), false, 9).script_pubkey();
    let value = serialize(&other);
    let pair = [&[1, 0], serialize(&VarInt::from(value.len())).as_slice(), &value].concat();
    maker.made_as([&bytes[..end], pair.as_slice(), &bytes[end..]].concat())
}

/// Previous transaction id and output number of version 2 (BIP-370), beside those of the unsigned transaction.
fn keys_of_version_2() -> Made {
    usual(|m| {
        let key = |type_value| raw::Key { type_value, key: Vec::new() };
        m.psbt.inputs[0].unknown.insert(key(0x0e), vec![7; 32]);
        m.psbt.inputs[0].unknown.insert(key(0x0f), vec![0; 4]);
    })
}

fn witness_in_unsigned() -> Made {
    let maker = Maker::usual(wpkh());
    let mut transaction = maker.psbt.unsigned_tx.clone();
    transaction.input[0].witness = Witness::from_slice(&[[1u8; 8]]);
    with_unsigned(maker, &serialize(&transaction))
}

fn unknown_field() -> Made {
    usual(|m| {
        let key = raw::Key { type_value: 0xef, key: b"notes".to_vec() };
        m.psbt.inputs[0].unknown.insert(key, vec![0x5e; 96]);
        let key = raw::ProprietaryKey { prefix: b"vendor".to_vec(), subtype: 1, key: vec![7] };
        m.psbt.proprietary.insert(key, vec![0xed; 32]);
    })
}

/// A transaction that claims 2^32 - 1 inputs.
fn count_bomb() -> Made {
    with_unsigned(Maker::usual(wpkh()), &[2, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff])
}

/// A transaction that claims to be two gigabytes long.
fn length_bomb() -> Made {
    bytes(|b| {
        b.truncate(7);
        b.extend([0xfe, 0, 0, 0, 0x80]);
    })
}

fn wrong_redeem_script() -> Made {
    let mut maker = Maker::usual(nested());
    maker.psbt.inputs[0].redeem_script = maker.psbt.inputs[1].redeem_script.clone();
    maker.made()
}

/// The witness script of a two of three that is all the attacker's.
fn wrong_witness_script() -> Made {
    let mut maker = Maker::usual(multisig());
    let [ours, a, b] = ["84h/1h/0h", "84h/1h/1h", "84h/1h/2h"].map(|path| Seed::Zoo.key(path));
    let theirs = at(&format!("wsh(sortedmulti(2,{ours},{a},{b}))"), false, 0);
    maker.psbt.inputs[0].witness_script = theirs.explicit_script().ok();
    maker.made()
}

fn sum_overflow() -> Made {
    usual(|m| m.psbt.unsigned_tx.output.iter_mut().for_each(|o| o.value = Amount::from_sat(u64::MAX)))
}

/// Two years after the coins: everybody believes that the payment is on its way.
fn far_lock_time() -> Made {
    usual(|m| m.psbt.unsigned_tx.lock_time = LockTime::from_consensus(1_858_000_000))
}

fn long_sequence() -> Made {
    usual(|m| {
        m.psbt.unsigned_tx.input[0].sequence = Sequence::from_height(52_560);
        m.psbt.unsigned_tx.input[1].sequence = Sequence::from_512_second_intervals(65_535);
    })
}

/// Coins of the main network, shown in a ceremony for testnet.
fn other_network() -> Made {
    usual(|m| {
        let inputs = m.psbt.inputs.iter_mut().flat_map(|input| input.bip32_derivation.values_mut());
        for (_, path) in inputs {
            let mut steps: Vec<ChildNumber> = path.into_iter().copied().collect();
            steps[1] = ChildNumber::Hardened { index: 0 };
            *path = DerivationPath::from(steps);
        }
    })
}

fn xpub(seed: Seed, path: &str) -> Xpub {
    xpub_of(&seed.account(path))
}

/// The extended key of an account with its origin.
pub fn xpub_of(account: &str) -> Xpub {
    account.split(']').nth(1).unwrap().parse().unwrap()
}

/// The request names a cosigner that the wallet does not have.
fn forged_global_xpub() -> Made {
    let mut maker = Maker::usual(multisig());
    let path = "48h/1h/7h/2h";
    let source = (Seed::Zoo.master().fingerprint(&secp()), path.parse().unwrap());
    maker.psbt.xpub.insert(xpub(Seed::Zoo, path), source);
    maker.made()
}

fn lying_fingerprint() -> Made {
    usual(|m| {
        for (fingerprint, _) in m.psbt.inputs[0].bip32_derivation.values_mut() {
            *fingerprint = Fingerprint::from([0; 4]);
        }
    })
}

/// A cosigner's signature, and then another payee.
fn wrong_partial_signature() -> Made {
    let mut maker = Maker::usual(multisig());
    sign(&mut maker, Seed::Abandon);
    maker.psbt.unsigned_tx.output[0].script_pubkey = at(&wpkh(), false, 77).script_pubkey();
    maker.made()
}

fn legacy_claimed() -> Made {
    let mut maker = Maker::usual(pkh());
    let previous = maker.psbt.inputs[1].non_witness_utxo.take().unwrap();
    maker.psbt.inputs[1].witness_utxo = Some(previous.output[1].clone());
    maker.made()
}

/// An input of others that is finished, with a witness that nobody executed.
fn foreign_final() -> Made {
    let mut maker = Maker::usual(wpkh());
    let theirs = format!("wpkh({})", Seed::Zoo.key("84h/1h/0h"));
    maker.spend(&theirs, 0, 50_000);
    let witness = Witness::from_slice(&[vec![0x30; 71], vec![2; 33]]);
    maker.psbt.inputs[2].final_script_witness = Some(witness);
    maker.made()
}
