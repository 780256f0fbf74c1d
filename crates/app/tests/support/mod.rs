//! A machine of simulated parts, and sessions on the demo's request.

#![allow(dead_code, reason = "each test binary uses its own part of the support")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vitrine_app::headless::Stage;
use vitrine_app::model::{Action, Route};
use vitrine_app::{App, AppOptions, DemoPace, Ports, Theme};
use vitrine_camera::{Scene, SimulatedCamera};
use vitrine_ceremony::{Folder, Session};
use vitrine_device::Device;
use vitrine_device::sim::{Fault, ScreenLog, SimOptions, trezor, trezor_with_screen};
use vitrine_qr::{FrameSource, LumaFrame, Modules, PartStream, Payload, SourceError, Transport};

/// 2026-11-20 14:18 UTC.
pub const NOW: u64 = 1_795_184_280;

/// The window sizes of the design language: pixels and pixels per point.
pub const SIZES: [(usize, usize, f32); 4] = [(1280, 800, 1.0), (1024, 768, 1.0), (1024, 768, 1.5), (1024, 768, 2.0)];

/// What is wrong with the simulated machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Broken {
    #[default]
    Nothing,
    CameraPanics,
    /// The camera was plugged in again, and has another name.
    CameraRenamed,
    NoParts,
    /// The request is cut off in the middle.
    TruncatedRequest,
    Device(Fault),
    DeviceHangs,
}

pub struct Simulated {
    codes: Vec<Modules>,
    broken: Broken,
    camera: &'static str,
    wallet: SimOptions,
    screen: DeviceScreenLog,
}

/// What the screen of the device that was opened last has shown.
pub type DeviceScreenLog = Arc<Mutex<Option<ScreenLog>>>;

impl Ports for Simulated {
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
        match self.broken {
            Broken::NoParts => Err("no camera was found: plug one in".to_owned()),
            _ => Ok(vec![(self.camera.to_owned(), "Simulated camera".to_owned())]),
        }
    }

    fn open_camera(&mut self, id: &str) -> Result<Box<dyn FrameSource>, String> {
        if self.broken == Broken::CameraRenamed && id == "sim" {
            self.camera = "again";
            return Err("it is not plugged in any more".to_owned());
        }
        Ok(match self.broken {
            Broken::CameraPanics => Box::new(Panics),
            _ => Box::new(SimulatedCamera::new(self.codes.clone(), Scene::default())),
        })
    }

    fn devices(&mut self) -> Result<Vec<(String, String)>, String> {
        match self.broken {
            Broken::NoParts => Ok(Vec::new()),
            _ => Ok(vec![("sim:trezor".to_owned(), "Simulated Trezor".to_owned())]),
        }
    }

    fn open_device(&mut self, _id: &str) -> Result<Box<dyn Device>, String> {
        match self.broken {
            Broken::DeviceHangs => loop {
                std::thread::park();
            },
            Broken::Device(fault) => Ok(trezor(SimOptions { fault: Some(fault), ..SimOptions::default() })),
            _ => {
                let (device, screen) = trezor_with_screen(self.wallet.clone());
                *self.screen.lock().unwrap() = Some(screen);
                Ok(device)
            }
        }
    }

    fn now(&self) -> u64 {
        NOW
    }

    fn save(&mut self, name: &str, _bytes: &[u8]) -> Result<String, String> {
        Ok(format!("/export/{name}"))
    }
}

struct Panics;

impl FrameSource for Panics {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        panic!("the driver fell over (expected in this test)");
    }

    fn describe(&self) -> String {
        "A camera that panics".to_owned()
    }
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/demo")
}

pub fn request() -> Payload {
    Payload::from_file(&std::fs::read(assets().join("request.psbt")).unwrap()).unwrap()
}

/// The files of the demo's ceremony folder.
pub fn folder_files() -> BTreeMap<String, Vec<u8>> {
    let file = |path: &str| (path.to_owned(), std::fs::read(assets().join("ceremony").join(path)).unwrap());
    ["addresses.toml", "ceremony.toml", "wallets/demo.toml"].into_iter().map(file).collect()
}

pub fn session() -> Session {
    session_with(|_| {})
}

/// A session on the demo's folder, changed.
pub fn session_with(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Session {
    let mut files = folder_files();
    change(&mut files);
    Session::open(Some(Folder::parse(&files).unwrap()), None, None, NOW).unwrap()
}

/// The demo's request for Ethereum: a Safe's multiSend.
pub fn ethereum_request() -> Payload {
    Payload::from_file(&std::fs::read(assets().join("ethereum/request.json")).unwrap()).unwrap()
}

/// A session on the demo's folder for Ethereum.
pub fn ethereum_session() -> Session {
    let file = |path: &str| (path.to_owned(), std::fs::read(assets().join("ethereum/ceremony").join(path)).unwrap());
    let paths =
        ["addresses.toml", "ceremony.toml", "contracts/treasury.toml", "wallets/brandt.toml", "wallets/treasury.toml"];
    Session::open(Some(Folder::parse(&paths.into_iter().map(file).collect()).unwrap()), None, None, NOW).unwrap()
}

/// A session whose folder allows less than the request spends.
pub fn refusing_session() -> Session {
    session_with(|files| {
        let toml = String::from_utf8(files["ceremony.toml"].clone()).unwrap();
        let lines = toml.lines().map(|line| match line.trim_start().starts_with("max_amount_sat") {
            true => "max_amount_sat = 1000".to_owned(),
            false => line.to_owned(),
        });
        files.insert("ceremony.toml".to_owned(), lines.collect::<Vec<_>>().join("\n").into_bytes());
    })
}

pub fn codes(request: &Payload) -> Vec<Modules> {
    let transport = Transport::Ur { ur_type: request.kind.ur_type() };
    let parts = PartStream::new(request, &transport, 200).unwrap().pure_parts();
    Modules::encode_all(&parts).unwrap()
}

pub fn app(session: Session, theme: Theme, demo: Option<DemoPace>, broken: Broken) -> App {
    let is_ethereum = session.folder().is_some_and(|folder| folder.chain() == "Ethereum");
    let mut request = if is_ethereum { ethereum_request() } else { request() };
    if broken == Broken::TruncatedRequest {
        request.bytes.truncate(request.bytes.len() / 2);
    }
    let codes = if broken == Broken::NoParts { Vec::new() } else { codes(&request) };
    let options = AppOptions { theme, demo, ..AppOptions::default() };
    let (wallet, screen) = (SimOptions::default(), DeviceScreenLog::default());
    App::new(Box::new(Simulated { codes, broken, camera: "sim", wallet, screen }), session, options)
}

/// An application on a machine that is all its own, with a simulated camera and a simulated wallet.
pub fn app_on_appliance(session: Session) -> App {
    let options = AppOptions { appliance: true, ..AppOptions::default() };
    let (wallet, screen) = (SimOptions::default(), DeviceScreenLog::default());
    let ports = Simulated { codes: codes(&request()), broken: Broken::Nothing, camera: "sim", wallet, screen };
    App::new(Box::new(ports), session, options)
}

/// A stage with this simulated wallet, and what its screen shows.
pub fn stage_with(
    session: Session,
    wallet: SimOptions,
    (width, height, scale): (usize, usize, f32),
) -> (Stage, DeviceScreenLog) {
    let screen = DeviceScreenLog::default();
    let ports = Simulated {
        codes: codes(&request()),
        broken: Broken::Nothing,
        camera: "sim",
        wallet,
        screen: Arc::clone(&screen),
    };
    let app = App::new(Box::new(ports), session, AppOptions::default());
    (Stage::new(app, width, height, scale), screen)
}

/// Where the digits of a PIN stand on the matrix that the device shows, as places on a number pad.
pub fn places(screen: &DeviceScreenLog, pin: &str) -> String {
    let matrix = screen.lock().unwrap().as_ref().unwrap().shown().last().unwrap().lines.clone();
    let place = |digit: char| {
        let rows = matrix.iter().zip(["789", "456", "123"]);
        let (column, row) = rows.into_iter().find_map(|(shown, row)| Some((shown.find(digit)?, row))).unwrap();
        row.as_bytes()[column] as char
    };
    pin.chars().map(place).collect()
}

/// A stage whose scripted person acts by itself.
pub fn demo_stage(session: Session, theme: Theme, (width, height, scale): (usize, usize, f32)) -> Stage {
    Stage::new(app(session, theme, Some(DemoPace::Instant), Broken::Nothing), width, height, scale)
}

/// A stage on which only the test acts.
pub fn stage(session: Session, broken: Broken, (width, height, scale): (usize, usize, f32)) -> Stage {
    Stage::new(app(session, Theme::Dark, None, broken), width, height, scale)
}

/// Scans by hand, without a demo, until the request is reviewed or refused.
pub fn scan(stage: &mut Stage) {
    wait_for(stage, |app| app.model().open.is_probed());
    stage.app_mut().act(Action::OnlyLook);
    wait_for(stage, |app| matches!(app.model().route, Route::Review | Route::Refused));
}

/// Shows frames until `done`; a worker of a window without demo answers in its own time.
pub fn wait_for(stage: &mut Stage, done: impl Fn(&App) -> bool) {
    for _ in 0..6_000 {
        if done(stage.app()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
        stage.step();
    }
    panic!("it never came to that: {:?}", stage.app().model().route);
}

/// Text without spaces, as values are compared.
pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Texts that are cut by the window or by their own clip, and pairs that stand on each other.
pub fn faults(stage: &Stage) -> Vec<String> {
    let window = stage.window();
    let painted = stage.painted();
    let mut faults = Vec::new();
    for (place, text) in painted.iter().enumerate() {
        let room = window.intersect(text.clip).expand(1.0);
        if !room.contains_rect(text.place) {
            faults.push(format!("cut: {:?} {:?} in {room:?}", text.text, text.place));
        }
        for other in &painted[place + 1..] {
            let both = text.place.shrink(0.75).intersect(other.place.shrink(0.75));
            if both.is_positive() {
                faults.push(format!("one on the other: {:?} {:?}", text.text, other.text));
            }
        }
    }
    faults
}
