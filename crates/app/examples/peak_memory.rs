//! Scans and reviews large requests on a screen of 1920x1080, and prints how much memory each session took at most, each in
//! a process of its own. Fails above the target.
//!
//! Usage: `peak_memory FILE…`, with files of `cargo run -p vitrine-bitcoin --example large_requests -- FOLDER`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a tool of the benchmark says what went wrong by failing"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::{Command, ExitCode};
use std::time::Instant;

use vitrine_app::headless::Stage;
use vitrine_app::keys::KeyCap;
use vitrine_app::model::{Action, Route};
use vitrine_app::{App, AppOptions, Ports};
use vitrine_device::Device;
use vitrine_qr::{FrameSource, LumaFrame, Modules, PartStream, Payload, Reader, SourceError, Symbol, Transport};

/// Most memory of a session, in KiB.
const MOST_KIB: u64 = 512 << 10;
/// Bytes of the request in a code: what the largest codes hold.
const FRAGMENT: usize = 2_000;
/// How a session on one request is asked for.
const ALONE: &str = "--alone";

/// A screen that shows a request, and a camera whose pictures were read before they come, as the appliance's are.
struct Film(PartStream);

impl FrameSource for Film {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        Ok(Some(Modules::encode(&self.0.next_part()).unwrap().to_luma(4)))
    }

    fn next_read(&mut self, _: &mut Reader) -> Result<Option<(LumaFrame, Vec<Symbol>)>, SourceError> {
        let code = self.0.next_code().unwrap();
        let bytes = code.text().as_bytes().to_vec();
        Ok(Some((code.to_luma(4), vec![Symbol { bytes, corners: Vec::new(), module_px: Some(4.0) }])))
    }

    fn describe(&self) -> String {
        "A camera that has read".to_owned()
    }
}

struct Machine(Payload);

impl Ports for Machine {
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
        Ok(vec![("film".to_owned(), "A film".to_owned())])
    }

    fn open_camera(&mut self, _id: &str) -> Result<Box<dyn FrameSource>, String> {
        let transport = Transport::Ur { ur_type: self.0.kind.ur_type() };
        Ok(Box::new(Film(PartStream::new(&self.0, &transport, FRAGMENT).unwrap())))
    }

    fn devices(&mut self) -> Result<Vec<(String, String)>, String> {
        Ok(Vec::new())
    }

    fn open_device(&mut self, _id: &str) -> Result<Box<dyn Device>, String> {
        Err("there is none".to_owned())
    }

    fn now(&self) -> u64 {
        support::NOW
    }

    fn save(&mut self, name: &str, _bytes: &[u8]) -> Result<String, String> {
        Ok(format!("/export/{name}"))
    }
}

/// Most memory that this process held so far, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel says how much");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn session(path: &str) -> u64 {
    let begun = Instant::now();
    let payload = Payload::from_file(&std::fs::read(path).unwrap()).unwrap();
    let bytes = payload.bytes.len();
    let app = App::new(Box::new(Machine(payload)), support::session(), AppOptions::default());
    let mut stage = Stage::new(app, 1920, 1080, 1.0);
    support::wait_for(&mut stage, |app| app.model().open.is_probed());
    let before = peak_kib();
    stage.app_mut().act(Action::OnlyLook);
    while !matches!(stage.route(), Route::Review | Route::Refused) {
        std::thread::sleep(std::time::Duration::from_millis(10));
        stage.step();
        if let Some(why) = &stage.app().model().scan.ended {
            panic!("{why}");
        }
    }
    let scanned = (peak_kib(), begun.elapsed());
    walk(&mut stage);
    let rows = stage.app().model().review.ledger.rows().len();
    let name = std::path::Path::new(path).file_stem().unwrap().to_string_lossy();
    println!(
        "{name}: {bytes} bytes, {rows} rows at {:?}; at most {} MiB at the start, {} MiB scanned ({:.0} s), {} MiB reviewed ({:.0} s)",
        stage.route(),
        before >> 10,
        scanned.0 >> 10,
        scanned.1.as_secs_f32(),
        peak_kib() >> 10,
        begun.elapsed().as_secs_f32()
    );
    peak_kib()
}

/// Looks at the first page of each group, and at each tab of the inspector.
fn walk(stage: &mut Stage) {
    if stage.route() == Route::Refused {
        stage.press(KeyCap::Letter('V'));
    }
    assert_eq!(stage.route(), Route::Review);
    for _ in stage.app().model().review.ledger.groups().to_vec() {
        stage.press(KeyCap::Right);
    }
    for tab in ['F', 'B', 'O', 'D'] {
        stage.press(KeyCap::Letter(tab));
    }
}

fn main() -> ExitCode {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    if let [first, path] = paths.as_slice()
        && first == ALONE
    {
        let peak = session(path);
        return if peak <= MOST_KIB { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let program = std::env::current_exe().unwrap();
    let mut within = true;
    for path in &paths {
        within &= Command::new(&program).arg(ALONE).arg(path).status().unwrap().success();
    }
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
