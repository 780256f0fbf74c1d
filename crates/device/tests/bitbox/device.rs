//! A BitBox02 of our own, which encrypts as the real one does and answers by a script, honestly or not.

use std::sync::{Arc, Mutex};

use bitbox_api::pb::eth_request::Request as EthRequest;
use bitbox_api::pb::eth_response::Response as EthResponse;
use bitbox_api::pb::{self, request::Request, response::Response};
use bitcoin::hashes::{Hash, HashEngine, sha256};
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::scalar::IsHigh;
use k256::elliptic_curve::sec1::ToEncodedPoint;
use k256::{ProjectivePoint, Scalar, U256};
use noise_protocol::patterns::noise_xx;
use noise_protocol::{CipherState, HandshakeState, U8Array};
use noise_rust_crypto::sensitive::Sensitive;
use noise_rust_crypto::{ChaCha20Poly1305, Sha256, X25519};
use prost::Message;
use vitrine_device::{BitBox02, Control};
use vitrine_ethereum::alloy_primitives::eip191_hash_message;

use crate::link::{Answering, Counted};
use crate::request::{SEPOLIA_PATH, account, secret};

type Script = Box<dyn FnMut(Request) -> Response + Send>;
type Shake = HandshakeState<X25519, ChaCha20Poly1305, Sha256>;

/// What the device says outside of the channel.
pub struct Manners {
    pub info: Vec<u8>,
    pub unlock: u8,
    pub verify: u8,
    /// Whether it asks for the code to be compared.
    pub asks: bool,
    pub static_key: [u8; 32],
}

impl Default for Manners {
    fn default() -> Self {
        let info = b"\x07v9.27.0\x00\x00\x01\x01".to_vec();
        Self { info, unlock: 0, verify: 0, asks: true, static_key: [0x77; 32] }
    }
}

/// The other side of the channel.
pub struct Fake {
    pub manners: Manners,
    script: Script,
    shake: Option<Shake>,
    ciphers: Option<(CipherState<ChaCha20Poly1305>, CipherState<ChaCha20Poly1305>)>,
    /// The hash of the last handshake: the device's own code.
    pub hash: Vec<u8>,
    pub handshakes: u8,
    /// Sent instead of the next answer to an encrypted message.
    pub instead: Option<Vec<u8>>,
}

impl Fake {
    fn new(manners: Manners, script: Script) -> Self {
        let (hash, handshakes) = (Vec::new(), 0);
        Self { manners, script, shake: None, ciphers: None, hash, handshakes, instead: None }
    }

    /// Answers a message of the layer above packets.
    fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        let acknowledged = |rest: &[u8]| [&[0, 0], rest].concat();
        match message {
            b"i" => self.manners.info.clone(),
            [0, b'u'] => vec![0, self.manners.unlock],
            [0, b'h'] => {
                self.handshakes += 1;
                let key = |bytes: [u8; 32]| Some(Sensitive::from_slice(&bytes));
                let (own, fresh) = (key(self.manners.static_key), key([0x80 + self.handshakes; 32]));
                let prologue = b"Noise_XX_25519_ChaChaPoly_SHA256";
                self.shake = Some(Shake::new(noise_xx(), false, prologue, own, fresh, None, None));
                acknowledged(&[])
            }
            [0, b'H', rest @ ..] => self.shaken(rest),
            [0, b'v'] => vec![0, self.manners.verify],
            [0, b'n', secret @ ..] => self.encrypted(secret),
            _ => vec![3],
        }
    }

    fn shaken(&mut self, message: &[u8]) -> Vec<u8> {
        let shake = self.shake.as_mut().unwrap();
        shake.read_message_vec(message).unwrap();
        if !shake.completed() {
            return [&[0, 0], shake.write_message_vec(&[]).unwrap().as_slice()].concat();
        }
        self.hash = shake.get_hash().to_vec();
        self.ciphers = Some(shake.get_ciphers());
        vec![0, 0, u8::from(self.manners.asks)]
    }

    fn encrypted(&mut self, secret: &[u8]) -> Vec<u8> {
        if let Some(instead) = self.instead.take() {
            return instead;
        }
        let (receive, send) = self.ciphers.as_mut().unwrap();
        let request = pb::Request::decode(receive.decrypt_vec(secret).unwrap().as_slice()).unwrap();
        let response = Some((self.script)(request.request.unwrap()));
        let secret = send.encrypt_vec(&pb::Response { response }.encode_to_vec());
        [&[0, 0], secret.as_slice()].concat()
    }

    /// The code that it shows.
    pub fn code(&self) -> String {
        let letters = data_encoding::BASE32.encode(&self.hash);
        [&letters[..5], &letters[5..10], &letters[10..15], &letters[15..20]].join(" ")
    }
}

/// The driver of a device with this script.
pub fn device(
    manners: Manners,
    script: impl FnMut(Request) -> Response + Send + 'static,
) -> (BitBox02, Arc<Mutex<Fake>>) {
    let fake = Arc::new(Mutex::new(Fake::new(manners, Box::new(script))));
    let (control, other) = (Control::default(), Arc::clone(&fake));
    let link = Answering::new(control.clone(), move |message| Ok(other.lock().unwrap().answer(message)));
    (BitBox02::new(Box::new(link), Box::<Counted>::default(), control), fake)
}

/// A device behind a link of its own.
pub fn behind(link: impl FnMut(&mut Fake, &[u8]) -> Vec<u8> + Send + 'static, script: Script) -> BitBox02 {
    let (mut link, mut fake) = (link, Fake::new(Manners::default(), script));
    let control = Control::default();
    let answering = Answering::new(control.clone(), move |message| Ok(link(&mut fake, message)));
    BitBox02::new(Box::new(answering), Box::<Counted>::default(), control)
}

/// Passes a message on.
pub fn pass(fake: &mut Fake, message: &[u8]) -> Vec<u8> {
    fake.answer(message)
}

pub fn failure(code: i32) -> Response {
    Response::Error(pb::Error { code, message: "words of the device".to_owned() })
}

pub fn eth(response: EthResponse) -> Response {
    Response::Eth(pb::EthResponse { response: Some(response) })
}

/// How a device that signs messages cheats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cheat {
    Nothing,
    /// It chooses its nonce alone.
    IgnoresTheHostNonce,
    /// It commits to one nonce and takes another.
    ChangesItsNonce,
    /// It adds something of its own to what it was given.
    AddsToTheHostNonce,
    /// It signs before it was told our part.
    SignsAtOnce,
    /// Its commitment is no point.
    CommitsToNothing,
    OtherKey,
    OtherMessage,
    HighS,
    ShortSignature,
}

/// A device that signs personal messages.
pub fn signer(cheat: Cheat, message: Vec<u8>) -> Script {
    Box::new(move |request| {
        let Request::Eth(pb::EthRequest { request: Some(request) }) = request else { return failure(101) };
        match request {
            EthRequest::Pub(_) => eth(EthResponse::Pub(pb::PubResponse { r#pub: account().to_string() })),
            EthRequest::SignMsg(asked) => {
                assert_eq!((asked.msg, asked.keypath), (message.clone(), SEPOLIA_PATH.to_vec()));
                assert_eq!(asked.host_nonce_commitment.unwrap().commitment.len(), 32);
                if cheat == Cheat::SignsAtOnce {
                    return eth(EthResponse::Sign(pb::EthSignResponse { signature: vec![1; 65] }));
                }
                let commitment = if cheat == Cheat::CommitsToNothing { vec![0; 33] } else { point(NONCE) };
                eth(EthResponse::AntikleptoSignerCommitment(pb::AntiKleptoSignerCommitment { commitment }))
            }
            EthRequest::AntikleptoSignature(told) => {
                let signature = signed(cheat, &message, told.host_nonce.try_into().unwrap());
                eth(EthResponse::Sign(pb::EthSignResponse { signature }))
            }
            _ => failure(105),
        }
    })
}

const NONCE: [u8; 32] = [0x5a; 32];

fn scalar(bytes: [u8; 32]) -> Scalar {
    <Scalar as Reduce<U256>>::reduce_bytes(&bytes.into())
}

fn point(nonce: [u8; 32]) -> Vec<u8> {
    (ProjectivePoint::GENERATOR * scalar(nonce)).to_affine().to_encoded_point(true).as_bytes().to_vec()
}

fn tweak(commitment: &[u8], host_nonce: [u8; 32]) -> Scalar {
    let tag = sha256::Hash::hash(b"s2c/ecdsa/point").to_byte_array();
    let mut engine = sha256::Hash::engine();
    [&tag, &tag, commitment, &host_nonce].into_iter().for_each(|part: &[u8]| engine.input(part));
    scalar(sha256::Hash::from_engine(engine).to_byte_array())
}

fn signed(cheat: Cheat, message: &[u8], host_nonce: [u8; 32]) -> Vec<u8> {
    let shared = scalar(NONCE) + tweak(&point(NONCE), host_nonce);
    let nonce = match cheat {
        Cheat::IgnoresTheHostNonce => scalar(NONCE),
        Cheat::ChangesItsNonce => scalar([9; 32]) + tweak(&point([9; 32]), host_nonce),
        Cheat::AddsToTheHostNonce => shared + Scalar::ONE,
        _ => shared,
    };
    let key = if cheat == Cheat::OtherKey { scalar([3; 32]) } else { scalar(secret(&SEPOLIA_PATH).secret_bytes()) };
    let text = if cheat == Cheat::OtherMessage { b"something else".as_slice() } else { message };
    let r: [u8; 32] =
        (ProjectivePoint::GENERATOR * nonce).to_affine().to_encoded_point(false).as_bytes()[1..33].try_into().unwrap();
    let mut s = nonce.invert().unwrap() * (scalar(eip191_hash_message(text).0) + scalar(r) * key);
    if bool::from(s.is_high()) != (cheat == Cheat::HighS) {
        s = -s;
    }
    let mut signature = [r.as_slice(), s.to_bytes().as_slice(), &[0]].concat();
    if cheat == Cheat::ShortSignature {
        signature.pop();
    }
    signature
}
