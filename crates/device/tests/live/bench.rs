//! The device at the other end of the socket, and the person who holds it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use vitrine_device::{Answer, Device, DeviceError, Prompt, Prompter, emulator};

use crate::cases::{Case, Request};
use crate::hand::Hand;
use crate::relay::Relay;

/// An emulator has one screen: one test at a time.
static ONE: Mutex<()> = Mutex::new(());

/// Messages to the device until the cable is pulled.
const UNPLUGGED_AFTER: usize = 4;

/// What the person does at the first question, and from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Approve,
    Refuse,
    /// Pulls the cable in the middle.
    Unplug,
}

pub struct Bench {
    /// The emulator's port; none where `vitrine-sim` is started for each session.
    emulator: Option<SocketAddr>,
    options: Vec<&'static str>,
    _one: MutexGuard<'static, ()>,
}

/// An open device with its person. Ends what was started for it.
pub struct Session {
    pub device: Box<dyn Device>,
    pub person: Person,
    pub relay: Relay,
    program: Option<Child>,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl Bench {
    pub fn find() -> Self {
        let emulator = std::env::var("VITRINE_TREZOR_UDP").ok().map(|address| address.parse().expect("an address"));
        Self {
            emulator,
            options: vec!["--safety-checks", "prompt"],
            _one: ONE.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The same, of another model where it is simulated.
    pub fn of_model(mut self, model: &'static str) -> Self {
        self.options.extend(["--model", model]);
        self
    }

    /// The same, of a device that asks for PIN and passphrase where it is simulated.
    pub fn protected() -> Self {
        Self { options: vec!["--passphrase", "", "--pin", "1234"], ..Self::find() }
    }

    pub fn is_simulated(&self) -> bool {
        self.emulator.is_none()
    }

    pub fn name(&self) -> String {
        self.session("name", Want::Approve).device.identify().unwrap().name()
    }

    /// Opens the device through a relay that records, and that may be cut.
    pub fn session(&self, name: &str, want: Want) -> Session {
        let (address, program) = match self.emulator {
            Some(address) => (address, None),
            None => self.simulator(want),
        };
        let relay = Relay::new(name, address, (want == Want::Unplug).then_some(UNPLUGGED_AFTER));
        let device = emulator::open(&format!("udp:{}", relay.address())).unwrap();
        let hand = self.emulator.map(|address| Hand::new(address, want));
        Session { device, person: Person { hand, asked: vec![] }, relay, program }
    }

    fn simulator(&self, want: Want) -> (SocketAddr, Option<Child>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine-sim"));
        command.args(["trezor", "--udp", "127.0.0.1:0"]).args(&self.options);
        if want == Want::Refuse {
            command.args(["--fault", "refuses:0"]);
        }
        let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (line.trim().rsplit(' ').next().unwrap().parse().unwrap(), Some(program))
    }

    /// Signs, verifies, and counts the signatures.
    pub fn run(&self, case: &Case, want: Want) -> Result<usize, DeviceError> {
        let mut session = self.session(case.name, want);
        let Session { device, person, relay, .. } = &mut session;
        device.identify()?;
        let outcome = match &case.request {
            Request::Bitcoin(request) => device
                .sign_bitcoin(request, person)
                .map(|signatures| vitrine_bitcoin::verify(request, &signatures).unwrap().signature_count()),
            Request::Ethereum(request) => device.sign_ethereum(request, person).map(|signature| {
                vitrine_ethereum::verify(request.signable(), request.signer().unwrap(), &signature).unwrap();
                1
            }),
        };
        if want == Want::Approve && outcome.is_ok() {
            relay.record();
        }
        outcome
    }
}

/// Answers at the host, and lets the hand press the device's buttons.
pub struct Person {
    hand: Option<Hand>,
    pub asked: Vec<Prompt>,
}

impl Prompter for Person {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        let answer = match (&prompt, &self.hand) {
            (Prompt::ConfirmOnDevice { .. }, hand) => {
                if let Some(hand) = hand {
                    hand.wanted();
                }
                Answer::Continue
            }
            (Prompt::Pin(_), Some(hand)) => Answer::pin(hand.positions(&std::env::var("VITRINE_TREZOR_PIN").unwrap())),
            (Prompt::Passphrase, _) => Answer::passphrase("hidden"),
            _ => Answer::Cancel,
        };
        self.asked.push(prompt);
        answer
    }
}
