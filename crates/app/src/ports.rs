//! What the interface needs from the machine. A shell implements it; tests and the demo bring simulated ones.

use vitrine_device::Device;
use vitrine_qr::FrameSource;

/// Cameras, hardware wallets, time and files, as one shell offers them.
///
/// Apart from [`Ports::now`], every call may take long or hang. The application makes them in its workers only, so a hung
/// device never blocks the window.
pub trait Ports: Send {
    /// The cameras there are: id and name.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String>;

    /// Opens the camera with this id.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    fn open_camera(&mut self, id: &str) -> Result<Box<dyn FrameSource>, String>;

    /// The hardware wallets that are plugged in: id and name.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    fn devices(&mut self) -> Result<Vec<(String, String)>, String>;

    /// Opens the hardware wallet with this id.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    fn open_device(&mut self, id: &str) -> Result<Box<dyn Device>, String>;

    /// Seconds since 1970-01-01 00:00 UTC. Read once, when the application starts; it counts on from there.
    fn now(&self) -> u64;

    /// Keeps `bytes` under `name` and says where, as a path.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    fn save(&mut self, name: &str, bytes: &[u8]) -> Result<String, String>;
}
