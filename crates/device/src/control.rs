//! Stopping an exchange from another thread, and how long one may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Longest wait for a device that is computing, in seconds.
pub const DEVICE_LIMIT_S: u64 = 30;

/// Longest wait for a person at the device, in seconds: devices lock themselves after ten minutes.
pub const PERSON_LIMIT_S: u64 = 600;

/// A handle to the exchange under way: the interface keeps one, the link to the device looks at the other.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    person: AtomicBool,
}

impl Control {
    /// Ends the wait under way with [`crate::DeviceError::CancelledHere`].
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
    }

    /// Says whether the wait is to end. A link asks several times a second.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// States how long the device may take to answer now, in seconds.
    pub fn limit_s(&self) -> u64 {
        if self.0.person.load(Ordering::SeqCst) { PERSON_LIMIT_S } else { DEVICE_LIMIT_S }
    }

    pub(crate) fn begin(&self) {
        self.0.cancelled.store(false, Ordering::SeqCst);
        self.wait_for_device();
    }

    pub(crate) fn wait_for_device(&self) {
        self.0.person.store(false, Ordering::SeqCst);
    }

    pub(crate) fn wait_for_person(&self) {
        self.0.person.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_reaches_the_link_and_does_not_outlive_the_operation() {
        let (here, link) = {
            let c = Control::default();
            (c.clone(), c)
        };
        here.cancel();
        assert!(link.is_cancelled());
        here.begin();
        assert!(!link.is_cancelled());
    }

    #[test]
    fn a_person_gets_more_time_than_a_chip() {
        let control = Control::default();
        assert_eq!(control.limit_s(), DEVICE_LIMIT_S);
        control.wait_for_person();
        assert_eq!(control.limit_s(), PERSON_LIMIT_S);
    }
}
