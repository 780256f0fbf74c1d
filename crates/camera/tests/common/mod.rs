//! Folders that vanish, and films read to their end.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "each test uses its part of this, and fails by it")]

use std::fs;
use std::path::{Path, PathBuf};

use vitrine_camera::open_files;
use vitrine_qr::{FrameSource, LumaFrame};

/// A folder of one test, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vitrine-camera-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// All frames of a source that has no fault.
pub fn frames_of(source: &mut dyn FrameSource) -> Vec<LumaFrame> {
    std::iter::from_fn(|| source.next_frame().unwrap()).collect()
}

/// The first complaint about files, from opening or from reading them.
pub fn message_of(paths: &[PathBuf]) -> String {
    let mut film = match open_files(paths) {
        Ok(film) => film,
        Err(error) => return error.to_string(),
    };
    loop {
        match film.next_frame() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the film was read to its end without a complaint"),
            Err(error) => return error.to_string(),
        }
    }
}

/// One chunk of a PNG, with its checksum.
pub fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    let crc = body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    [&(data.len() as u32).to_be_bytes()[..], &body, &(!crc).to_be_bytes()].concat()
}
