//! The simulated Ledger: commands in, answers out, as the Ethereum app 1.22 and the app Bitcoin Test 2.4.6 behave.
//!
//! It reads the commands itself and hashes what it read itself: nothing of the driver's work is taken for granted.

mod ethereum;

use self::ethereum::Ethereum;
use super::{Fault, NetworkGuard, OTHER_SEED, ScreenLog};
use crate::ledger::{ApduExchange, Ledger, LedgerScreen, LinkError, REPLY_BYTES};
use crate::{Control, Device};

/// The public test seed of Ledger's own emulator, speculos; master fingerprint f5acc2fd.
pub const LEDGER_TEST_SEED: &str = "glory promote mansion idle axis finger extra february uncover one trip resource \
                                    lawn turtle enact monster seven myth punch hobby comfort wild raise skin";

/// How a simulated Ledger behaves. By default it confirms everything, its settings are those of a new device but for
/// “Blind signing”, and it has no fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerOptions {
    /// Chains and networks it works for.
    pub network_guard: NetworkGuard,
    /// What is wrong with it, or with the person holding it.
    pub fault: Option<Fault>,
    /// How large its screen is.
    pub screen: LedgerScreen,
    /// Which app is open.
    pub app: SimApp,
    /// The Ethereum app's setting of that name.
    pub blind_signing: bool,
    /// Whether the Ethereum app takes a packet that ends with a legacy transaction's calldata for the whole of a
    /// transaction without chain, as older versions did.
    pub legacy_parser: bool,
}

/// Which app is open on a simulated Ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SimApp {
    /// Each command finds its app open, as if the person opened the right one before it: what a real device does not
    /// do. Asked for the open app, the device names the one of the last command; Ethereum before the first.
    #[default]
    Any,
    /// Ethereum 1.22.0.
    Ethereum,
    /// Bitcoin Test 2.4.6.
    BitcoinTest,
}

impl SimApp {
    /// The app that commands of this class are for.
    const fn of_class(class: u8) -> Option<Self> {
        match class {
            0xe0 => Some(Self::Ethereum),
            0xe1 | 0xf8 => Some(Self::BitcoinTest),
            _ => None,
        }
    }
}

impl Default for LedgerOptions {
    fn default() -> Self {
        Self {
            network_guard: NetworkGuard::default(),
            fault: None,
            screen: LedgerScreen::default(),
            app: SimApp::default(),
            blind_signing: true,
            legacy_parser: false,
        }
    }
}

/// Makes a simulated Ledger and drives it with the same driver as a real one; and a view of what its screen has shown.
pub fn ledger_with_screen(options: LedgerOptions) -> (Box<dyn Device>, ScreenLog) {
    let size = options.screen;
    let device = SimulatedLedger::new(options);
    let screen = device.screen();
    (Box::new(Ledger::new(Box::new(device), Control::default(), size)), screen)
}

/// A Ledger at the other end of the cable.
pub struct SimulatedLedger {
    options: LedgerOptions,
    /// The app in front.
    open: SimApp,
    ethereum: Ethereum,
    log: ScreenLog,
    /// Answers read by the host so far.
    answered: usize,
    /// The cable is out.
    gone: bool,
}

/// Data of an answer, or a status word that is none.
type Answer = Result<Vec<u8>, Status>;

/// A status word other than success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Status(u16);

impl Status {
    const LOCKED: Self = Self(0x5515);
    const NOT_ALLOWED: Self = Self(0x6980);
    const LENGTH: Self = Self(0x6983);
    const REFUSED: Self = Self(0x6985);
    const PATH: Self = Self(0x6a15);
    const DATA: Self = Self(0x6a80);
    const MEMORY: Self = Self(0x6a84);
    const PARAMETERS: Self = Self(0x6b00);
    const INSTRUCTION: Self = Self(0x6d00);
    const CLASS: Self = Self(0x6e00);
    const TYPE: Self = Self(0x6501);
}

/// A command, taken apart.
struct Command<'a> {
    class: u8,
    instruction: u8,
    p1: u8,
    p2: u8,
    data: &'a [u8],
}

impl<'a> Command<'a> {
    fn read(apdu: &'a [u8]) -> Result<Self, Status> {
        let (header, data) = apdu.split_first_chunk::<5>().ok_or(Status::LENGTH)?;
        let [class, instruction, p1, p2, length] = *header;
        if usize::from(length) != data.len() {
            return Err(Status::LENGTH);
        }
        Ok(Self { class, instruction, p1, p2, data })
    }
}

impl SimulatedLedger {
    /// A device with the public test seed of Ledger's emulator.
    pub fn new(options: LedgerOptions) -> Self {
        let seed = if options.fault == Some(Fault::WrongSeed) { OTHER_SEED } else { LEDGER_TEST_SEED };
        let log = ScreenLog::default();
        Self {
            open: if options.app == SimApp::Any { SimApp::Ethereum } else { options.app },
            ethereum: Ethereum::new(options.clone(), seed, log.clone()),
            options,
            log,
            answered: 0,
            gone: false,
        }
    }

    /// Returns a view of what the screen has shown, which stays valid when the device is driven.
    pub fn screen(&self) -> ScreenLog {
        self.log.clone()
    }

    fn answer(&mut self, apdu: &[u8]) -> Answer {
        if self.options.fault == Some(Fault::Locked) {
            return Err(Status::LOCKED);
        }
        let command = Command::read(apdu)?;
        let in_wrong_app = self.options.fault == Some(Fault::WrongApp);
        if let (SimApp::Any, Some(app)) = (self.options.app, SimApp::of_class(command.class)) {
            self.open = app;
        }
        match (command.class, self.open) {
            (0xb0, _) if command.instruction == 0x01 => Ok(app_name(self.open, in_wrong_app)),
            _ if in_wrong_app => Err(Status::CLASS),
            (0xe0, SimApp::Ethereum) => self.ethereum.answer(&command),
            (_, SimApp::Ethereum) => {
                self.ethereum.reset();
                Err(Status::CLASS)
            }
            _ => Err(Status::CLASS),
        }
    }

    fn disturb(&mut self, mut reply: Vec<u8>) -> Result<Vec<u8>, LinkError> {
        let at = self.answered;
        self.answered = self.answered.saturating_add(1);
        match self.options.fault.filter(|fault| fault.message() == Some(at)) {
            Some(Fault::Unplugged { .. }) => {
                self.gone = true;
                Err(LinkError::Unplugged)
            }
            Some(Fault::Silence { .. }) => Err(LinkError::Timeout),
            Some(Fault::Truncated { .. }) => {
                reply.truncate(reply.len() / 2);
                Ok(reply)
            }
            Some(Fault::Oversized { .. }) => {
                reply.resize(REPLY_BYTES.saturating_add(1), 0);
                Ok(reply)
            }
            Some(Fault::WrongMessage { .. }) => Ok(vec![0x51, 0x52, 0x90, 0x00]),
            _ => Ok(reply),
        }
    }
}

impl ApduExchange for SimulatedLedger {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        if self.gone {
            return Err(LinkError::Unplugged);
        }
        let (mut reply, status) = match self.answer(apdu) {
            Ok(data) => (data, 0x9000),
            Err(Status(status)) => (Vec::new(), status),
        };
        reply.extend(status.to_be_bytes());
        self.disturb(reply)
    }
}

fn app_name(app: SimApp, in_wrong_app: bool) -> Vec<u8> {
    let (name, version) = match app {
        _ if in_wrong_app => ("BOLOS", "1.4.0"),
        SimApp::BitcoinTest => ("Bitcoin Test", "2.4.6"),
        SimApp::Ethereum | SimApp::Any => ("Ethereum", "1.22.0"),
    };
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap_or(0)], text.as_bytes()].concat();
    [vec![1], text(name), text(version), vec![1, 2]].concat()
}
