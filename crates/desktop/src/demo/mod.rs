//! `vitrine demo`: the whole main job on embedded defaults, a simulated camera and a simulated wallet.

mod film;
mod headless;
mod ports;

use std::time::{Duration, Instant};

use vitrine_app::{App, AppOptions, DemoPace};
use vitrine_ceremony::{Folder, Session};
use vitrine_qr::{Modules, Payload, Transport};

use crate::cli::{Chain, Demo};
use crate::commands::show;
use crate::failure::{Failure, Kind};
use crate::{devices, files, outputs, window};

/// What is played: a request, and the ceremony folder that was made for it.
struct Play {
    request: &'static [u8],
    folder: &'static [(&'static str, &'static [u8])],
}

/// A folder with these files, embedded.
macro_rules! folder {
    ($place:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../../assets/demo/", $place, "/", $path)))),+]
    };
}

/// A payment of testnet coins; what it spends is of the device's seed.
const BITCOIN: Play = Play {
    request: include_bytes!("../../../../assets/demo/request.psbt"),
    folder: folder!("ceremony": "addresses.toml", "ceremony.toml", "wallets/demo.toml"),
};
const BITCOIN_LEDGER: Play = Play {
    request: include_bytes!("../../../../assets/demo/ledger/request.psbt"),
    folder: folder!("ledger/ceremony": "addresses.toml", "ceremony.toml", "wallets/demo.toml"),
};

/// A Safe's multiSend on Sepolia: a transfer, a right to spend, and an upgrade that a timelock is to run later. Which of
/// its owners signs depends on the device's seed.
const ETHEREUM: Play = Play {
    request: include_bytes!("../../../../assets/demo/ethereum/request.json"),
    folder: folder!(
        "ethereum/ceremony": "addresses.toml", "ceremony.toml", "contracts/treasury.toml", "wallets/brandt.toml",
        "wallets/treasury.toml",
    ),
};
const ETHEREUM_LEDGER: Play = Play {
    folder: folder!(
        "ethereum/ledger/ceremony": "addresses.toml", "ceremony.toml", "contracts/treasury.toml",
        "wallets/brandt.toml", "wallets/treasury.toml",
    ),
    ..ETHEREUM
};

/// What is played for a chain with a simulated device.
fn play(chain: Chain, device: &str) -> Result<Play, Failure> {
    match (chain, device) {
        (Chain::Bitcoin, devices::SIMULATED_TREZOR) => Ok(BITCOIN),
        (Chain::Bitcoin, devices::SIMULATED_LEDGER) => Ok(BITCOIN_LEDGER),
        (Chain::Ethereum, devices::SIMULATED_TREZOR) => Ok(ETHEREUM),
        (Chain::Ethereum, devices::SIMULATED_LEDGER) => Ok(ETHEREUM_LEDGER),
        _ => {
            let known = format!("{}, {}", devices::SIMULATED_TREZOR, devices::SIMULATED_LEDGER);
            Err(Failure::new(Kind::Usage, format!("--device {device}: the demo knows {known}")))
        }
    }
}

/// Payload bytes in each part, and parts a second, of the animated codes.
const FRAGMENT: usize = 200;
const PARTS_PER_SECOND: u32 = 8;

/// What a demo leaves; an earlier one's is removed first, so that nothing old is taken for new.
const OUTPUTS: [&str; 12] = [
    "request.psbt",
    "request.json",
    "request.gif",
    "review.txt",
    "review.json",
    "screens",
    "signed.psbt",
    "signature.ur",
    "signature.hex",
    "signed.gif",
    "transaction.hex",
    "record",
];

/// How long each stage took.
#[derive(Default)]
pub(crate) struct Stages(Vec<(&'static str, Duration)>);

impl Stages {
    fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let start = Instant::now();
        let result = work();
        self.add(name, start.elapsed());
        result
    }

    fn add(&mut self, name: &'static str, took: Duration) {
        self.0.push((name, took));
    }

    fn print(&self) {
        for (name, took) in &self.0 {
            println!("{name:<44}{:>9} ms", took.as_millis());
        }
    }
}

/// Plays the demo in a window where there is a display, else to the end without one.
pub(crate) fn run(args: &Demo) -> Result<(), Failure> {
    let play = play(args.chain, &args.device)?;
    files::remove(&args.out, &OUTPUTS)?;
    let mut stages = Stages::default();
    let payload = Payload::from_file(play.request).map_err(Failure::internal)?;
    let codes = stages.run("request drawn as animated QR, read back", || codes(&payload))?;
    let written = outputs::request(&args.out, &payload, &codes, PARTS_PER_SECOND)?;
    if args.headless || !window::has_display() {
        return headless::run(args, &play, codes, written, stages);
    }
    let app = app(args, &play, film::Pace::RealTime, codes, DemoPace::Human)?;
    window::open(app, args.out.clone())
}

fn codes(payload: &Payload) -> Result<Vec<Modules>, Failure> {
    let transport = Transport::Ur { ur_type: payload.kind.ur_type() };
    Ok(show::read_back(&show::parts(payload, &transport, FRAGMENT)?, payload)?.0)
}

fn app(args: &Demo, play: &Play, pace: film::Pace, codes: Vec<Modules>, demo: DemoPace) -> Result<App, Failure> {
    let files = play.folder.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
    let folder = Folder::parse(&files).map_err(Failure::internal)?;
    let ports = ports::Simulated::new(args, folder.clone(), pace, codes);
    let session = Session::open(Some(folder), None, None, outputs::now())?;
    let options = AppOptions { demo: Some(demo), ..AppOptions::default() };
    Ok(App::new(Box::new(ports), session, options))
}
