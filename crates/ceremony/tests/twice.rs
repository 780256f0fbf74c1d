//! A device that is asked twice: the same signatures, others, and everything that can happen in between.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;

use vitrine_bitcoin::bitcoin::absolute::LockTime;
use vitrine_bitcoin::bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::bitcoin::secp256k1::Secp256k1;
use vitrine_bitcoin::bitcoin::transaction::Version;
use vitrine_bitcoin::bitcoin::{
    Amount, CompressedPublicKey, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut,
};
use vitrine_bitcoin::{CheckedPsbt, Network, ReturnedSignature, ScriptKind, Wallet};
use vitrine_ceremony::{Askings, Folder, NotSigned, Returned, Session, SessionError, Stage};
use vitrine_device::sim::{self, Fault, SimOptions};
use vitrine_device::{
    Answer, BITBOX, Control, Device, DeviceError, DeviceScreen, Identity, LEDGER, NonceRules, Prompt, Prompter,
    Registered,
};
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};

const REQUEST: &[u8] = include_bytes!("../../../assets/demo/request.psbt");
const WALLET: &[u8] = include_bytes!("../../../assets/demo/ceremony/wallets/demo.toml");
const FINGERPRINT: &str = "5c9e228d";

/// Agrees to everything but, if told so, to the second asking; remembers what it was asked.
#[derive(Default)]
struct Person {
    leaves: bool,
    asked: Vec<Prompt>,
}

impl Prompter for Person {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        let leaves = self.leaves && prompt == Prompt::Again;
        self.asked.push(prompt);
        if leaves { Answer::Cancel } else { Answer::Continue }
    }
}

fn folder(rules: &str, wallets: &[(&str, &[u8])]) -> Folder {
    let ceremony =
        format!("version = 1\ntitle = \"t\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n[approval]\n{rules}\n");
    let mut files: BTreeMap<String, Vec<u8>> =
        wallets.iter().map(|(name, toml)| (format!("wallets/{name}.toml"), toml.to_vec())).collect();
    files.insert("ceremony.toml".to_owned(), ceremony.into_bytes());
    Folder::parse(&files).unwrap()
}

const TWICE: &str = "sign_twice = true";

/// A session whose request is approved.
fn approved(folder: Folder, request: &Payload) -> (Session, vitrine_ceremony::SignOrder) {
    let mut session = Session::open(Some(folder), None, None, 1).unwrap();
    session.receive(request, 2).unwrap();
    assert_eq!(session.stage(), Stage::Reviewed, "{:?}", session.refusals());
    let digest = session.review().unwrap().digest();
    session.reviewed_elsewhere(digest).unwrap();
    for caution in session.cautions() {
        session.acknowledge(caution, 3).unwrap();
    }
    let order = session.approve(digest, 4).unwrap();
    (session, order)
}

fn demo(rules: &str) -> (Session, vitrine_ceremony::SignOrder) {
    approved(folder(rules, &[("demo", WALLET)]), &Payload::from_file(REQUEST).unwrap())
}

fn device(fault: Option<Fault>) -> Box<dyn Device> {
    sim::trezor(SimOptions { fault, ..SimOptions::default() })
}

fn sign(order: &vitrine_ceremony::SignOrder, fault: Option<Fault>) -> Result<Returned, NotSigned> {
    order.sign(device(fault).as_mut(), &mut Person::default())
}

const SAME: &str = "asked twice, the device gave the same 3 signatures, byte for byte: the nonces did not vary";

#[test]
fn the_same_signatures_both_times_are_taken_and_the_record_says_so() {
    let (mut session, order) = demo(TWICE);
    let (mut device, mut person) = (device(None), Person::default());
    assert_eq!(order.askings(device.as_ref()), Askings::Twice);
    let returned = order.sign(device.as_mut(), &mut person);
    let signed = session.signed(returned, 5).unwrap();
    assert!(signed.checks().iter().any(|check| check == SAME), "{:?}", signed.checks());
    assert_eq!(signed.not_checked(), None);
    assert!(signed.transaction().is_some());
    let last = session.record().entries().last().unwrap();
    assert!(last.kind == "Signed" && last.what.contains(SAME), "{}", last.what);
    let halves: Vec<&[Prompt]> = person.asked.split(|prompt| *prompt == Prompt::Again).collect();
    assert_eq!(halves.len(), 2, "told once that the device is asked again");
    assert!(!halves[0].is_empty() && halves[0] == halves[1], "the same screens both times");
}

#[test]
fn asked_once_nothing_is_compared_and_nothing_else_is_claimed() {
    let (mut session, order) = demo("");
    let signed = session.signed(sign(&order, None), 5).unwrap();
    let said = "nonces not compared: by the ceremony folder the device is asked once";
    assert_eq!(signed.not_checked(), Some(said));
    assert!(!signed.checks().iter().any(|check| check.contains("nonces")), "{:?}", signed.checks());
    let last = session.record().entries().last().unwrap();
    assert!(last.what.contains(said), "{}", last.what);
    // This is what sign_twice is for: each signature alone is valid.
    let (mut session, order) = demo("");
    assert!(session.signed(sign(&order, Some(Fault::OtherNonce)), 5).is_ok());
}

#[test]
fn other_nonces_the_second_time_are_refused_and_nothing_leaves() {
    let (mut session, order) = demo(TWICE);
    let error = session.signed(sign(&order, Some(Fault::OtherNonce)), 5).unwrap_err();
    assert!(matches!(error, SessionError::OtherNonce { input: Some(0) }), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("two different ones. Both are valid") && message.contains("can leak its key"),
        "{message}"
    );
    assert!(session.result().is_none());
    assert_eq!(session.stage(), Stage::Refused);
    let last = session.record().entries().last().unwrap();
    assert_eq!((last.kind.as_str(), &last.what), ("Not verified", &message));
    assert!(matches!(session.signed(sign(&order, None), 6), Err(SessionError::OutOfOrder { .. })), "refused for good");
}

/// What is left after a second asking that came to nothing: the approval, an honest record, and another try.
fn lost_nothing(session: &mut Session, order: &vitrine_ceremony::SignOrder, failed: NotSigned) -> String {
    assert!(failed.again, "{failed}");
    let error = session.signed(Err(failed), 5).unwrap_err().to_string();
    assert!(error.starts_with("asked to sign a second time: "), "{error}");
    assert!(error.contains("What it signed the first time was dropped: nothing leaves, and the approval still stands"));
    assert!(!error.contains("nothing was signed"), "something was: {error}");
    assert!(session.result().is_none());
    assert_eq!(session.stage(), Stage::Approved);
    let last = session.record().entries().last().unwrap();
    assert_eq!((last.kind.as_str(), &last.what), ("Not signed", &error));
    let signed = session.signed(sign(order, None), 6).unwrap();
    assert!(signed.checks().iter().any(|check| check == SAME));
    error
}

#[test]
fn a_person_who_refuses_the_second_time_loses_nothing() {
    let (_, order) = demo(TWICE);
    let (mut honest, screen) = sim::trezor_with_screen(SimOptions::default());
    order.sign(honest.as_mut(), &mut Person::default()).unwrap();
    let screens = screen.shown().len();
    assert!(screens > 0 && screens % 2 == 0, "{screens}");
    for at_screen in 0..screens {
        let (mut session, order) = demo(TWICE);
        let failed = sign(&order, Some(Fault::Refuses { at_screen })).unwrap_err();
        assert!(failed.error.is_refusal(), "{failed}");
        assert_eq!(failed.again, at_screen >= screens / 2);
        if failed.again {
            let error = lost_nothing(&mut session, &order, failed);
            assert!(error.contains("refused on the device"), "{error}");
        }
    }
}

#[test]
fn a_cable_pulled_anywhere_between_the_two_askings_loses_nothing() {
    let (_, order) = demo(TWICE);
    let failures: Vec<NotSigned> =
        (0..).map_while(|at_message| sign(&order, Some(Fault::Unplugged { at_message })).err()).collect();
    let first = failures.iter().take_while(|failed| !failed.again).count();
    assert!(first > 15 && failures.len() > 2 * first - 5, "{first} of {}", failures.len());
    assert!(
        failures[first..].iter().all(|failed| failed.again),
        "once signed, every failure is one of the second time"
    );
    for failed in [first, first + 1, failures.len() - 1].map(|n| failures[n].clone()) {
        let (mut session, order) = demo(TWICE);
        let error = lost_nothing(&mut session, &order, failed);
        assert!(error.contains("the device was unplugged") && error.contains("plug the device in"), "{error}");
    }
}

#[test]
fn whoever_leaves_before_the_second_time_loses_nothing() {
    let (mut session, order) = demo(TWICE);
    let mut person = Person { leaves: true, ..Person::default() };
    let failed = order.sign(device(None).as_mut(), &mut person).unwrap_err();
    assert_eq!(failed.error, DeviceError::CancelledHere { at: "the second asking" });
    assert_eq!(person.asked.last(), Some(&Prompt::Again));
    lost_nothing(&mut session, &order, failed);
}

/// A device made of two simulated ones: taproot signatures by the second, all others by the first.
struct Two {
    ecdsa: Box<dyn Device>,
    schnorr: Box<dyn Device>,
    rules: &'static NonceRules,
    /// After how many signings the second one signs for both.
    turns: Option<usize>,
}

impl Device for Two {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        self.schnorr.identify()?;
        self.ecdsa.identify()
    }

    fn account_key(
        &mut self,
        path: &DerivationPath,
        network: Network,
        p: &mut dyn Prompter,
    ) -> Result<Xpub, DeviceError> {
        self.ecdsa.account_key(path, network, p)
    }

    fn show_address(
        &mut self,
        wallet: &Wallet,
        change: bool,
        index: u32,
        p: &mut dyn Prompter,
    ) -> Result<String, DeviceError> {
        self.ecdsa.show_address(wallet, change, index, p)
    }

    fn fingerprint(&mut self, network: Network, p: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        self.ecdsa.fingerprint(network, p)
    }

    fn register_wallet(&mut self, wallet: &Wallet, p: &mut dyn Prompter) -> Result<Registered, DeviceError> {
        self.ecdsa.register_wallet(wallet, p)
    }

    fn predicted_screens(&self, psbt: &CheckedPsbt) -> Vec<DeviceScreen> {
        self.ecdsa.predicted_screens(psbt)
    }

    fn nonces(&self) -> &'static NonceRules {
        self.rules
    }

    fn sign_bitcoin(
        &mut self,
        psbt: &CheckedPsbt,
        p: &mut dyn Prompter,
    ) -> Result<Vec<ReturnedSignature>, DeviceError> {
        let (first, second) = (self.ecdsa.sign_bitcoin(psbt, p)?, self.schnorr.sign_bitcoin(psbt, p)?);
        let turned = self.turns == Some(0);
        self.turns = self.turns.map(|turns| turns.saturating_sub(1));
        let is_taproot = |signature: &ReturnedSignature| psbt.inputs()[signature.input].kind() == ScriptKind::P2tr;
        Ok(first.into_iter().zip(second).map(|(a, b)| if turned || is_taproot(&a) { b } else { a }).collect())
    }

    fn ethereum_address(
        &mut self,
        path: &[u32],
        chain_id: u64,
        show: bool,
        p: &mut dyn Prompter,
    ) -> Result<vitrine_ethereum::alloy_primitives::Address, DeviceError> {
        self.ecdsa.ethereum_address(path, chain_id, show, p)
    }

    fn predicted_ethereum_screens(&self, request: &vitrine_ethereum::CheckedRequest) -> Vec<DeviceScreen> {
        self.ecdsa.predicted_ethereum_screens(request)
    }

    fn sign_ethereum(
        &mut self,
        request: &vitrine_ethereum::CheckedRequest,
        p: &mut dyn Prompter,
    ) -> Result<vitrine_ethereum::ReturnedSignature, DeviceError> {
        self.ecdsa.sign_ethereum(request, p)
    }

    fn control(&self) -> Control {
        self.ecdsa.control()
    }
}

fn random_taproot() -> Two {
    Two { ecdsa: device(None), schnorr: device(Some(Fault::OtherNonce)), rules: &LEDGER, turns: None }
}

/// Account, script and key of the first receive address of an account.
fn place(kind: ScriptKind) -> (String, ScriptBuf, CompressedPublicKey, DerivationPath) {
    let purpose = if kind == ScriptKind::P2tr { 86 } else { 84 };
    let account: DerivationPath = format!("{purpose}'/1'/0'").parse().unwrap();
    let xpub = device(None).account_key(&account, Network::Testnet3, &mut Person::default()).unwrap();
    let steps = [ChildNumber::from(0), ChildNumber::from(0)];
    let secp = Secp256k1::verification_only();
    let key = CompressedPublicKey(xpub.derive_pub(&secp, &steps).unwrap().public_key);
    let (form, script) = match kind {
        ScriptKind::P2tr => ("tr", ScriptBuf::new_p2tr(&secp, key.0.x_only_public_key().0, None)),
        _ => ("wpkh", ScriptBuf::new_p2wpkh(&key.wpubkey_hash())),
    };
    let wallet =
        format!("version = 1\nname = \"{form}\"\ndescriptor = \"{form}([{FINGERPRINT}/{account}]{xpub}/<0;1>/*)\"\n");
    (wallet.replace('\'', "h"), script, key, account.extend(steps))
}

/// A session on one input of each form, and its order.
fn spending(kinds: &[ScriptKind]) -> (Session, vitrine_ceremony::SignOrder) {
    let (version, lock_time) = (Version::TWO, LockTime::ZERO);
    let mut psbt = Psbt::from_unsigned_tx(Transaction { version, lock_time, input: vec![], output: vec![] }).unwrap();
    let mut wallets = Vec::new();
    for (n, kind) in kinds.iter().enumerate() {
        let (wallet, script_pubkey, key, path) = place(*kind);
        wallets.push((format!("wallet{n}"), wallet.into_bytes()));
        let spent = TxOut { value: Amount::from_sat(100_000), script_pubkey };
        let input = vec![TxIn { previous_output: OutPoint::null(), ..TxIn::default() }];
        let previous = Transaction { version, lock_time, input, output: vec![spent.clone()] };
        let previous_output = OutPoint::new(previous.compute_txid(), 0);
        let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
        psbt.unsigned_tx.input.push(TxIn { previous_output, sequence, ..TxIn::default() });
        let mut input = vitrine_bitcoin::bitcoin::psbt::Input { witness_utxo: Some(spent), ..Default::default() };
        input.non_witness_utxo = Some(previous);
        let source = (FINGERPRINT.parse().unwrap(), path);
        match kind {
            ScriptKind::P2tr => {
                let x_only = key.0.x_only_public_key().0;
                input.tap_internal_key = Some(x_only);
                input.tap_key_origins.insert(x_only, (vec![], source));
            }
            _ => drop(input.bip32_derivation.insert(key.0, source)),
        }
        psbt.inputs.push(input);
    }
    let script_pubkey = ScriptBuf::from_hex("0014000102030405060708090a0b0c0d0e0f10111213").unwrap();
    let paid = 100_000 * kinds.len() as u64 - 1_000;
    psbt.unsigned_tx.output.push(TxOut { value: Amount::from_sat(paid), script_pubkey });
    psbt.outputs.push(Default::default());
    let transport = Transport::Ur { ur_type: UrType::CryptoPsbt };
    let request = Payload { kind: PayloadKind::Psbt, transport, bytes: psbt.serialize() };
    let wallets: Vec<(&str, &[u8])> = wallets.iter().map(|(name, toml)| (name.as_str(), toml.as_slice())).collect();
    approved(folder(TWICE, &wallets), &request)
}

/// How many nonces the record remembers of what was signed.
fn nonces_remembered(session: &Session) -> usize {
    let entry = session.record().entries().iter().find(|entry| entry.kind == "Signed").unwrap();
    let content = &session.record().contents()[&entry.content.unwrap()];
    let json: serde_json::Value = serde_json::from_slice(content).unwrap();
    json["nonces"].as_array().unwrap().len()
}

#[test]
fn taproot_signatures_of_a_trezor_are_compared_too() {
    let (mut session, order) = spending(&[ScriptKind::P2tr]);
    let signed = session.signed(sign(&order, None), 5).unwrap();
    let said = "asked twice, the device gave the same signature, byte for byte: the nonces did not vary";
    assert!(signed.checks().iter().any(|check| check == said), "{:?}", signed.checks());
    assert_eq!(nonces_remembered(&session), 1);
    let (mut session, order) = spending(&[ScriptKind::P2tr]);
    let error = session.signed(sign(&order, Some(Fault::OtherNonce)), 5).unwrap_err();
    assert!(matches!(error, SessionError::OtherNonce { input: Some(0) }), "{error}");
}

const RANDOM: &str = "nonces of 1 taproot signature not checked: this device's taproot nonces are random";

#[test]
fn random_taproot_nonces_are_not_asked_for_twice_and_the_label_is_honest() {
    let (mut session, order) = spending(&[ScriptKind::P2tr]);
    let mut device = random_taproot();
    assert_eq!(order.askings(&device), Askings::Once);
    let mut person = Person::default();
    let returned = order.sign(&mut device, &mut person);
    assert!(!person.asked.contains(&Prompt::Again));
    let signed = session.signed(returned, 5).unwrap();
    assert_eq!(signed.not_checked(), Some(RANDOM));
    assert!(!signed.checks().iter().any(|check| check.contains("did not vary")));
}

#[test]
fn nonces_that_were_shared_are_not_asked_for_twice_and_the_result_says_what_was_checked() {
    let shared = || Two { rules: &BITBOX, ..random_taproot() };
    for (kinds, not_checked) in
        [(&[ScriptKind::P2wpkh][..], None), (&[ScriptKind::P2wpkh, ScriptKind::P2tr][..], Some(RANDOM))]
    {
        let (mut session, order) = spending(kinds);
        let mut device = shared();
        assert_eq!(order.askings(&device), Askings::Once);
        let signed = session.signed(order.sign(&mut device, &mut Person::default()), 5).unwrap();
        let said = "this machine had its part in the nonces of 1 signature, which the device could not choose alone (anti-klepto)";
        assert!(signed.checks().iter().any(|check| check == said), "{:?}", signed.checks());
        assert_eq!(signed.not_checked(), not_checked);
    }
}

#[test]
fn beside_random_taproot_nonces_ecdsa_is_compared_and_every_nonce_remembered() {
    let (mut session, order) = spending(&[ScriptKind::P2wpkh, ScriptKind::P2tr]);
    let returned = order.sign(&mut random_taproot(), &mut Person::default());
    let signed = session.signed(returned, 5).unwrap();
    let said = "asked twice, the device gave the same signature, byte for byte: the nonces did not vary";
    assert!(signed.checks().iter().any(|check| check == said), "{:?}", signed.checks());
    assert_eq!(signed.not_checked(), Some(RANDOM));
    assert!(signed.transaction().is_some());
    assert_eq!(nonces_remembered(&session), 3, "one of ECDSA, two of taproot");
    // The same device, whose ECDSA nonces vary too.
    let (mut session, order) = spending(&[ScriptKind::P2wpkh, ScriptKind::P2tr]);
    let mut device = Two { turns: Some(1), ..random_taproot() };
    let error = session.signed(order.sign(&mut device, &mut Person::default()), 5).unwrap_err();
    assert!(matches!(error, SessionError::OtherNonce { input: Some(0) }), "{error}");
}

#[test]
fn a_device_that_signs_something_else_the_second_time_is_found_out() {
    let (mut session, order) = demo(TWICE);
    let mut device =
        Two { ecdsa: device(None), schnorr: device(Some(Fault::ChangesOutput)), rules: &LEDGER, turns: Some(1) };
    let error = session.signed(order.sign(&mut device, &mut Person::default()), 5).unwrap_err();
    assert!(matches!(error, SessionError::Verification(_)), "{error}");
    assert!(session.result().is_none());
}
