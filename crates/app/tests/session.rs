//! What a person at the keyboard can make happen, and what they cannot.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as the tests themselves do"
)]

mod support;

use egui::Key;
use support::{Broken, SIZES, refusing_session, scan, session, stage, wait_for};
use vitrine_app::headless::Stage;
use vitrine_app::keys::KeyCap;
use vitrine_app::model::{Action, HoldState, Overlay, Route, Step};
use vitrine_ceremony::{Session, Stage as Phase};
use vitrine_device::sim::Fault;

const SIZE: (usize, usize, f32) = SIZES[0];

/// A stage with the request reviewed: every field walked, every caution acknowledged.
fn reviewed(broken: Broken) -> Stage {
    let mut stage = stage(session(), broken, SIZE);
    scan(&mut stage);
    while stage.app().model().review.focus + 1 < stage.app().model().review.ledger.rows().len() {
        stage.press(KeyCap::Down);
    }
    while stage.app().model().steps_left() > 0 {
        stage.press(KeyCap::Letter('A'));
    }
    stage
}

fn compared(broken: Broken) -> Stage {
    let mut stage = reviewed(broken);
    stage.press(KeyCap::Enter);
    assert_eq!(stage.route(), Route::Compare);
    stage
}

fn seconds(stage: &mut Stage, tenths: usize) {
    (0..tenths).for_each(|_| stage.step_ms(100));
}

fn signing(broken: Broken) -> Stage {
    let mut stage = compared(broken);
    stage.hold_down(Key::Space);
    seconds(&mut stage, 21);
    assert_eq!(stage.route(), Route::Sign);
    stage
}

fn kinds(session: &Session) -> Vec<String> {
    session.record().entries().iter().map(|entry| entry.kind.clone()).collect()
}

#[test]
fn a_camera_that_was_plugged_in_again_is_opened_by_its_new_name() {
    let mut stage = stage(session(), Broken::CameraRenamed, SIZE);
    scan(&mut stage);
    assert_eq!(stage.route(), Route::Review);
}

#[test]
fn compare_opens_only_when_every_gate_is_passed() {
    let mut stage = stage(session(), Broken::Nothing, SIZE);
    scan(&mut stage);
    stage.press(KeyCap::Enter);
    assert_eq!(stage.route(), Route::Review);
    stage.app_mut().act(Action::Compare);
    stage.app_mut().act(Action::Approve);
    assert_eq!(stage.route(), Route::Review);
    assert_eq!(stage.app().session().stage(), Phase::Reviewed);
}

#[test]
fn a_refused_request_never_reaches_the_comparison() {
    let mut stage = stage(refusing_session(), Broken::Nothing, SIZE);
    scan(&mut stage);
    assert_eq!(stage.route(), Route::Refused);
    stage.press(KeyCap::Letter('V'));
    assert_eq!(stage.route(), Route::Review);
    for _ in 0..stage.app().model().review.ledger.rows().len() {
        stage.press(KeyCap::Down);
    }
    for key in [KeyCap::Letter('A'), KeyCap::Enter, KeyCap::Space] {
        stage.press(key);
    }
    for action in [Action::Compare, Action::Approve, Action::Acknowledge, Action::ConfirmOnDevice, Action::Primary] {
        stage.app_mut().act(action);
    }
    stage.hold_down(Key::Space);
    seconds(&mut stage, 30);
    assert_eq!(stage.route(), Route::Review);
    assert_eq!(stage.app().session().stage(), Phase::Refused);
    stage.press(KeyCap::Letter('V'));
    stage.press(KeyCap::Enter);
    assert_eq!(stage.route(), Route::Record);
    assert!(!kinds(stage.app().session()).contains(&"Approved".to_owned()));
}

#[test]
fn a_caution_held_down_acknowledges_one_not_all() {
    let mut stage = stage(session(), Broken::Nothing, SIZE);
    scan(&mut stage);
    stage.press(KeyCap::Letter('F'));
    stage.press(KeyCap::Enter);
    let before = kinds(stage.app().session()).len();
    stage.hold_down(Key::A);
    stage.type_text("a");
    let cautions = stage.app().session().cautions().len();
    assert!(kinds(stage.app().session()).len() <= before + cautions.min(1));
}

#[test]
fn space_held_since_before_the_screen_opened_signs_nothing() {
    let mut stage = reviewed(Broken::Nothing);
    stage.hold_down(Key::Space);
    stage.press(KeyCap::Enter);
    assert_eq!(stage.route(), Route::Compare);
    seconds(&mut stage, 40);
    assert_eq!(stage.route(), Route::Compare);
    assert_eq!(stage.app().session().stage(), Phase::Reviewed);
}

#[test]
fn auto_repeat_of_space_signs_nothing() {
    let mut stage = reviewed(Broken::Nothing);
    stage.hold_down(Key::Space);
    stage.press(KeyCap::Enter);
    for _ in 0..40 {
        // egui marks a second press without a release as a repeat.
        stage.hold_down(Key::Space);
        stage.step_ms(100);
    }
    assert_eq!(stage.route(), Route::Compare);
}

#[test]
fn space_released_early_goes_back_to_armed() {
    let mut stage = compared(Broken::Nothing);
    stage.hold_down(Key::Space);
    seconds(&mut stage, 15);
    assert!(matches!(stage.app().model().hold.state(0), HoldState::Held(_)));
    assert!(stage.text().contains("Keep holding to sign"));
    stage.release(Key::Space);
    assert_eq!(stage.app().model().hold.state(0), HoldState::Armed);
    seconds(&mut stage, 30);
    assert_eq!(stage.route(), Route::Compare);
    assert!(stage.text().contains("Hold Space 2 s to sign"));
}

#[test]
fn enter_never_signs() {
    let mut stage = compared(Broken::Nothing);
    stage.press(KeyCap::Enter);
    stage.hold_down(Key::Enter);
    seconds(&mut stage, 40);
    assert_eq!(stage.route(), Route::Compare);
    assert_eq!(stage.app().session().stage(), Phase::Reviewed);
}

#[test]
fn two_seconds_of_space_sign_and_the_result_is_shown_after_it_was_read_back() {
    let mut stage = signing(Broken::Nothing);
    wait_for(&mut stage, |app| app.model().route == Route::Present);
    if stage.app().model().present.prepared.is_none() {
        assert!(stage.text().contains("Reading back"));
    }
    wait_for(&mut stage, |app| app.model().present.prepared.is_some());
    assert_eq!(stage.app().session().stage(), Phase::Presented);
    stage.press(KeyCap::Sign('-'));
    assert!(stage.text().contains("Reading back") || stage.app().model().present.prepared.is_some());
    wait_for(&mut stage, |app| app.model().present.prepared.is_some());
    stage.press(KeyCap::Enter);
    assert_eq!(stage.route(), Route::Record);
    stage.app().session().record().verify().unwrap();
}

#[test]
fn reading_the_review_from_the_comparison_disarms_a_held_key() {
    let mut stage = compared(Broken::Nothing);
    stage.hold_down(Key::Space);
    seconds(&mut stage, 15);
    stage.press(KeyCap::Letter('V'));
    assert_eq!(stage.route(), Route::Review);
    stage.press(KeyCap::Letter('V'));
    assert_eq!(stage.route(), Route::Compare);
    seconds(&mut stage, 30);
    assert_eq!(stage.route(), Route::Compare);
}

#[test]
fn a_device_that_fails_ends_in_words_and_without_a_code() {
    for fault in [
        Fault::Refuses { at_screen: 2 },
        Fault::Unplugged { at_message: 4 },
        Fault::WrongSeed,
        Fault::WrongKey,
        Fault::ChangesOutput,
    ] {
        let mut stage = signing(Broken::Device(fault));
        wait_for(&mut stage, |app| app.model().sign.failed.is_some());
        stage.step();
        let signed = matches!(fault, Fault::WrongKey | Fault::ChangesOutput);
        let headline = if signed { "Nothing leaves" } else { "Nothing was signed" };
        assert!(stage.text().contains(headline), "{fault:?}");
        assert!(stage.app().session().result().is_none(), "{fault:?}");
        stage.press(KeyCap::Enter);
        assert_eq!(stage.route(), Route::Record, "{fault:?}");
    }
}

#[test]
fn a_hung_device_can_be_left() {
    let mut stage = signing(Broken::DeviceHangs);
    seconds(&mut stage, 20);
    stage.press(KeyCap::Escape);
    assert!(stage.app().model().sign.cancelling && stage.text().contains("Ending the exchange"), "{}", stage.text());
    abort(&mut stage, "the device is dead");
    assert_eq!(stage.app().session().stage(), Phase::Closed);
}

fn abort(stage: &mut Stage, reason: &str) {
    stage.press(KeyCap::Escape);
    assert!(matches!(stage.app().model().overlay, Some(Overlay::Abort(_))));
    stage.press(KeyCap::Enter);
    assert!(stage.app().model().overlay.is_some(), "an abort without a reason");
    stage.step();
    stage.type_text(reason);
    assert_eq!(stage.app().model().overlay, Some(Overlay::Abort(reason.to_owned())));
    stage.press(KeyCap::Enter);
    assert_eq!(stage.route(), Route::Record);
    let record = stage.app().session().record();
    let entry = record.entries().iter().find(|entry| entry.kind == "Aborted").expect("the abort is recorded");
    assert_eq!(entry.what, reason);
}

#[test]
fn every_screen_can_be_aborted_with_a_reason() {
    let open: [fn() -> Stage; 6] = [
        || stage(session(), Broken::Nothing, SIZE),
        || {
            let mut stage = stage(session(), Broken::Nothing, SIZE);
            wait_for(&mut stage, |app| app.model().open.is_probed());
            stage.press(KeyCap::Enter);
            assert_eq!(stage.route(), Route::Scan);
            stage
        },
        || reviewed(Broken::Nothing),
        || compared(Broken::Nothing),
        || {
            let mut stage = stage(refusing_session(), Broken::Nothing, SIZE);
            scan(&mut stage);
            stage
        },
        || {
            let mut stage = signing(Broken::Nothing);
            wait_for(&mut stage, |app| app.model().present.prepared.is_some());
            stage
        },
    ];
    for open in open {
        abort(&mut open(), "fire alarm");
    }
}

#[test]
fn letters_typed_into_the_reason_do_nothing_else() {
    let mut stage = reviewed(Broken::Nothing);
    stage.press(KeyCap::Escape);
    stage.step();
    stage.type_text("v");
    stage.press(KeyCap::Letter('B'));
    assert_eq!(stage.route(), Route::Review);
    assert!(matches!(stage.app().model().overlay, Some(Overlay::Abort(_))));
}

#[test]
fn words_that_differ_end_the_session() {
    let mut stage = compared(Broken::Nothing);
    stage.press(KeyCap::Letter('N'));
    assert_eq!(stage.route(), Route::Record);
    assert_eq!(stage.app().session().stage(), Phase::Closed);
}

#[test]
fn a_device_that_shows_something_else_ends_the_session() {
    let mut stage = signing(Broken::DeviceHangs);
    stage.press(KeyCap::Letter('X'));
    assert_eq!(stage.route(), Route::Record);
    assert!(stage.app().session().result().is_none());
}

#[test]
fn a_camera_that_breaks_down_stops_everything_and_leaves_no_old_picture() {
    let mut stage = stage(session(), Broken::CameraPanics, SIZE);
    wait_for(&mut stage, |app| app.model().open.is_probed());
    stage.press(KeyCap::Enter);
    wait_for(&mut stage, |app| app.model().stopped.is_some());
    stage.step();
    assert!(stage.text().contains("Stopped safely"));
    assert!(!stage.text().contains("Parts of this request"));
    assert_eq!(stage.app().session().stage(), Phase::Closed);
    for key in [KeyCap::Enter, KeyCap::Escape, KeyCap::Letter('R')] {
        stage.press(key);
        assert!(stage.text().contains("Stopped safely"));
    }
}

#[test]
fn without_camera_and_wallet_the_ceremony_does_not_open() {
    let mut stage = stage(session(), Broken::NoParts, SIZE);
    wait_for(&mut stage, |app| app.model().open.is_probed());
    stage.step();
    assert!(stage.text().contains("2 things are missing"));
    stage.press(KeyCap::Enter);
    stage.press(KeyCap::Letter('I'));
    assert_eq!(stage.route(), Route::Open);
}

#[test]
fn a_session_without_folder_shows_the_review_and_refuses() {
    let bare = Session::open(None, Some("testnet"), None, support::NOW).unwrap();
    let mut stage = stage(bare, Broken::Nothing, SIZE);
    scan(&mut stage);
    assert_eq!(stage.route(), Route::Refused);
    assert!(stage.text().contains("no ceremony folder"));
}

#[test]
fn the_record_is_walked_and_verified_again() {
    let mut stage = compared(Broken::Nothing);
    stage.press(KeyCap::Letter('N'));
    let entries = stage.app().session().record().entries().len();
    stage.press(KeyCap::Up);
    assert_eq!(stage.app().model().record.focus, Some(entries - 2));
    stage.press(KeyCap::Letter('R'));
    stage.app_mut().act(Action::Entry(Step::Previous));
    assert!(stage.text().contains("Chain is whole"));
}

#[test]
fn a_request_cut_off_in_the_middle_is_said_and_can_be_scanned_again() {
    let mut stage = stage(session(), Broken::TruncatedRequest, SIZE);
    wait_for(&mut stage, |app| app.model().open.is_probed());
    stage.press(KeyCap::Enter);
    wait_for(&mut stage, |app| app.model().scan.ended.is_some());
    stage.step();
    assert_eq!(stage.route(), Route::Scan);
    assert!(stage.text().contains("Nothing to review was read"));
    assert!(stage.app().session().review().is_none());
    stage.press(KeyCap::Letter('R'));
    assert!(stage.app().model().scan.ended.is_none());
    assert!(kinds(stage.app().session()).contains(&"Not read".to_owned()));
}

#[test]
fn a_person_is_told_that_the_device_asks_twice_and_why() {
    let mut stage = compared(Broken::Nothing);
    assert!(stage.text().contains("asks for its own confirmation, twice"), "{}", stage.text());
    assert!(stage.text().contains("one whose nonces vary can leak its key"));
    stage.hold_down(Key::Space);
    seconds(&mut stage, 21);
    wait_for(&mut stage, |app| app.model().present.prepared.is_some());
    stage.step();
    let told = "Asked twice, the device gave the same 3 signatures, byte for byte: the nonces did not vary";
    assert!(stage.text().contains(told), "{}", stage.text());
}

/// Signs with a broken device until the screen says that nothing leaves.
fn failed(broken: Broken) -> Stage {
    let mut stage = signing(broken);
    wait_for(&mut stage, |app| app.model().sign.failed.is_some());
    stage.step();
    assert!(stage.text().contains("Nothing leaves"), "{}", stage.text());
    assert!(stage.app().session().result().is_none());
    stage
}

#[test]
fn nonces_that_vary_are_refused_on_the_screen_and_not_tried_again() {
    let mut stage = failed(Broken::Device(Fault::OtherNonce));
    assert!(stage.text().contains("can leak its key through them"), "{}", stage.text());
    stage.press(KeyCap::Letter('R'));
    assert!(stage.app().model().sign.failed.is_some(), "there is no second try");
    assert_eq!(kinds(stage.app().session()).last().unwrap(), "Not verified");
}

#[test]
fn a_refusal_of_the_second_asking_keeps_the_approval_and_can_be_tried_again() {
    let mut device = vitrine_device::sim::trezor(Default::default());
    device.identify().unwrap();
    let screens = {
        let mut session = session();
        session.receive(&support::request(), 1).unwrap();
        let digest = session.review().unwrap().digest();
        session.reviewed_elsewhere(digest).unwrap();
        for caution in session.cautions() {
            session.acknowledge(caution, 2).unwrap();
        }
        let order = session.approve(digest, 3).unwrap();
        order.predicted_screens(device.as_ref()).len()
    };
    let mut stage = failed(Broken::Device(Fault::Refuses { at_screen: screens }));
    for said in ["Asked to sign a second time: refused on the device", "What it signed the first time was dropped"] {
        assert!(stage.text().contains(said), "{}", stage.text());
    }
    assert_eq!(stage.app().session().stage(), Phase::Approved);
    assert_eq!(kinds(stage.app().session()).last().unwrap(), "Not signed");
    stage.press(KeyCap::Letter('R'));
    assert!(stage.app().model().sign.failed.is_none(), "asked once more");
}

#[test]
fn what_was_not_compared_is_on_the_screen_and_not_among_the_checks() {
    let once = support::session_with(|files| {
        let toml = String::from_utf8(files["ceremony.toml"].clone()).unwrap();
        files.insert("ceremony.toml".to_owned(), toml.replace("sign_twice = true", "").into_bytes());
    });
    for size in SIZES {
        let once = Session::open(once.folder().cloned(), None, None, support::NOW).unwrap();
        let app = support::app(once, vitrine_app::Theme::Dark, Some(vitrine_app::DemoPace::Instant), Broken::Nothing);
        let mut stage = Stage::new(app, size.0, size.1, size.2);
        wait_for(&mut stage, |app| app.model().present.prepared.is_some());
        stage.step();
        let said = "Nonces not compared: by the ceremony folder the device is asked once";
        assert!(support::squeezed(&stage.text()).contains(&support::squeezed(said)), "{size:?}: {}", stage.text());
    }
}
