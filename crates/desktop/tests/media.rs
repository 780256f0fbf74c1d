//! `vitrine verify-media` as its users start it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vitrine_image::measure::{KERNEL, LABEL, PROGRAM, RELEASE, SECTIONS, STUB, of_tree};
use vitrine_image::tree::Node;
use vitrine_image::{Tree, cpio, fat, gpt, uki};
use vitrine_review::{Digest, sha256};

const COMMAND_LINE: &str = "quiet lockdown=confidentiality";
const SYSTEM: &[u8] = b"ID=vitrine\n";

/// The headers of a program for EFI, without sections, with room for more.
fn stub() -> Vec<u8> {
    let mut stub = vec![0; 0x400];
    let fields: [(usize, &[u8]); 8] = [
        (0, b"MZ"),
        (0x3c, &[0x40]),
        (0x40, b"PE\0\0\x64\x86"),
        (0x40 + 20, &[0xf0]),
        (0x58, &[0x0b, 0x02]),
        (0x58 + 36, &0x200_u32.to_le_bytes()),
        (0x58 + 56, &0x1000_u32.to_le_bytes()),
        (0x58 + 60, &0x400_u32.to_le_bytes()),
    ];
    for (at, bytes) in fields {
        stub[at..at + bytes.len()].copy_from_slice(bytes);
    }
    stub
}

/// A stick of a small image, and its measure.
fn stick() -> (Vec<u8>, Digest) {
    let (stub, kernel) = (uki::plain(&stub(), 4).unwrap(), vec![0x4b; 5_000]);
    let mut tree = Tree::default();
    for (path, bytes) in [
        ("init", b"program".to_vec()),
        (KERNEL, format!("{}\n", sha256(&kernel)).into_bytes()),
        (STUB, format!("{}\n", sha256(&stub)).into_bytes()),
        (RELEASE, SYSTEM.to_vec()),
    ] {
        tree.add(path, Node::File { bytes, runs: path == "init" }).unwrap();
    }
    let initramfs = cpio::compress(&cpio::archive(&tree).unwrap()).unwrap();
    let contents = [SYSTEM, COMMAND_LINE.as_bytes(), &kernel, &initramfs];
    let sections: Vec<(&str, &[u8])> = SECTIONS.into_iter().zip(contents).collect();
    let unified = uki::unified(&stub, &sections).unwrap();
    let volume = fat::volume(LABEL, &[(PROGRAM, &unified)]).unwrap();
    (gpt::stick(&volume).unwrap(), of_tree(&tree, COMMAND_LINE).unwrap().digest())
}

fn verify(path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine")).arg("verify-media").arg(path).output().unwrap()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_stick_is_read_and_its_measure_is_printed_in_hex_and_words() {
    let (stick, measure) = stick();
    let output = verify(&file("good.img", &stick));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        format!("Medium:       stick, {} bytes read", stick.len()),
        format!("Command line: {COMMAND_LINE}"),
        format!("SHA-256:      {}", sha256(&stick).groups().join(" ")),
        format!("Measure:      {}", measure.groups().join(" ")),
        measure.words()[24..].join(" "),
    ] {
        assert!(text.contains(&line), "{line}\n{text}");
    }
}

#[test]
fn each_failure_has_its_exit_code_and_says_what_to_do() {
    let (stick, _) = stick();
    let mut changed = stick.clone();
    let kernel = stick.windows(8).position(|bytes| bytes == [0x4b; 8]).unwrap();
    changed[kernel] ^= 1;
    let longer = [stick.as_slice(), b"x"].concat();
    for (name, bytes, code, words) in [
        ("changed.img", changed.as_slice(), 6, "the kernel: its SHA-256 is"),
        ("longer.img", &longer, 6, "1 bytes follow the image"),
        ("cut.img", &stick[..stick.len() - 512], 6, "cut short"),
        ("text.img", b"hello", 3, "no image of the appliance"),
    ] {
        let output = verify(&file(name, bytes));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {error}");
        assert!(error.contains(words), "{name}: {error}");
        assert!(output.stdout.is_empty());
        assert!(code != 6 || error.contains("do not start it"), "{error}");
    }
    assert_eq!(verify(Path::new("no-such-file")).status.code(), Some(2));
    assert_eq!(verify(Path::new(env!("CARGO_TARGET_TMPDIR"))).status.code(), Some(2));
}
