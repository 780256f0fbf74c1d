//! A cable that can be pulled, and remembers what went through it.

use std::sync::{Arc, Mutex};

use vitrine_device::{ApduExchange, LinkError};

use crate::recording::Line;

/// The link, which outlives the drivers.
pub type Shared = Arc<Mutex<Box<dyn ApduExchange>>>;

pub struct Cable {
    inner: Shared,
    /// The command before which it is pulled.
    pulled_at: Option<usize>,
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Cable {
    pub fn new(inner: Shared, pulled_at: Option<usize>) -> (Self, Arc<Mutex<Vec<Line>>>) {
        let lines = Arc::default();
        (Self { inner, pulled_at, lines: Arc::clone(&lines) }, lines)
    }
}

impl ApduExchange for Cable {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        if self.pulled_at.is_some_and(|at| self.lines.lock().unwrap().len() >= at) {
            return Err(LinkError::Unplugged);
        }
        let answer = self.inner.lock().unwrap().exchange(apdu)?;
        self.lines.lock().unwrap().push((apdu.to_vec(), answer.clone()));
        Ok(answer)
    }
}
