//! Cameras, wallets and files, through the broker.

use std::time::{SystemTime, UNIX_EPOCH};

use vitrine_app::Ports;
use vitrine_device::{Device, hid};
use vitrine_qr::FrameSource;

use crate::broker::Broker;
use crate::camera::SocketCamera;
use crate::wallet::SocketCable;

/// The machine as the interface reaches it: nothing but the socket to the first process.
#[derive(Clone, Debug)]
pub struct Brokered {
    broker: Broker,
}

impl Brokered {
    /// Asks `broker` for everything.
    pub const fn new(broker: Broker) -> Self {
        Self { broker }
    }
}

impl Ports for Brokered {
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
        self.broker.cameras()
    }

    fn open_camera(&mut self, id: &str) -> Result<Box<dyn FrameSource>, String> {
        Ok(Box::new(SocketCamera::open(self.broker.open_camera(id)?)?))
    }

    fn devices(&mut self) -> Result<Vec<(String, String)>, String> {
        self.broker.wallets()
    }

    fn open_device(&mut self, id: &str) -> Result<Box<dyn Device>, String> {
        let socket = self.broker.open_wallet(id)?;
        let opened = SocketCable::open(socket, id).and_then(|cable| hid::over(id, Box::new(cable)));
        opened.map_err(|error| error.to_string())
    }

    /// 0 where the machine's clock is before 1970.
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
    }

    fn save(&mut self, name: &str, bytes: &[u8]) -> Result<String, String> {
        self.broker.save(name, bytes)
    }
}
