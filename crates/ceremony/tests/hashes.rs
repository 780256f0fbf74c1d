//! Typed data with a device that takes no more of it than two hashes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;

use vitrine_ceremony::{Folder, Session, SessionError, SignOrder, Stage};
use vitrine_device::sim::{self, NetworkGuard, SimModel, SimOptions};
use vitrine_device::{Answer, DeviceError, Prompt, Prompter};
use vitrine_qr::{Payload, PayloadKind, Transport};

const REQUEST: &[u8] = include_bytes!("../../../assets/demo/ethereum/request.json");
const FILES: [(&str, &[u8]); 5] = [
    ("ceremony.toml", include_bytes!("../../../assets/demo/ethereum/ceremony/ceremony.toml")),
    ("addresses.toml", include_bytes!("../../../assets/demo/ethereum/ceremony/addresses.toml")),
    ("wallets/brandt.toml", include_bytes!("../../../assets/demo/ethereum/ceremony/wallets/brandt.toml")),
    ("wallets/treasury.toml", include_bytes!("../../../assets/demo/ethereum/ceremony/wallets/treasury.toml")),
    ("contracts/treasury.toml", include_bytes!("../../../assets/demo/ethereum/ceremony/contracts/treasury.toml")),
];

/// The demo's folder with one more rule.
fn folder(rule: &str) -> Folder {
    let mut files: BTreeMap<String, Vec<u8>> = FILES.iter().map(|(path, b)| ((*path).to_owned(), b.to_vec())).collect();
    let rules = String::from_utf8(files.remove("ceremony.toml").unwrap()).unwrap();
    let rules = rules.replacen("[approval]\n", &format!("[approval]\n{rule}"), 1);
    files.insert("ceremony.toml".to_owned(), rules.into_bytes());
    Folder::parse(&files).unwrap()
}

fn approved(folder: Folder) -> (Session, SignOrder) {
    let mut session = Session::open(Some(folder), None, None, 1).unwrap();
    let request = Payload { kind: PayloadKind::Json, transport: Transport::Text, bytes: REQUEST.to_vec() };
    session.receive(&request, 2).unwrap();
    assert_eq!(session.stage(), Stage::Reviewed, "{:?}", session.refusals());
    let digest = session.review().unwrap().digest();
    session.reviewed_elsewhere(digest).unwrap();
    for caution in session.cautions() {
        session.acknowledge(caution, 3).unwrap();
    }
    let order = session.approve(digest, 4).unwrap();
    (session, order)
}

/// Confirms everything, and counts how often the device asked.
#[derive(Default)]
struct Yes(usize);

impl Prompter for Yes {
    fn prompt(&mut self, _: Prompt) -> Answer {
        self.0 += 1;
        Answer::Continue
    }
}

/// A simulated device; hashes alone do not say which chain they are for.
fn options(model: SimModel) -> SimOptions {
    SimOptions { model, network_guard: NetworkGuard::AnyForTests, ..SimOptions::default() }
}

fn sign(session: &mut Session, order: &SignOrder, model: SimModel) -> (Result<(), SessionError>, usize) {
    let mut device = sim::trezor(options(model));
    let mut person = Yes::default();
    let returned = order.sign(device.as_mut(), &mut person);
    (session.signed(returned, 5).map(drop), person.0)
}

#[test]
fn a_device_that_takes_hashes_alone_signs_only_where_the_folder_allows_it() {
    let (mut session, order) = approved(folder(""));
    let (refused, asked) = sign(&mut session, &order, SimModel::One);
    let Err(SessionError::Device(error)) = refused else { panic!("{refused:?}") };
    assert_eq!((error.error, asked), (DeviceError::HashesAlone, 0));
    // Nothing is lost: another model signs by the same approval.
    sign(&mut session, &order, SimModel::Safe5).0.unwrap();

    let (mut session, order) = approved(folder("typed_data = \"hashes\"\n"));
    sign(&mut session, &order, SimModel::One).0.unwrap();
    assert_eq!(session.stage(), Stage::Signed);
}

#[test]
fn the_hashes_that_the_device_shows_stand_in_the_review() {
    let (session, order) = approved(folder("typed_data = \"hashes\"\n"));
    let (mut device, screen) = sim::trezor_with_screen(options(SimModel::One));
    order.sign(device.as_mut(), &mut Yes::default()).unwrap();
    let review = vitrine_review::to_text(session.review().unwrap()).to_lowercase();
    let hashes: Vec<String> = screen.shown().iter().filter_map(|screen| shown_hash(&screen.lines)).collect();
    assert_eq!(hashes.len() % 2, 0, "domain and message, for each asking");
    assert!(!hashes.is_empty());
    for hash in hashes {
        assert!(review.replace(char::is_whitespace, "").contains(&hash), "{hash}");
    }
}

/// The 64 digits that a screen's rows are, if they are.
fn shown_hash(rows: &[String]) -> Option<String> {
    let digits = rows.concat().to_lowercase();
    let start = digits.char_indices().map(|(at, _)| at).find(|at| {
        let run = digits.get(*at..).unwrap_or_default().chars().take_while(char::is_ascii_hexdigit).count();
        run >= 64
    })?;
    digits.get(start..).and_then(|text| text.get(..64)).map(str::to_owned)
}
