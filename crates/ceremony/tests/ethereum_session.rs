//! Ethereum requests through whole sessions, with honest devices and hostile ones; what is remembered of them; and the
//! signatures of a Safe's owners brought together.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use std::collections::BTreeMap;

use serde_json::Value;
use vitrine_bitcoin::bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::bitcoin::secp256k1::{Message, Scalar, Secp256k1, SecretKey, constants};
use vitrine_bitcoin::{CheckedPsbt, Network, Wallet};
use vitrine_ceremony::{
    CombineFailure, Folder, Memory, Record, RecordError, Session, SessionError, SignOrder, Stage, Unverified,
    combine_safe, verify_ethereum_response,
};
use vitrine_device::{
    Answer, Control, Device, DeviceError, DeviceScreen, Identity, NonceRules, Prompt, Prompter, Registered, TREZOR,
};
use vitrine_ethereum::alloy_primitives::{Address, B256, hex, keccak256};
use vitrine_ethereum::{CheckedRequest, GatherError, ReturnedSignature, SignatureFault, VerifyError};
use vitrine_qr::{Payload, PayloadKind, ReadBack, Transport};
use vitrine_review::Severity;

const CEREMONY: &str =
    "version = 1\ntitle = \"t\"\nchain = \"ethereum\"\nnetwork = \"mainnet\"\nchain_id = 1\n[approval]\n";
const SAFE: &str = "0x5a5A5a5a5A5a5a5a5a5A5a5A5A5a5a5A5A5A5A5A";
const DATA: &str = "0xa9059cbb000000000000000000000000abababababababababababababababababababab\
                    00000000000000000000000000000000000000000000000000000000000f4240";

/// Key number `n`, from 1.
fn key(n: u8) -> SecretKey {
    SecretKey::from_slice(&[n; 32]).unwrap()
}

fn account(n: u8) -> Address {
    let point = key(n).public_key(&Secp256k1::new()).serialize_uncompressed();
    Address::from_slice(&keccak256(&point[1..])[12..])
}

/// What is wrong with a device.
#[derive(Clone, Copy, PartialEq)]
enum Lie {
    Nothing,
    OtherKey,
    OtherHash,
    HighS,
    /// Every signature has the nonce 1.
    OneNonce,
    /// No two signatures have the same nonce.
    Wanders,
}

/// A device of one key.
struct Key(SecretKey, Lie, u8);

impl Key {
    fn sign(&mut self, hash: B256) -> ReturnedSignature {
        let hash = if self.1 == Lie::OtherHash { keccak256(hash) } else { hash };
        let key = if self.1 == Lie::OtherKey { key(99) } else { self.0 };
        if self.1 == Lie::OneNonce {
            return one_nonce(&key, hash);
        }
        let (secp, message) = (Secp256k1::new(), Message::from_digest(hash.0));
        self.2 += 1;
        let signature = match self.1 {
            Lie::Wanders => secp.sign_ecdsa_with_noncedata(&message, &key, &[self.2; 32]),
            _ => secp.sign_ecdsa(&message, &key),
        };
        let bytes = signature.serialize_compact();
        let (r, mut s): ([u8; 32], [u8; 32]) = (bytes[..32].try_into().unwrap(), bytes[32..].try_into().unwrap());
        if self.1 == Lie::HighS {
            s = SecretKey::from_slice(&s).unwrap().negate().secret_bytes();
        }
        ReturnedSignature::from_scalars(r, s)
    }
}

/// s = hash + r × key, for the nonce 1; low.
fn one_nonce(key: &SecretKey, hash: B256) -> ReturnedSignature {
    let r = constants::GENERATOR_X;
    let s = key.mul_tweak(&Scalar::from_be_bytes(r).unwrap()).unwrap();
    let s = s.add_tweak(&Scalar::from_be_bytes(hash.0).unwrap()).unwrap();
    let low = if s.secret_bytes()[0] >= 0x80 { s.negate() } else { s };
    ReturnedSignature::from_scalars(r, low.secret_bytes())
}

fn no<T>() -> Result<T, DeviceError> {
    Err(DeviceError::Unsupported { what: "Bitcoin".to_owned() })
}

impl Device for Key {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        let text = |text: &str| text.to_owned();
        let (model, firmware) = (text("Key"), text("1"));
        Ok(Identity { vendor: "none", model, label: String::new(), firmware, app: None, id: String::new() })
    }

    fn account_key(&mut self, _: &DerivationPath, _: Network, _: &mut dyn Prompter) -> Result<Xpub, DeviceError> {
        no()
    }

    fn fingerprint(&mut self, _: Network, _: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        no()
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

    fn nonces(&self) -> &'static NonceRules {
        &TREZOR
    }

    fn sign_bitcoin(
        &mut self,
        _: &CheckedPsbt,
        _: &mut dyn Prompter,
    ) -> Result<Vec<vitrine_bitcoin::ReturnedSignature>, DeviceError> {
        no()
    }

    fn ethereum_address(&mut self, _: &[u32], _: u64, _: bool, _: &mut dyn Prompter) -> Result<Address, DeviceError> {
        no()
    }

    fn predicted_ethereum_screens(&self, _: &CheckedRequest) -> Vec<DeviceScreen> {
        Vec::new()
    }

    fn sign_ethereum(
        &mut self,
        request: &CheckedRequest,
        _: &mut dyn Prompter,
    ) -> Result<ReturnedSignature, DeviceError> {
        Ok(self.sign(request.signable().hash()))
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

/// A folder of these rules: account 1 signs here; the Safe has the owners 1, 2 and 3, of whom two must sign.
fn folder(rules: &str) -> Folder {
    folder_of(rules, account(1))
}

fn folder_of(rules: &str, signer: Address) -> Folder {
    Folder::parse(&files(rules, signer)).unwrap()
}

/// The same with one more Safe.
fn with_safe(signer: Address, safe: &str) -> Folder {
    let mut files = files(ANY, signer);
    files.insert("wallets/more.toml".to_owned(), safe.as_bytes().to_vec());
    Folder::parse(&files).unwrap()
}

fn files(rules: &str, signer: Address) -> BTreeMap<String, Vec<u8>> {
    let owner = |n: u8| format!("[[owner]]\nname = \"Owner {n}\"\naddress = \"{}\"\n", account(n));
    let owners: String = [1, 2, 3].map(owner).concat();
    let safe = format!(
        "version = 1\nname = \"Treasury\"\nsafe = \"{SAFE}\"\nsafe_version = \"1.4.1\"\nthreshold = 2\n{owners}"
    );
    let alice = format!("version = 1\nname = \"Alice\"\naddress = \"{signer}\"\npath = \"m/44'/60'/0'/0/0\"\n");
    let files = [
        ("ceremony.toml", format!("{CEREMONY}{rules}\n")),
        ("wallets/alice.toml", alice),
        ("wallets/treasury.toml", safe),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect()
}

/// A Safe's transfer of a token, with this nonce of the Safe and further keys.
fn bundle(nonce: u32, more: &str) -> Payload {
    let json = format!(
        r#"{{"format":"vitrine-safe-bundle","version":1,"chainId":1,"safeVersion":"1.4.1","safe":"{SAFE}",
"to":"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48","value":"0","data":"{DATA}","operation":0,"safeTxGas":0,"baseGas":0,
"gasPrice":"0","gasToken":null,"refundReceiver":null,"nonce":{nonce}{more}}}"#
    );
    Payload { kind: PayloadKind::Json, transport: Transport::Text, bytes: json.into_bytes() }
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../ethereum/tests/vectors/sign-requests.json")).unwrap()
}

/// An unsigned transaction of the vectors: alone, or as an `eth-sign-request`.
fn transaction(name: &str, list: &str, key: &str, kind: PayloadKind) -> Payload {
    let vectors = vectors();
    let all = vectors[list].as_array().unwrap();
    let entry = all.iter().find(|entry| entry["name"] == name).unwrap();
    let bytes = hex::decode(entry[key].as_str().unwrap()).unwrap();
    Payload { kind, transport: Transport::Ur { ur_type: kind.ur_type() }, bytes }
}

/// These rules, and what the vectors need besides: they pay coins to a token, whose code may do anything with them.
fn allowing(rules: &str, signer: Address, request: &Payload) -> Folder {
    let row =
        "[[approval.unknown_call]]\ncontract = \"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48\"\nreason = \"a test\"\n";
    let mut session = Session::open(Some(folder_of(rules, signer)), None, None, 1).unwrap();
    session.receive(request, 2).unwrap();
    let sha256 = vitrine_review::sha256(&request.bytes);
    let findings = session.review().unwrap().findings();
    let exceptions = findings.iter().filter(|finding| finding.severity == Severity::Restricted).map(|finding| {
        let field = finding.field.as_ref().map(|field| format!("field = \"{field}\"\n")).unwrap_or_default();
        let code = finding.code;
        format!("[[exception]]\ncode = \"{code}\"\n{field}request_sha256 = \"{sha256}\"\nreason = \"a test\"\n")
    });
    folder_of(&format!("{rules}\n{row}{}", exceptions.collect::<String>()), signer)
}

fn approved(folder: Folder, memory: Memory, request: &Payload) -> (Session, SignOrder) {
    let mut session = Session::open(Some(folder), None, None, 1).unwrap().with_memory(memory);
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

fn sign(session: &mut Session, order: &SignOrder, n: u8, lie: Lie) -> Result<Payload, SessionError> {
    let returned = order.sign(&mut Key(key(n), lie, 0), &mut Yes);
    session.signed(returned, 5).map(|signed| signed.payload().clone())
}

const ANY: &str = "worst_case = \"any\"";

/// The answer of owner `n` to a request, by a session of his own.
fn answer(request: &Payload, n: u8) -> Payload {
    let (mut session, order) = approved(folder_of(ANY, account(n)), Memory::default(), request);
    sign(&mut session, &order, n, Lie::Nothing).unwrap()
}

#[test]
fn a_safe_bundle_goes_through_a_session_to_an_answer_that_verifies() {
    let request = bundle(7, "");
    let (mut session, order) = approved(folder(ANY), Memory::default(), &request);
    let payload = sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    assert_eq!((payload.kind, session.stage()), (PayloadKind::EthSignature, Stage::Signed));
    let signed = session.result().unwrap();
    assert_eq!((signed.what(), signed.transaction()), ("signature", None));
    let names: Vec<&str> = signed.names().iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(names, ["safeTxHash", "Safe", "Owner", "Owner's signature, as the Safe takes it"]);
    let files: Vec<&str> = signed.files().iter().map(|(name, _)| *name).collect();
    assert_eq!(files, ["signature.ur", "signature.hex"]);
    // What is kept as a file is read back, verified, and no byte of it can be changed.
    let file = Payload::from_file(&signed.files()[0].1).unwrap();
    assert_eq!(file.bytes, payload.bytes);
    let signer = account(1).to_string();
    let verified = verify_ethereum_response(&request, &file, Some(&signer)).unwrap();
    assert_eq!(verified.names(), signed.names());
    for at in 0..payload.bytes.len() {
        let mut changed = payload.clone();
        changed.bytes[at] ^= 1;
        assert!(verify_ethereum_response(&request, &changed, Some(&signer)).is_err(), "byte {at}");
    }
    let read_back = ReadBack { parts: 1, sha256: *vitrine_review::sha256(&payload.bytes).as_bytes() };
    let other = ReadBack { parts: 1, sha256: [7; 32] };
    assert!(matches!(session.presented(&other, 6), Err(SessionError::OtherPayload)));
    session.presented(&read_back, 6).unwrap();
    session.close(7);
    let kinds: Vec<&str> = session.record().entries().iter().map(|entry| entry.kind.as_str()).collect();
    assert!(kinds.ends_with(&["Approved", "Signed", "Read back", "Closed"]), "{kinds:?}");
    session.record().verify().unwrap();
}

#[test]
fn a_transaction_is_answered_as_it_was_asked_for_and_is_the_one_that_others_made() {
    let (signer, secret) = of_vectors();
    let name = "legacy-transfer";
    let alone = transaction(name, "transactions", "unsigned", PayloadKind::EthTransaction);
    let asked = transaction(name, "requests", "cbor", PayloadKind::EthSignRequest);
    let expected = transaction(name, "transactions", "signed", PayloadKind::EthTransaction).bytes;
    for (request, kind) in [(alone, PayloadKind::EthTransaction), (asked, PayloadKind::EthSignature)] {
        let (mut session, order) = approved(allowing(ANY, signer, &request), Memory::default(), &request);
        let returned = order.sign(&mut Key(secret, Lie::Nothing, 0), &mut Yes);
        let signed = session.signed(returned, 5).unwrap();
        assert_eq!(signed.payload().kind, kind);
        assert_eq!(signed.transaction().unwrap(), expected, "what ethers made of the same key");
        assert_eq!(signed.names()[0], ("Transaction hash".to_owned(), keccak256(&expected).to_string()));
        let files: Vec<&str> = signed.files().iter().map(|(name, _)| *name).collect();
        let is_alone = kind == PayloadKind::EthTransaction;
        assert_eq!(files, if is_alone { vec!["transaction.hex"] } else { vec!["signature.ur", "transaction.hex"] });
        let verified = verify_ethereum_response(&request, signed.payload(), Some(&signer.to_string())).unwrap();
        assert_eq!(verified.transaction().unwrap(), expected);
    }
}

/// Account and key of the vectors; the key is public.
fn of_vectors() -> (Address, SecretKey) {
    let secret = hex::decode("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").unwrap();
    let signer = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".parse().unwrap();
    (signer, SecretKey::from_slice(&secret).unwrap())
}

/// Two transactions that follow one another, as one batch.
fn batch() -> Payload {
    let first = transaction("legacy-transfer", "requests", "cbor", PayloadKind::EthSignRequest).bytes;
    let place =
        |needle: &[u8]| first.windows(needle.len()).position(|window| window == needle).unwrap() + needle.len() - 1;
    let mut second = first.clone();
    // The last byte of the request's number, and the nonce behind the head of the RLP list.
    let id = place(&[0xd8, 0x25, 0x50]) + 16;
    second[id] ^= 1;
    second[place(&[0xec, 0x09])] = 0x0a;
    let tagged = |request: Vec<u8>| [vec![0xd9, 0x01, 0x91], request].concat();
    let bytes = [vec![0xa1, 0x01, 0x82], tagged(first.clone()), tagged(second)].concat();
    let kind = PayloadKind::EthBatchSignRequest;
    Payload { kind, transport: Transport::Ur { ur_type: kind.ur_type() }, bytes }
}

#[test]
fn a_batch_is_signed_request_by_request_and_answered_by_one_batch() {
    let ((signer, secret), request) = (of_vectors(), batch());
    let twice = format!("{ANY}\nsign_twice = true");
    let (mut session, order) = approved(allowing(&twice, signer, &request), Memory::default(), &request);
    let signed = session.signed(order.sign(&mut Key(secret, Lie::Nothing, 0), &mut Yes), 5).unwrap();
    assert_eq!((signed.payload().kind, signed.transaction()), (PayloadKind::EthBatchSignature, None));
    let same = "asked twice, the device gave the same 2 signatures, byte for byte: the nonces did not vary";
    assert!(signed.checks().iter().any(|check| check == same), "{:?}", signed.checks());
    let labels: Vec<&str> = signed.names().iter().map(|(label, _)| label.as_str()).collect();
    let hash = |n: usize| format!("Request {n}: Transaction hash");
    assert!(labels.contains(&hash(1).as_str()) && labels.contains(&hash(2).as_str()), "{labels:?}");
    let file = Payload::from_file(&signed.files()[0].1).unwrap();
    let verified = verify_ethereum_response(&request, &file, Some(&signer.to_string())).unwrap();
    assert_eq!(verified.transactions().len(), 2);
    let lines = String::from_utf8(signed.files()[1].1.clone()).unwrap();
    assert!(lines.lines().map(str::to_owned).eq(verified.transactions().iter().map(hex::encode)));
    let memory = remembered_all(&session, 2);
    let findings = received_of(signer, memory, &request);
    assert_eq!(findings.iter().filter(|code| **code == "eth.signed-before").count(), 2);
    // One nonce for two hashes gives the key away, within one answer too.
    let (mut session, order) = approved(allowing(ANY, signer, &request), Memory::default(), &request);
    let error = session.signed(order.sign(&mut Key(secret, Lie::OneNonce, 0), &mut Yes), 5).unwrap_err();
    let reused = matches!(&error, SessionError::Verification(Unverified::Ethereum(VerifyError::NonceReused { .. })));
    assert!(reused && session.result().is_none(), "{error}");
}

fn received_of(signer: Address, memory: Memory, request: &Payload) -> Vec<&'static str> {
    let mut session = Session::open(Some(folder_of(ANY, signer)), None, None, 1).unwrap().with_memory(memory);
    session.receive(request, 2).unwrap();
    codes(&session)
}

#[test]
fn whatever_a_device_signs_but_the_reviewed_hash_with_the_registered_key_is_not_used() {
    for lie in [Lie::OtherKey, Lie::OtherHash, Lie::HighS] {
        let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
        let error = sign(&mut session, &order, 1, lie).unwrap_err();
        let SessionError::Verification(Unverified::Ethereum(VerifyError::Signature(fault))) = &error else {
            panic!("{error}")
        };
        assert_eq!(*fault == SignatureFault::HighS, lie == Lie::HighS, "{fault}");
        assert!(session.result().is_none());
        assert_eq!(session.stage(), Stage::Refused);
        assert_eq!(session.record().entries().last().unwrap().kind, "Not verified");
    }
}

#[test]
fn a_device_that_is_asked_twice_gives_the_same_signature_or_none_is_used() {
    let twice = format!("{ANY}\nsign_twice = true");
    let (mut session, order) = approved(folder(&twice), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    let same = "asked twice, the device gave the same signature, byte for byte: the nonces did not vary";
    assert!(session.result().unwrap().checks().iter().any(|check| check == same));
    assert_eq!(session.result().unwrap().not_checked(), None);
    let (mut session, order) = approved(folder(&twice), Memory::default(), &bundle(7, ""));
    let error = sign(&mut session, &order, 1, Lie::Wanders).unwrap_err();
    assert!(matches!(error, SessionError::OtherNonce { input: None }), "{error}");
    assert!(session.result().is_none());
    // Asked once, nothing is claimed.
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Wanders).unwrap();
    let said = "nonces not compared: by the ceremony folder the device is asked once";
    assert_eq!(session.result().unwrap().not_checked(), Some(said));
}

fn remembered(session: &Session) -> Memory {
    remembered_all(session, 1)
}

fn remembered_all(session: &Session, signings: usize) -> Memory {
    let mut memory = Memory::default();
    let record = session.record();
    memory.add(&Record::parse(&record.to_json_lines(), record.contents().clone()).unwrap()).unwrap();
    assert_eq!(memory.len(), signings);
    memory
}

fn codes(session: &Session) -> Vec<&'static str> {
    session.review().unwrap().findings().iter().map(|finding| finding.code).collect()
}

fn received(memory: Memory, request: &Payload) -> Session {
    let mut session = Session::open(Some(folder(ANY)), None, None, 1).unwrap().with_memory(memory);
    session.receive(request, 2).unwrap();
    session
}

/// Attack 33: a second transaction for a nonce that was signed for.
#[test]
fn a_nonce_that_was_signed_for_with_another_hash_is_a_caution_that_names_the_entry() {
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    let memory = remembered(&session);
    let same = received(memory.clone(), &bundle(7, ""));
    assert!(codes(&same).contains(&"eth.signed-before") && !codes(&same).contains(&"eth.nonce-replaces"));
    let next = received(memory.clone(), &bundle(8, ""));
    assert!(!codes(&next).contains(&"eth.signed-before") && !codes(&next).contains(&"eth.nonce-replaces"));
    let mut other = bundle(7, "");
    other.bytes = String::from_utf8(other.bytes).unwrap().replace("0f4240", "0f4241").into_bytes();
    let other = received(memory, &other);
    let findings = other.review().unwrap().findings();
    let finding = findings.iter().find(|finding| finding.code == "eth.nonce-replaces").unwrap();
    let signed = session.record().entries().iter().find(|entry| entry.kind == "Signed").unwrap();
    let hash = &session.result().unwrap().names()[0].1;
    let entry = format!("entry {} of the record with head", signed.number);
    for named in [entry.as_str(), "1970-01-01 00:00:05 UTC", hash, &account(1).to_string(), "Nonce 7 of the Safe"] {
        assert!(finding.truth.contains(named), "{named}: {}", finding.truth);
    }
    assert_eq!(finding.field.as_deref(), Some("eth.safe.nonce"));
    assert_eq!(finding.severity, Severity::Caution);
}

#[test]
fn the_nonce_of_an_account_is_remembered_with_its_chain() {
    let (signer, secret) = of_vectors();
    let request = transaction("legacy-transfer", "transactions", "unsigned", PayloadKind::EthTransaction);
    let (mut session, order) = approved(allowing(ANY, signer, &request), Memory::default(), &request);
    let returned = order.sign(&mut Key(secret, Lie::Nothing, 0), &mut Yes);
    session.signed(returned, 5).unwrap();
    let memory = remembered(&session);
    let mut other = request.clone();
    // The value's last byte: another amount with the same nonce.
    let review = session.review().unwrap();
    let owners = review.account().owners();
    let value = owners.iter().find(|owner| owner.field.as_deref() == Some("eth.tx.value")).unwrap().span;
    other.bytes[value.end - 1] ^= 1;
    let mut again = Session::open(Some(folder_of(ANY, signer)), None, None, 1).unwrap().with_memory(memory);
    again.receive(&other, 2).unwrap();
    let findings = again.review().unwrap().findings();
    let finding = findings.iter().find(|finding| finding.code == "eth.nonce-replaces").unwrap();
    assert_eq!(finding.field.as_deref(), Some("eth.tx.nonce"));
    assert!(finding.truth.contains(&format!("of the account {signer}")), "{}", finding.truth);
}

#[test]
fn a_signature_with_the_nonce_of_an_earlier_one_is_not_used() {
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::OneNonce).unwrap();
    let memory = remembered(&session);
    let (mut next, order) = approved(folder(ANY), memory.clone(), &bundle(8, ""));
    let error = sign(&mut next, &order, 1, Lie::OneNonce).unwrap_err();
    let reused = matches!(&error, SessionError::Verification(Unverified::Ethereum(VerifyError::NonceReused { .. })));
    assert!(reused && error.to_string().contains("can compute the key"), "{error}");
    assert!(next.result().is_none());
    // The same request once more has the same nonce for the same hash, and gives nothing away.
    let (mut same, order) = approved(folder(ANY), memory, &bundle(7, ""));
    sign(&mut same, &order, 1, Lie::OneNonce).unwrap();
}

#[test]
fn an_entry_that_does_not_say_what_was_signed_is_no_memory() {
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    let entry = session.record().entries().iter().find(|entry| entry.kind == "Signed").unwrap();
    let content = String::from_utf8(session.record().contents()[&entry.content.unwrap()].clone()).unwrap();
    let json: Value = serde_json::from_str(&content).unwrap();
    let keys: Vec<&String> = json["signings"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["hash", "nonces", "signature", "signer", "transaction"]);
    assert_eq!(json["signings"][0]["nonces"][0]["safe"], SAFE);
    let cut = Record::parse(&session.record().to_json_lines(), BTreeMap::new());
    assert!(matches!(cut, Err(RecordError::Content { .. })));
}

#[test]
fn owners_signatures_become_one_call_and_only_theirs_over_this_hash() {
    let request = bundle(7, "");
    let answers = [answer(&request, 1), answer(&request, 2), answer(&request, 3)];
    let registered = folder(ANY);
    let combine = |answers: &[&Payload]| {
        let answers: Vec<Payload> = answers.iter().map(|answer| (*answer).clone()).collect();
        combine_safe(&registered, &request, &answers)
    };
    let one = combine(&[&answers[1]]).unwrap();
    assert_eq!((one.missing(), one.execution()), (1, None));
    let [a, b] = [combine(&[&answers[0], &answers[1]]).unwrap(), combine(&[&answers[1], &answers[0]]).unwrap()];
    assert_eq!((a.missing(), &a), (0, &b), "the order of the answers does not matter");
    let mut sorted = [1u8, 2];
    sorted.sort_by_key(|n| account(*n));
    let checks = a.checks();
    assert!(checks[0].contains(&account(sorted[0]).to_string()) && checks[1].contains(&account(sorted[1]).to_string()));
    let calldata = a.execution().unwrap();
    assert!(calldata.starts_with(&[0x6a, 0x76, 0x12, 0x02]));
    assert_eq!(a.signatures().len(), 130);
    assert!(calldata.windows(130).any(|window| window == a.signatures()));
    let twice = combine(&[&answers[0], &answers[0]]).unwrap_err();
    assert!(twice.is_refusal() && twice.to_string().contains("signed twice"), "{twice}");
    let stranger = answer_by(&request, 9);
    let error = combine(&[&answers[0], &stranger]).unwrap_err();
    assert!(matches!(&error, CombineFailure::Safe(GatherError::NotAnOwner { .. })), "{error}");
    let of_another = answer(&bundle(8, ""), 2);
    let error = combine(&[&answers[0], &of_another]).unwrap_err();
    assert!(!error.is_refusal() && !error.is_malformed() && error.to_string().starts_with("answer 2: "), "{error}");
    let error = combine(&[&request]).unwrap_err();
    assert!(error.is_malformed() && error.to_string().contains("this is JSON"), "{error}");
}

/// The answer of a key that is no owner's.
fn answer_by(request: &Payload, n: u8) -> Payload {
    let honest = answer(request, 1);
    let owner = verify_ethereum_response(request, &honest, Some(&account(1).to_string())).unwrap();
    let hash: B256 = owner.names()[0].1.parse().unwrap();
    let (r, s) = Key(key(n), Lie::Nothing, 0).sign(hash).scalars();
    let place = honest.bytes.len() - 65;
    let mut bytes = honest.bytes;
    bytes[place..place + 32].copy_from_slice(&r.to_be_bytes::<32>());
    bytes[place + 32..place + 64].copy_from_slice(&s.to_be_bytes::<32>());
    Payload { bytes, ..honest }
}

#[test]
fn signatures_that_a_bundle_carries_count_once_they_verify() {
    let request = bundle(7, "");
    let signature = |n: u8| {
        let answer = answer(&request, n);
        verify_ethereum_response(&request, &answer, Some(&account(n).to_string())).unwrap().names()[3].1.clone()
    };
    let carrying = |owner: u8, signature: &str| {
        let owner = account(owner);
        bundle(7, &format!(r#","confirmations":[{{"owner":"{owner}","signature":"{signature}"}}]"#))
    };
    let other = [answer(&request, 2)];
    let done = combine_safe(&folder(ANY), &carrying(3, &signature(3)), &other).unwrap();
    assert_eq!((done.missing(), done.execution().is_some()), (0, true));
    let lied = combine_safe(&folder(ANY), &carrying(1, &signature(3)), &other).unwrap_err();
    assert!(matches!(&lied, CombineFailure::Safe(GatherError::OtherOwner { .. })), "{lied}");
    let approved = format!("0x{:0>64}{}01", &account(3).to_string()[2..], "00".repeat(32));
    let error = combine_safe(&folder(ANY), &carrying(3, &approved), &other).unwrap_err();
    assert!(matches!(&error, CombineFailure::Safe(GatherError::V { v: 1, .. })), "{error}");
    let same = combine_safe(&folder(ANY), &carrying(2, &signature(2)), &other).unwrap_err();
    assert!(same.to_string().contains("signed twice"), "{same}");
}

#[test]
fn a_safe_that_is_not_registered_is_not_combined_for() {
    let (request, other) = (bundle(7, ""), folder_of(ANY, account(1)));
    let elsewhere = String::from_utf8(request.bytes.clone()).unwrap().replace(SAFE, &account(5).to_string());
    let elsewhere = Payload { bytes: elsewhere.into_bytes(), ..request.clone() };
    let error = combine_safe(&other, &elsewhere, &[answer(&request, 1)]).unwrap_err();
    assert!(error.is_refusal() && error.to_string().contains("Register it"), "{error}");
    let chain = String::from_utf8(request.bytes.clone()).unwrap().replace("\"chainId\":1", "\"chainId\":10");
    let chain = Payload { bytes: chain.into_bytes(), ..request.clone() };
    assert!(combine_safe(&other, &chain, &[answer(&request, 1)]).unwrap_err().is_refusal());
}

/// The errors say what to do.
#[test]
fn who_cannot_sign_is_refused_with_the_next_step() {
    let refusal = |folder: Folder, request: &Payload| {
        let mut session = Session::open(Some(folder), None, None, 1).unwrap();
        session.receive(request, 2).unwrap();
        assert_eq!(session.stage(), Stage::Refused);
        let findings = session.review().unwrap().findings();
        let finding = findings.iter().find(|finding| finding.code == "eth.signer-differs").unwrap();
        format!("{} {} {}", finding.truth, finding.consequence, finding.action)
    };
    let stranger = refusal(folder_of(ANY, account(8)), &bundle(7, ""));
    assert!(stranger.contains("No registered account is an owner of the Safe Treasury."), "{stranger}");
    assert!(stranger.contains("Ask an owner, or register his account"), "{stranger}");
    // The owner is a Safe of ours: its owners sign for it.
    let inner = format!(
        "version = 1\nname = \"Board\"\nsafe = \"{}\"\nsafe_version = \"1.4.1\"\nthreshold = 1\n[[owner]]\n\
         name = \"Alice\"\naddress = \"{}\"\n",
        account(2),
        account(8)
    );
    let through = refusal(with_safe(account(8), &inner), &bundle(7, ""));
    assert!(through.contains("Ask for a bundle of Board") && through.contains("“approves”"), "{through}");
}
