//! The vendor's app in its emulator: the addresses of its two servers come from the environment.
//!
//! `VITRINE_LEDGER_TCP=127.0.0.1:9998 VITRINE_LEDGER_API=127.0.0.1:5001 cargo test -p vitrine-device --test ledger_bitcoin live
//! -- --nocapture`; `VITRINE_RECORD=FILE` writes what was said, `VITRINE_ONLY=NAME` takes the cases whose name has it. With the
//! Ethereum app open there, this says so and is skipped: its cases are those of `--test live_ledger`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use vitrine_bitcoin::{Registration, verify};
use vitrine_device::{ApduExchange, Control, Device, DeviceError, Ledger, LedgerScreen, LinkError, Registered};
use vitrine_ethereum::alloy_primitives::hex;

use crate::cases::{cases, hundred_inputs, wallets};
use crate::emulator_address::{Named, named};
use crate::firmware::{agrees_with_what_was_foretold, joined};
use crate::request::{Agreeing, NETWORK, Spend};

/// Whether the person presses “yes” at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Person {
    Agrees,
    Refuses,
}

/// What is shared between the link and the test.
#[derive(Default)]
struct Shared {
    lines: Vec<String>,
    refuses: bool,
    commands: usize,
    /// The command before which the cable is pulled.
    pulled_at: Option<usize>,
}

struct Emulator {
    stream: TcpStream,
    api: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

/// The link outlives the drivers.
struct Cable(Arc<Mutex<Emulator>>);

impl ApduExchange for Cable {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        self.0.lock().unwrap().exchange(apdu)
    }
}

/// Texts that come by themselves, without anybody's press.
const PASSING: [&str; 10] = [
    "Loading",
    "Signing transaction",
    "Processing",
    "is ready",
    "Transaction signed",
    "Transaction rejected",
    "Account registered",
    "Account rejected",
    "Address verified",
    "Address rejected",
];
const YES: [&str; 7] =
    ["Sign transaction", "Register account", "Continue anyway", "Confirm", "Approve", "Yes", "Verify"];
const NO: [&str; 4] = ["Reject", "Cancel", "Back to safety", "No"];

impl Emulator {
    fn http(&self, request: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.api).unwrap();
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    fn screen(&self) -> Vec<String> {
        let events: serde_json::Value =
            serde_json::from_str(&self.http("GET /events?currentscreenonly=true", "")).unwrap();
        let texts = events["events"].as_array().unwrap().iter().filter_map(|event| event["text"].as_str());
        texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    fn press(&self, button: &str) {
        self.http(&format!("POST /button/{button}"), r#"{"action":"press-and-release","delay":0.05}"#);
    }

    /// Turns pages until the device answers.
    fn attend(&mut self) {
        let (mut last, mut same): (Vec<String>, usize) = (Vec::new(), 0);
        let begun = Instant::now();
        while !self.is_answered(60) {
            assert!(begun.elapsed() < Duration::from_secs(90), "no answer: {last:?}");
            let screen = self.screen();
            if self.is_answered(60) || screen != self.screen() {
                continue;
            }
            let first = screen.first().cloned().unwrap_or_default();
            let whole = screen.join(" ");
            let passing = PASSING.iter().any(|text| whole.starts_with(text) || whole.ends_with(text));
            if screen.is_empty() || passing {
                continue;
            }
            if screen == last && same < 12 {
                same += 1;
                continue;
            }
            if screen != last {
                self.shared.lock().unwrap().lines.push(format!("# screen: {}", screen.join(" | ")));
            }
            same = 0;
            let wanted: &[&str] = if self.shared.lock().unwrap().refuses { &NO } else { &YES };
            let is_choice = screen.len() == 1 || screen.concat().len() < 40;
            let chosen =
                is_choice && wanted.iter().any(|text| first.starts_with(text)) && !first.starts_with("Verify bitcoin");
            self.press(if chosen { "both" } else { "right" });
            last = screen;
        }
    }

    fn is_answered(&mut self, ms: u64) -> bool {
        self.stream.set_read_timeout(Some(Duration::from_millis(ms))).unwrap();
        self.stream.peek(&mut [0]).is_ok_and(|count| count > 0)
    }
}

impl ApduExchange for Emulator {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        {
            let mut shared = self.shared.lock().unwrap();
            if shared.pulled_at.is_some_and(|at| shared.commands >= at) {
                return Err(LinkError::Unplugged);
            }
            shared.lines.push(format!("=> {}", hex::encode(apdu)));
            shared.commands += 1;
        }
        let length = u32::try_from(apdu.len()).unwrap().to_be_bytes();
        self.stream.write_all(&[length.as_slice(), apdu].concat()).unwrap();
        if !self.is_answered(400) {
            self.attend();
        }
        self.stream.set_read_timeout(None).unwrap();
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() + 2];
        self.stream.read_exact(&mut answer).unwrap();
        self.shared.lock().unwrap().lines.push(format!("<= {}", hex::encode(&answer)));
        Ok(answer)
    }
}

pub struct Lab {
    device: Ledger,
    link: Arc<Mutex<Emulator>>,
    shared: Arc<Mutex<Shared>>,
    _alone: MutexGuard<'static, ()>,
}

impl Lab {
    /// None, and in words why, where the environment names no emulator with this app open.
    pub fn open() -> Option<Self> {
        let emulated = match named(&["Bitcoin", "Bitcoin Test"]) {
            Named::Emulator(emulated) => emulated,
            Named::Another(why) => {
                println!("{why}");
                return None;
            }
            Named::Nothing => {
                println!("no emulator: the recordings are replayed instead");
                return None;
            }
        };
        let shared = Arc::new(Mutex::new(Shared::default()));
        let stream = TcpStream::connect(emulated.tcp).unwrap();
        stream.set_nodelay(true).unwrap();
        let link = Arc::new(Mutex::new(Emulator { stream, api: emulated.api, shared: shared.clone() }));
        Some(Self { device: driver(&link), link, shared, _alone: emulated.into_lock() })
    }

    /// Runs one operation; what was said is written down under a name.
    pub fn run<T>(&mut self, name: &str, person: Person, operation: impl FnOnce(&mut Ledger) -> T) -> (T, Vec<String>) {
        {
            let mut shared = self.shared.lock().unwrap();
            (shared.lines, shared.commands) = (Vec::new(), 0);
            (shared.refuses, shared.pulled_at) = (person == Person::Refuses, None);
        }
        let begun = Instant::now();
        let result = operation(&mut self.device);
        let shared = self.shared.lock().unwrap();
        println!("{name}: {} commands, {:.1?}", shared.commands, begun.elapsed());
        if let (Ok(path), false) = (std::env::var("VITRINE_RECORD"), name.contains("100 inputs")) {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
            file.write_all(format!("[{name}]\n{}\n", shared.lines.join("\n")).as_bytes()).unwrap();
        }
        (result, shared.lines.clone())
    }

    /// The same without words, with a cable that is pulled before this command.
    fn pulled<T>(&mut self, at: usize, operation: impl FnOnce(&mut Ledger) -> T) -> T {
        {
            let mut shared = self.shared.lock().unwrap();
            *shared = Shared { pulled_at: Some(at), ..Shared::default() };
        }
        operation(&mut self.device)
    }

    fn signed(&mut self, name: &str, spend: &Spend) {
        let checked = spend.checked();
        let sign = |device: &mut Ledger| device.sign_bitcoin(&checked, &mut Agreeing::default());
        let (signatures, lines) = self.run(&format!("sign {name}"), Person::Agrees, sign);
        let signatures = signatures.unwrap_or_else(|error| panic!("{name}: {error}"));
        verify(&checked, &signatures).unwrap_or_else(|error| panic!("{name}: {error}"));
        agrees_with_what_was_foretold(name, &self.device.predicted_screens(&checked), &joined(&lines));
        let (refused, _) = self.run(&format!("refuse {name}"), Person::Refuses, sign);
        assert!(matches!(refused, Err(DeviceError::RefusedOnDevice { .. })), "{name}: {refused:?}");
    }
}

/// A driver that does not know what was said before it.
fn driver(link: &Arc<Mutex<Emulator>>) -> Ledger {
    Ledger::new(Box::new(Cable(Arc::clone(link))), Control::default(), LedgerScreen::Nano).found_running()
}

#[test]
fn every_form_on_the_vendors_app() {
    let Some(mut lab) = Lab::open() else { return };
    let wanted = std::env::var("VITRINE_ONLY").unwrap_or_default();
    let (identity, _) = lab.run("identify", Person::Agrees, Device::identify);
    println!("{}", identity.unwrap().name());
    lab.run("fingerprint", Person::Agrees, |device| device.fingerprint(NETWORK, &mut Agreeing::default())).0.unwrap();
    let mut registrations: Vec<(String, Registration)> = Vec::new();
    for wallet in wallets().into_iter().filter(|wallet| wallet.name().contains(&wanted)) {
        let name = format!("register {}", wallet.name());
        let register = |device: &mut Ledger| device.register_wallet(&wallet, &mut Agreeing::default());
        let (registered, lines) = lab.run(&name, Person::Agrees, register);
        println!("{}", joined(&lines).join("\n"));
        let wallet = match registered.unwrap_or_else(|error| panic!("{name}: {error}")) {
            Registered::Kept(registration) => {
                registrations.push((wallet.name().to_owned(), registration.clone()));
                let (refused, _) = lab.run(&format!("refuse to {name}"), Person::Refuses, register);
                assert!(matches!(refused, Err(DeviceError::RefusedOnDevice { .. })), "{name}: {refused:?}");
                wallet.with_registrations(vec![registration])
            }
            _ => wallet,
        };
        for (person, word) in [(Person::Agrees, "show"), (Person::Refuses, "refuse")] {
            let show = |device: &mut Ledger| device.show_address(&wallet, true, 5, &mut Agreeing::default());
            let (address, lines) = lab.run(&format!("{word} address of {}", wallet.name()), person, show);
            println!("{}", joined(&lines).join("\n"));
            match person {
                Person::Agrees => assert_eq!(address.unwrap(), wallet.address(true, 5).unwrap()),
                Person::Refuses => assert!(matches!(address, Err(DeviceError::RefusedOnDevice { .. }))),
            }
        }
    }
    for (name, spend) in cases().iter().filter(|(name, _)| name.contains(&wanted)) {
        lab.signed(name, &spend.clone().registered(&registrations));
    }
}

#[test]
fn a_hundred_inputs_on_the_vendors_app() {
    let Some(mut lab) = Lab::open() else { return };
    let (name, spend) = hundred_inputs();
    lab.signed(&name, &spend);
}

/// Small requests, one of each form that needs no registration.
const PULLED: [&str; 4] = ["pkh", "sh-wpkh", "wpkh", "tr"];

#[test]
fn a_cable_is_pulled_before_every_command_on_the_vendors_app() {
    let Some(mut lab) = Lab::open() else { return };
    let wanted = std::env::var("VITRINE_ONLY").unwrap_or_default();
    let fingerprint = |device: &mut Ledger| device.fingerprint(NETWORK, &mut Agreeing::default());
    let known = lab.run("fingerprint", Person::Agrees, fingerprint).0.unwrap();
    let small = cases().into_iter().filter(|(name, _)| PULLED.contains(&name.as_str()) && name.contains(&wanted));
    let small: Vec<(String, Spend)> = small.collect();
    assert!(!small.is_empty(), "no small request has {wanted} in its name");
    for (name, spend) in &small {
        let checked = spend.checked();
        let mut pulled = 0;
        loop {
            lab.device = driver(&lab.link);
            let signed = lab.pulled(pulled, |device| device.sign_bitcoin(&checked, &mut Agreeing::default()));
            match signed {
                Err(DeviceError::Unplugged { .. }) => pulled += 1,
                Ok(signatures) => {
                    verify(&checked, &signatures).unwrap_or_else(|error| panic!("{name}: {error}"));
                    break; // there was no such command
                }
                Err(other) => panic!("{name}, command {pulled}: {other}"),
            }
            lab.device = driver(&lab.link);
            assert_eq!(lab.pulled(usize::MAX, fingerprint).unwrap(), known, "{name}, command {pulled}");
        }
        assert!(pulled >= 100, "{name}: {pulled}");
        println!("{name}: pulled before each of {pulled} commands, usable after it, then signed");
    }
}
