//! The built `vitrine`, started as its users start it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::repository;

/// What a command left behind.
pub struct Finished {
    /// Exit code, as documented in `vitrine --help`.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Messages.
    pub stderr: String,
}

/// Runs `vitrine` without input or display.
///
/// # Panics
/// If the binary is not there: `cargo test --workspace` builds it.
#[expect(clippy::panic, reason = "without the program there is nothing to test")]
pub fn vitrine<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Finished {
    let binary = path();
    let output = Command::new(&binary)
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}; run `cargo build --workspace --bins` first", binary.display()));
    Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The binary beside the folder of the running test: `target/PROFILE/vitrine`.
fn path() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    let profile = test.ancestors().nth(2).map(PathBuf::from).unwrap_or_default();
    profile.join("vitrine")
}

/// A new, empty folder for one test; what an earlier run left there is removed.
///
/// # Panics
/// If it cannot be made.
#[must_use]
#[expect(clippy::panic, reason = "a test without a folder cannot go on")]
pub fn folder(name: &str) -> PathBuf {
    let folder = repository::root().join("target/acceptance").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    folder
}
