//! A machine of simulated parts.

use std::path::PathBuf;

use vitrine_app::Ports;
use vitrine_ceremony::Folder;
use vitrine_device::Device;
use vitrine_qr::{FrameSource, Modules};

use super::film::{self, Pace};
use crate::cli::Demo;
use crate::{devices, outputs};

/// Simulated camera and wallet; real clock and disk.
pub(crate) struct Simulated {
    out: PathBuf,
    device: String,
    folder: Folder,
    pace: Pace,
    codes: Vec<Modules>,
}

impl Simulated {
    pub(crate) fn new(args: &Demo, folder: Folder, pace: Pace, codes: Vec<Modules>) -> Self {
        Self { out: args.out.clone(), device: args.device.clone(), folder, pace, codes }
    }
}

impl Ports for Simulated {
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
        Ok(vec![("sim".to_owned(), "Simulated camera".to_owned())])
    }

    fn open_camera(&mut self, _id: &str) -> Result<Box<dyn FrameSource>, String> {
        Ok(film::camera(self.codes.clone(), self.pace))
    }

    fn devices(&mut self) -> Result<Vec<(String, String)>, String> {
        let name = if self.device == devices::SIMULATED_LEDGER { "Simulated Ledger" } else { "Simulated Trezor" };
        Ok(vec![(self.device.clone(), name.to_owned())])
    }

    fn open_device(&mut self, id: &str) -> Result<Box<dyn Device>, String> {
        devices::open(id, Some(&self.folder)).map_err(|failure| failure.to_string())
    }

    fn now(&self) -> u64 {
        outputs::now()
    }

    fn save(&mut self, name: &str, bytes: &[u8]) -> Result<String, String> {
        outputs::keep(&self.out, name, bytes)
    }
}
