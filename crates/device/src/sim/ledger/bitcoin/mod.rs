//! The simulated app Bitcoin Test, as version 2.4.6 behaves on a Nano S Plus.
//!
//! Source: app-bitcoin-new, tag 2.4.6, `doc/bitcoin.md` and `src/handler`. It asks the host for the same things in the
//! same order, checks every proof, and shows what it would show. What it does not do: sign messages (instruction 10,
//! answered as unknown), MuSig2, and the features of swaps. Where the real app draws a random nonce (Schnorr), this one
//! takes zeros in its place: the same request gives the same signature.

mod account;
mod host;
mod keys;
mod person;
mod policy;
mod reader;
mod sign;
mod wallet;

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;

use self::host::Host;
use self::keys::Keys;
use self::person::Person;
use super::{Answer, Command, LedgerOptions, Status};
use crate::sim::{Fault, NetworkGuard, ScreenLog};

/// The app goes on when its question was answered.
const INTERRUPTED: u16 = 0xe000;
const OK: u16 = 0x9000;
const CLASS: u8 = 0xe1;
const FRAMEWORK: u8 = 0xf8;
const CONTINUE: u8 = 0x01;
/// Newest version of the protocol that it speaks.
const PROTOCOL: u8 = 1;

/// A command that waits for the host.
type Task = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The app Bitcoin Test.
pub(super) struct Bitcoin {
    app: App,
    running: Option<Task>,
}

/// What a command works with.
#[derive(Clone)]
struct App {
    host: Host,
    keys: Arc<Keys>,
    person: Person,
    fault: Option<Fault>,
    guard: NetworkGuard,
    /// Requests to sign so far.
    signings: u32,
}

impl Bitcoin {
    /// The app on a device with `seed`.
    pub(super) fn new(options: &LedgerOptions, seed: &'static str, log: ScreenLog) -> Self {
        let app = App {
            host: Host::default(),
            keys: Arc::new(Keys::of(seed)),
            person: Person::new(options.fault, log),
            fault: options.fault,
            guard: options.network_guard,
            signings: 0,
        };
        Self { app, running: None }
    }

    /// Answers a command: data and status word.
    pub(super) fn answer(&mut self, command: &Command<'_>) -> (Vec<u8>, u16) {
        let is_continue = command.class == FRAMEWORK && command.instruction == CONTINUE;
        if self.running.is_some() && !is_continue {
            self.running = None;
            self.app.host.clear();
            return refused(Status::DATA);
        }
        if command.p2 > PROTOCOL {
            return refused(Status::P1P2);
        }
        match (command.class, is_continue) {
            (_, true) => self.app.host.answer(command.data.to_vec()),
            (CLASS, _) => match self.task(command) {
                Some(task) => self.running = Some(task),
                None => return refused(Status::INSTRUCTION),
            },
            _ => return refused(Status::CLASS),
        }
        self.go_on()
    }

    fn task(&mut self, command: &Command<'_>) -> Option<Task> {
        if command.instruction == 0x04 {
            self.app.signings = self.app.signings.saturating_add(1);
        }
        let (app, data, protocol) = (self.app.clone(), command.data.to_vec(), command.p2);
        Some(match command.instruction {
            0x00 => Box::pin(async move { app.extended_pubkey(&data) }),
            0x02 => Box::pin(async move { app.register_wallet(&data).await }),
            0x03 => Box::pin(async move { app.wallet_address(&data).await }),
            0x04 => Box::pin(async move { app.sign_psbt(&data, protocol).await }),
            0x05 => Box::pin(async move { Ok(app.keys.fingerprint().to_bytes().to_vec()) }),
            _ => return None,
        })
    }

    /// Lets the command run until its next question or its end.
    fn go_on(&mut self) -> (Vec<u8>, u16) {
        let Some(task) = self.running.as_mut() else { return refused(Status::STATE) };
        if let Poll::Ready(answer) = task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            self.running = None;
            self.app.host.clear();
            return answer.map_or_else(refused, |data| (data, OK));
        }
        let question = self.app.host.take_question();
        question.map_or_else(|| refused(Status::STATE), |question| (question, INTERRUPTED))
    }
}

/// The app tells some errors apart by two bytes before the status word.
fn refused(status: Status) -> (Vec<u8>, u16) {
    let detail = status.1.map(|detail| detail.to_be_bytes().to_vec());
    (detail.unwrap_or_default(), status.0)
}
