//! Hardware wallets by ID: USB ones, the simulated ones, and with the feature `emulator` those in emulators.

use vitrine_ceremony::{Chain, Folder};
use vitrine_device::{Device, sim};

use crate::failure::{Failure, Kind};

/// ID of the simulated Trezor. It holds a public test seed and signs for test networks alone.
pub(crate) const SIMULATED_TREZOR: &str = "sim:trezor";

/// ID of the simulated Ledger. It holds the public test seed of Ledger's emulator and signs for test networks alone.
pub(crate) const SIMULATED_LEDGER: &str = "sim:ledger";

/// Each hardware wallet that is plugged in: ID and model.
pub(crate) fn list() -> Result<Vec<(String, String)>, Failure> {
    let found = vitrine_device::devices().map_err(Failure::device)?;
    Ok(found.into_iter().map(|d| (d.id, d.name)).collect())
}

/// Opens a device by ID.
///
/// A simulated Ledger has the app of the folder's chain open; without a folder it has no need to be told which.
pub(crate) fn open(id: &str, folder: Option<&Folder>) -> Result<Box<dyn Device>, Failure> {
    match id {
        SIMULATED_TREZOR => Ok(sim::trezor(sim::SimOptions::default())),
        SIMULATED_LEDGER => {
            let app = match folder.map(Folder::chain) {
                None => sim::SimApp::Any,
                Some(chain) if chain == Chain::Ethereum.name() => sim::SimApp::Ethereum,
                Some(_) => sim::SimApp::BitcoinTest,
            };
            Ok(sim::ledger_with_screen(sim::LedgerOptions { app, ..sim::LedgerOptions::default() }).0)
        }
        _ if id.starts_with("sim:") => {
            let known = format!("{SIMULATED_TREZOR}, {SIMULATED_LEDGER}");
            let what = format!("--device {id}: there is no such simulated device. Known: {known}");
            Err(Failure::new(Kind::Usage, what))
        }
        #[cfg(feature = "emulator")]
        _ if id.starts_with("udp:") || id.starts_with("tcp:") => {
            vitrine_device::emulator::open(id).map_err(Failure::device)
        }
        _ => vitrine_device::open(id).map_err(Failure::device),
    }
}
