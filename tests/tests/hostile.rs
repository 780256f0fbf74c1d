//! Bad input through the real program: it says what, where and what to do, and leaves nothing half done.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acceptance::ceremony::{self, OURS_ON_MAINNET, THEIRS};
use acceptance::program::{Finished, folder, vitrine};
use ur::bytewords;
use vitrine_qr::{LumaFrame, Modules, PartStream, Payload, Transport, UrType, film, picture};

const MALFORMED: i32 = 3;
const REFUSED: i32 = 4;
const FRAGMENT: usize = 200;
const MODULE_PX: usize = 4;

fn request() -> Vec<u8> {
    fs::read(ceremony::request()).unwrap()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn scan(input: &Path, out: &Path) -> Finished {
    vitrine(["scan".as_ref(), input.as_os_str(), "--out".as_ref(), out.as_os_str()])
}

fn inspect(input: &Path, ceremony: &Path) -> Finished {
    vitrine(["inspect".as_ref(), input.as_os_str(), "--ceremony".as_ref(), ceremony.as_os_str()])
}

/// Asserts exit code and message, and that no output was left, not even a part of it.
fn assert_refused(finished: &Finished, code: i32, says: &[&str], out: &Path) {
    assert_eq!(finished.code, code, "{}{}", finished.stdout, finished.stderr);
    for word in says {
        assert!(finished.stderr.contains(word), "the message does not say \"{word}\": {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    assert!(!out.exists(), "{} was left", out.display());
    let left: Vec<_> =
        out.parent().unwrap().read_dir().unwrap().filter_map(Result::ok).map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains(".partial")), "{left:?}");
}

fn pure_parts(bytes: &[u8]) -> Vec<String> {
    let payload = Payload::from_file(bytes).unwrap();
    PartStream::new(&payload, &Transport::Ur { ur_type: UrType::CryptoPsbt }, FRAGMENT).unwrap().pure_parts()
}

fn film_of(parts: &[String]) -> Vec<u8> {
    film::gif(&Modules::encode_all(parts).unwrap(), MODULE_PX, 8).unwrap()
}

fn still_of(text: &str) -> Vec<u8> {
    picture::png(&Modules::encode(text).unwrap().to_luma(MODULE_PX))
}

#[test]
fn a_picture_without_a_qr() {
    let folder = folder("no-qr");
    let noise = (0..320 * 240_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let input = put(&folder, "noise.png", &picture::png(&LumaFrame::new(320, 240, noise).unwrap()));
    let out = folder.join("out.psbt");
    assert_refused(&scan(&input, &out), MALFORMED, &["no QR code found", "1 frame", "Fill the picture"], &out);
}

#[test]
fn a_qr_of_something_else() {
    let folder = folder("something-else");
    let input = put(&folder, "menu.png", &still_of("https://example.org/menu"));
    let out = folder.join("out.psbt");
    assert_refused(&scan(&input, &out), MALFORMED, &["not a part of a request", "example.org", "show a UR"], &out);
}

#[test]
fn text_in_a_qr_cannot_write_to_the_terminal() {
    let folder = folder("escape");
    let input = put(&folder, "escape.png", &still_of("\u{1b}[2Jall is well"));
    let out = folder.join("out.psbt");
    let finished = scan(&input, &out);
    assert_refused(&finished, MALFORMED, &["not a part of a request"], &out);
    assert!(!finished.stderr.contains('\u{1b}'));
}

#[test]
fn parts_of_two_messages_mixed() {
    let folder = folder("mixed");
    let mut other = request();
    let payee_amount = other.len() - 60;
    other[payee_amount] ^= 1;
    let (ours, theirs) = (pure_parts(&request()), pure_parts(&other));
    let mixed: Vec<_> = ours[..4].iter().chain(&theirs[4..]).cloned().collect();
    assert_eq!(mixed.len(), ours.len());
    let input = put(&folder, "mixed.gif", &film_of(&mixed));
    let out = folder.join("out.psbt");
    assert_refused(&scan(&input, &out), MALFORMED, &["4 of 7 parts", "another message", "of one request"], &out);
}

/// A UR part with a valid checksum that claims any number of fragments.
fn part_claiming(count: u64) -> String {
    let mut cbor = vec![0x85, 0x01, 0x1b];
    cbor.extend(count.to_be_bytes());
    cbor.extend([0x1a, 0x00, 0x0f, 0xff, 0xff, 0x1a, 1, 2, 3, 4, 0x44, 1, 2, 3, 4]);
    let body = bytewords::encode(&cbor, bytewords::Style::Minimal).to_uppercase();
    format!("UR:CRYPTO-PSBT/1-{count}/{body}")
}

#[test]
fn a_part_that_claims_2_to_the_32_fragments_takes_no_time() {
    let folder = folder("fragments");
    let out = folder.join("out.psbt");
    let claims = [
        (20_000, "claims 20000 fragments; at most 16384"),
        (u64::from(u32::MAX), "claims 4294967295 fragments"),
        (1 << 32, "this UR"),
        (u64::MAX, "this UR"),
    ];
    for (count, says) in claims {
        let input = put(&folder, "claim.png", &still_of(&part_claiming(count)));
        let start = Instant::now();
        assert_refused(&scan(&input, &out), MALFORMED, &[says], &out);
        assert!(start.elapsed() < Duration::from_secs(120), "{count}: {:?}", start.elapsed());
    }
}

#[test]
fn a_truncated_psbt_at_every_length() {
    let bytes = request();
    for length in 0..bytes.len() {
        assert!(vitrine_bitcoin::decode(&bytes[..length]).is_err(), "{length} bytes were accepted");
    }
    let folder = folder("truncated");
    for length in [0, 4, 5, 100, 700, bytes.len() - 1] {
        let input = put(&folder, "short.psbt", &bytes[..length]);
        let finished = inspect(&input, &ceremony::demo());
        assert_refused(&finished, MALFORMED, &["vitrine: "], &folder.join("none"));
        assert!(finished.stdout.is_empty(), "a half review is worse than none: {}", finished.stdout);
    }
}

#[test]
fn bytes_after_the_end_of_a_psbt() {
    let folder = folder("trailing");
    let mut bytes = request();
    bytes.push(0);
    let input = put(&folder, "long.psbt", &bytes);
    let finished = inspect(&input, &ceremony::demo());
    assert_refused(
        &finished,
        MALFORMED,
        &["byte 1270", "follow the last map", "ask for the request again"],
        &folder.join("none"),
    );
}

#[test]
fn a_key_twice_in_one_map() {
    let bytes = request();
    // The global map: magic (5), key length (1), key (1), value length (1), value; then its separator.
    let transaction = 8 + usize::from(bytes[7]);
    assert_eq!((bytes[5], bytes[transaction]), (1, 0), "the layout of the request has changed");
    let doubled = [&bytes[..transaction], &bytes[5..transaction], &bytes[transaction..]].concat();
    let folder = folder("duplicate");
    let input = put(&folder, "duplicate.psbt", &doubled);
    let finished = inspect(&input, &ceremony::demo());
    assert_refused(&finished, MALFORMED, &["global map", "twice", "byte"], &folder.join("none"));
}

/// Signs with every caution acknowledged and the digest given: what is left to refuse is the request itself.
fn sign(input: &Path, ceremony: &Path, out: &Path) -> Finished {
    let review = vitrine(args(&["inspect", "--format", "json"], &[input], &[("--ceremony", ceremony)]));
    let json: serde_json::Value = serde_json::from_str(&review.stdout).unwrap();
    let digest = json["digest"]["hex"].as_str().unwrap();
    let mut words = vec!["sign", "--device", "sim:trezor", "--approve", digest];
    for finding in json["findings"].as_array().unwrap() {
        words.extend(["--acknowledge", finding["code"].as_str().unwrap()]);
    }
    vitrine(args(&words, &[input], &[("--ceremony", ceremony), ("--out", out)]))
}

fn args(words: &[&str], inputs: &[&Path], options: &[(&str, &Path)]) -> Vec<std::ffi::OsString> {
    let mut args: Vec<std::ffi::OsString> = words.iter().map(Into::into).collect();
    args.extend(inputs.iter().map(Into::into));
    for (name, value) in options {
        args.extend([(*name).into(), (*value).into()]);
    }
    args
}

#[test]
fn a_request_for_another_network_than_the_ceremony() {
    let folder = folder("network");
    let ceremony = ceremony::folder(&folder, "mainnet", OURS_ON_MAINNET);
    let out = folder.join("out.psbt");
    assert_refused(&inspect(&ceremony::request(), &ceremony), REFUSED, &["btc.other-network"], &out);
    assert_refused(&sign(&ceremony::request(), &ceremony, &out), REFUSED, &["btc.other-network"], &out);
}

#[test]
fn a_request_none_of_whose_inputs_is_ours() {
    let folder = folder("not-ours");
    let ceremony = ceremony::folder(&folder, "testnet", THEIRS);
    let out = folder.join("out.psbt");
    assert_refused(&inspect(&ceremony::request(), &ceremony), REFUSED, &["btc.no-own-input"], &out);
    assert_refused(&sign(&ceremony::request(), &ceremony, &out), REFUSED, &["btc.no-own-input"], &out);
}

#[test]
fn a_request_without_any_ceremony_folder_is_never_signed() {
    let folder = folder("no-folder");
    let out = folder.join("out.psbt");
    let finished = vitrine(args(&["sign", "--device", "sim:trezor"], &[&ceremony::request()], &[("--out", &out)]));
    assert_refused(&finished, 2, &["--ceremony"], &out);
}
