//! A wallet that signs together (BIP-327): what a device's nonces become in a ceremony, and what its parts do not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;

use vitrine_bitcoin::bitcoin::absolute::LockTime;
use vitrine_bitcoin::bitcoin::bip32::{DerivationPath, Fingerprint, Xpriv, Xpub};
use vitrine_bitcoin::bitcoin::psbt::Input;
use vitrine_bitcoin::bitcoin::secp256k1::{PublicKey, Secp256k1, SecretKey};
use vitrine_bitcoin::bitcoin::transaction::Version;
use vitrine_bitcoin::bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, WPubkeyHash};
use vitrine_bitcoin::bitcoin::{Network as BitcoinNetwork, hashes::Hash as _};
use vitrine_bitcoin::{CheckedPsbt, MusigPart, Network, Returned, ReturnedSignature, Wallet};
use vitrine_ceremony::{Askings, Folder, Memory, Session, SessionError, SignOrder, Stage};
use vitrine_device::{
    Answer, Control, Device, DeviceError, DeviceScreen, Identity, NonceRules, Prompt, Prompter, Registered, TREZOR,
};
use vitrine_ethereum::CheckedRequest;
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};

const ACCOUNT: &str = "87'/1'/0'";

fn master(seed: u8) -> Xpriv {
    Xpriv::new_master(BitcoinNetwork::Testnet, &[seed; 32]).unwrap()
}

fn key(seed: u8) -> String {
    let (secp, path) = (Secp256k1::new(), ACCOUNT.parse::<DerivationPath>().unwrap());
    let xpub = Xpub::from_priv(&secp, &master(seed).derive_priv(&secp, &path).unwrap());
    format!("[{}/87h/1h/0h]{xpub}", master(seed).fingerprint(&secp))
}

fn descriptor() -> String {
    format!("tr(musig({},{})/<0;1>/*)", key(1), key(2))
}

fn request() -> Vec<u8> {
    let own = Wallet::parse("Together", &descriptor(), Network::Testnet3).unwrap().script(false, 0).unwrap();
    let output = |script_pubkey, sat| TxOut { value: Amount::from_sat(sat), script_pubkey };
    let transaction = |previous_output: OutPoint, output| Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn { previous_output, sequence: Sequence::ENABLE_RBF_NO_LOCKTIME, ..TxIn::default() }],
        output: vec![output],
    };
    let previous = transaction(OutPoint { vout: 1, ..OutPoint::null() }, output(own.script_pubkey(), 100_000));
    let payee = ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array([7; 20]));
    let spend = transaction(OutPoint::new(previous.compute_txid(), 0), output(payee, 99_000));
    let mut psbt = Psbt::from_unsigned_tx(spend).unwrap();
    let mut input = Input { witness_utxo: Some(previous.output[0].clone()), ..Input::default() };
    for key in own.keys() {
        let source = (key.fingerprint(), key.path().clone());
        input.tap_key_origins.insert(key.public_key().inner.x_only_public_key().0, (Vec::new(), source));
    }
    input.non_witness_utxo = Some(previous);
    psbt.inputs[0] = input;
    psbt.serialize()
}

/// Gives a nonce for the key of one participant; after that a part of a signature that is none.
struct Participant {
    seed: u8,
    asked: usize,
}

fn no<T>() -> Result<T, DeviceError> {
    Err(DeviceError::Unsupported { what: "that".to_owned() })
}

impl Participant {
    fn of(seed: u8) -> Self {
        Self { seed, asked: 0 }
    }

    fn nonce(&self) -> Vec<u8> {
        let point = |half| SecretKey::from_slice(&[half; 32]).unwrap().public_key(&Secp256k1::new()).serialize();
        [point(2 * self.seed), point(2 * self.seed + 1)].concat()
    }
}

impl Device for Participant {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        let empty = String::new;
        Ok(Identity { vendor: "none", model: empty(), label: empty(), firmware: empty(), app: None, id: empty() })
    }

    fn account_key(&mut self, _: &DerivationPath, _: Network, _: &mut dyn Prompter) -> Result<Xpub, DeviceError> {
        no()
    }

    fn fingerprint(&mut self, _: Network, _: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        Ok(master(self.seed).fingerprint(&Secp256k1::new()))
    }

    fn show_address(&mut self, _: &Wallet, _: bool, _: u32, _: &mut dyn Prompter) -> Result<String, DeviceError> {
        no()
    }

    fn register_wallet(&mut self, _: &Wallet, _: &mut dyn Prompter) -> Result<Registered, DeviceError> {
        no()
    }

    fn predicted_screens(&self, _: &CheckedPsbt) -> Vec<DeviceScreen> {
        Vec::new()
    }

    /// All of them deterministic: a device that would be asked twice.
    fn nonces(&self) -> &'static NonceRules {
        &TREZOR
    }

    fn sign_bitcoin(&mut self, _: &CheckedPsbt, _: &mut dyn Prompter) -> Result<Vec<ReturnedSignature>, DeviceError> {
        no()
    }

    fn sign_bitcoin_round(&mut self, psbt: &CheckedPsbt, _: &mut dyn Prompter) -> Result<Vec<Returned>, DeviceError> {
        self.asked += 1;
        let input = &psbt.inputs()[0];
        let fingerprint = master(self.seed).fingerprint(&Secp256k1::new());
        let own = input.own().unwrap().keys().iter().find(|key| key.fingerprint() == fingerprint).unwrap();
        let participant: PublicKey = own.public_key().inner;
        let joint = input.musig_keys().next().unwrap();
        let part = |bytes| MusigPart { input: 0, participant, aggregate: joint.aggregate(), leaf: joint.leaf(), bytes };
        Ok(vec![match joint.nonce(&participant) {
            None => Returned::MusigNonce(part(self.nonce())),
            Some(_) => Returned::MusigPartial(part(vec![1; 32])),
        }])
    }

    fn ethereum_address(&mut self, _: &[u32], _: u64, _: bool, _: &mut dyn Prompter) -> Result<Address, DeviceError> {
        no()
    }

    fn predicted_ethereum_screens(&self, _: &CheckedRequest) -> Vec<DeviceScreen> {
        Vec::new()
    }

    fn sign_ethereum(
        &mut self,
        _: &CheckedRequest,
        _: &mut dyn Prompter,
    ) -> Result<vitrine_ethereum::ReturnedSignature, DeviceError> {
        no()
    }

    fn control(&self) -> Control {
        Control::default()
    }
}

struct Yes;

impl Prompter for Yes {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

/// A session whose request is approved, in a folder that has devices asked twice.
fn approved(psbt: &[u8]) -> (Session, SignOrder) {
    let ceremony =
        "version = 1\ntitle = \"t\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n[approval]\nsign_twice = true\n";
    let wallet = format!("version = 1\nname = \"Together\"\ndescriptor = \"{}\"\n", descriptor());
    let files = [("ceremony.toml", ceremony.to_owned()), ("wallets/together.toml", wallet)];
    let files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect();
    let mut session = Session::open(Some(Folder::parse(&files).unwrap()), None, None, 1).unwrap();
    let transport = Transport::Ur { ur_type: UrType::CryptoPsbt };
    session.receive(&Payload { kind: PayloadKind::Psbt, transport, bytes: psbt.to_vec() }, 2).unwrap();
    assert_eq!(session.stage(), Stage::Reviewed, "{:?}", session.refusals());
    let digest = session.review().unwrap().digest();
    session.reviewed_elsewhere(digest).unwrap();
    for caution in session.cautions() {
        session.acknowledge(caution, 3).unwrap();
    }
    let order = session.approve(digest, 4).unwrap();
    (session, order)
}

/// The PSBT with the nonce of this participant.
fn with_nonce(psbt: &[u8], seed: u8) -> Vec<u8> {
    let (mut session, order) = approved(psbt);
    let mut device = Participant::of(seed);
    assert_eq!(order.askings(&device), Askings::Once, "a nonce that is asked for again is another one");
    let returned = order.sign(&mut device, &mut Yes);
    let signed = session.signed(returned, 5).unwrap();
    assert_eq!((device.asked, signed.what()), (1, "PSBT with nonces, not signed yet"));
    assert_eq!(signed.files()[0].0, "nonces.psbt");
    assert_eq!(signed.transaction(), None);
    assert!(signed.checks().iter().any(|check| check.starts_with("nothing is signed yet")), "{:?}", signed.checks());
    assert!(signed.not_checked().unwrap().contains("in MuSig2 they are random"));
    let bytes = signed.payload().bytes.clone();
    let last = session.record().entries().last().unwrap();
    assert!(last.kind == "Nonces" && last.what.contains("nothing is signed yet"), "{}", last.what);
    // Later ceremonies are not told of a signature that there is none of.
    let mut memory = Memory::default();
    memory.add(session.record()).unwrap();
    assert!(memory.is_empty());
    bytes
}

#[test]
fn nonces_leave_as_nonces_and_a_wrong_part_of_a_signature_does_not_leave_at_all() {
    let both = with_nonce(&with_nonce(&request(), 1), 2);
    let (mut session, order) = approved(&both);
    let mut device = Participant::of(1);
    let returned = order.sign(&mut device, &mut Yes);
    let error = session.signed(returned, 5).unwrap_err();
    assert!(matches!(&error, SessionError::Verification(_)), "{error}");
    assert_eq!((device.asked, session.stage()), (1, Stage::Refused));
    assert_eq!(session.record().entries().last().unwrap().kind, "Not verified");
}
