//! A wallet that signs together (BIP-327, 328, 373, 390): nonces, partial signatures, and what goes wrong with them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use std::str::FromStr as _;

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint};
use bitcoin::hashes::Hash as _;
use bitcoin::psbt::Input;
use bitcoin::secp256k1::{PublicKey, SecretKey};
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::taproot::{LeafVersion, TapLeafHash};
use bitcoin::{OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, consensus};
use common::musig::{Joint, SecretNonce, account, account_key, sign};
use common::{Form, Maker, all_codes, codes, field, review};
use vitrine_bitcoin::{
    AddressBook, CheckedPsbt, CombineError, Cosigner, Network, NonceFault, SignatureFault, SigningMemory, Surroundings,
    Verified, VerifyError, Wallet, combine, decode, verify_response,
};
use vitrine_review::Severity;

const NETWORK: Network = Network::Testnet3;
const NAMES: [&str; 3] = ["A. Brandt", "R. Tanaka", "J. Lindqvist"];
const NOBODY: &str = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

/// How the three keys stand in the descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// The aggregate derives (BIP-328), and is the internal key.
    Derived,
    /// Each key derives, then they are aggregated.
    Each,
    /// The aggregate stands in a leaf; nobody has the internal key.
    Leaf,
}

const SHAPES: [Shape; 3] = [Shape::Derived, Shape::Each, Shape::Leaf];

fn wallet(shape: Shape) -> Wallet {
    let keys = [1, 2, 3].map(account_key);
    let text = match shape {
        Shape::Derived => format!("tr(musig({})/<0;1>/*)", keys.join(",")),
        Shape::Each => format!("tr(musig({}))", keys.join("/<0;1>/*,") + "/<0;1>/*"),
        Shape::Leaf => format!("tr({NOBODY},pk(musig({})/<0;1>/*))", keys.join(",")),
    };
    let wallet = Wallet::parse("Treasury", &text, NETWORK).unwrap();
    let cosigner = |(name, key): (&str, &String)| Cosigner {
        name: name.to_owned(),
        fingerprint: Fingerprint::from_str(&key[1..9]).unwrap(),
    };
    wallet.with_cosigners(NAMES.into_iter().zip(&keys).map(cosigner).collect()).unwrap()
}

fn secret(shape: Shape, cosigner: usize, index: u32) -> SecretKey {
    let account = account(cosigner as u8 + 1);
    match shape {
        Shape::Each => {
            let steps = [ChildNumber::from(0), ChildNumber::from(index)];
            account.derive_priv(&common::secp(), &steps).unwrap().private_key
        }
        Shape::Derived | Shape::Leaf => account.private_key,
    }
}

fn participant(shape: Shape, cosigner: usize, index: u32) -> PublicKey {
    secret(shape, cosigner, index).public_key(&common::secp())
}

/// A request of one coin or more, at receive indexes 0, 1, …
struct Team {
    shape: Shape,
    psbt: Psbt,
    joints: Vec<Joint>,
}

impl Team {
    fn new(shape: Shape, coins: u32) -> Self {
        let mut maker = Maker::new(Form::Tr, &[], 90_000, None);
        let mut joints = Vec::new();
        for index in 0..coins {
            let own = wallet(shape).script(false, index).unwrap();
            let participants = (0..3).map(|cosigner| participant(shape, cosigner, index)).collect();
            let joint = match shape {
                Shape::Derived => Joint::new(participants).derived([0, index]).tap_tweaked(),
                Shape::Each => Joint::new(participants).tap_tweaked(),
                Shape::Leaf => {
                    let joint = Joint::new(participants).derived([0, index]);
                    let hash = TapLeafHash::from_script(&leaf_script(&joint), LeafVersion::TapScript);
                    joint.in_leaf(hash)
                }
            };
            let script = own.script_pubkey();
            if shape != Shape::Leaf {
                let output_key = joint.key.x_only_public_key().0.serialize();
                assert_eq!(&script.as_bytes()[2..], output_key, "{shape:?}");
            }
            let previous = common::previous(script, 100_000, index as u8 + 3);
            let mut input = Input { non_witness_utxo: Some(previous.clone()), ..Input::default() };
            input.witness_utxo = Some(previous.output[1].clone());
            for key in own.keys() {
                let source = (key.fingerprint(), key.path().clone());
                input.tap_key_origins.insert(key.public_key().inner.x_only_public_key().0, (Vec::new(), source));
            }
            let outpoint = OutPoint::new(previous.compute_txid(), 1);
            let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
            maker.psbt.unsigned_tx.input.push(TxIn { previous_output: outpoint, sequence, ..TxIn::default() });
            maker.psbt.inputs.push(input);
            joints.push(joint);
        }
        Self { shape, psbt: maker.psbt, joints }
    }

    fn nonce(input: usize, cosigner: usize) -> SecretNonce {
        SecretNonce::new((10 * input + cosigner) as u8)
    }

    /// With the nonces of these cosigners for every input.
    fn with_nonces(mut self, cosigners: &[usize]) -> Self {
        for cosigner in cosigners {
            for input in 0..self.psbt.inputs.len() {
                self.set_nonce(input, *cosigner, &Self::nonce(input, *cosigner));
            }
        }
        self
    }

    fn set_nonce(&mut self, input: usize, cosigner: usize, nonce: &SecretNonce) {
        let field = self.joints[input].nonce_field(&participant(self.shape, cosigner, input as u32));
        self.psbt.inputs[input].unknown.insert(field, nonce.public());
    }

    fn digest(&self, input: usize) -> [u8; 32] {
        let spent: Vec<TxOut> = self.psbt.inputs.iter().map(|i| i.witness_utxo.clone().unwrap()).collect();
        let (prevouts, kind) = (Prevouts::All(&spent), TapSighashType::Default);
        let mut cache = SighashCache::new(&self.psbt.unsigned_tx);
        match self.joints[input].leaf {
            None => cache.taproot_key_spend_signature_hash(input, &prevouts, kind),
            Some(leaf) => cache.taproot_script_spend_signature_hash(input, &prevouts, leaf, kind),
        }
        .unwrap()
        .to_byte_array()
    }

    fn partial(&self, input: usize, cosigner: usize) -> [u8; 32] {
        let nonces: Vec<Vec<u8>> = (0..3).map(|cosigner| Self::nonce(input, cosigner).public()).collect();
        let secret = secret(self.shape, cosigner, input as u32);
        sign(&self.joints[input], &secret, &Self::nonce(input, cosigner), &nonces, &self.digest(input))
    }

    /// With the partial signatures of these cosigners for every input.
    fn with_partials(mut self, cosigners: &[usize]) -> Self {
        for cosigner in cosigners {
            for input in 0..self.psbt.inputs.len() {
                let partial = self.partial(input, *cosigner);
                self.set_partial(input, *cosigner, partial.to_vec());
            }
        }
        self
    }

    fn set_partial(&mut self, input: usize, cosigner: usize, partial: Vec<u8>) {
        let field = self.joints[input].partial_field(&participant(self.shape, cosigner, input as u32));
        self.psbt.inputs[input].unknown.insert(field, partial);
    }

    fn bytes(&self) -> Vec<u8> {
        self.psbt.serialize()
    }

    fn check(&self) -> CheckedPsbt {
        check(&self.bytes(), self.shape)
    }
}

fn leaf_script(joint: &Joint) -> ScriptBuf {
    let key = joint.key.x_only_public_key().0;
    ScriptBuf::builder().push_x_only_key(&key).push_opcode(bitcoin::opcodes::all::OP_CHECKSIG).into_script()
}

fn check(bytes: &[u8], shape: Shape) -> CheckedPsbt {
    let wallets = vec![wallet(shape)];
    let surroundings = Surroundings { network: NETWORK, wallets, address_book: AddressBook::default() };
    decode(bytes).unwrap().check(&surroundings).unwrap()
}

/// An operator's check, who has no wallets.
fn check_alone(bytes: &[u8]) -> CheckedPsbt {
    let nobody = Surroundings { network: NETWORK, wallets: Vec::new(), address_book: AddressBook::default() };
    decode(bytes).unwrap().check(&nobody).unwrap()
}

fn checks(verified: &Verified) -> String {
    verified.checks().join("; ")
}

fn transaction(verified: &Verified) -> Option<Transaction> {
    verified.transaction().map(|bytes| consensus::deserialize(bytes).unwrap())
}

#[test]
fn nonces_then_partial_signatures_of_all_cosigners_make_a_transaction() {
    for shape in SHAPES {
        let team = || Team::new(shape, 2);
        // First the nonces, one cosigner after the other.
        let verified = verify_response(&team().check(), &team().with_nonces(&[0]).bytes()).unwrap();
        assert_eq!(verified.psbt(), team().with_nonces(&[0]).bytes());
        assert_eq!((verified.signature_count(), verified.transaction()), (0, None));
        let said = checks(&verified);
        assert!(said.contains("2 MuSig2 nonces well-formed, for participants of a registered wallet"), "{said}");
        assert!(
            said.contains("0 of 2 own inputs signed") && said.contains("2 inputs lack 3 signatures each"),
            "{said}"
        );
        let with_two = verify_response(&check(verified.psbt(), shape), &team().with_nonces(&[0, 1]).bytes()).unwrap();
        // The last one gives nonce and partial signature at once.
        let last = team().with_nonces(&[0, 1, 2]).with_partials(&[2]).bytes();
        let verified = verify_response(&check(with_two.psbt(), shape), &last).unwrap();
        let said = checks(&verified);
        assert!(said.contains("2 partial signatures valid") && said.contains("2 of 2 own inputs signed"), "{said}");
        assert!(said.contains("cosigner J. Lindqvist has signed 2 inputs"), "{said}");
        assert!(said.contains("2 inputs lack 2 signatures each"), "{said}");
        // The others see what is there, proven.
        let next = check(verified.psbt(), shape);
        assert_eq!(next.refusal(), None);
        assert!(codes(&next, Severity::Restricted).is_empty(), "{:?}", all_codes(&next));
        assert_eq!(next.inputs()[0].signers(), ["J. Lindqvist"]);
        assert_eq!(next.inputs()[0].missing_signatures(), Some(2));
        assert_eq!(field(&next, "btc.input[0].signed-by"), "J. Lindqvist; 2 more needed");
        assert!(common::proof(&next, "btc.input[0].musig2-signature[0]").contains("verification"));
        let all = team().with_nonces(&[0, 1, 2]).with_partials(&[0, 1, 2]).bytes();
        let verified = verify_response(&next, &all).unwrap();
        assert_eq!(verified.signature_count(), 6, "two partial signatures and the whole one for each of two inputs");
        for input in transaction(&verified).unwrap().input {
            assert_eq!(input.witness.len(), if shape == Shape::Leaf { 3 } else { 1 }, "{shape:?}");
        }
        let said = checks(&verified);
        for name in &NAMES {
            assert!(said.contains(&format!("cosigner {name} has signed 2 inputs")), "{said}");
        }
        assert!(said.contains("scripts of 2 inputs executed, all accept"), "{said}");
        // What was made is read back the same, and by an operator too.
        assert_eq!(verify_response(&next, verified.psbt()).as_ref(), Ok(&verified));
        assert_eq!(check(verified.psbt(), shape).inputs()[0].missing_signatures(), Some(0));
    }
}

#[test]
fn the_review_says_whose_nonces_are_there_and_whose_are_missing() {
    let checked = Team::new(Shape::Derived, 1).with_nonces(&[0, 2]).check();
    let review = review(&checked);
    let finding = review.findings().iter().find(|f| f.code == "btc.musig-nonce-present").unwrap();
    // In the order of aggregation.
    assert!(finding.truth.starts_with("The input 0 carries MuSig2 nonces for "), "{}", finding.truth);
    assert!(finding.truth.contains(NAMES[0]) && finding.truth.ends_with("Missing: R. Tanaka."), "{}", finding.truth);
    assert_eq!(finding.severity, Severity::Fact);
    assert!(review.document().field(&finding.field.clone().unwrap()).is_some());
    assert_eq!(checked.refusal(), None);
    assert_eq!(checked.inputs()[0].missing_signatures(), Some(3));
}

/// A partial signature for another transaction, by another cosigner, with one bit changed, or above the group order.
#[test]
fn a_wrong_partial_signature_refuses() {
    for shape in SHAPES {
        let team = || Team::new(shape, 2).with_nonces(&[0, 1, 2]);
        let right = team().partial(0, 0);
        let mut bit = right;
        bit[31] ^= 1;
        let wrong = [team().partial(0, 1), team().partial(1, 0), bit, [0; 32]];
        for partial in wrong {
            let mut signed = team().with_partials(&[0]);
            signed.set_partial(0, 0, partial.to_vec());
            let error = VerifyError::Signature { input: 0, fault: SignatureFault::Wrong };
            assert_eq!(verify_response(&team().check(), &signed.bytes()), Err(error));
            let checked = signed.check();
            assert_eq!(checked.refusal().unwrap().code, "btc.signature-wrong");
            assert_eq!(checked.inputs()[0].missing_signatures(), Some(3));
            assert_eq!(checked.inputs()[1].missing_signatures(), Some(2));
        }
        let mut other = team();
        other.psbt.unsigned_tx.output[0].value = bitcoin::Amount::from_sat(89_999);
        let partial = other.partial(0, 0);
        let mut signed = team();
        signed.set_partial(0, 0, partial.to_vec());
        assert_eq!(signed.check().refusal().unwrap().code, "btc.signature-wrong");
    }
}

#[test]
fn a_partial_signature_without_all_nonces_is_never_counted() {
    let team = || Team::new(Shape::Derived, 1);
    for nonces in [[].as_slice(), &[0, 1], &[1, 2]] {
        let signed = team().with_nonces(nonces).with_partials(&[0]);
        let error = VerifyError::Signature { input: 0, fault: SignatureFault::NonceMissing };
        assert_eq!(verify_response(&team().with_nonces(nonces).check(), &signed.bytes()), Err(error));
        let checked = signed.check();
        assert_eq!(checked.refusal().unwrap().code, "btc.musig-nonce-missing", "{nonces:?}");
        assert_eq!(checked.inputs()[0].missing_signatures(), Some(3));
    }
}

/// One nonce for two coins, or for two cosigners: partial signatures with them give private keys away.
#[test]
fn a_nonce_that_repeats_refuses() {
    let team = || Team::new(Shape::Derived, 2).with_nonces(&[0, 1, 2]);
    let mut twice = team();
    twice.set_nonce(1, 0, &Team::nonce(0, 0));
    let mut shared = team();
    shared.set_nonce(0, 1, &Team::nonce(0, 0));
    for (request, who) in [(twice, "one participant"), (shared, "two participants")] {
        let checked = request.check();
        let refusal = checked.refusal().unwrap();
        assert_eq!(refusal.code, "btc.musig-nonce-reused");
        assert!(refusal.truth.contains(who), "{}", refusal.truth);
        assert!(review(&checked).document().field(refusal.field.as_ref().unwrap()).is_some());
        let error = verify_response(&Team::new(Shape::Derived, 2).check(), &request.bytes()).unwrap_err();
        assert!(matches!(error, VerifyError::Nonce { fault: NonceFault::Repeated, .. }), "{error}");
    }
    // Half of a nonce with the other sign is the same nonce.
    let mut negated = Team::new(Shape::Derived, 2).with_nonces(&[0, 1]);
    let mut nonce = Team::nonce(1, 2).public();
    nonce[33..].copy_from_slice(&Team::nonce(0, 0).public()[..33]);
    nonce[33] ^= 1;
    let field = negated.joints[1].nonce_field(&participant(Shape::Derived, 2, 1));
    negated.psbt.inputs[1].unknown.insert(field, nonce);
    assert_eq!(negated.check().refusal().unwrap().code, "btc.musig-nonce-reused");
}

/// A device whose nonce does not change: the same nonce in two sessions, of which the ceremony remembers the first.
#[test]
fn a_nonce_that_was_in_an_earlier_session_is_not_taken() {
    let team = || Team::new(Shape::Derived, 1).with_nonces(&[0, 1, 2]);
    let verified = verify_response(&team().check(), &team().with_partials(&[0]).bytes()).unwrap();
    assert_eq!(verified.nonces().len(), 2);
    let mut memory = SigningMemory::default();
    let recorded = vitrine_review::Recorded { entry: 1, at: 0, head: vitrine_review::Digest::new([0; 32]) };
    memory.add(team().check().to_remember(&verified), recorded);
    let again = team().check().with_memory(&memory);
    assert_eq!(verify_response(&again, &team().with_partials(&[0]).bytes()).as_ref(), Ok(&verified));
    // The same coin and transaction with another nonce of somebody else: another session.
    let mut other = Team::new(Shape::Derived, 1).with_nonces(&[0, 1]);
    let stranger = SecretNonce::new(99);
    other.set_nonce(0, 2, &stranger);
    let nonces = [Team::nonce(0, 0).public(), Team::nonce(0, 1).public(), stranger.public()];
    let secret = secret(Shape::Derived, 0, 0);
    let partial = sign(&other.joints[0], &secret, &Team::nonce(0, 0), &nonces, &other.digest(0));
    let request = other.check();
    other.set_partial(0, 0, partial.to_vec());
    assert!(verify_response(&request, &other.bytes()).is_ok());
    let error = verify_response(&request.with_memory(&memory), &other.bytes()).unwrap_err();
    assert_eq!(error, VerifyError::NonceReused { input: 0 });
}

#[test]
fn somebody_else_in_a_cosigners_place_is_refused() {
    let stranger = SecretKey::from_slice(&[9; 32]).unwrap().public_key(&common::secp());
    let team = || Team::new(Shape::Derived, 1);
    let mut posing = team();
    let field = posing.joints[0].nonce_field(&stranger);
    posing.psbt.inputs[0].unknown.insert(field, SecretNonce::new(50).public());
    assert_eq!(posing.check().refusal().unwrap().code, "btc.musig-participant-unknown");
    let error = VerifyError::Nonce { input: 0, fault: NonceFault::Stranger };
    assert_eq!(verify_response(&team().check(), &posing.bytes()), Err(error));
    // The same for a key that is not the one that signs: nobody can say what the nonce is for.
    let mut other_key = team();
    let joint = Joint::new(other_key.joints[0].participants.clone());
    let field = joint.nonce_field(&participant(Shape::Derived, 0, 0));
    other_key.psbt.inputs[0].unknown.insert(field, SecretNonce::new(51).public());
    assert!(codes(&other_key.check(), Severity::Restricted).contains(&"btc.musig-unproven"));
    let error = VerifyError::Nonce { input: 0, fault: NonceFault::ForeignKey };
    assert_eq!(verify_response(&team().check(), &other_key.bytes()), Err(error));
    // Participants that are a right aggregate, and not of this wallet.
    let mut other_team = team();
    let rogue = Joint::new(vec![stranger, participant(Shape::Derived, 0, 0)]);
    let field = bitcoin::psbt::raw::Key { type_value: 0x1a, key: rogue.key.serialize().to_vec() };
    let points = rogue.participants.iter().flat_map(|key| key.serialize()).collect();
    other_team.psbt.inputs[0].unknown.insert(field, points);
    assert_eq!(other_team.check().refusal().unwrap().code, "btc.musig-participant-unknown");
}

#[test]
fn signatures_gathered_at_several_places_are_joined() {
    for shape in SHAPES {
        let mut first = Team::new(shape, 2);
        name_participants(&mut first);
        let team = || Team { shape, psbt: first.psbt.clone(), joints: first.joints.clone() };
        // Nonces first: each comes from another place.
        let gathered =
            [team().with_nonces(&[0]), team().with_nonces(&[1]), team().with_nonces(&[2])].map(|t| t.bytes());
        let gathered: Vec<&[u8]> = gathered.iter().map(Vec::as_slice).collect();
        let nonces = combine(&gathered).unwrap();
        assert_eq!(nonces.psbt(), team().with_nonces(&[0, 1, 2]).bytes(), "{shape:?}");
        let said = checks(&nonces);
        assert!(said.contains("4 MuSig2 nonces well-formed, for participants of the key that the coin is"), "{said}");
        let round = || team().with_nonces(&[0, 1, 2]);
        let signed = [0, 1, 2].map(|cosigner| round().with_partials(&[cosigner]).bytes());
        let two = combine(&[&signed[0], &signed[1]]).unwrap();
        assert_eq!((two.transaction(), two.signature_count()), (None, 2));
        let all = combine(&[two.psbt(), &signed[2]]).unwrap();
        assert!(transaction(&all).is_some(), "{shape:?}: {}", checks(&all));
        // An operator without wallets comes to the same.
        let operator = check_alone(&round().bytes());
        let verified = verify_response(&operator, all.psbt()).unwrap();
        assert_eq!(verified.transaction(), all.transaction());
        let mut other = round();
        other.set_nonce(0, 0, &SecretNonce::new(60));
        let error = combine(&[&signed[1], &other.bytes()]).unwrap_err();
        assert!(matches!(error, CombineError::Conflict { error: VerifyError::Changed { .. }, .. }), "{error}");
        let mut wrong = round();
        wrong.set_partial(0, 2, round().partial(0, 1).to_vec());
        let error = combine(&[&signed[0], &wrong.bytes()]).unwrap_err();
        let expected = VerifyError::Signature { input: 0, fault: SignatureFault::Wrong };
        assert_eq!(error, CombineError::Verification(expected));
    }
}

/// The fields by which somebody without the descriptor can make the key anew.
fn name_participants(team: &mut Team) {
    let Team { shape, psbt, joints } = team;
    for (index, (input, joint)) in psbt.inputs.iter_mut().zip(joints).enumerate() {
        let base = Joint::new(joint.participants.clone());
        let key = bitcoin::psbt::raw::Key { type_value: 0x1a, key: base.key.serialize().to_vec() };
        input.unknown.insert(key, base.participants.iter().flat_map(|key| key.serialize()).collect());
        let derived = if *shape == Shape::Each { base.clone() } else { base.clone().derived([0, index as u32]) };
        let x_only = derived.key.x_only_public_key().0;
        if *shape == Shape::Leaf {
            let internal = bitcoin::XOnlyPublicKey::from_str(NOBODY).unwrap();
            let script = leaf_script(&derived);
            let tree = bitcoin::taproot::TaprootBuilder::new().add_leaf(0, script.clone()).unwrap();
            let spend = tree.finalize(&common::secp(), internal).unwrap();
            let leaf = (script, LeafVersion::TapScript);
            input.tap_scripts.insert(spend.control_block(&leaf).unwrap(), leaf);
        } else {
            input.tap_internal_key = Some(x_only);
        }
        let mut hasher = bitcoin::hashes::hash160::Hash::hash(&base.key.serialize()).to_byte_array().to_vec();
        hasher.truncate(4);
        let fingerprint = Fingerprint::from(<[u8; 4]>::try_from(hasher).unwrap());
        if *shape != Shape::Each {
            let path: DerivationPath = vec![ChildNumber::from(0), ChildNumber::from(index as u32)].into();
            input.tap_key_origins.insert(x_only, (Vec::new(), (fingerprint, path)));
        }
    }
}

#[test]
fn every_changed_byte_of_a_musig_response_is_an_error() {
    let request = Team::new(Shape::Derived, 1).with_nonces(&[0, 1]);
    let response = Team::new(Shape::Derived, 1).with_nonces(&[0, 1, 2]).with_partials(&[2]).bytes();
    let checked = request.check();
    assert!(verify_response(&checked, &response).is_ok());
    for offset in 0..response.len() {
        let mut changed = response.clone();
        changed[offset] ^= 0x01;
        assert!(verify_response(&checked, &changed).is_err(), "byte {offset}");
    }
}

#[test]
fn a_nonce_for_a_coin_of_somebody_else_is_not_taken() {
    let mut request = Team::new(Shape::Derived, 1);
    name_participants(&mut request);
    let bytes = request.bytes();
    let form = Form::Wpkh;
    let checked = decode(&bytes).unwrap().check(&common::surroundings(form)).unwrap();
    let response = request.with_nonces(&[0]).bytes();
    assert_eq!(verify_response(&checked, &response), Err(VerifyError::ForeignInput { input: 0 }));
}

#[test]
fn one_participant_twice_is_no_wallet() {
    let keys = [1, 2].map(account_key);
    for text in [
        format!("tr(musig({0},{0})/<0;1>/*)", keys[0]),
        format!("tr(musig({0}/<0;1>/*,{0}/<2;3>/*,{1}/<0;1>/*))", keys[0], keys[1]),
    ] {
        let error = Wallet::parse("T", &text, NETWORK).unwrap_err();
        assert!(matches!(error, vitrine_bitcoin::WalletError::DuplicateKey { .. }), "{error}");
    }
}
