//! Keys that lie, folders, requests, and what is asked of sessions on them.

use serde_json::Value;
use std::collections::BTreeMap;
use vitrine_bitcoin::bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::bitcoin::secp256k1::{Message, Scalar, Secp256k1, SecretKey, constants};
use vitrine_bitcoin::{CheckedPsbt, Network, Wallet};
use vitrine_ceremony::{Folder, Memory, Record, Session, SessionError, SignOrder, Stage};
use vitrine_device::{
    Answer, Control, Device, DeviceError, DeviceScreen, Identity, NonceRules, Prompt, Prompter, Registered, TREZOR,
};
use vitrine_ethereum::alloy_primitives::{Address, B256, hex, keccak256};
use vitrine_ethereum::{CheckedRequest, ReturnedSignature};
use vitrine_qr::{Payload, PayloadKind, Transport};
use vitrine_review::Severity;

pub(crate) const CEREMONY: &str =
    "version = 1\ntitle = \"t\"\nchain = \"ethereum\"\nnetwork = \"mainnet\"\nchain_id = 1\n[approval]\n";
pub(crate) const SAFE: &str = "0x5a5A5a5a5A5a5a5a5a5A5a5A5A5a5a5A5A5A5A5A";
pub(crate) const DATA: &str = "0xa9059cbb000000000000000000000000abababababababababababababababababababab\
                    00000000000000000000000000000000000000000000000000000000000f4240";

/// Key number `n`, from 1.
pub(crate) fn key(n: u8) -> SecretKey {
    SecretKey::from_slice(&[n; 32]).unwrap()
}

pub(crate) fn account(n: u8) -> Address {
    let point = key(n).public_key(&Secp256k1::new()).serialize_uncompressed();
    Address::from_slice(&keccak256(&point[1..])[12..])
}

/// What is wrong with a device.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Lie {
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
pub(crate) struct Key(pub(crate) SecretKey, pub(crate) Lie, pub(crate) u8);

impl Key {
    pub(crate) fn sign(&mut self, hash: B256) -> ReturnedSignature {
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
pub(crate) fn one_nonce(key: &SecretKey, hash: B256) -> ReturnedSignature {
    let r = constants::GENERATOR_X;
    let s = key.mul_tweak(&Scalar::from_be_bytes(r).unwrap()).unwrap();
    let s = s.add_tweak(&Scalar::from_be_bytes(hash.0).unwrap()).unwrap();
    let low = if s.secret_bytes()[0] >= 0x80 { s.negate() } else { s };
    ReturnedSignature::from_scalars(r, low.secret_bytes())
}

pub(crate) fn no<T>() -> Result<T, DeviceError> {
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

pub(crate) struct Yes;

impl Prompter for Yes {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

/// A folder of these rules: account 1 signs here; the Safe has the owners 1, 2 and 3, of whom two must sign.
pub(crate) fn folder(rules: &str) -> Folder {
    folder_of(rules, account(1))
}

pub(crate) fn folder_of(rules: &str, signer: Address) -> Folder {
    Folder::parse(&files(rules, signer)).unwrap()
}

/// The same with one more Safe.
pub(crate) fn with_safe(signer: Address, safe: &str) -> Folder {
    let mut files = files(ANY, signer);
    files.insert("wallets/more.toml".to_owned(), safe.as_bytes().to_vec());
    Folder::parse(&files).unwrap()
}

pub(crate) fn files(rules: &str, signer: Address) -> BTreeMap<String, Vec<u8>> {
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
pub(crate) fn bundle(nonce: u32, more: &str) -> Payload {
    let json = format!(
        r#"{{"format":"vitrine-safe-bundle","version":1,"chainId":1,"safeVersion":"1.4.1","safe":"{SAFE}",
"to":"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48","value":"0","data":"{DATA}","operation":0,"safeTxGas":0,"baseGas":0,
"gasPrice":"0","gasToken":null,"refundReceiver":null,"nonce":{nonce}{more}}}"#
    );
    Payload { kind: PayloadKind::Json, transport: Transport::Text, bytes: json.into_bytes() }
}

pub(crate) fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../ethereum/tests/vectors/sign-requests.json")).unwrap()
}

/// An unsigned transaction of the vectors: alone, or as an `eth-sign-request`.
pub(crate) fn transaction(name: &str, list: &str, key: &str, kind: PayloadKind) -> Payload {
    let vectors = vectors();
    let all = vectors[list].as_array().unwrap();
    let entry = all.iter().find(|entry| entry["name"] == name).unwrap();
    let bytes = hex::decode(entry[key].as_str().unwrap()).unwrap();
    Payload { kind, transport: Transport::Ur { ur_type: kind.ur_type() }, bytes }
}

/// These rules, and what the vectors need besides: they pay coins to a token, whose code may do anything with them.
pub(crate) fn allowing(rules: &str, signer: Address, request: &Payload) -> Folder {
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

pub(crate) fn approved(folder: Folder, memory: Memory, request: &Payload) -> (Session, SignOrder) {
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

pub(crate) fn sign(session: &mut Session, order: &SignOrder, n: u8, lie: Lie) -> Result<Payload, SessionError> {
    let returned = order.sign(&mut Key(key(n), lie, 0), &mut Yes);
    session.signed(returned, 5).map(|signed| signed.payload().clone())
}

pub(crate) const ANY: &str = "worst_case = \"any\"";

/// The answer of owner `n` to a request, by a session of his own.
pub(crate) fn answer(request: &Payload, n: u8) -> Payload {
    let (mut session, order) = approved(folder_of(ANY, account(n)), Memory::default(), request);
    sign(&mut session, &order, n, Lie::Nothing).unwrap()
}
/// Account and key of the vectors; the key is public.
pub(crate) fn of_vectors() -> (Address, SecretKey) {
    let secret = hex::decode("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").unwrap();
    let signer = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".parse().unwrap();
    (signer, SecretKey::from_slice(&secret).unwrap())
}

pub(crate) fn received_of(signer: Address, memory: Memory, request: &Payload) -> Vec<&'static str> {
    let mut session = Session::open(Some(folder_of(ANY, signer)), None, None, 1).unwrap().with_memory(memory);
    session.receive(request, 2).unwrap();
    codes(&session)
}

pub(crate) fn remembered(session: &Session) -> Memory {
    remembered_all(session, 1)
}

pub(crate) fn remembered_all(session: &Session, signings: usize) -> Memory {
    let mut memory = Memory::default();
    let record = session.record();
    memory.add(&Record::parse(&record.to_json_lines(), record.contents().clone()).unwrap()).unwrap();
    assert_eq!(memory.len(), signings);
    memory
}

pub(crate) fn codes(session: &Session) -> Vec<&'static str> {
    session.review().unwrap().findings().iter().map(|finding| finding.code).collect()
}

pub(crate) fn received(memory: Memory, request: &Payload) -> Session {
    let mut session = Session::open(Some(folder(ANY)), None, None, 1).unwrap().with_memory(memory);
    session.receive(request, 2).unwrap();
    session
}
