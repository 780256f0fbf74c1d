//! Stopping an exchange from another thread, and how long one may take.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::DeviceError;

/// Longest wait for a device that is computing, in seconds.
pub const DEVICE_LIMIT_S: u64 = 30;

/// Longest wait for a person at the device, in seconds: devices lock themselves after ten minutes.
pub const PERSON_LIMIT_S: u64 = 600;

/// Longest time that all waits of one order may take together, in seconds: two hours. A device that answers each
/// question just in time would otherwise hold an order as often as it may ask.
pub const ORDER_LIMIT_S: u64 = 7200;

/// A handle to one order and its exchanges: the interface keeps one, the link to the device looks at the other.
///
/// An order is everything that is done with a device from when it is opened, or from [`Control::renew`]: to ask who it
/// is, to have it sign, to have it sign again. A cancel holds until it ends, also between two operations.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    person: AtomicBool,
    /// What the waits of this order took, in milliseconds.
    waited_ms: AtomicU64,
    /// How long the present wait took when the link last looked, in milliseconds.
    wait_ms: AtomicU64,
}

/// Why a wait ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitEnd {
    /// [`Control::cancel`].
    Cancelled,
    /// It took longer than [`Control::limit_s`], or all waits of the order longer than [`ORDER_LIMIT_S`].
    Timeout,
}

impl From<WaitEnd> for std::io::Error {
    fn from(end: WaitEnd) -> Self {
        Self::from(match end {
            WaitEnd::Cancelled => std::io::ErrorKind::Interrupted,
            WaitEnd::Timeout => std::io::ErrorKind::TimedOut,
        })
    }
}

impl Control {
    /// Ends the wait under way, and every later one of this order, with [`crate::DeviceError::CancelledHere`].
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
    }

    /// Says whether the order is to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Begins a new order with the same device: what was cancelled before is over, and the time counts anew.
    pub fn renew(&self) {
        self.0.cancelled.store(false, Ordering::SeqCst);
        self.0.waited_ms.store(0, Ordering::SeqCst);
        self.0.wait_ms.store(0, Ordering::SeqCst);
        self.begin();
    }

    /// States how long the device may take to answer now, in seconds.
    pub fn limit_s(&self) -> u64 {
        if self.0.person.load(Ordering::SeqCst) { PERSON_LIMIT_S } else { DEVICE_LIMIT_S }
    }

    /// A link looks several times a second whether it may go on waiting; `waited` is what this wait took so far. A wait
    /// that is shorter than the last one is a new one; what is answered before the first look counts nothing.
    ///
    /// # Errors
    /// [`WaitEnd`].
    pub fn may_wait(&self, waited: Duration) -> Result<(), WaitEnd> {
        let now_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        let last_ms = self.0.wait_ms.swap(now_ms, Ordering::SeqCst);
        let more_ms = now_ms.checked_sub(last_ms).unwrap_or(now_ms);
        let total_ms = self.0.waited_ms.load(Ordering::SeqCst).saturating_add(more_ms);
        self.0.waited_ms.store(total_ms, Ordering::SeqCst);
        if self.is_cancelled() {
            return Err(WaitEnd::Cancelled);
        }
        if waited > Duration::from_secs(self.limit_s()) || self.is_over() {
            return Err(WaitEnd::Timeout);
        }
        Ok(())
    }

    /// Why a wait ended that took too long.
    pub(crate) fn timeout(&self, at: &'static str) -> DeviceError {
        if self.is_over() {
            return DeviceError::OrderTimeout { at, limit_s: ORDER_LIMIT_S };
        }
        DeviceError::Timeout { at, limit_s: self.limit_s() }
    }

    fn is_over(&self) -> bool {
        self.0.waited_ms.load(Ordering::SeqCst) > ORDER_LIMIT_S.saturating_mul(1000)
    }

    /// Begins an operation of the order.
    pub(crate) fn begin(&self) {
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
    fn a_cancel_reaches_the_link_and_holds_until_the_order_ends() {
        let (here, link) = {
            let c = Control::default();
            (c.clone(), c)
        };
        here.cancel();
        here.begin();
        assert_eq!(link.may_wait(Duration::ZERO), Err(WaitEnd::Cancelled), "it came between two operations");
        here.renew();
        assert_eq!(link.may_wait(Duration::ZERO), Ok(()));
    }

    #[test]
    fn a_person_gets_more_time_than_a_chip() {
        let control = Control::default();
        assert_eq!(control.limit_s(), DEVICE_LIMIT_S);
        assert_eq!(control.may_wait(Duration::from_secs(DEVICE_LIMIT_S + 1)), Err(WaitEnd::Timeout));
        control.wait_for_person();
        assert_eq!(control.limit_s(), PERSON_LIMIT_S);
        assert_eq!(control.may_wait(Duration::from_secs(DEVICE_LIMIT_S + 1)), Ok(()));
    }

    #[test]
    fn a_device_that_always_answers_just_in_time_does_not_hold_an_order_for_ever() {
        let control = Control::default();
        let mut seconds = 0;
        let ended = loop {
            if seconds % DEVICE_LIMIT_S == 0 {
                control.begin();
            }
            seconds += 1;
            let in_this_wait = (seconds - 1) % DEVICE_LIMIT_S + 1;
            if let Err(ended) = control.may_wait(Duration::from_secs(in_this_wait)) {
                break ended;
            }
        };
        assert_eq!((ended, seconds), (WaitEnd::Timeout, ORDER_LIMIT_S + 1));
        assert!(matches!(control.timeout("x"), DeviceError::OrderTimeout { limit_s: ORDER_LIMIT_S, .. }));
        assert_eq!(control.may_wait(Duration::from_millis(1)), Err(WaitEnd::Timeout), "nor does the next wait");
        control.renew();
        assert_eq!(control.may_wait(Duration::from_millis(1)), Ok(()));
        assert!(matches!(control.timeout("x"), DeviceError::Timeout { limit_s: DEVICE_LIMIT_S, .. }));
    }
}
