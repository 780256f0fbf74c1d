//! What the interface asks of the first process beyond cameras, wallets and files.

use vitrine_app::model::{Check, Notice};

use crate::broker::Broker;

/// The first process, or what stands for it in tests.
pub trait Host: Clone + Send + 'static {
    /// The interface lives.
    fn alive(&self);

    /// What happened that people must know, oldest first, all of it since the start.
    fn notices(&self) -> Vec<Notice>;

    /// Looks at each property of the running system now.
    ///
    /// # Errors
    /// A sentence: it could not be looked at.
    fn self_test(&self) -> Result<Vec<Check>, String>;

    /// Switches the machine off.
    fn power_off(&self);
}

impl Host for Broker {
    fn alive(&self) {
        Broker::alive(self);
    }

    fn notices(&self) -> Vec<Notice> {
        let notices = Broker::notices(self).into_iter();
        notices.map(|notice| Notice { text: notice.text, next: notice.next }).collect()
    }

    fn self_test(&self) -> Result<Vec<Check>, String> {
        let checks = Broker::self_test(self)?.into_iter();
        Ok(checks.map(|check| Check { property: check.property, passed: check.passed, seen: check.seen }).collect())
    }

    fn power_off(&self) {
        Broker::power_off(self);
    }
}
