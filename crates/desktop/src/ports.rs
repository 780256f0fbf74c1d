//! What the window needs from this machine: its cameras, its USB wallets, its clock, its disk.

use std::path::PathBuf;

use vitrine_app::Ports;
use vitrine_device::Device;
use vitrine_qr::FrameSource;

use crate::{devices, outputs};

/// The real machine.
pub(crate) struct Machine {
    pub(crate) out: PathBuf,
}

impl Ports for Machine {
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
        let found = vitrine_camera::cameras().map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|camera| (camera.id, camera.name)).collect())
    }

    fn open_camera(&mut self, id: &str) -> Result<Box<dyn FrameSource>, String> {
        vitrine_camera::open(id).map_err(|error| error.to_string())
    }

    fn devices(&mut self) -> Result<Vec<(String, String)>, String> {
        devices::list().map_err(|failure| failure.to_string())
    }

    fn open_device(&mut self, id: &str) -> Result<Box<dyn Device>, String> {
        vitrine_device::open(id).map_err(|error| error.to_string())
    }

    fn now(&self) -> u64 {
        outputs::now()
    }

    fn save(&mut self, name: &str, bytes: &[u8]) -> Result<String, String> {
        outputs::keep(&self.out, name, bytes)
    }
}
