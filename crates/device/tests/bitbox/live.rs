//! The same cases against the firmware in its simulator, where `VITRINE_BITBOX_TCP` says where that listens.
//!
//! It has to have its test seed. With `VITRINE_BITBOX_LOG`, the file to which it prints its screens, these are compared
//! with the foretold ones; with `VITRINE_BITBOX_RECORD` what was said is written to that file. `VITRINE_BITBOX_REFUSE` is
//! a file that makes the simulator's person refuse as long as it is there.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use vitrine_device::{BitBox02, Control, DeviceError, HidPackets, LinkError, PACKET_BYTES, emulator};

use crate::cases::{self, Case, Task};
use crate::firmware::compare_screens;
use crate::link::{Counted, Exchange, Joined};
use crate::request::Spend;

type Lines = Arc<Mutex<Vec<(Vec<u8>, Vec<u8>)>>>;

/// Writes down what passes.
struct Recorder {
    inner: Box<dyn HidPackets>,
    lines: Lines,
    there: Joined,
    back: Joined,
    /// Packets after which the cable is pulled.
    left: usize,
}

impl HidPackets for Recorder {
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        if let Some(message) = self.there.take(packet) {
            self.lines.lock().unwrap().push((message, Vec::new()));
        }
        self.inner.write(packet)
    }

    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError> {
        self.left = self.left.checked_sub(1).ok_or(LinkError::Unplugged)?;
        let packet = self.inner.read()?;
        if let Some(answer) = self.back.take(&packet) {
            self.lines.lock().unwrap().last_mut().unwrap().1 = answer;
        }
        Ok(packet)
    }

    fn pause(&mut self, milliseconds: u64) -> Result<(), LinkError> {
        self.inner.pause(milliseconds)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn address() -> Option<SocketAddr> {
    let address = variable("VITRINE_BITBOX_TCP");
    if address.is_none() {
        eprintln!("VITRINE_BITBOX_TCP is not set: BitBox02 is tested by what was recorded of it");
    }
    address.map(|address| address.parse().expect("VITRINE_BITBOX_TCP is an address with a port"))
}

fn device(address: SocketAddr, left: usize) -> (BitBox02, Lines) {
    let (control, lines) = (Control::default(), Lines::default());
    let inner = emulator::bitbox_tcp(address, control.clone()).unwrap();
    let (there, back) = Default::default();
    let link = Recorder { inner, lines: Arc::clone(&lines), there, back, left };
    (BitBox02::new(Box::new(link), Box::<Counted>::default(), control), lines)
}

/// What the simulator printed since `from`, as title and text of each screen.
fn screens(log: &str, from: usize) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(log).unwrap();
    let mut screens = Vec::new();
    for block in text[from..].split("SCREEN START\n").skip(1) {
        let block = block.split("SCREEN END").next().unwrap();
        let part = |from: &str, to: &str| {
            let rest = block.split_once(from)?.1;
            let end = if to.is_empty() { rest.rfind('\n')? } else { rest.find(to)? };
            Some(rest[..end].to_owned())
        };
        if let (Some(title), Some(body)) = (part("TITLE: ", "\nBODY: "), part("\nBODY: ", "")) {
            screens.push((title, body));
        } else if let (Some(amount), Some(fee)) = (part("AMOUNT: ", "\nFEE: "), part("\nFEE: ", "")) {
            screens.push((String::new(), format!("Total {amount}\nFee {}", without_end(&fee))));
        } else if let (Some(amount), Some(to)) = (part("AMOUNT: ", "\nADDRESS: "), part("\nADDRESS: ", "")) {
            screens.push((String::new(), format!("{amount}\n{}", without_end(&to))));
        }
    }
    screens.into_iter().map(|(title, body)| (title, without_end(&body))).collect()
}

/// The words before `SCREEN END` in the simulator's last line.
fn without_end(text: &str) -> String {
    let kinds = ["\nCONFIRM", "\nCONFIRM TRANSACTION ADDRESS", "\nCONFIRM TRANSACTION FEE"];
    kinds.iter().rev().find_map(|kind| text.strip_suffix(kind)).unwrap_or(text).to_owned()
}

fn record(address: SocketAddr, name: &str, case: &Case) -> (Result<(), DeviceError>, Exchange) {
    let log = variable("VITRINE_BITBOX_LOG");
    let from = log.as_ref().map_or(0, |log| std::fs::metadata(log).unwrap().len());
    let (mut device, lines) = device(address, usize::MAX);
    let outcome = cases::run(case, &mut device);
    let shown = log.as_ref().map(|log| screens(log, usize::try_from(from).unwrap())).unwrap_or_default();
    if let (Ok(()), Some(_), Some(foretold)) = (&outcome, &log, cases::foretold(case, &device)) {
        compare_screens(name, &foretold, &shown);
    }
    let lines = lines.lock().unwrap().clone();
    (outcome, Exchange { name: name.to_owned(), lines, screens: shown })
}

#[test]
fn the_firmware_signs_refuses_and_is_unplugged() {
    let Some(address) = address() else { return };
    let mut text = String::new();
    for case in cases::all() {
        let (outcome, exchange) = record(address, case.name, &case);
        assert_eq!(outcome, Ok(()), "{}", case.name);
        eprintln!("{}: {} messages, {} screens", case.name, exchange.lines.len(), exchange.screens.len());
        text += &exchange.to_text();
    }
    text += &refused(address);
    if let Some(file) = variable("VITRINE_BITBOX_RECORD") {
        std::fs::write(file, text).unwrap();
    }
    hundred_inputs(address);
    unplugged(address);
}

fn refused(address: SocketAddr) -> String {
    let Some(file) = variable("VITRINE_BITBOX_REFUSE") else { return String::new() };
    let cases = cases::all().into_iter().filter(|case| ["wpkh", "EIP-1559", "permit"].contains(&case.name));
    let mut text = String::new();
    for case in cases {
        // Paired before, so that what is refused is the request.
        let (control, lines) = (Control::default(), Lines::default());
        let inner = emulator::bitbox_tcp(address, control.clone()).unwrap();
        let (there, back) = Default::default();
        let link = Recorder { inner, lines: Arc::clone(&lines), there, back, left: usize::MAX };
        let refusing = Refusing { link, file: file.clone() };
        let mut device = BitBox02::new(Box::new(refusing), Box::<Counted>::default(), control);
        let outcome = cases::run(&case, &mut device);
        let _ = std::fs::remove_file(&file);
        assert!(matches!(outcome, Err(DeviceError::RefusedOnDevice { .. })), "{}: {outcome:?}", case.name);
        let (name, lines) = (format!("refused: {}", case.name), lines.lock().unwrap().clone());
        text += &Exchange { name, lines, screens: Vec::new() }.to_text();
    }
    text
}

/// The person refuses everything from the first encrypted message on.
struct Refusing {
    link: Recorder,
    file: String,
}

impl HidPackets for Refusing {
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        if packet[7..9] == *b"\0n" {
            std::fs::write(&self.file, "").unwrap();
        }
        self.link.write(packet)
    }

    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError> {
        self.link.read()
    }

    fn pause(&mut self, milliseconds: u64) -> Result<(), LinkError> {
        self.link.pause(milliseconds)
    }
}

fn hundred_inputs(address: SocketAddr) {
    for inputs in [2, 20, 100] {
        let case = Case { name: "many inputs", task: Task::Bitcoin(Spend::of(cases::wpkh().wallet, inputs)) };
        let begun = std::time::Instant::now();
        let (outcome, exchange) = record(address, case.name, &case);
        assert_eq!(outcome, Ok(()), "{inputs} inputs");
        eprintln!("{inputs} inputs: {} messages in {} ms", exchange.lines.len(), begun.elapsed().as_millis());
    }
}

/// Pulled at each packet of a signing; after that the same device signs again.
fn unplugged(address: SocketAddr) {
    let case = cases::all().into_iter().find(|case| case.name == "wpkh").unwrap();
    let mut left = 0;
    loop {
        let (mut pulled, _) = device(address, left);
        match cases::run(&case, &mut pulled) {
            Ok(()) => break,
            Err(error) => assert!(matches!(error, DeviceError::Unplugged { .. }), "{left}: {error}"),
        }
        left += 1;
    }
    assert!(left > 20, "{left}");
    let (outcome, _) = record(address, case.name, &case);
    assert_eq!(outcome, Ok(()));
}
