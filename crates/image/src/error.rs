//! Why no image is built.

use std::fmt;
use std::path::PathBuf;

/// What is wrong with an input, and which.
#[derive(Debug)]
pub enum BuildError {
    /// A file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        error: std::io::Error,
    },
    /// The lock file is not of its schema.
    Lock(String),
    /// A package of the lock file is not there.
    NoPackage {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
    /// A package is not the one that is pinned.
    OtherPackage {
        /// Its name.
        name: String,
        /// SHA-256 that is pinned.
        expected: String,
        /// SHA-256 that was found.
        found: String,
    },
    /// A package is pinned, and nothing of it was used.
    Unused(String),
    /// An input is not of its format.
    Malformed {
        /// Which input.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// Something that the image needs is in no input.
    Missing(String),
    /// More than the format, or the medium, can hold.
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        bytes: u64,
        /// The largest that is taken.
        limit: u64,
    },
}

impl BuildError {
    pub(crate) fn malformed(what: &'static str, why: impl ToString) -> Self {
        Self::Malformed { what, why: why.to_string() }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Lock(why) => write!(f, "packages.lock: {why}"),
            Self::NoPackage { name, version } => write!(
                f,
                "package {name} {version} is not there. Fetch the packages first; if the mirror no longer has this \
                 version, make lock moves packages.lock to the present one, to be read as any other change"
            ),
            Self::OtherPackage { name, expected, found } => write!(
                f,
                "package {name} is not the one that is pinned: SHA-256 {found}, expected {expected}. Nothing of it was \
                 used; fetch it again, from another mirror"
            ),
            Self::Unused(name) => {
                write!(f, "package {name} is pinned, and nothing of it is used: remove it from packages.lock")
            }
            Self::Malformed { what, why } => write!(f, "{what}: {why}"),
            Self::Missing(what) => write!(f, "{what} is in none of the packages"),
            Self::TooLarge { what, bytes, limit } => write!(f, "{what} has {bytes} bytes, more than {limit}"),
        }
    }
}

impl std::error::Error for BuildError {}
