//! The driver against exchanges recorded with the vendor's firmware, through the whole encrypted channel.

use std::sync::{Arc, Mutex};

use vitrine_device::{BitBox02, Control, DeviceError, DeviceScreen};

use crate::cases::{self, Case};
use crate::link::{Counted, Exchange, replay, transcript};

pub const RECORDING: &str = "bitbox02-9.27.0.txt";

/// A case with its recording.
fn recorded() -> Vec<(Case, Exchange)> {
    let mut exchanges = transcript(RECORDING);
    let pairs: Vec<_> = cases::all()
        .into_iter()
        .map(|case| {
            let place = exchanges.iter().position(|exchange| exchange.name == case.name);
            (exchanges.remove(place.unwrap_or_else(|| panic!("{} was not recorded", case.name))), case)
        })
        .map(|(exchange, case)| (case, exchange))
        .collect();
    assert!(exchanges.iter().all(|left| left.name.starts_with("refused")), "{exchanges:?}");
    pairs
}

fn play(case: &Case, exchange: &Exchange) -> (Result<(), DeviceError>, usize) {
    let (control, played) = (Control::default(), Arc::new(Mutex::new(0)));
    let link = replay(exchange, &control, &played);
    let outcome = cases::run(case, &mut BitBox02::new(link, Box::<Counted>::default(), control));
    let played = *played.lock().unwrap();
    (outcome, played)
}

#[test]
fn every_byte_that_is_sent_is_the_recorded_one_and_every_signature_is_proven() {
    let recorded = recorded();
    assert_eq!(recorded.len(), 24);
    for (case, exchange) in &recorded {
        assert_eq!(play(case, exchange), (Ok(()), exchange.lines.len()), "{}", case.name);
    }
}

#[test]
fn unplugged_at_any_message_nothing_is_returned_and_nothing_hangs() {
    let mut ends = 0;
    for (case, mut exchange) in recorded() {
        while exchange.lines.pop().is_some() {
            let (outcome, played) = play(&case, &exchange);
            assert!(matches!(outcome, Err(DeviceError::Unplugged { .. })), "{}: {played}: {outcome:?}", case.name);
            ends += 1;
        }
    }
    assert!(ends > 400, "{ends}");
}

#[test]
fn an_answer_that_was_altered_cut_or_lengthened_is_never_taken() {
    for (case, exchange) in recorded().into_iter().filter(|(case, _)| ["wpkh", "permit", "tr"].contains(&case.name)) {
        // Before the handshake is over nothing vouches for an answer.
        let begun = exchange.lines.iter().position(|(message, _)| message.starts_with(b"\0n")).unwrap();
        for at in begun..exchange.lines.len() {
            let answer = &exchange.lines[at].1;
            let mut flipped = answer.clone();
            *flipped.last_mut().unwrap() ^= 1;
            let short = answer[..answer.len() - 1].to_vec();
            for other in [flipped, short, [answer.as_slice(), &[0]].concat(), vec![0; 7000], Vec::new(), vec![3]] {
                let mut altered = exchange.clone();
                altered.lines[at].1 = other;
                let (outcome, _) = play(&case, &altered);
                assert!(outcome.as_ref().is_err_and(DeviceError::is_breach), "{}: {at}: {outcome:?}", case.name);
            }
        }
    }
}

#[test]
fn what_a_person_refused_is_said_to_be_refused() {
    let refused: Vec<_> = transcript(RECORDING).into_iter().filter(|e| e.name.starts_with("refused: ")).collect();
    assert_eq!(refused.len(), 3);
    for exchange in refused {
        let case = cases::all().into_iter().find(|case| exchange.name.ends_with(case.name)).unwrap();
        let (outcome, played) = play(&case, &exchange);
        assert!(matches!(outcome, Err(DeviceError::RefusedOnDevice { .. })), "{}: {outcome:?}", exchange.name);
        assert_eq!(played, exchange.lines.len());
    }
}

/// Title and text without blanks.
fn bare(title: &str, text: &str) -> String {
    // The simulator prints what it gives to the screen, which shows 640 letters of it (`src/ui/components/label.c`).
    let text = match text.get(..640).filter(|_| text.len() > 640 && !text.ends_with("...")) {
        Some(shown) => format!("{shown}..."),
        None => text.to_owned(),
    };
    format!("{title}|{text}").chars().filter(|c| !c.is_whitespace()).collect()
}

pub fn bare_screen(screen: &DeviceScreen) -> String {
    bare(&screen.title, &screen.lines.join(" "))
}

/// Whether a screen belongs to the request, and not to the pairing before it.
fn is_told(screen: &(String, String)) -> bool {
    screen.0 != "Pairing code"
}

pub fn compare_screens(name: &str, foretold: &[DeviceScreen], shown: &[(String, String)]) {
    let foretold: Vec<String> = foretold.iter().map(bare_screen).collect();
    let shown: Vec<String> = shown.iter().filter(|screen| is_told(screen)).map(|(t, x)| bare(t, x)).collect();
    // Which of the keys is the device's is not known before it is asked.
    let shown: Vec<String> = shown.iter().map(|shown| shown.replace("Thisdevice:", "")).collect();
    for (at, seen) in shown.iter().enumerate() {
        let told = foretold.get(at).unwrap_or_else(|| panic!("{name}: {seen} was not foretold"));
        assert_eq!(told, seen, "{name}: screen {at}");
    }
    assert_eq!(foretold.len(), shown.len(), "{name}: {:?} was not shown", &foretold[shown.len()..]);
}

#[test]
fn what_is_foretold_is_what_the_firmware_showed() {
    let mut compared = 0;
    for (case, exchange) in recorded() {
        let control = Control::default();
        let link = replay(&exchange, &control, &Arc::default());
        let device = BitBox02::new(link, Box::<Counted>::default(), control);
        if let Some(screens) = cases::foretold(&case, &device) {
            assert!(!screens.is_empty(), "{}", case.name);
            compare_screens(case.name, &screens, &exchange.screens);
            compared += screens.len();
        }
    }
    assert!(compared > 100, "{compared}");
}
