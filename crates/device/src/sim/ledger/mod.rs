//! The simulated Ledger: commands in, answers out, as the Ethereum app 1.22 and the app Bitcoin Test 2.4.6 behave.
//!
//! It reads the commands itself and hashes what it read itself: nothing of the driver's work is taken for granted.

mod bitcoin;
mod ethereum;

use core::fmt;
use core::str::FromStr;

use self::bitcoin::Bitcoin;
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
    /// do. Asked for the open app, the device names Bitcoin Test, which is the one that programs ask for by name.
    #[default]
    Any,
    /// Ethereum 1.22.0.
    Ethereum,
    /// Bitcoin Test 2.4.6.
    BitcoinTest,
}

impl FromStr for SimApp {
    type Err = UnknownApp;

    fn from_str(text: &str) -> Result<Self, UnknownApp> {
        match text {
            "any" => Ok(Self::Any),
            "ethereum" => Ok(Self::Ethereum),
            "bitcoin-test" => Ok(Self::BitcoinTest),
            _ => Err(UnknownApp(text.to_owned())),
        }
    }
}

/// A name that is no simulated app's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownApp(pub String);

impl fmt::Display for UnknownApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = vitrine_review::escape(&self.0);
        write!(f, "there is no simulated app “{name}”; write one of any, ethereum, bitcoin-test")
    }
}

impl std::error::Error for UnknownApp {}

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
    bitcoin: Bitcoin,
    log: ScreenLog,
    /// Answers read by the host so far.
    answered: usize,
    /// The cable is out.
    gone: bool,
}

/// Data of an answer, or a status word that is none.
type Answer = Result<Vec<u8>, Status>;

/// A status word other than success, and what the Bitcoin app says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Status(u16, Option<u16>);

impl Status {
    const LOCKED: Self = Self(0x5515, None);
    const NOT_ALLOWED: Self = Self(0x6980, None);
    const LENGTH: Self = Self(0x6983, None);
    const REFUSED: Self = Self(0x6985, None);
    const NO_INFO: Self = Self(0x6a00, None);
    const PATH: Self = Self(0x6a15, None);
    const DATA: Self = Self(0x6a80, None);
    const NOT_SUPPORTED: Self = Self(0x6a82, None);
    const MEMORY: Self = Self(0x6a84, None);
    const MISSING: Self = Self(0x6a88, None);
    const P1P2: Self = Self(0x6a86, None);
    const DATA_LENGTH: Self = Self(0x6a87, None);
    const PARAMETERS: Self = Self(0x6b00, None);
    const INSTRUCTION: Self = Self(0x6d00, None);
    const CLASS: Self = Self(0x6e00, None);
    const TYPE: Self = Self(0x6501, None);
    const STATE: Self = Self(0xb007, None);
    const SIGNATURE: Self = Self(0xb008, None);

    /// The same with the number of the reason.
    const fn because(self, reason: u16) -> Self {
        Self(self.0, Some(reason))
    }
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
            bitcoin: Bitcoin::new(&options, seed, log.clone()),
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

    fn answer(&mut self, apdu: &[u8]) -> (Vec<u8>, u16) {
        if self.options.fault == Some(Fault::Locked) {
            return whole(Err(Status::LOCKED));
        }
        let in_wrong_app = self.options.fault == Some(Fault::WrongApp);
        let command = match Command::read(apdu) {
            Ok(command) => command,
            Err(_) if self.open == SimApp::BitcoinTest => return whole(Err(Status::DATA_LENGTH)),
            Err(status) => return whole(Err(status)),
        };
        if let (SimApp::Any, Some(app)) = (self.options.app, SimApp::of_class(command.class)) {
            self.open = app;
        }
        match (command.class, command.instruction, self.open) {
            // The operating system answers: no app notices.
            (0xb0, 0x01, _) => whole(Ok(app_name(self.options.app, in_wrong_app))),
            _ if in_wrong_app => whole(Err(Status::CLASS)),
            (_, _, SimApp::BitcoinTest) => self.bitcoin.answer(&command),
            (0xe0, _, _) => whole(self.ethereum.answer(&command)),
            _ => {
                self.ethereum.reset();
                whole(Err(Status::CLASS))
            }
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
        let (mut reply, status) = self.answer(apdu);
        reply.extend(status.to_be_bytes());
        self.disturb(reply)
    }
}

fn whole(answer: Answer) -> (Vec<u8>, u16) {
    answer.map_or_else(|status| (Vec::new(), status.0), |data| (data, 0x9000))
}

fn app_name(app: SimApp, in_wrong_app: bool) -> Vec<u8> {
    let (name, version, flags) = match app {
        _ if in_wrong_app => ("BOLOS", "1.4.0", 0),
        SimApp::BitcoinTest | SimApp::Any => ("Bitcoin Test", "2.4.6", 0),
        SimApp::Ethereum => ("Ethereum", "1.22.0", 2),
    };
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap_or(0)], text.as_bytes()].concat();
    [vec![1], text(name), text(version), vec![1, flags]].concat()
}
