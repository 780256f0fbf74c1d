//! What a device asks of the person at the window, the list of devices, and how an exchange ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as the tests themselves do"
)]

mod support;

use egui::Key;
use support::{DeviceScreenLog, SIZES, faults, places, scan, session, stage_with, wait_for};
use vitrine_app::headless::Stage;
use vitrine_app::keys::KeyCap;
use vitrine_app::model::{Ask, Report, Route};
use vitrine_ceremony::{Recognised, Stage as Phase, known_against};
use vitrine_device::Identity;
use vitrine_device::sim::{SimModel, SimOptions};

const PIN: &str = "4271";

fn one() -> SimOptions {
    SimOptions { model: SimModel::One, pin: Some(PIN.to_owned()), ..SimOptions::default() }
}

fn hidden_wallets() -> SimOptions {
    SimOptions { passphrase_protection: true, ..SimOptions::default() }
}

/// A stage on which the request was approved, at the moment in which the device asks something.
fn asked(wallet: SimOptions, size: (usize, usize, f32)) -> (Stage, DeviceScreenLog) {
    let (mut stage, screen) = stage_with(session(), wallet, size);
    scan(&mut stage);
    while stage.app().model().review.focus + 1 < stage.app().model().review.ledger.rows().len() {
        stage.press(KeyCap::Down);
    }
    while stage.app().model().steps_left() > 0 {
        stage.press(KeyCap::Letter('A'));
    }
    // In a small window the first one closes the findings.
    while stage.route() == Route::Review {
        stage.press(KeyCap::Enter);
    }
    stage.hold_down(Key::Space);
    (0..21).for_each(|_| stage.step_ms(100));
    stage.release(Key::Space);
    wait_for_question(&mut stage);
    (stage, screen)
}

fn wait_for_question(stage: &mut Stage) {
    wait_for(stage, |app| app.model().ask.is_some());
    stage.step();
}

fn enter(stage: &mut Stage, text: &str) {
    text.chars().for_each(|character| stage.type_text(&character.to_string()));
    stage.press(KeyCap::Enter);
}

fn failure(stage: &mut Stage) -> String {
    wait_for(stage, |app| app.model().sign.failed.is_some());
    stage.step();
    assert_eq!(stage.app().session().stage(), Phase::Approved, "the approval is not lost");
    stage.text()
}

/// An old Trezor, of which much is known.
fn old() -> Identity {
    Identity {
        vendor: "Trezor",
        model: "Trezor One".to_owned(),
        label: String::new(),
        firmware: "1.6.0".to_owned(),
        app: None,
        id: String::new(),
    }
}

/// What is known against an old Trezor, and the page on which it begins.
fn advised(size: (usize, usize, f32)) -> (Stage, Vec<&'static str>) {
    let (mut stage, _) = stage_with(session(), SimOptions::default(), size);
    wait_for(&mut stage, |app| app.model().open.is_probed());
    let problems = known_against(&old());
    stage.app_mut().hear(Report::Advised { device: old().name(), problems: problems.clone() });
    stage.step();
    stage.step();
    (stage, problems)
}

/// Whether all that is known against the device was on the screen; none if nothing is asked.
fn is_read(stage: &Stage) -> Option<bool> {
    match &stage.app().model().ask {
        Some(Ask::Advisories { problems, reading, .. }) => Some(reading.is_whole(problems.len())),
        _ => None,
    }
}

#[test]
fn what_is_known_against_a_device_is_acknowledged_once_all_of_it_was_on_the_screen() {
    for size in SIZES {
        let (mut stage, problems) = advised(size);
        assert!(problems.len() > 3, "{problems:?}");
        let (mut pages, mut seen) = (1, stage.text());
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: page 1");
        while is_read(&stage) == Some(false) {
            stage.press(KeyCap::Letter('A'));
            assert_eq!(is_read(&stage), Some(false), "{size:?}: acknowledged before it was read");
            assert!(stage.text().contains("Further down: "), "{size:?}: {}", stage.text());
            stage.press(KeyCap::Down);
            pages += 1;
            seen.push_str(&stage.text());
            assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: page {pages}");
        }
        assert!(size != SIZES[3] || pages > 1, "the smallest window has no room for all");
        for (place, problem) in problems.iter().enumerate() {
            let title = format!("Caution {} of {}", place + 1, problems.len());
            assert!(seen.contains(&title) && seen.contains(problem), "{size:?}: {title}: {problem}: {seen}");
        }
        (1..pages).for_each(|_| stage.press(KeyCap::Up));
        assert!(stage.text().contains("Caution 1 of "), "{size:?}: {}", stage.text());
        stage.press(KeyCap::Sign('?'));
        assert!(stage.text().contains("What is known against a device"), "{size:?}: {}", stage.text());
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: help");
        stage.press(KeyCap::Escape);
        stage.press(KeyCap::Letter('A'));
        assert_eq!(is_read(&stage), None, "{size:?}");
        let last = stage.app().session().record().entries().last().unwrap();
        assert!(last.kind == "Caution" && last.what.contains("Trezor One 1.6.0"), "{}", last.what);
    }
}

#[test]
fn a_wrong_pin_is_said_and_the_next_one_is_asked_for_without_a_new_review() {
    let (mut stage, _) = asked(one(), SIZES[0]);
    assert!(stage.text().contains("Enter the PIN by its places"), "{}", stage.text());
    enter(&mut stage, "1111");
    let said = failure(&mut stage);
    assert!(said.contains("the PIN is wrong") && said.contains("Next: "), "{said}");
    stage.press(KeyCap::Letter('R'));
    wait_for_question(&mut stage);
    assert!(matches!(stage.app().model().ask, Some(Ask::Pin(_))));
}

/// Who looks over a shoulder, or at a picture of the screen, sees how many places, and neither digits nor which.
#[test]
fn the_pin_is_never_on_the_screen() {
    for size in SIZES {
        let (mut stage, screen) = asked(one(), size);
        let places = places(&screen, PIN);
        let blank = stage.text();
        places.chars().for_each(|place| stage.type_text(&place.to_string()));
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let new: Vec<String> = lines(&stage.text()).into_iter().filter(|line| !lines(&blank).contains(line)).collect();
        assert!(new.contains(&"4 places entered".to_owned()), "{size:?}: {new:?}");
        assert!(!new.iter().any(|line| line.contains(PIN) || line.contains(&places)), "{new:?}");
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
        stage.press(KeyCap::Backspace);
        assert!(stage.text().contains("3 places entered"));
        stage.press(KeyCap::Escape);
        let said = failure(&mut stage);
        assert!(said.contains("Nothing was signed"), "{said}");
    }
}

#[test]
fn the_right_places_unlock_the_device() {
    let (mut stage, screen) = asked(one(), SIZES[0]);
    let places = places(&screen, PIN);
    enter(&mut stage, &places);
    assert_eq!(stage.app().model().ask, None);
    wait_for(&mut stage, |app| app.model().sign.failed.is_some() || app.model().sign.current.is_some());
    let failed = stage.app().model().sign.failed.clone();
    assert!(failed.as_ref().is_none_or(|failed| !failed.reason.contains("PIN")), "{failed:?}");
}

#[test]
fn another_passphrase_is_found_out_before_anything_is_signed_and_can_be_typed_again() {
    let (mut stage, _) = asked(hidden_wallets(), SIZES[0]);
    assert!(stage.text().contains("The device asks for the passphrase"), "{}", stage.text());
    stage.press(KeyCap::Letter('K'));
    enter(&mut stage, "not this one");
    let said = failure(&mut stage);
    assert!(said.contains("Wrong seed or passphrase"), "{said}");
    stage.press(KeyCap::Letter('R'));
    wait_for_question(&mut stage);
    stage.press(KeyCap::Letter('K'));
    stage.press(KeyCap::Enter);
    wait_for(&mut stage, |app| app.model().present.prepared.is_some());
    assert_eq!(stage.app().session().stage(), Phase::Presented);
}

#[test]
fn a_passphrase_is_hidden_until_it_is_asked_for_and_letters_do_nothing_else() {
    for size in SIZES {
        let (mut stage, _) = asked(hidden_wallets(), size);
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: where");
        stage.press(KeyCap::Letter('K'));
        "Xv  Rna".chars().for_each(|character| stage.type_text(&character.to_string()));
        assert_eq!(stage.route(), Route::Sign, "X would end the session");
        assert!(stage.text().contains("7 characters entered"), "{}", stage.text());
        assert!(!stage.text().contains("Xv"), "{}", stage.text());
        assert!(stage.text().contains("This machine then knows it"), "{}", stage.text());
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: hidden");
        stage.press(KeyCap::Tab);
        assert!(stage.text().contains("Xv\u{b7}\u{b7}Rna"), "{}", stage.text());
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: shown");
        assert!(!format!("{:?}", stage.app().model().ask).contains("Xv"));
        stage.press(KeyCap::Escape);
        failure(&mut stage);
    }
}

#[test]
fn an_exchange_that_is_ended_leaves_the_approval_and_is_in_the_record() {
    let (mut stage, _) = asked(hidden_wallets(), SIZES[0]);
    stage.press(KeyCap::Escape);
    let said = failure(&mut stage);
    assert!(said.contains("cancelled at this machine") || said.contains("Cancelled at this machine"), "{said}");
    let record = stage.app().session().record();
    assert_eq!(record.entries().last().unwrap().kind, "Not signed");
}

#[test]
fn the_list_says_who_a_device_is_and_which_wallet_it_belongs_to() {
    for size in SIZES {
        let (mut stage, _) = stage_with(session(), SimOptions::default(), size);
        wait_for(&mut stage, |app| app.model().open.is_probed());
        stage.press(KeyCap::Letter('U'));
        assert!(stage.text().contains("Not asked yet"), "{}", stage.text());
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: list");
        stage.press(KeyCap::Enter);
        wait_for(&mut stage, |app| !app.model().open.recognised.is_empty());
        stage.step();
        for said in ["2.11.1", "5c9e228d", "Demo treasury", "Taken"] {
            assert!(stage.text().contains(said), "{size:?}: {said}: {}", stage.text());
        }
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: said");
        stage.press(KeyCap::Letter('U'));
        // In a low window, what is ready needs no more words.
        assert!(size == SIZES[3] || stage.text().contains("key 5c9e228d"), "{}", stage.text());
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}: open");
        // Another device may be in the same port by now.
        stage.press(KeyCap::Letter('U'));
        assert!(stage.text().contains("Not asked yet"), "{size:?}: {}", stage.text());
        assert!(!stage.text().contains("5c9e228d"), "{size:?}: {}", stage.text());
    }
}

#[test]
fn the_list_says_what_is_known_against_a_device_or_how_much_of_it_comes_later() {
    for size in SIZES {
        let (mut stage, _) = stage_with(session(), SimOptions::default(), size);
        wait_for(&mut stage, |app| app.model().open.is_probed());
        stage.press(KeyCap::Letter('U'));
        let known_against = known_against(&old());
        let recognised = Recognised {
            identity: old(),
            fingerprint: Some("5c9e228d".to_owned()),
            known_against: known_against.clone(),
            belongs_to: Vec::new(),
        };
        stage.app_mut().hear(Report::Recognised { device: "sim:trezor".to_owned(), result: Ok(Box::new(recognised)) });
        stage.step();
        let text = stage.text();
        let shown = known_against.iter().filter(|problem| text.contains(**problem)).count();
        let rest = known_against.len() - shown;
        let counted = format!("Further down: {rest} caution{}. Each", if rest == 1 { "" } else { "s" });
        assert!(rest == 0 || text.contains(&counted), "{size:?}: {text}");
        assert!(rest > 0 || size != SIZES[3], "the smallest window has no room for all");
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
    }
}

#[test]
fn a_device_asks_for_its_pin_in_the_list_too_and_can_be_left() {
    let (mut stage, screen) = stage_with(session(), one(), SIZES[0]);
    wait_for(&mut stage, |app| app.model().open.is_probed());
    stage.press(KeyCap::Letter('U'));
    stage.press(KeyCap::Enter);
    wait_for_question(&mut stage);
    stage.press(KeyCap::Escape);
    wait_for(&mut stage, |app| !app.model().open.recognised.is_empty());
    stage.step();
    assert!(stage.text().contains("Next: "), "{}", stage.text());
    stage.press(KeyCap::Enter);
    wait_for_question(&mut stage);
    let places = places(&screen, PIN);
    enter(&mut stage, &places);
    wait_for(&mut stage, |app| app.model().open.recognised.values().any(Result::is_ok));
    stage.step();
    assert!(stage.text().contains("5c9e228d"), "{}", stage.text());
}
