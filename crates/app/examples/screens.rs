//! Plays the demo on simulated parts and writes a picture of each screen: `screens OUT [THEME] [WIDTH HEIGHT SCALE [CHAIN]]`.
//! The screens that a good day does not show are written too: a refusal, an abort, a device that refuses, something missing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as this example does"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use support::Broken;
use vitrine_app::headless::Stage;
use vitrine_app::keys::KeyCap;
use vitrine_app::{DemoPace, Theme};
use vitrine_device::sim::{Fault, SimModel, SimOptions};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let out = args.first().expect("a folder to write to");
    let word = args.get(1).map_or("dark", String::as_str);
    let theme = Theme::ALL.into_iter().find(|theme| theme.word() == word).expect("dark, light or monochrome");
    let number = |place: usize, or: f32| args.get(place).map_or(or, |text| text.parse().expect("a number"));
    let size = (number(2, 1280.0) as usize, number(3, 800.0) as usize, number(4, 1.0));
    std::fs::create_dir_all(out).expect("the folder can be made");
    let is_ethereum = args.get(5).is_some_and(|chain| chain == "ethereum");
    let session = if is_ethereum { support::ethereum_session } else { support::session };
    let mut stage = support::demo_stage(session(), theme, size);
    let played = stage.play(|name, png| {
        std::fs::write(format!("{out}/{name}.png"), png).expect("the picture can be written");
        println!("{name}");
    });
    if let Err(why) = played {
        println!("{why}");
        std::fs::write(format!("{out}/stuck.png"), stage.png()).expect("the picture can be written");
    }
    bad_day(out, theme, size);
    questions(out, size);
    inspectors(out, Stage::new(support::app(session(), theme, None, Broken::Nothing), size.0, size.1, size.2));
}

/// Writes the screens of a bad day.
fn bad_day(out: &str, theme: Theme, (width, height, scale): (usize, usize, f32)) {
    let stage = |session, broken| Stage::new(support::app(session, theme, None, broken), width, height, scale);
    let keep = |stage: &Stage, name: &str| {
        std::fs::write(format!("{out}/{name}.png"), stage.png()).expect("the picture can be written");
        println!("{name}");
    };
    let mut missing = stage(support::session(), Broken::NoParts);
    support::wait_for(&mut missing, |app| app.model().open.is_probed());
    missing.step();
    keep(&missing, "missing");
    let mut refused = stage(support::refusing_session(), Broken::Nothing);
    support::scan(&mut refused);
    refused.step();
    keep(&refused, "refused");
    for (key, name) in [('?', "help"), ('W', "words")] {
        let key = if key == '?' { KeyCap::Sign(key) } else { KeyCap::Letter(key) };
        refused.press(key);
        keep(&refused, name);
        refused.press(KeyCap::Escape);
    }
    refused.press(KeyCap::Escape);
    refused.step();
    refused.type_text("The amount is not the one we agreed on.");
    keep(&refused, "abort");
    let mut stopped = stage(support::session(), Broken::CameraPanics);
    support::wait_for(&mut stopped, |app| app.model().open.is_probed());
    stopped.press(KeyCap::Enter);
    support::wait_for(&mut stopped, |app| app.model().stopped.is_some());
    stopped.step();
    keep(&stopped, "stopped");
    let fault = Broken::Device(Fault::Refuses { at_screen: 1 });
    let app = support::app(support::session(), theme, Some(DemoPace::Instant), fault);
    let mut failed = Stage::new(app, width, height, scale);
    failed.run_until(|app| app.model().sign.failed.is_some());
    keep(&failed, "failed");
}

/// Writes what devices ask, and the list of devices.
fn questions(out: &str, size: (usize, usize, f32)) {
    let keep = |stage: &Stage, name: &str| {
        std::fs::write(format!("{out}/{name}.png"), stage.png()).expect("the picture can be written");
        println!("{name}");
    };
    let listed = |wallet: SimOptions| {
        let (mut stage, _) = support::stage_with(support::session(), wallet, size);
        support::wait_for(&mut stage, |app| app.model().open.is_probed());
        stage.press(KeyCap::Letter('U'));
        stage.press(KeyCap::Enter);
        stage
    };
    let mut list = listed(SimOptions::default());
    support::wait_for(&mut list, |app| !app.model().open.recognised.is_empty());
    list.step();
    keep(&list, "devices");
    let one = SimOptions { model: SimModel::One, pin: Some("4271".to_owned()), ..SimOptions::default() };
    let mut pin = listed(one);
    support::wait_for(&mut pin, |app| app.model().ask.is_some());
    pin.step();
    "719".chars().for_each(|place| pin.type_text(&place.to_string()));
    keep(&pin, "pin");
    pin.press(KeyCap::Escape);
    support::wait_for(&mut pin, |app| !app.model().open.recognised.is_empty());
    pin.step();
    keep(&pin, "devices-locked");
    let mut passphrase = listed(SimOptions { passphrase_protection: true, ..SimOptions::default() });
    support::wait_for(&mut passphrase, |app| app.model().ask.is_some());
    passphrase.step();
    keep(&passphrase, "passphrase-where");
    passphrase.press(KeyCap::Letter('K'));
    "correct horse".chars().for_each(|character| passphrase.type_text(&character.to_string()));
    keep(&passphrase, "passphrase");
    passphrase.press(KeyCap::Tab);
    keep(&passphrase, "passphrase-shown");
}

/// Writes each effect, and each page of the inspector's tabs.
fn inspectors(out: &str, mut stage: Stage) {
    support::scan(&mut stage);
    let keep = |stage: &Stage, name: &str| {
        std::fs::write(format!("{out}/{name}.png"), stage.png()).expect("the picture can be written");
        println!("{name}");
    };
    for number in 1..=4 {
        keep(&stage, &format!("effect-{number}"));
        stage.press(KeyCap::Down);
    }
    for (key, name) in [('F', "findings"), ('B', "bytes"), ('O', "others"), ('D', "device")] {
        stage.press(KeyCap::Letter(key));
        keep(&stage, name);
        for page in 2..=4 {
            let before = stage.text();
            stage.press(KeyCap::Down);
            if key == 'F' && stage.text() != before {
                keep(&stage, &format!("{name}-{page}"));
            }
        }
        stage.press(KeyCap::Enter);
    }
}
