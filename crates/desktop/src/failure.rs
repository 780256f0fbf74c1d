//! What went wrong, and the exit code that says so.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use vitrine_ceremony::SessionError;

/// Whose turn it is; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Internal = 1,
    Usage = 2,
    Input = 3,
    Refused = 4,
    Device = 5,
    Verification = 6,
}

/// A failed command: what, where and what to do, in one message.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }

    pub(crate) fn input(message: impl fmt::Display) -> Self {
        Self::new(Kind::Input, message)
    }

    pub(crate) fn device(message: impl fmt::Display) -> Self {
        Self::new(Kind::Device, message)
    }

    pub(crate) fn internal(message: impl fmt::Display) -> Self {
        Self::new(Kind::Internal, message)
    }

    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::new(Kind::Usage, format!("{}: {error}", path.display()))
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let kind = match &error {
            SessionError::NotARequest(_) | SessionError::Malformed(_) | SessionError::Unusable(_) => Kind::Input,
            SessionError::Network(_) => Kind::Usage,
            SessionError::Refused(_)
            | SessionError::OtherDigest { .. }
            | SessionError::GatesOpen(_)
            | SessionError::NothingToAcknowledge(_) => Kind::Refused,
            SessionError::Device(_) => Kind::Device,
            SessionError::Verification(_) | SessionError::OtherNonce { .. } | SessionError::OtherPayload => {
                Kind::Verification
            }
            SessionError::OutOfOrder { .. } => Kind::Internal,
        };
        Self::new(kind, error)
    }
}
