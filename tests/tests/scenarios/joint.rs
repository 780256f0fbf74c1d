//! A wallet whose keys are aggregated (BIP-327, BIP-390), and the nonces of its participants (BIP-373).

use vitrine_bitcoin::bitcoin::key::TapTweak as _;
use vitrine_bitcoin::bitcoin::psbt::{Input, raw};
use vitrine_bitcoin::bitcoin::secp256k1::{PublicKey, SecretKey};
use vitrine_bitcoin::bitcoin::{OutPoint, Sequence, TxIn};
use vitrine_bitcoin::{Network, OwnScript, Wallet};

use crate::maker::{Made, Maker, PAYEE, Seed, previous, script_of, secp};

const SEEDS: [Seed; 3] = [Seed::All, Seed::Abandon, Seed::Zoo];
const PATH: &str = "87h/1h/0h";

fn descriptor() -> String {
    format!("tr(musig({})/<0;1>/*)", SEEDS.map(|seed| seed.account(PATH)).join(","))
}

fn own(change: bool, index: u32) -> OwnScript {
    Wallet::parse("Treasury", &descriptor(), Network::Testnet3).unwrap().script(change, index).unwrap()
}

/// Adds a coin of the wallet with the key origins that say so; returns the key that signs.
fn spend(maker: &mut Maker, index: u32, sat: u64) -> PublicKey {
    let own = own(false, index);
    let previous = previous(own.script_pubkey(), sat, u8::try_from(index).unwrap() + 1);
    let mut input = Input { non_witness_utxo: Some(previous.clone()), ..Input::default() };
    input.witness_utxo = Some(previous.output[1].clone());
    for key in own.keys() {
        let source = (key.fingerprint(), key.path().clone());
        input.tap_key_origins.insert(key.public_key().inner.x_only_public_key().0, (Vec::new(), source));
    }
    let aggregate = own.keys().iter().find(|key| key.is_aggregate()).unwrap().public_key().inner;
    let internal = aggregate.x_only_public_key().0;
    input.tap_internal_key = Some(internal);
    let (output, parity) = internal.tap_tweak(&secp(), None);
    let previous_output = OutPoint::new(previous.compute_txid(), 1);
    let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
    maker.psbt.unsigned_tx.input.push(TxIn { previous_output, sequence, ..TxIn::default() });
    maker.psbt.inputs.push(input);
    output.to_x_only_public_key().public_key(parity)
}

fn participants() -> Vec<PublicKey> {
    let accounts = SEEDS.map(|seed| seed.account(PATH));
    accounts.iter().map(|account| crate::requests::xpub_of(account).public_key).collect()
}

fn nonce(salt: u8) -> Vec<u8> {
    let point = |secret: u8| SecretKey::from_slice(&[secret; 32]).unwrap().public_key(&secp()).serialize();
    [point(2 * salt + 1), point(2 * salt + 2)].concat()
}

/// All nonces are there for two coins, and one participant's is the same for both.
pub fn nonce_reused() -> Made {
    let mut maker = Maker::empty(descriptor());
    let keys = [spend(&mut maker, 0, 300_000), spend(&mut maker, 1, 200_000)];
    maker.pay(script_of(PAYEE), 300_000);
    maker.pay(own(true, 3).script_pubkey(), 190_000);
    for (n, key) in keys.iter().enumerate() {
        for (m, participant) in participants().iter().enumerate() {
            let salt = if m == 1 { m } else { 3 * n + m };
            let key = [participant.serialize(), key.serialize()].concat();
            let field = raw::Key { type_value: 0x1b, key };
            maker.psbt.inputs[n].unknown.insert(field, nonce(u8::try_from(salt).unwrap()));
        }
    }
    maker.made()
}
