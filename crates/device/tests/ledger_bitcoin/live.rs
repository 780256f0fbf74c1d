//! The vendor's app in its emulator: the addresses of its two servers come from the environment.
//!
//! `VITRINE_LEDGER_BITCOIN_TCP=9998 VITRINE_LEDGER_BITCOIN_API=5001 cargo test -p vitrine-device --test ledger_bitcoin live`
//! `VITRINE_RECORD=FILE` writes what was said.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use vitrine_bitcoin::{Registration, verify};
use vitrine_device::{ApduExchange, Control, Device, DeviceError, Ledger, LedgerScreen, LinkError, Registered};
use vitrine_ethereum::alloy_primitives::hex;

use crate::cases::{cases, hundred_inputs, wallets};
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
}

struct Emulator {
    stream: TcpStream,
    api: u16,
    shared: Arc<Mutex<Shared>>,
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
        let mut stream = TcpStream::connect(("127.0.0.1", self.api)).unwrap();
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
    shared: Arc<Mutex<Shared>>,
}

impl Lab {
    /// None where the environment names no emulator.
    pub fn open() -> Option<Self> {
        let port = |name: &str| std::env::var(name).ok().map(|port| port.parse::<u16>().unwrap());
        let (tcp, api) = (port("VITRINE_LEDGER_BITCOIN_TCP")?, port("VITRINE_LEDGER_BITCOIN_API")?);
        let shared = Arc::new(Mutex::new(Shared::default()));
        let stream = TcpStream::connect(("127.0.0.1", tcp)).unwrap();
        stream.set_nodelay(true).unwrap();
        let link = Emulator { stream, api, shared: shared.clone() };
        Some(Self { device: Ledger::new(Box::new(link), Control::default(), LedgerScreen::Nano), shared })
    }

    /// Runs one operation; what was said is written down under a name.
    pub fn run<T>(&mut self, name: &str, person: Person, operation: impl FnOnce(&mut Ledger) -> T) -> (T, Vec<String>) {
        {
            let mut shared = self.shared.lock().unwrap();
            (shared.lines, shared.commands, shared.refuses) = (Vec::new(), 0, person == Person::Refuses);
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

#[test]
fn every_form_on_the_vendors_app() {
    let Some(mut lab) = Lab::open() else { return println!("no emulator: the recordings are replayed instead") };
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
    let Some(mut lab) = Lab::open() else { return println!("no emulator") };
    let (name, spend) = hundred_inputs();
    lab.signed(&name, &spend);
}
