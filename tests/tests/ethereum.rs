//! The command line for Ethereum: each form of a request is reviewed alike, and only the right answer is taken.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use std::fs;
use std::path::{Path, PathBuf};

use acceptance::program::{self, Finished};
use acceptance::repository;

const ALICE: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const BOB: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/// A file of a scenario.
fn scenario(path: &str) -> PathBuf {
    repository::root().join("tests/scenarios").join(path)
}

fn ceremony() -> PathBuf {
    scenario("eth-00-plain-transfer/ceremony")
}

fn inspect(request: &Path) -> Finished {
    program::vitrine(["inspect".into(), request.to_owned(), "--ceremony".into(), ceremony()])
}

fn verify(request: &Path, response: &Path, signer: Option<&str>) -> Finished {
    let args = ["verify".into(), "--request".into(), request.to_owned(), "--response".into(), response.to_owned()];
    let signer = signer.map(|signer| ["--signer".into(), PathBuf::from(signer)]);
    program::vitrine(args.into_iter().chain(signer.into_iter().flatten()))
}

/// What a page says of the bytes alone: everything but the digests and places that depend on the form.
fn effects(page: &str) -> String {
    let part = page.split_once("WHAT THIS DOES").unwrap().1;
    part.split_once("DIGESTS TO COMPARE").unwrap().0.to_owned()
}

fn written(place: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    fs::write(place.join(name), text).unwrap();
    place.join(name)
}

/// A payment of 1 USDC out of the Safe, as typed data.
fn typed_data() -> String {
    let with_more = fs::read_to_string(scenario("eth-13-keys-nobody-signs/request.json")).unwrap();
    with_more.replace(",\"recipient\":\"Halden Freight AS\",\"amount\":\"1 USDC\"", "")
}

#[test]
fn each_form_of_a_request_is_reviewed() {
    let place = program::folder("ethereum-forms");
    let forms = [
        (scenario("eth-00-plain-transfer/request.hex"), "Sends 1.000000000000000000 ETH from Alice"),
        (written(&place, "typed.json", typed_data()), "Sends 1.000000 USDC"),
        (scenario("eth-00-safe-batch/request.json"), "Sends 1,000.250000 USDC"),
        (scenario("eth-00-metamask-request/request.ur"), "Sends 1.000000000000000000 ETH from Alice"),
    ];
    for (request, sentence) in forms {
        let finished = inspect(&request);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{}", request.display());
        assert!(finished.stdout.starts_with("Ethereum mainnet (chain 1)\n"), "{}", finished.stdout);
        assert!(finished.stdout.contains(sentence), "{}: {}", request.display(), finished.stdout);
        assert!(finished.stdout.contains(" of ") && !finished.stdout.contains("REFUSED"), "{}", finished.stdout);
    }
}

#[test]
fn a_film_of_a_request_is_reviewed_as_its_file_is() {
    let place = program::folder("ethereum-films");
    for request in ["eth-00-safe-batch/request.json", "eth-00-metamask-request/request.ur"] {
        let (request, film) = (scenario(request), place.join("request.gif"));
        let shown = program::vitrine([
            "show".into(),
            request.clone(),
            "--gif".into(),
            film.clone(),
            "--fragment".into(),
            "80".into(),
        ]);
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        let (file, film) = (inspect(&request), inspect(&film));
        assert_eq!((film.code, &film.stdout), (0, &file.stdout), "{}", film.stderr);
    }
}

#[test]
fn the_same_transaction_in_two_forms_does_the_same() {
    let hex = inspect(&scenario("eth-00-plain-transfer/request.hex"));
    let ur = inspect(&scenario("eth-00-metamask-request/request.ur"));
    assert_eq!(effects(&hex.stdout), effects(&ur.stdout));
}

#[test]
fn without_a_folder_it_is_shown_and_nothing_is_ours() {
    let finished = program::vitrine(["inspect".into(), scenario("eth-00-plain-transfer/request.hex")]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stdout.contains("eth.no-folder"), "{}", finished.stdout);
    let elsewhere =
        ["inspect".into(), scenario("eth-00-plain-transfer/request.hex"), "--network".into(), "polygon".into()];
    let finished = program::vitrine(elsewhere);
    assert_eq!(finished.code, 4, "{}", finished.stdout);
    assert!(finished.stderr.contains("eth.chain-differs"), "{}", finished.stderr);
}

#[test]
fn the_right_answer_is_taken_and_gives_a_transaction() {
    let place = program::folder("ethereum-verify");
    let (request, response) =
        (scenario("eth-00-metamask-request/request.ur"), scenario("eth-00-metamask-request/response.ur"));
    let finished = verify(&request, &response, Some(ALICE));
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stdout.contains(ALICE) && finished.stdout.ends_with("verified\n"), "{}", finished.stdout);
    let raw = place.join("transaction.hex");
    let mut args = vec!["verify".into(), "--request".into(), request, "--response".into(), response];
    args.extend(["--signer".into(), ALICE.into(), "--tx-out".into(), raw.clone()]);
    assert_eq!(program::vitrine(args).code, 0);
    let transaction = fs::read_to_string(raw).unwrap();
    assert!(transaction.starts_with("02f8") || transaction.starts_with("0x02f8"), "{transaction}");
}

#[test]
fn who_had_to_sign_must_be_said_once_and_rightly() {
    let (request, response) =
        (scenario("eth-00-metamask-request/request.ur"), scenario("eth-00-metamask-request/response.ur"));
    let cases = [
        (None, 2, "the request does not say who signs"),
        (Some("alice"), 2, "is not an address"),
        (Some("0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266"), 2, "checksum"),
        (Some(BOB), 6, "is not by"),
    ];
    for (signer, code, words) in cases {
        let finished = verify(&request, &response, signer);
        assert_eq!(finished.code, code, "{signer:?}: {}", finished.stderr);
        assert!(finished.stderr.contains(words) && finished.stdout.is_empty(), "{signer:?}: {}", finished.stderr);
    }
    // A request for typed data names the account: another one cannot be asked for instead.
    let typed = scenario("eth-35-hashes-that-devices-show/request.ur");
    let finished = verify(&typed, &response, Some(BOB));
    assert_eq!(finished.code, 2, "{}", finished.stderr);
    assert!(finished.stderr.contains("--signer says"), "{}", finished.stderr);
}

#[test]
fn hostile_answers_are_named_for_what_they_are() {
    let cases = [
        ("eth-20-signed-for-no-chain", "response.ur", 6, "the signature is not by"),
        ("eth-21-v-cut-short", "response.ur", 6, "the signature's v is"),
        ("eth-21-other-parity", "response.hex", 6, "is not the reviewed one"),
        ("eth-22-answer-to-another-number", "response.ur", 6, "the answer is to request"),
        ("eth-22-signature-of-another-request", "response.ur", 6, "the signature is not by"),
        ("eth-23-high-s", "response.ur", 6, "above half the order of the curve"),
        ("eth-24-answer-with-bytes-behind", "response.hex", 3, ""),
    ];
    for (name, answer, code, words) in cases {
        let request = ["request.ur", "request.hex"].map(|file| scenario(&format!("{name}/{file}")));
        let request = request.iter().find(|path| path.exists()).unwrap();
        let finished = verify(request, &scenario(&format!("{name}/{answer}")), Some(ALICE));
        assert_eq!(finished.code, code, "{name}: {}", finished.stderr);
        assert!(
            finished.stderr.contains(words) && !finished.stdout.contains("verified"),
            "{name}: {}",
            finished.stderr
        );
    }
}
