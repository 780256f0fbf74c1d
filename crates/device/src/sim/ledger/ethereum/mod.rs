//! The simulated Ethereum app, as version 1.22 behaves.
//!
//! It reads the commands itself and hashes what it read itself: nothing of the driver's work is taken for granted.

mod filters;
mod message;
mod person;
mod rlp;
mod token;
mod transaction;
mod typed;
mod value;

use bitcoin::bip32::{ChildNumber, DerivationPath, Xpriv};
use bitcoin::secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use bitcoin::secp256k1::{All, Message, Secp256k1, SecretKey};
use bitcoin::{NetworkKind, secp256k1};
use vitrine_ethereum::alloy_primitives::{Address, B256, U256, keccak256};

use self::filters::Tokens;
use self::message::MessageSigning;
use self::person::Person;
use self::token::Token;
use self::transaction::TransactionSigning;
use self::typed::TypedSigning;
use super::{Answer, Command, LedgerOptions, Status};
use crate::sim::{Fault, NetworkGuard, ScreenLog};

/// Chains whose coins are worth nothing, for which a simulated device signs in a program.
const TEST_CHAINS: [u64; 5] = [11_155_111, 17_000, 560_048, 31_337, 1_337];

/// The Ethereum app.
pub(super) struct Ethereum {
    options: LedgerOptions,
    keys: Keys,
    person: Person,
    task: Task,
    /// Typed data under way. As in the app it outlives most other commands.
    typed: Option<Box<TypedSigning>>,
    /// Tokens that Ledger vouched for.
    tokens: Tokens,
    /// Signatures given so far.
    signings: u32,
}

/// What the app waits for the rest of.
enum Task {
    Idle,
    Transaction(TransactionSigning),
    Message(MessageSigning),
}

impl Ethereum {
    /// The app on a device with `seed`.
    pub(super) fn new(options: LedgerOptions, seed: &'static str, log: ScreenLog) -> Self {
        Self {
            keys: Keys::of(seed),
            person: Person::new(options.screen, options.fault, log),
            options,
            task: Task::Idle,
            typed: None,
            tokens: Tokens::default(),
            signings: 0,
        }
    }

    /// Answers a command of this app's class.
    pub(super) fn answer(&mut self, command: &Command<'_>) -> Answer {
        let outcome = self.dispatch(command.instruction, command);
        if outcome.is_err() {
            self.reset();
        }
        outcome
    }

    fn dispatch(&mut self, instruction: u8, command: &Command<'_>) -> Answer {
        match instruction {
            0x02 => self.address(command),
            0x04 => self.sign_transaction(command),
            0x06 => Ok(vec![2 | u8::from(self.options.blind_signing), 1, 22, 0]),
            0x08 => self.sign_message(command),
            0x0a => Ok(vec![self.tokens.push(Token::read(command.data)?)?]),
            0x0c if command.p2 == 0x00 => self.sign_hashes(command),
            0x0c if command.p2 == 0x01 => self.sign_typed(command),
            0x0c => Err(Status::PARAMETERS),
            0x1a | 0x1c => self.typed_data(command),
            0x1e => self.filter_typed(command),
            _ => Err(Status::INSTRUCTION),
        }
    }

    /// The state in which the app waits for a new request. Typed data stays.
    pub(super) fn reset(&mut self) {
        self.task = Task::Idle;
        self.tokens.clear();
    }

    fn address(&mut self, command: &Command<'_>) -> Answer {
        self.reset();
        let (path, rest) = read_path(command.data)?;
        let chain_id = match rest {
            [] => 1,
            rest => u64::from_be_bytes(rest.try_into().map_err(|_| Status::DATA)?),
        };
        let key = self.keys.secret(&path)?;
        let address = self.keys.address(&key);
        match command.p1 {
            0x00 => {}
            0x01 => self.person.confirm_address(address, chain_id)?,
            _ => return Err(Status::PARAMETERS),
        }
        let digits = address.to_checksum(None);
        let mut reply = vec![65];
        reply.extend(key.public_key(&self.keys.secp).serialize_uncompressed());
        reply.push(40);
        reply.extend(digits.trim_start_matches("0x").bytes());
        Ok(reply)
    }

    fn sign_transaction(&mut self, command: &Command<'_>) -> Answer {
        let task = core::mem::replace(&mut self.task, Task::Idle);
        let mut signing = match (command.p1, task) {
            (0x00, _) => {
                let (path, _) = read_path(command.data)?;
                TransactionSigning::new(path)
            }
            (0x80, Task::Transaction(signing)) => signing,
            (0x80, _) => return Err(Status::NOT_ALLOWED),
            _ => return Err(Status::PARAMETERS),
        };
        let data = if command.p1 == 0x00 { read_path(command.data)?.1 } else { command.data };
        if command.p2 != 0x00 {
            return Err(Status::PARAMETERS);
        }
        let Some(arrived) = signing.take(data, self.options.legacy_parser)? else {
            self.task = Task::Transaction(signing);
            return Ok(Vec::new());
        };
        self.guard(arrived.chain_id)?;
        let sender = self.keys.address(&self.keys.secret(signing.path())?);
        self.person.confirm_transaction(&arrived, sender, &self.tokens, self.options.blind_signing)?;
        let hash = if self.options.fault == Some(Fault::ChangesOutput) { arrived.changed_hash() } else { arrived.hash };
        let path = signing.path().to_vec();
        self.signature(&path, hash, |parity| arrived.v(parity))
    }

    fn sign_message(&mut self, command: &Command<'_>) -> Answer {
        let task = core::mem::replace(&mut self.task, Task::Idle);
        let (mut signing, data) = match (command.p1, task) {
            (0x00, Task::Idle) => {
                let (path, rest) = read_path(command.data)?;
                MessageSigning::begin(path, rest)?
            }
            (0x00, _) => return Err(Status::NOT_ALLOWED),
            (0x80, Task::Message(signing)) => (signing, command.data),
            (0x80, _) => return Err(Status::DATA),
            _ => return Err(Status::PARAMETERS),
        };
        let Some(message) = signing.take(data)? else {
            self.task = Task::Message(signing);
            return Ok(Vec::new());
        };
        self.person.confirm_message(&message)?;
        let changed = [message.as_slice(), b"!"].concat();
        let signed = if self.options.fault == Some(Fault::ChangesOutput) { &changed } else { &message };
        let path = signing.path().to_vec();
        self.signature(&path, message::hash(signed), |parity| parity.saturating_add(27))
    }

    fn sign_hashes(&mut self, command: &Command<'_>) -> Answer {
        self.reset();
        // Nobody knows for which chain these hashes are.
        self.guard(0)?;
        if !self.options.blind_signing {
            return Err(Status::DATA);
        }
        let (path, rest) = read_path(command.data)?;
        let (domain, rest) = rest.split_first_chunk::<32>().ok_or(Status::DATA)?;
        let (message, _) = rest.split_first_chunk::<32>().ok_or(Status::DATA)?;
        self.person.confirm_hashes(B256::from(*domain), B256::from(*message))?;
        self.sign_digest(&path, B256::from(*domain), B256::from(*message))
    }

    fn typed_data(&mut self, command: &Command<'_>) -> Answer {
        let mut typed = match (self.typed.take(), command.instruction) {
            (Some(typed), _) => typed,
            (None, 0x1a) => Box::default(),
            (None, _) => return Err(Status::NOT_ALLOWED),
        };
        match (command.instruction, command.p2) {
            (0x1a, 0x00) => typed.define(command.data)?,
            (0x1a, 0xff) => typed.define_member(command.data)?,
            (0x1c, 0x00) => typed.begin(command.data)?,
            (0x1c, 0x0f) => typed.array(command.data)?,
            (0x1c, 0xff) => {
                if !self.options.blind_signing && !typed.is_filtered() {
                    return Err(Status::DATA);
                }
                typed.member(command.data, command.p1, &mut self.tokens)?;
            }
            _ => return Err(Status::PARAMETERS),
        }
        self.typed = Some(typed);
        Ok(Vec::new())
    }

    fn filter_typed(&mut self, command: &Command<'_>) -> Answer {
        let mut typed = self.typed.take().ok_or(Status::NOT_ALLOWED)?;
        match command.p2 {
            0x00 => {
                typed.filter();
                self.tokens.clear();
            }
            kind if typed.is_filtered() => typed.take_filter(kind, command.data, &self.tokens)?,
            _ => {}
        }
        self.typed = Some(typed);
        Ok(Vec::new())
    }

    fn sign_typed(&mut self, command: &Command<'_>) -> Answer {
        let typed = self.typed.take().ok_or(Status::NOT_ALLOWED)?;
        let (path, _) = read_path(command.data)?;
        let whole = typed.whole()?;
        self.guard(whole.chain_id.unwrap_or_default())?;
        self.person.confirm_typed(&whole)?;
        self.sign_digest(&path, whole.domain_hash, whole.message_hash)
    }

    fn sign_digest(&mut self, path: &[u32], domain: B256, message: B256) -> Answer {
        let message = if self.options.fault == Some(Fault::ChangesOutput) { keccak256(message) } else { message };
        let digest = keccak256([&[0x19, 0x01], domain.as_slice(), message.as_slice()].concat());
        self.signature(path, digest, |parity| parity.saturating_add(27))
    }

    /// Keys of this device are public: in a program they sign nothing of value.
    fn guard(&self, chain_id: u64) -> Result<(), Status> {
        let is_allowed = self.options.network_guard == NetworkGuard::AnyForTests || TEST_CHAINS.contains(&chain_id);
        if is_allowed { Ok(()) } else { Err(Status::DATA) }
    }

    fn signature(&mut self, path: &[u32], hash: B256, v: impl FnOnce(u8) -> u8) -> Answer {
        self.signings = self.signings.saturating_add(1);
        let mut path = path.to_vec();
        if let Some(last) = path.last_mut().filter(|_| self.options.fault == Some(Fault::WrongKey)) {
            *last ^= 1;
        }
        let hash =
            if self.options.fault == Some(Fault::StaleSignature) { keccak256("an earlier request") } else { hash };
        let nonces = (self.options.fault == Some(Fault::OtherNonce)).then_some(self.signings);
        let (parity, mut scalars) = self.keys.sign(&path, hash, nonces)?;
        if self.options.fault == Some(Fault::HighS) {
            scalars = other_s(scalars);
        }
        let mut reply = vec![v(parity)];
        reply.extend(scalars);
        self.reset();
        Ok(reply)
    }
}

fn read_path(data: &[u8]) -> Result<(Vec<u32>, &[u8]), Status> {
    let (count, rest) = data.split_first().ok_or(Status::DATA)?;
    if *count > 10 {
        return Err(Status::DATA);
    }
    let (steps, rest) = rest.split_at_checked(usize::from(*count).saturating_mul(4)).ok_or(Status::DATA)?;
    let steps = steps.chunks_exact(4).filter_map(|step| step.try_into().ok().map(u32::from_be_bytes));
    Ok((steps.collect(), rest))
}

/// The other, non-standard form of a signature.
fn other_s(scalars: [u8; 64]) -> [u8; 64] {
    let order = U256::from_be_slice(&secp256k1::constants::CURVE_ORDER);
    let (r, s) = scalars.split_at(32);
    let other = order.saturating_sub(U256::from_be_slice(s)).to_be_bytes::<32>();
    let mut both = [0; 64];
    for (to, from) in both.iter_mut().zip(r.iter().chain(&other)) {
        *to = *from;
    }
    both
}

/// A seed and what it derives.
struct Keys {
    secp: Secp256k1<All>,
    root: Xpriv,
}

impl Keys {
    fn of(mnemonic: &'static str) -> Self {
        let mnemonic = bip39::Mnemonic::parse_normalized(mnemonic).expect("the seed is one of this module's constants");
        let seed = mnemonic.to_seed_normalized("");
        let root = Xpriv::new_master(NetworkKind::Test, &seed).expect("the public test seeds have master keys");
        Self { secp: Secp256k1::new(), root }
    }

    /// The key at a path that the operating system leaves to the app.
    fn secret(&self, path: &[u32]) -> Result<SecretKey, Status> {
        const HARDENED: u32 = 1 << 31;
        if !matches!(path, [a, b, ..] if *a == 44 | HARDENED && *b == 60 | HARDENED) {
            return Err(Status::PATH);
        }
        let path: DerivationPath = path.iter().map(|step| ChildNumber::from(*step)).collect();
        let key = self.root.derive_priv(&self.secp, &path).map_err(|_| Status::DATA)?;
        Ok(key.private_key)
    }

    fn address(&self, key: &SecretKey) -> Address {
        let key = key.public_key(&self.secp).serialize_uncompressed();
        Address::from_word(keccak256(key.get(1..).unwrap_or_default()))
    }

    fn sign(&self, path: &[u32], hash: B256, nonces: Option<u32>) -> Result<(u8, [u8; 64]), Status> {
        let key = self.secret(path)?;
        let message = Message::from_digest(hash.0);
        let signature = match nonces {
            None => self.secp.sign_ecdsa_recoverable(&message, &key),
            Some(number) => {
                let noise = keccak256(number.to_be_bytes());
                self.secp.sign_ecdsa_recoverable_with_noncedata(&message, &key, &noise.0)
            }
        };
        let (recovery, scalars) = RecoverableSignature::serialize_compact(&signature);
        let odd = [1, 3].map(RecoveryId::from_i32).contains(&Ok(recovery));
        Ok((u8::from(odd), scalars))
    }
}
