//! What a person sees, at every window size, without a window.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as the tests themselves do"
)]

mod support;

use std::collections::BTreeSet;

use support::{Broken, SIZES, demo_stage, ethereum_session, faults, refusing_session, scan, session, squeezed, stage};
use vitrine_app::headless::Stage;
use vitrine_app::icons::Icon;
use vitrine_app::keys::{KeyCap, TABLE};
use vitrine_app::model::{Route, hints, screen_hints};
use vitrine_app::{App, DemoPace, Theme};
use vitrine_ceremony::Session;
use vitrine_review::{Field, Value, groups_of_four};

/// The rows in which a value must stand whole: addresses and hashes break after four groups, bytes after 16.
fn rows(field: &Field) -> Vec<String> {
    let text = field.value.to_text();
    let chunks = |groups: Vec<&str>, per_row: usize| groups.chunks(per_row).map(|row| row.concat()).collect();
    match &field.value {
        Value::Address(address) => chunks(address.groups(), 4),
        Value::Hash(bytes) if bytes.len() <= 32 => chunks(groups_of_four(&text), 4),
        Value::Hash(_) | Value::Bytes(_) => chunks(groups_of_four(&text), 8),
        _ => vec![squeezed(&text)],
    }
}

fn walk(stage: &mut Stage, mut look: impl FnMut(&Stage)) {
    look(stage);
    loop {
        let before = stage.app().model().review.focus;
        stage.press(KeyCap::Down);
        if stage.app().model().review.focus == before {
            return;
        }
        look(stage);
    }
}

#[test]
fn every_field_stands_whole_on_the_review_at_every_size() {
    fields_stand_whole(session);
}

#[test]
fn every_field_of_a_safe_s_calls_stands_whole_on_the_review_at_every_size() {
    fields_stand_whole(ethereum_session);
}

fn fields_stand_whole(session: fn() -> Session) {
    for size in SIZES {
        let mut stage = stage(session(), Broken::Nothing, size);
        scan(&mut stage);
        let mut seen = String::new();
        let mut faulty = BTreeSet::new();
        walk(&mut stage, |stage| {
            seen.push_str(&squeezed(&stage.text()));
            faulty.extend(faults(stage));
        });
        while stage.app().model().steps_left() > 0 {
            stage.press(KeyCap::Letter('A'));
            faulty.extend(faults(&stage));
        }
        assert!(stage.text().contains("acknowledged"), "{size:?}");
        let review = stage.app().session().review().unwrap();
        for field in review.document().fields() {
            assert!(seen.contains(&squeezed(&field.label)), "{size:?}: label of {} is missing", field.code);
            for row in rows(field) {
                assert!(seen.contains(&row), "{size:?}: {} is not whole: {row}", field.code);
            }
            assert!(seen.contains(field.proof.code()) || seen.contains(&squeezed(&word(field))), "{}", field.code);
        }
        for effect in &review.effects().list {
            assert!(seen.contains(&squeezed(&effect.sentence)), "{size:?}: {}", effect.sentence);
        }
        assert_eq!(stage.app().session().fields_seen().0, review.document().fields().count());
        assert!(faulty.is_empty(), "{size:?}: {faulty:#?}");
    }
}

fn word(field: &Field) -> String {
    let state = field.proof.state();
    format!("{}{}", state[..1].to_uppercase(), &state[1..])
}

#[test]
fn findings_bytes_and_device_are_whole_at_every_size() {
    inspector_is_whole(session);
}

#[test]
fn findings_of_a_safe_s_calls_are_whole_at_every_size() {
    inspector_is_whole(ethereum_session);
}

fn inspector_is_whole(session: fn() -> Session) {
    for size in SIZES {
        let mut stage = stage(session(), Broken::Nothing, size);
        scan(&mut stage);
        let mut faulty = BTreeSet::new();
        for key in ['F', 'O', 'D', 'B'] {
            stage.press(KeyCap::Letter(key));
            let mut seen = squeezed(&stage.text());
            faulty.extend(faults(&stage).into_iter().map(|fault| format!("{key}: {fault}")));
            for _ in 0..6 {
                stage.press(KeyCap::Down);
                seen.push_str(&squeezed(&stage.text()));
                faulty.extend(faults(&stage).into_iter().map(|fault| format!("{key}: {fault}")));
            }
            let review = stage.app().session().review().unwrap();
            if key == 'F' {
                for finding in review.findings().iter() {
                    assert!(seen.contains(&squeezed(&finding.truth)), "{size:?}: {}", finding.code);
                    assert!(seen.contains(finding.code), "{size:?}: {}", finding.code);
                }
            }
            if key == 'O' {
                for sentence in &review.effects().others_can_change {
                    assert!(seen.contains(&squeezed(sentence)), "{size:?}: {sentence}");
                }
            }
            stage.press(KeyCap::Enter);
        }
        assert!(faulty.is_empty(), "{size:?}: {faulty:#?}");
    }
}

#[test]
fn every_byte_of_the_request_can_be_walked_to_at_every_size() {
    for size in SIZES {
        let mut stage = stage(session(), Broken::Nothing, size);
        scan(&mut stage);
        stage.press(KeyCap::Letter('B'));
        let place = |stage: &Stage| (stage.app().model().review.owner, stage.app().model().review.skip);
        while place(&stage) != (Some(0), 0) {
            stage.press(KeyCap::Up);
        }
        let mut seen = stage.text();
        loop {
            let before = place(&stage);
            stage.press(KeyCap::Down);
            if place(&stage) == before {
                break;
            }
            seen.push_str(&stage.text());
        }
        let session = stage.app().session();
        let request = session.request().unwrap();
        for owner in session.review().unwrap().account().owners() {
            assert!(seen.contains(&owner.label), "{size:?}: {}", owner.label);
            for (row, bytes) in request[owner.span.start..owner.span.end].chunks(8).enumerate() {
                let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
                assert!(seen.contains(&hex), "{size:?}: row {row} of {} is never shown", owner.label);
            }
        }
    }
}

/// Plays the demo and looks at each frame whose screen or overlay is new.
fn play(session: Session, theme: Theme, size: (usize, usize, f32), mut look: impl FnMut(&mut Stage, Route)) {
    let mut stage = demo_stage(session, theme, size);
    let done = |app: &App| {
        app.model().route == Route::Record && app.model().record.saved.contains_key(vitrine_app::model::RECORD_FILE)
    };
    let mut last = None;
    for _ in 0..20_000 {
        let route = stage.route();
        let model = stage.app().model();
        let settled = match route {
            Route::Open => model.open.is_probed(),
            Route::Scan => model.scan.parts().1 > 0,
            Route::Sign => model.sign.current.is_some(),
            Route::Present => model.present.prepared.is_some(),
            _ => true,
        };
        if last != Some(route) && settled {
            look(&mut stage, route);
            last = Some(route);
        }
        if done(stage.app()) {
            return;
        }
        stage.step();
    }
    panic!("the demo does not end: {:?}", stage.route());
}

#[test]
fn nothing_is_cut_or_covered_on_any_screen_at_any_size() {
    nothing_is_cut(session);
}

#[test]
fn nothing_is_cut_or_covered_while_a_safe_s_owner_signs() {
    nothing_is_cut(ethereum_session);
}

fn nothing_is_cut(session: fn() -> Session) {
    for size in SIZES {
        let mut faulty = BTreeSet::new();
        let mut seen = BTreeSet::new();
        play(session(), Theme::Dark, size, |stage, route| {
            seen.insert(route);
            faulty.extend(faults(stage).into_iter().map(|fault| format!("{route:?}: {fault}")));
        });
        assert_eq!(seen.len(), 7, "{size:?}: {seen:?}");
        assert!(faulty.is_empty(), "{size:?}: {faulty:#?}");
    }
}

#[test]
fn what_lies_over_a_screen_is_whole_too() {
    for size in SIZES {
        let mut faulty = BTreeSet::new();
        let mut stage = stage(session(), Broken::Nothing, size);
        scan(&mut stage);
        for key in [KeyCap::Sign('?'), KeyCap::Letter('W'), KeyCap::Escape] {
            stage.press(key);
            assert!(stage.app().model().overlay.is_some(), "{key:?}");
            faulty.extend(faults(&stage).into_iter().map(|fault| format!("{key:?}: {fault}")));
            stage.press(KeyCap::Escape);
            assert!(stage.app().model().overlay.is_none(), "{key:?}");
        }
        assert!(faulty.is_empty(), "{size:?}: {faulty:#?}");
    }
}

#[test]
fn in_grey_every_state_keeps_its_shape_and_its_word() {
    let marks = |route: Route| -> Vec<(Icon, &str)> {
        match route {
            Route::Open => vec![(Icon::Done, "Ready")],
            Route::Scan => vec![(Icon::Tick, "read"), (Icon::Claimed, "Claimed")],
            Route::Review => {
                vec![(Icon::Proven, "Proven"), (Icon::Caution, "Caution 1 of 1"), (Icon::Circle, "fields seen")]
            }
            Route::Compare => vec![(Icon::Done, "Policy passes"), (Icon::Tick, "Review")],
            Route::Sign => vec![(Icon::Hand, "Waiting for you at the device"), (Icon::Circle, "Payee 1, amount")],
            Route::Present => vec![(Icon::Seal, "Signed and verified"), (Icon::Proven, "read back")],
            Route::Record => vec![(Icon::Seal, "Chain is whole")],
            Route::Refused => vec![(Icon::Refuse, "Refused")],
        }
    };
    play(session(), Theme::Monochrome, (1280, 800, 1.0), |stage, route| {
        let text = stage.text();
        for (icon, word) in marks(route) {
            assert!(text.contains(icon.glyph()), "{route:?}: the shape of {word} is missing");
            assert!(text.contains(word), "{route:?}: the word {word} is missing");
        }
        let coloured = stage.rgb().chunks_exact(3).find(|pixel| pixel[0] != pixel[1] || pixel[1] != pixel[2]);
        assert_eq!(coloured, None, "{route:?}: a pixel is not grey");
    });
}

#[test]
fn a_refusal_says_so_in_shape_and_word_at_every_size() {
    for size in SIZES {
        let mut stage = stage(refusing_session(), Broken::Nothing, size);
        scan(&mut stage);
        let text = stage.text();
        assert!(text.contains("Refused. "), "{size:?}");
        assert!(text.contains(Icon::Refuse.glyph()), "{size:?}");
        assert!(text.contains("Rule 5"), "{size:?}: {text}");
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
    }
}

#[test]
fn every_key_on_the_hint_bar_is_in_the_one_table() {
    let check = |stage: &Stage| {
        let model = stage.app().model();
        for cap in hints(model).iter().chain(&screen_hints(model)).flat_map(|hint| &hint.caps) {
            assert!(TABLE.iter().any(|meaning| meaning.key == cap.key), "{:?} means {:?}", cap.key, cap.action);
        }
    };
    play(session(), Theme::Dark, (1280, 800, 1.0), |stage, _| check(stage));
}

#[test]
fn the_demo_leaves_a_picture_of_each_screen() {
    let mut stage = demo_stage(session(), Theme::Light, (1280, 800, 1.0));
    let mut names = Vec::new();
    stage
        .play(|name, png| {
            assert!(png.len() > 10_000, "{name} is empty");
            names.push(name.to_owned());
        })
        .unwrap();
    let expected = ["open", "scan", "review", "fields", "compare", "sign", "present", "record"];
    let expected: Vec<String> = (1..).zip(expected).map(|(number, name)| format!("0{number}-{name}")).collect();
    assert_eq!(names, expected);
}

#[test]
fn the_demo_of_a_window_reaches_the_record_at_human_speed() {
    let (width, height, scale) = SIZES[3];
    let app = support::app(session(), Theme::Dark, Some(DemoPace::Human), Broken::Nothing);
    let mut stage = Stage::new(app, width, height, scale);
    let mut arrived = Vec::new();
    let begun = std::time::Instant::now();
    while stage.route() != Route::Record {
        assert!(begun.elapsed() < std::time::Duration::from_secs(240), "stuck at {:?}", stage.route());
        if arrived.last() != Some(&stage.route()) {
            arrived.push(stage.route());
        }
        stage.step();
    }
    let expected = [Route::Open, Route::Scan, Route::Review, Route::Compare, Route::Sign, Route::Present];
    assert_eq!(arrived, expected);
    let entries = stage.app().session().record().entries();
    let seconds = entries.last().unwrap().at - entries[0].at;
    assert!(seconds >= 30, "{seconds} s is too fast to follow");
}
