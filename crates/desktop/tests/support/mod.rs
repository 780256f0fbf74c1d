//! The demo through the real binary, run once for all tests of a file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

pub fn vitrine(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine")).args(args).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The folder that the demo with the simulated Trezor leaves for this chain; a test program plays one chain.
pub fn demo(chain: &str) -> &'static Path {
    static OUT: OnceLock<PathBuf> = OnceLock::new();
    OUT.get_or_init(|| play(chain, "sim:trezor"))
}

/// Plays the demo for a chain with a device, to a verified result; returns the folder that it leaves.
pub fn play(chain: &str, device: &str) -> PathBuf {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{chain}-{}", device.replace(':', "-")));
    let _ = std::fs::remove_dir_all(&out);
    let args = ["demo", "--chain", chain, "--device", device, "--headless", "--out", out.to_str().unwrap()];
    let output = vitrine(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    assert_eq!(stdout.lines().last(), Some("verified"), "{stdout}");
    out
}
