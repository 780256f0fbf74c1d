//! What the threads of the first process share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::broker::Notice;
use crate::broker::message::NOTICES_MAX;

/// What a thread left that ended in a panic is looked at all the same: that panic stops the machine anyway.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What people must know, in order; the oldest go when there are too many.
#[derive(Debug, Default)]
pub struct Notices(Mutex<VecDeque<Notice>>);

impl Notices {
    /// Adds one.
    pub fn tell(&self, notice: Notice) {
        super::setup::log(&notice.text);
        let mut all = lock(&self.0);
        if all.len() >= NOTICES_MAX {
            all.pop_front();
        }
        all.push_back(notice);
    }

    /// Adds one, in words.
    pub fn say(&self, text: impl Into<String>, next: &str) {
        self.tell(Notice { text: text.into(), next: next.to_owned() });
    }

    /// All of them, oldest first.
    pub fn all(&self) -> Vec<Notice> {
        lock(&self.0).iter().cloned().collect()
    }
}
