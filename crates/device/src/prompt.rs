//! What a device asks of the person at this machine.

use zeroize::Zeroizing;

/// Answers a device's questions on behalf of the person. Called on the thread that talks to the device.
///
/// Where nobody can answer, return [`Answer::Cancel`]: the driver then ends the exchange cleanly.
pub trait Prompter: Send {
    /// Answers one question. A kind of answer that does not fit the question counts as [`Answer::Cancel`].
    fn prompt(&mut self, prompt: Prompt) -> Answer;
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// The device waits for the person at its own screen. Answer [`Answer::Continue`] at once: the exchange then waits
    /// for the device.
    ConfirmOnDevice {
        /// How many times the device has asked for the person in this operation, from 0. While signing this is the
        /// index into the predicted screens; a request may cover the screens up to the next one.
        screen: usize,
        /// What the device is asking about, in its own short words, escaped.
        what: String,
    },
    /// The device asks for its PIN as positions of a shuffled matrix that only it shows. Answer [`Answer::Pin`]. The
    /// positions are those of a number pad: 7 8 9 in the upper row, 4 5 6, and 1 2 3 in the lower one.
    Pin(PinKind),
    /// The device asks for the passphrase. Answer [`Answer::Passphrase`] (empty for none), or [`Answer::Continue`] to
    /// enter it on the device, where it can.
    Passphrase,
    /// The device was paired with this machine, and its own screen showed a code. Answer [`Answer::Continue`] only if
    /// it was this one: otherwise somebody is between the two.
    Pairing {
        /// Four groups of five letters and digits.
        code: String,
    },
    /// Not the device's question: it is about to be asked to sign the same request once more, so that the signatures
    /// can be compared. Answer [`Answer::Continue`], or [`Answer::Cancel`] to leave.
    Again,
}

/// Which PIN is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinKind {
    /// The present one.
    Current,
    /// A new one, first or second entry: never part of signing.
    New,
}

/// An answer. Its text is secret: it is neither shown nor kept, and overwritten in memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Continue,
    /// End the operation.
    Cancel,
    /// Positions in the PIN matrix, `1` to `9`.
    Pin(Zeroizing<String>),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
}

impl Answer {
    /// Positions in the PIN matrix. The text is not copied.
    pub fn pin(positions: impl Into<String>) -> Self {
        Self::Pin(Zeroizing::new(positions.into()))
    }

    /// A passphrase. The text is not copied.
    pub fn passphrase(text: impl Into<String>) -> Self {
        Self::Passphrase(Zeroizing::new(text.into()))
    }
}

impl core::fmt::Debug for Answer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Continue => "Continue",
            Self::Cancel => "Cancel",
            Self::Pin(_) => "Pin(hidden)",
            Self::Passphrase(_) => "Passphrase(hidden)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_answer_never_reaches_a_log() {
        assert!(!format!("{:?}", Answer::pin("7391")).contains("7391"));
        assert!(!format!("{:?}", Answer::passphrase("correct horse")).contains("horse"));
    }
}
