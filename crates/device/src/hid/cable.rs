//! Packets to a device and from it, and nothing about what is in them.

use std::time::Duration;

use crate::LinkError;
use crate::bitbox::PACKET_BYTES;
use crate::control::Control;

/// How often a wait looks whether it was cancelled.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// Carries packets of a device, and knows how much time has passed: USB, or a socket to the process that has it.
///
/// It understands nothing of what it carries. How long an exchange may take, whether it goes on, and every check of what
/// the device says are of the links above it.
pub trait Cable: Send {
    /// Number of the product, as USB says it: the models of a vendor differ by it.
    fn product(&self) -> u16;

    /// Sends one packet.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`] if it could not be sent.
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError>;

    /// Waits at most `slice` for a packet, and returns its length; 0 if none came.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`], or [`LinkError::Malformed`] where what came is no packet.
    fn read(&mut self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError>;

    /// Time since some moment that does not change.
    fn now(&self) -> Duration;

    /// Lets time pass.
    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Ends a wait when it was cancelled, or when it took longer than it may.
pub(super) fn may_wait(control: &Control, waited: Duration) -> Result<(), LinkError> {
    if control.is_cancelled() {
        return Err(LinkError::Cancelled);
    }
    if waited > Duration::from_secs(control.limit_s()) { Err(LinkError::Timeout) } else { Ok(()) }
}
