//! The screens of a machine that is all this program's: self-test, notices, lock, switch.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use support::{SIZES, app_on_appliance, faults, scan, session, squeezed, wait_for};
use vitrine_app::headless::Stage;
use vitrine_app::icons::Icon;
use vitrine_app::keys::KeyCap;
use vitrine_app::model::{Action, Check, Notice, Overlay, Report, Route, Wish};

const MEASURE: &str = "9a3f5d0c77e1b2486f0e1d2c3b4a59687786958493a2b1c0dfeecdbcab9a8978";

fn stage((width, height, scale): (usize, usize, f32)) -> Stage {
    let mut stage = Stage::new(app_on_appliance(session()), width, height, scale);
    stage.app_mut().hear(Report::Layout("keyboard: DE"));
    wait_for(&mut stage, |app| app.model().open.is_probed());
    stage.step();
    stage
}

fn check(property: &str, passed: bool, seen: &str) -> Check {
    Check { property: property.to_owned(), passed, seen: seen.to_owned() }
}

fn checks() -> Vec<Check> {
    vec![
        check("the measure of the running image", true, MEASURE),
        check("no network interface but the loopback one", true, "/sys/class/net holds lo"),
        check("no module can be loaded any more", true, "/proc/sys/kernel/modules_disabled is 1"),
        check(
            "the kernel is locked down for confidentiality",
            false,
            "/sys/kernel/security/lockdown: none [integrity] confidentiality",
        ),
        check("no swap", true, "/proc/swaps has no entry"),
        check("no shell and no other program", true, "53 files in the image, 1 of them can be run"),
    ]
}

fn notices() -> Vec<Notice> {
    let notice = |text: &str, next: &str| Notice { text: text.to_owned(), next: next.to_owned() };
    vec![
        notice(
            "A USB device was refused: 0bda:8153 \"USB 10/100/1000 LAN\" is a network adapter",
            "Unplug it. It was never used",
        ),
        notice(
            "The part that reads the camera was ended: it said nothing for 10 seconds",
            "Open the camera again with R",
        ),
        notice(
            "The export stick is full: record/record.jsonl was not kept",
            "Plug in another stick labelled VITRINE-OUT",
        ),
    ]
}

/// Everything that can be scrolled to.
fn all_text(stage: &mut Stage) -> String {
    let mut text = stage.text();
    for _ in 0..8 {
        stage.press(KeyCap::Down);
        assert_eq!(faults(stage), Vec::<String>::new());
        text.push_str(&stage.text());
    }
    text
}

fn keep(stage: &Stage, name: &str) {
    if let Ok(folder) = std::env::var("VITRINE_PICTURES") {
        std::fs::write(format!("{folder}/{name}.png"), stage.png()).unwrap();
    }
}

#[test]
fn the_self_test_says_what_holds_what_does_not_and_what_was_looked_at_at_every_size() {
    for size in SIZES {
        let mut stage = stage(size);
        stage.press(KeyCap::Function(3));
        assert_eq!(stage.app_mut().take_wishes(), [Wish::SelfTest]);
        assert!(stage.text().contains("being looked at"), "{}", stage.text());
        stage.app_mut().hear(Report::SelfTested(Ok(checks())));
        stage.step();
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
        keep(&stage, &format!("self-test-{}-{}", size.0, size.2));
        let text = squeezed(&all_text(&mut stage));
        assert!(text.contains("1of6FAIL"), "{text}");
        for check in checks() {
            let property = squeezed(&check.property);
            assert!(text.contains(&property[1..]), "{size:?}: {property}");
            match check.digest() {
                Some(digest) => {
                    assert!(digest.groups().iter().all(|group| text.contains(group.as_str())), "{size:?}");
                    assert!(digest.words().iter().all(|word| text.contains(word)), "{size:?}");
                }
                None => assert!(text.contains(&squeezed(&check.seen)), "{size:?}: {}", check.seen),
            }
        }
        assert!(text.contains(Icon::Refuse.glyph()) && text.contains(Icon::Done.glyph()));
        stage.press(KeyCap::Function(3));
        assert_eq!(stage.app().model().overlay, None);
    }
}

#[test]
fn a_self_test_that_cannot_run_says_why() {
    let mut stage = stage(SIZES[0]);
    stage.press(KeyCap::Function(3));
    stage.app_mut().hear(Report::SelfTested(Err("the first process does not answer".to_owned())));
    stage.step();
    assert!(stage.text().contains("The first process does not answer."), "{}", stage.text());
}

#[test]
fn a_notice_stands_below_every_screen_until_it_was_read() {
    for size in SIZES {
        let mut stage = stage(size);
        stage.app_mut().hear(Report::Noticed(notices()));
        scan(&mut stage);
        assert!(stage.text().contains("3 new notices"), "{}", stage.text());
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
        keep(&stage, &format!("notice-{}-{}", size.0, size.2));
        stage.press(KeyCap::Letter('F'));
        stage.press(KeyCap::Function(4));
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
        assert!(!stage.text().contains("new notice"), "{}", stage.text());
        keep(&stage, &format!("notices-{}-{}", size.0, size.2));
        let text = squeezed(&all_text(&mut stage));
        for notice in notices() {
            assert!(
                text.contains(&squeezed(&notice.text)) && text.contains(&squeezed(&notice.next)),
                "{}",
                notice.text
            );
        }
        stage.press(KeyCap::Escape);
        assert_eq!(stage.app().model().overlay, None);
    }
}

#[test]
fn a_locked_screen_shows_nothing_of_the_session_and_no_key_acts_but_to_open_it() {
    for size in SIZES {
        let mut stage = stage(size);
        scan(&mut stage);
        let focus = stage.app().model().review.focus;
        stage.press(KeyCap::Function(9));
        let text = stage.text();
        assert!(text.contains("Locked") && text.contains("no password"), "{text}");
        let review = stage.app().session().review().unwrap();
        let seen = squeezed(&text);
        for field in review.document().fields() {
            let value = squeezed(&field.value.to_text());
            assert!(value.len() < 4 || !seen.contains(&value), "{}", field.code);
        }
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
        keep(&stage, &format!("locked-{}-{}", size.0, size.2));
        for key in [KeyCap::Down, KeyCap::Letter('F'), KeyCap::Escape, KeyCap::Function(3), KeyCap::Space] {
            stage.press(key);
        }
        assert!(stage.app().model().is_locked());
        stage.press(KeyCap::Enter);
        stage.press(KeyCap::Enter);
        stage.press(KeyCap::Enter);
        let model = stage.app().model();
        assert!(!model.is_locked());
        assert_eq!((model.review.focus, model.overlay.clone(), model.route), (focus, None, Route::Review));
        stage.step_ms(600);
        stage.press(KeyCap::Down);
        assert_eq!(stage.app().model().review.focus, focus + 1);
    }
}

#[test]
fn a_hold_does_not_go_on_behind_a_locked_screen() {
    let mut stage = stage(SIZES[0]);
    scan(&mut stage);
    while stage.app().model().steps_left() > 0 {
        let before = stage.app().model().review.focus;
        stage.press(KeyCap::Down);
        if stage.app().model().review.focus == before {
            stage.press(KeyCap::Letter('A'));
        }
    }
    stage.press(KeyCap::Enter);
    assert_eq!(stage.route(), Route::Compare);
    stage.hold_down(egui::Key::Space);
    stage.press(KeyCap::Function(9));
    (0..100).for_each(|_| stage.step_ms(100));
    assert_eq!(stage.route(), Route::Compare);
    stage.press(KeyCap::Enter);
    stage.press(KeyCap::Enter);
    (0..100).for_each(|_| stage.step_ms(100));
    assert_eq!(stage.route(), Route::Compare, "the rest of an old press does not count");
}

#[test]
fn the_layout_is_shown_and_changed_at_the_start_alone() {
    let mut stage = stage(SIZES[0]);
    keep(&stage, "start");
    assert!(stage.text().contains("keyboard: DE"), "{}", stage.text());
    stage.press(KeyCap::Function(2));
    assert_eq!(stage.app_mut().take_wishes(), [Wish::NextLayout]);
    scan(&mut stage);
    stage.press(KeyCap::Function(2));
    assert_eq!(stage.app_mut().take_wishes(), []);
}

#[test]
fn it_is_switched_off_after_a_question() {
    let mut stage = stage(SIZES[0]);
    stage.press(KeyCap::Function(10));
    assert_eq!(stage.app().model().overlay, Some(Overlay::PowerOff));
    assert_eq!(faults(&stage), Vec::<String>::new());
    assert_eq!(stage.app_mut().take_wishes(), []);
    stage.press(KeyCap::Enter);
    assert_eq!(stage.app_mut().take_wishes(), [Wish::PowerOff]);
}

#[test]
fn a_machine_that_is_not_its_own_has_none_of_these_keys() {
    let mut stage = support::stage(session(), support::Broken::Nothing, SIZES[0]);
    wait_for(&mut stage, |app| app.model().open.is_probed());
    for number in [2, 3, 4, 9, 10] {
        stage.press(KeyCap::Function(number));
    }
    stage.app_mut().act(Action::Lock);
    assert!(!stage.app().model().is_locked());
    assert_eq!(stage.app().model().overlay, None);
    assert_eq!(stage.app_mut().take_wishes(), []);
}
