//! How the interface begins: a session of what the stick or the image holds, on the screen of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use vitrine_app::{App, AppOptions, Ports as _};
use vitrine_ceremony::{Folder, Memory, Record, Session, UnixTime, provide_tokens};
use vitrine_review::Digest;

use crate::broker::{Broker, Files};
use crate::confine::{self, Role};
use crate::display::{self, Surface};
use crate::input::Devices;
use crate::interface::Interface;
use crate::ports::Brokered;

/// Files of the folder that are the record of an earlier ceremony.
const RECORD: &str = "record/record.jsonl";
const CONTENT: &str = "record/content/";

/// Tables of the image: tokens, and Ledger's signature of each.
const TOKENS: [&str; 2] = ["/usr/share/vitrine/tokens.bin", "/usr/share/vitrine/token_signatures.bin"];

const NOT_OPENED: [&str; 3] = [
    "No session was opened: nothing was read from a camera and nothing was signed.",
    "Correct the ceremony folder on another machine, where `vitrine ceremony` and `vitrine inspect` say the same.",
    "Switch the machine off, and on again with the corrected stick.",
];

/// The interface, from its first step; returns when it cannot go on, with the reason on standard error.
pub fn interface() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("vitrine: interface: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let broker = Broker::from_stdin().map_err(|e| format!("it was not started by the first process: {e}"))?;
    tokens()?;
    confine::enter(&Role::Interface).map_err(|error| error.to_string())?;
    let mut surface = display::open()?;
    broker.alive();
    display::show_once(surface.as_mut(), wait_ui)?;
    let ports = Brokered::new(broker.clone());
    let files = broker.folder()?;
    let session = match session(files, ports.now()) {
        Ok(session) => session,
        Err(why) => return refuse(surface.as_mut(), &broker, &why),
    };
    let options = AppOptions { appliance: true, ..AppOptions::default() };
    let app = App::new(Box::new(ports), session, options);
    Interface::new(app, surface, Devices::new(Path::new("/dev/input")), broker)?.run()
}

/// What is known of tokens lies beside the program, in the measure like the program itself.
fn tokens() -> Result<(), String> {
    let [tokens, signatures] = TOKENS.map(|path| fs::read(path).map_err(|error| format!("{path}: {error}")));
    provide_tokens(tokens?, signatures?).map_err(|error| error.to_string())
}

fn wait_ui(ui: &mut egui::Ui) {
    ui.centered_and_justified(|ui| ui.label("Vitrine looks for the stick VITRINE-OUT…"));
}

/// Shows why no session is opened, for as long as the machine is on.
fn refuse(surface: &mut dyn Surface, broker: &Broker, why: &str) -> Result<(), String> {
    display::show_once(surface, |ui| vitrine_app::safe_stop_ui(ui, why, &NOT_OPENED))?;
    loop {
        broker.alive();
        if surface.look()? {
            display::show_once(surface, |ui| vitrine_app::safe_stop_ui(ui, why, &NOT_OPENED))?;
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// A session with this ceremony folder, or without one; `record/` in it is that of an earlier ceremony.
///
/// # Errors
///
/// A phrase: the folder or its record is not whole.
pub fn session(files: Option<Files>, now: UnixTime) -> Result<Session, String> {
    let Some(files) = files else {
        return Session::open(None, None, None, now).map_err(|e| e.to_string());
    };
    let (record, folder): (ByPath, ByPath) = files.into_iter().partition(|(path, _)| path.starts_with("record/"));
    let folder = Folder::parse(&folder).map_err(|e| format!("the ceremony folder cannot be used: {e}"))?;
    let (mut memory, mut head) = (Memory::default(), None);
    if !record.is_empty() {
        let unusable = |e: &dyn std::fmt::Display| format!("the record of an earlier ceremony cannot be used: {e}");
        let record = earlier(&record).map_err(|e| unusable(&e))?;
        memory.add(&record).map_err(|e| unusable(&e))?;
        head = Some(record.head());
    }
    let session = Session::open(Some(folder), None, head, now);
    Ok(session.map_err(|e| format!("the ceremony folder cannot be used: {e}"))?.with_memory(memory))
}

type ByPath = BTreeMap<String, Vec<u8>>;

fn earlier(files: &ByPath) -> Result<Record, String> {
    let lines = files.get(RECORD).ok_or_else(|| format!("{RECORD} is missing"))?;
    let lines = std::str::from_utf8(lines).map_err(|_| format!("{RECORD} is not UTF-8 text"))?;
    let content = |(path, bytes): (&String, &Vec<u8>)| {
        path.strip_prefix(CONTENT).and_then(Digest::from_hex).map(|digest| (digest, bytes.clone()))
    };
    Record::parse(lines, files.iter().filter_map(content).collect()).map_err(|e| e.to_string())
}
