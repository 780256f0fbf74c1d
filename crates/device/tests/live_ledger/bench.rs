//! What is tested: the vendor's app in its emulator, or the simulated device.

use std::env;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use vitrine_device::sim::{Fault, LedgerOptions, NetworkGuard, SimulatedLedger};
use vitrine_device::{Answer, Control, Device, DeviceError, Ledger, LedgerScreen, Prompt, Prompter, emulator};
use vitrine_ethereum::alloy_primitives::hex;
use vitrine_ethereum::{CheckedRequest, ReturnedSignature};

use crate::cable::{Cable, Shared};
use crate::emulator_address::{Emulated, Named, named};
use crate::person::{Person, Wish};
use crate::recording::Line;

pub struct Agreeing;

impl Prompter for Agreeing {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Approve,
    Refuse,
    /// Before this command.
    Unplug(usize),
    CancelHere,
}

pub struct Outcome {
    pub result: Result<ReturnedSignature, DeviceError>,
    pub screens: Vec<String>,
    pub commands: usize,
}

pub struct Bench {
    control: Control,
    firmware: Option<Firmware>,
}

struct Firmware {
    link: Shared,
    api: SocketAddr,
    screen: LedgerScreen,
    name: String,
    _alone: MutexGuard<'static, ()>,
}

impl Bench {
    /// The app in the emulator that the environment names, or the simulated device where it names none. None, and in
    /// words why, where another app is open.
    pub fn from_environment() -> Option<Self> {
        let control = Control::default();
        let firmware = match named(&["Ethereum"]) {
            Named::Nothing => None,
            Named::Another(why) => {
                println!("{why}");
                return None;
            }
            Named::Emulator(emulated) => Some(Firmware::open(emulated, &control)),
        };
        Some(Self { control, firmware })
    }

    pub fn name(&self) -> &str {
        self.firmware.as_ref().map_or("simulated Ledger", |firmware| &firmware.name)
    }

    pub const fn is_firmware(&self) -> bool {
        self.firmware.is_some()
    }

    pub fn screen(&self) -> LedgerScreen {
        self.firmware.as_ref().map_or(LedgerScreen::Nano, |firmware| firmware.screen)
    }

    pub fn run(&self, name: &str, request: &CheckedRequest, action: Action) -> Outcome {
        match &self.firmware {
            Some(firmware) => firmware.run(name, request, action, &self.control),
            None => simulated(request, action),
        }
    }

    /// A driver that finds the device as it was left can use it.
    pub fn is_usable(&self) {
        if let Some(firmware) = &self.firmware {
            crate::is_account(&mut firmware.driver(None, &self.control).0);
        }
    }
}

impl Firmware {
    fn open(emulated: Emulated, control: &Control) -> Self {
        let (tcp, api) = (emulated.tcp, emulated.api);
        let screen = Person::screen(api);
        Person::go_home(api, screen);
        let link: Shared = Arc::new(Mutex::new(emulator::ledger_tcp(tcp, control.clone()).unwrap()));
        let cable = Cable::new(Arc::clone(&link), None).0;
        let identity = Ledger::new(Box::new(cable), control.clone(), screen).identify().unwrap();
        let name = format!("{} in its emulator", identity.name());
        Self { link, api, screen, name, _alone: emulated.into_lock() }
    }

    fn driver(&self, pulled_at: Option<usize>, control: &Control) -> (Ledger, Arc<Mutex<Vec<Line>>>) {
        let (cable, lines) = Cable::new(Arc::clone(&self.link), pulled_at);
        (Ledger::new(Box::new(cable), control.clone(), self.screen).found_running(), lines)
    }

    fn run(&self, name: &str, request: &CheckedRequest, action: Action, control: &Control) -> Outcome {
        let (pulled_at, wish) = match action {
            Action::Approve => (None, Wish::Approve),
            Action::Unplug(at) => (Some(at), Wish::Approve),
            Action::Refuse => (None, Wish::Refuse),
            Action::CancelHere => (None, Wish::CancelThenRefuse(control.clone())),
        };
        let (mut device, lines) = self.driver(pulled_at, control);
        let person = Person::sit_down(self.api, self.screen, wish);
        let result = device.sign_ethereum(request, &mut Agreeing);
        let screens = person.leave();
        let lines = lines.lock().unwrap();
        if action == Action::Approve {
            record(name, &lines, &screens);
        }
        Outcome { result, screens, commands: lines.len() }
    }
}

fn simulated(request: &CheckedRequest, action: Action) -> Outcome {
    let fault = (action == Action::Refuse).then_some(Fault::Refuses { at_screen: 1 });
    let options = LedgerOptions { fault, network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() };
    let device = SimulatedLedger::new(options);
    let log = device.screen();
    let shared: Shared = Arc::new(Mutex::new(Box::new(device)));
    let pulled_at = if let Action::Unplug(at) = action { Some(at) } else { None };
    let (cable, lines) = Cable::new(Arc::clone(&shared), pulled_at);
    let result = Ledger::new(Box::new(cable), Control::default(), LedgerScreen::Nano)
        .found_running()
        .sign_ethereum(request, &mut Agreeing);
    let cable = Cable::new(shared, None).0;
    crate::is_account(&mut Ledger::new(Box::new(cable), Control::default(), LedgerScreen::Nano).found_running());
    let row = |screen: vitrine_device::DeviceScreen| format!("{} | {}", screen.title, screen.lines.join(" | "));
    let screens = log.shown().into_iter().map(row).collect();
    let commands = lines.lock().unwrap().len();
    Outcome { result, screens, commands }
}

/// Writes an exchange in the form of `tests/transcripts`, if a file is named for it.
fn record(name: &str, lines: &[Line], screens: &[String]) {
    let Ok(file) = env::var("VITRINE_LEDGER_RECORD") else { return };
    let mut text = format!("[{name}]\n");
    for (at, (command, answer)) in lines.iter().enumerate() {
        writeln!(text, "=> {}", hex::encode(command)).unwrap();
        if at + 1 == lines.len() {
            screens.iter().for_each(|screen| writeln!(text, "# screen: {screen}").unwrap());
        }
        writeln!(text, "<= {}", hex::encode(answer)).unwrap();
    }
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    out.write_all(text.as_bytes()).unwrap();
}
