//! Two rounds of signing together (BIP-327): against the recording, and against the emulator where there is one.

use bitcoin::bip32::Xpub;
use bitcoin::hashes::Hash as _;
use bitcoin::psbt::raw::Key;
use bitcoin::secp256k1::{All, PublicKey, Secp256k1};
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::taproot::{LeafVersion, TapLeafHash};
use bitcoin::{Psbt, ScriptBuf, TxOut};
use vitrine_bitcoin::{
    AddressBook, CheckedPsbt, MusigPart, NonceFault, Registration, Returned, SignatureFault, Surroundings, VerifyError,
    Wallet, decode, verify_response, verify_returned,
};
use vitrine_device::{Control, Device, DeviceError, Ledger, LedgerScreen, Registered};

use crate::firmware::shown;
use crate::live::{Lab, Person};
use crate::recording::{Exchange, Replay, transcript};
use crate::request::{Agreeing, FINGERPRINT, NETWORK, Spend, other_key, own_key, wallet};

#[allow(dead_code, reason = "the tests of the other crate use the rest")]
#[path = "../../../bitcoin/tests/common/musig.rs"]
mod cosigner;

use cosigner::{Joint, SecretNonce, account, account_key, sign};

pub const RECORDING: &str = "ledger-bitcoin-2.4.6-nanosp-musig.txt";
const PARTNER: u8 = 9;
const ACCOUNT: &str = "86'/1'/9'";

fn secp() -> Secp256k1<All> {
    Secp256k1::new()
}

/// Where the aggregate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    KeyPath,
    Leaf,
}

const SHAPES: [Shape; 2] = [Shape::KeyPath, Shape::Leaf];

impl Shape {
    const fn name(self) -> &'static str {
        match self {
            Self::KeyPath => "Together",
            Self::Leaf => "Together in a leaf",
        }
    }

    fn wallet(self) -> Wallet {
        let (own, partner) = (own_key(ACCOUNT), account_key(PARTNER));
        match self {
            Self::KeyPath => wallet(self.name(), "tr(musig(@0,@1)/**)", &[own, partner]),
            Self::Leaf => wallet(self.name(), "tr(@0/**,pk(musig(@1,@2)/**))", &[other_key(1, ACCOUNT), own, partner]),
        }
    }

    /// Two coins, a payment, change.
    fn spend(self, registration: &Registration) -> Spend {
        let wallet = self.wallet().with_registrations(vec![registration.clone()]);
        let spend = Spend::of(vec![wallet.clone()]).input(&wallet, 0, 100_000).input(&wallet, 5, 100_000);
        spend.pay(60_000).change(&wallet, 7, 139_000)
    }
}

/// Both participants' request.
struct Team {
    spend: Spend,
    psbt: Psbt,
    joints: Vec<Joint>,
}

fn own_point() -> PublicKey {
    let text = own_key(ACCOUNT);
    text.split_once(']').unwrap().1.parse::<Xpub>().unwrap().public_key
}

fn partner_point() -> PublicKey {
    account(PARTNER).private_key.public_key(&secp())
}

impl Team {
    fn new(shape: Shape, registration: &Registration) -> Self {
        let spend = shape.spend(registration);
        let joint = |index: u32| {
            let joint = Joint::new(vec![own_point(), partner_point()]).derived([0, index]);
            match shape {
                Shape::KeyPath => joint.tap_tweaked(),
                Shape::Leaf => {
                    let key = joint.key.x_only_public_key().0;
                    let script = ScriptBuf::builder().push_x_only_key(&key);
                    let script = script.push_opcode(bitcoin::opcodes::all::OP_CHECKSIG).into_script();
                    joint.in_leaf(TapLeafHash::from_script(&script, LeafVersion::TapScript))
                }
            }
        };
        Self { psbt: spend.psbt.clone(), spend, joints: vec![joint(0), joint(5)] }
    }

    fn checked(&self) -> CheckedPsbt {
        let surroundings = Surroundings {
            network: NETWORK,
            wallets: self.spend.wallets.clone(),
            address_book: AddressBook::default(),
        };
        decode(&self.psbt.serialize()).unwrap().check(&surroundings).unwrap()
    }

    fn took(&mut self, psbt: &[u8]) {
        self.psbt = Psbt::deserialize(psbt).unwrap();
    }

    fn nonce(input: usize) -> SecretNonce {
        SecretNonce::new(u8::try_from(input).unwrap() + 100)
    }

    /// The other participant's first round.
    fn partner_gives_nonces(&mut self) {
        for (input, joint) in self.joints.iter().enumerate() {
            let field = joint.nonce_field(&partner_point());
            self.psbt.inputs[input].unknown.insert(field, Self::nonce(input).public());
        }
    }

    /// The other participant's second round.
    fn partner_signs(&mut self) {
        for input in 0..self.joints.len() {
            let joint = &self.joints[input];
            let nonce = |key: &PublicKey| self.field(input, &joint.nonce_field(key));
            let nonces = [nonce(&own_point()), nonce(&partner_point())];
            let secret = account(PARTNER).private_key;
            let partial = sign(joint, &secret, &Self::nonce(input), &nonces, &self.digest(input));
            let field = joint.partial_field(&partner_point());
            self.psbt.inputs[input].unknown.insert(field, partial.to_vec());
        }
    }

    fn field(&self, input: usize, key: &Key) -> Vec<u8> {
        self.psbt.inputs[input].unknown.get(key).unwrap().clone()
    }

    fn digest(&self, input: usize) -> [u8; 32] {
        let spent: Vec<TxOut> = self.psbt.inputs.iter().map(|input| input.witness_utxo.clone().unwrap()).collect();
        let (prevouts, kind) = (Prevouts::All(&spent), TapSighashType::Default);
        let mut cache = SighashCache::new(&self.psbt.unsigned_tx);
        match self.joints[input].leaf {
            None => cache.taproot_key_spend_signature_hash(input, &prevouts, kind),
            Some(leaf) => cache.taproot_script_spend_signature_hash(input, &prevouts, leaf, kind),
        }
        .unwrap()
        .to_byte_array()
    }
}

/// Where the exchanges come from.
trait Source {
    /// Runs one operation; returns what the device showed meanwhile.
    fn run<T>(&mut self, name: &str, person: Person, operation: impl FnOnce(&mut Ledger) -> T) -> (T, Vec<String>);
}

impl Source for Lab {
    fn run<T>(&mut self, name: &str, person: Person, operation: impl FnOnce(&mut Ledger) -> T) -> (T, Vec<String>) {
        let (result, lines) = Lab::run(self, name, person, operation);
        (result, crate::firmware::joined(&lines))
    }
}

struct Recorded(Vec<Exchange>);

impl Source for Recorded {
    fn run<T>(&mut self, name: &str, _: Person, operation: impl FnOnce(&mut Ledger) -> T) -> (T, Vec<String>) {
        let known = self.0.iter().find(|exchange| exchange.name == name);
        let exchange = known.unwrap_or_else(|| panic!("no exchange “{name}”")).clone();
        let length = exchange.lines.len();
        let (replay, played) = Replay::new(exchange.lines);
        let mut device = Ledger::new(Box::new(replay), Control::default(), LedgerScreen::Nano);
        let result = operation(&mut device);
        assert_eq!(*played.lock().unwrap(), length, "{name}: the device would have said more");
        (result, exchange.screens)
    }
}

type Outcome = Result<Vec<Returned>, DeviceError>;

fn round(source: &mut impl Source, name: &str, person: Person, checked: &CheckedPsbt) -> (Outcome, Vec<String>) {
    let mut asked = Agreeing::default();
    let (result, screens) = source.run(name, person, |device| device.sign_bitcoin_round(checked, &mut asked));
    assert_eq!(asked.0.is_empty(), screens.is_empty(), "{name}: a person is asked to look where there is something");
    (result, screens)
}

fn foretold(checked: &CheckedPsbt) -> Vec<String> {
    let (replay, _) = Replay::new(Vec::new());
    shown(&Ledger::new(Box::new(replay), Control::default(), LedgerScreen::Nano).predicted_screens(checked))
}

fn registered(source: &mut impl Source, shape: Shape) -> Registration {
    let wallet = shape.wallet();
    let name = format!("register {}", shape.name());
    let register = |device: &mut Ledger| device.register_wallet(&wallet, &mut Agreeing::default());
    let (registered, screens) = source.run(&name, Person::Agrees, register);
    let template = format!("Walletpolicy{}", wallet.policy().unwrap().template);
    assert!(screens.iter().any(|screen| screen.starts_with(&template)), "{screens:?}");
    let Ok(Registered::Kept(registration)) = registered else { panic!("{name}: {registered:?}") };
    let own = wallet.with_registrations(vec![registration.clone()]);
    let show = |device: &mut Ledger| device.show_address(&own, true, 5, &mut Agreeing::default());
    let (address, _) = source.run(&format!("show address of {}", shape.name()), Person::Agrees, show);
    assert_eq!(address.unwrap(), own.address(true, 5).unwrap());
    registration
}

/// What the device returned in each round, with the request that it was asked with.
struct Rounds {
    nonces: (CheckedPsbt, Vec<Returned>),
    partials: (CheckedPsbt, Vec<Returned>),
}

fn both_rounds(source: &mut impl Source, shape: Shape) -> Rounds {
    let mut team = Team::new(shape, &registered(source, shape));
    let title = |step: &str| format!("{step} {}", shape.name());
    // Nonces: the device shows nothing, and nothing is signed.
    let first = team.checked();
    let (nonces, screens) = round(source, &title("nonces"), Person::Agrees, &first);
    let nonces = nonces.unwrap_or_else(|error| panic!("{shape:?}: {error}"));
    assert_eq!((foretold(&first), screens), (Vec::new(), Vec::new()));
    let verified = verify_returned(&first, &nonces).unwrap();
    assert!(verified.is_nonces_alone() && verified.nonces().is_empty() && verified.transaction().is_none());
    let said = verified.checks().join("; ");
    assert!(said.contains("2 MuSig2 nonces well-formed") && said.contains("nothing is signed yet"), "{said}");
    assert!(first.to_remember(&verified).coins.is_empty(), "no coin was signed for");
    team.took(verified.psbt());
    let (early, _) = round(source, &title("too early"), Person::Agrees, &team.checked());
    assert!(matches!(early, Err(DeviceError::NoncesMissing { input: 0 })), "{early:?}");
    // With the nonces of all: a person reads, and refuses first, which costs no nonce.
    team.partner_gives_nonces();
    let second = team.checked();
    assert_eq!(second.refusal(), None);
    let (refused, _) = round(source, &title("refuse"), Person::Refuses, &second);
    assert!(matches!(refused, Err(DeviceError::RefusedOnDevice { .. })), "{refused:?}");
    let (partials, screens) = round(source, &title("sign"), Person::Agrees, &second);
    let partials = partials.unwrap_or_else(|error| panic!("{shape:?}: {error}"));
    assert_eq!(foretold(&second), screens);
    let verified = verify_returned(&second, &partials).unwrap();
    assert_eq!((verified.signature_count(), verified.transaction()), (2, None));
    assert_eq!(second.to_remember(&verified).nonces.len(), 4, "two points for each input");
    let (again, _) = round(source, &title("again"), Person::Agrees, &second);
    assert!(matches!(again, Err(DeviceError::NoncesForgotten)), "{again:?}");
    // The other participant completes it.
    team.took(verified.psbt());
    let third = team.checked();
    let (done, _) = round(source, &title("signed already"), Person::Agrees, &third);
    assert!(matches!(done, Err(DeviceError::PartSigned { input: 0 })), "{done:?}");
    team.partner_signs();
    let complete = verify_response(&third, &team.psbt.serialize()).unwrap();
    assert!(complete.transaction().is_some());
    assert!(complete.checks().iter().any(|check| check.contains("scripts of 2 inputs executed")));
    Rounds { nonces: (first, nonces), partials: (second, partials) }
}

fn recorded(shape: Shape) -> Rounds {
    both_rounds(&mut Recorded(transcript(RECORDING)), shape)
}

#[test]
fn the_vendors_app_signs_together_with_another_program_in_two_rounds() {
    SHAPES.into_iter().for_each(|shape| drop(recorded(shape)));
}

#[test]
fn musig_on_the_vendors_app() {
    let Some(mut lab) = Lab::open() else { return println!("no emulator: the recordings are replayed instead") };
    SHAPES.into_iter().for_each(|shape| drop(both_rounds(&mut lab, shape)));
}

/// One round would be lost to whoever cannot carry the nonces on.
#[test]
fn who_asks_for_signatures_alone_is_refused_before_the_device_is_asked() {
    let registration = Registration { fingerprint: FINGERPRINT.parse().unwrap(), wallet_id: [1; 32], hmac: [2; 32] };
    let (replay, _) = Replay::new(Vec::new());
    let mut device = Ledger::new(Box::new(replay), Control::default(), LedgerScreen::Nano);
    let request = Team::new(Shape::KeyPath, &registration).checked();
    let refused = device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap_err();
    assert!(matches!(&refused, DeviceError::Unsupported { what } if what.contains("two rounds")), "{refused}");
}

fn edited(returned: &[Returned], edit: impl Fn(&mut MusigPart)) -> Vec<Returned> {
    let mut returned = returned.to_vec();
    match &mut returned[0] {
        Returned::MusigNonce(part) | Returned::MusigPartial(part) => edit(part),
        Returned::Signature(_) => panic!("a whole signature"),
    }
    returned
}

fn bytes(returned: &Returned) -> Vec<u8> {
    match returned {
        Returned::MusigNonce(part) | Returned::MusigPartial(part) => part.bytes.clone(),
        Returned::Signature(signature) => signature.signature.clone(),
    }
}

#[test]
fn a_nonce_that_is_nobodys_malformed_repeated_or_a_second_one_is_refused() {
    for shape in SHAPES {
        let rounds = recorded(shape);
        let (request, nonces) = &rounds.nonces;
        let fault = |edit: fn(&mut MusigPart)| verify_returned(request, &edited(nonces, edit)).unwrap_err();
        let nonce = |fault| VerifyError::Nonce { input: 0, fault };
        assert_eq!(fault(|part| part.participant = part.aggregate), nonce(NonceFault::Stranger));
        assert_eq!(fault(|part| part.aggregate = part.participant), nonce(NonceFault::ForeignKey));
        assert_eq!(fault(|part| part.leaf = Some(TapLeafHash::all_zeros())), nonce(NonceFault::ForeignKey));
        assert_eq!(fault(|part| part.bytes[0] = 4), nonce(NonceFault::Encoding));
        assert_eq!(fault(|part| part.bytes[..33].fill(0)), nonce(NonceFault::Encoding));
        assert_eq!(fault(|part| part.bytes.truncate(65)), nonce(NonceFault::Encoding));
        assert_eq!(fault(|part| part.input = 1), VerifyError::Nonce { input: 1, fault: NonceFault::ForeignKey });
        assert_eq!(fault(|part| part.input = 2), VerifyError::NoSuchInput { input: 2, inputs: 2 });
        let first = &nonces[..1];
        let twice = [first, first].concat();
        assert_eq!(verify_returned(request, &twice).unwrap_err(), nonce(NonceFault::Second));
        assert_eq!(verify_returned(request, first).unwrap_err(), VerifyError::Missing { input: 1 });
        // Another one for a participant who has one: partial signatures with both give the private key away.
        assert_eq!(verify_returned(&rounds.partials.0, nonces).unwrap_err(), nonce(NonceFault::Second));
        let shared = bytes(&nonces[1]);
        let shared = verify_returned(request, &edited(nonces, |part| part.bytes = shared.clone())).unwrap_err();
        assert!(matches!(shared, VerifyError::Nonce { fault: NonceFault::Repeated, .. }), "{shared}");
    }
}

#[test]
fn a_partial_signature_that_does_not_verify_is_refused() {
    for shape in SHAPES {
        let Rounds { nonces, partials } = recorded(shape);
        let (request, signed) = &partials;
        let wrong = VerifyError::Signature { input: 0, fault: SignatureFault::Wrong };
        let fault = |edit: fn(&mut MusigPart)| verify_returned(request, &edited(signed, edit)).unwrap_err();
        assert_eq!(fault(|part| part.bytes[31] ^= 1), wrong);
        assert_eq!(fault(|part| part.bytes.fill(0xff)), wrong);
        assert_eq!(fault(|part| part.bytes.truncate(31)), wrong);
        assert_eq!(fault(|part| part.participant = partner_point()), wrong, "as somebody else's");
        assert!(matches!(fault(|part| part.participant = part.aggregate), VerifyError::ForeignKey { input: 0, .. }));
        let other = bytes(&signed[1]);
        assert_eq!(verify_returned(request, &edited(signed, |part| part.bytes = other.clone())), Err(wrong));
        let twice = [signed.as_slice(), &signed[..1]].concat();
        assert_eq!(verify_returned(request, &twice), Err(VerifyError::Duplicate { input: 0 }));
        // Without the nonces of all participants nobody can say whether it is right.
        let missing = VerifyError::Signature { input: 0, fault: SignatureFault::NonceMissing };
        assert_eq!(verify_returned(&nonces.0, signed), Err(missing));
    }
}
