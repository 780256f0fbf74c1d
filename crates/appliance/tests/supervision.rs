//! Processes that break down, hang or are dropped; what is said when everything stops.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use vitrine_appliance::first::children::{Ended, Part, Running};
use vitrine_appliance::first::farewell::Farewell;
use vitrine_appliance::first::plugs::has_settled;
use vitrine_appliance::first::stick::keep::Keep;
use vitrine_appliance::first::supervise::{Pulse, Signs};
use vitrine_ceremony::Session;

fn wait(running: &mut Running) -> Ended {
    let begun = Instant::now();
    loop {
        if let Some(ended) = running.ended() {
            return ended;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{running:?} does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_child_that_nobody_holds_any_more_is_ended() {
    let (mut running, socket) = Running::start_from("/usr/bin/yes", Part::Camera("x".into()), "x").unwrap();
    assert_eq!(running.ended(), None);
    drop(socket);
    assert_eq!(wait(&mut running), Ended::Dropped);
}

#[test]
fn a_child_that_breaks_down_is_told_apart_from_one_that_ends() {
    let start = |path: &str| Running::start_from(path, Part::Wallet("x".into()), "x").unwrap();
    let (mut quiet, _socket) = start("/bin/true");
    assert_eq!(wait(&mut quiet), Ended::Quietly);
    let (mut code, _socket) = start("/bin/false");
    assert_eq!(wait(&mut code), Ended::Broke("it ended with the code 1".into()));
    for (signal, words) in [(Signal::SIGKILL, "signal 9"), (Signal::SIGSYS, "asked the system for something")] {
        let (mut killed, _socket) = start("/usr/bin/yes");
        kill(Pid::from_raw(killed.number() as i32), signal).unwrap();
        let ended = wait(&mut killed);
        assert!(matches!(&ended, Ended::Broke(why) if why.contains(words)), "{ended:?}");
    }
}

fn pulse(runs_s: u64, silent_s: Option<u64>, answering_s: Option<u64>) -> Option<String> {
    let of = Duration::from_secs;
    Pulse { runs: of(runs_s), silent: silent_s.map(of), answering: answering_s.map(of) }.hung()
}

#[test]
fn an_interface_is_hung_when_it_is_silent_and_not_when_it_waits() {
    assert_eq!(pulse(500, Some(10), None), None);
    assert!(pulse(500, Some(11), None).unwrap().contains("not been heard for 11 s"));
    assert_eq!(pulse(500, Some(30), Some(30)), None);
    assert!(pulse(500, Some(50), Some(50)).unwrap().contains("has not answered"));
    assert_eq!(pulse(59, None, None), None);
    assert!(pulse(61, None, None).unwrap().contains("did not start"));
}

#[test]
fn what_other_threads_of_the_interface_ask_is_no_sign_of_life_and_a_long_answer_is_no_silence() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let mut signs = Signs::new(start);
    signs.alive(at(1_000));
    for second in 1..12 {
        signs.asked(at(second * 1_000));
        signs.answered(at(second * 1_000 + 5));
    }
    assert_eq!(signs.pulse(at(11_000)).hung(), None);
    assert!(signs.pulse(at(12_000)).hung().unwrap().contains("not been heard"));

    signs.alive(at(13_000));
    signs.asked(at(13_500));
    assert_eq!(signs.pulse(at(40_000)).hung(), None);
    signs.answered(at(40_000));
    assert_eq!(signs.pulse(at(49_000)).hung(), None);
    assert!(signs.pulse(at(52_000)).hung().is_some());

    let mut never = Signs::new(start);
    never.asked(at(10));
    never.answered(at(20));
    assert!(never.pulse(at(61_100)).hung().unwrap().contains("did not start"));
}

#[test]
fn the_start_ends_in_calm_but_never_before_the_buses_are_found_and_never_late() {
    let at = |start_ms, change_ms, waiting| {
        has_settled(Duration::from_millis(start_ms), Duration::from_millis(change_ms), waiting)
    };
    assert!(!at(2_900, 2_900, false));
    assert!(at(3_000, 1_500, false));
    assert!(!at(3_000, 1_500, true), "a stick that was let in has not shown its disk yet");
    assert!(!at(7_900, 300, false));
    assert!(at(8_000, 0, true));
}

#[test]
fn last_words_say_what_was_and_what_was_not_done() {
    let none = Farewell::of("the interface broke down", None);
    assert!(none.steps[0].contains("nothing was signed by this machine"));
    assert!(none.steps.last().unwrap().contains("off and on again"));
    let mut keep = Keep::default();
    let unsigned = Farewell::of("x", Some(&keep)).steps;
    assert!(unsigned[0].starts_with("No signature reached this machine's files"), "{unsigned:?}");
    let session = Session::open(None, None, None, 1_800_000_000).unwrap();
    for (digest, bytes) in session.record().contents() {
        keep.keep(&format!("record/content/{}", digest.hex()), bytes.clone()).unwrap();
    }
    keep.keep("record/record.jsonl", session.record().to_json_lines().into_bytes()).unwrap();
    keep.keep("signed.psbt", vec![1]).unwrap();
    let signed = Farewell::of("x", Some(&keep)).steps;
    assert!(signed[0].contains("A verified result was made before: signed.psbt"), "{signed:?}");
    assert!(signed[1].starts_with("The last entry of the record is number 1, "), "{signed:?}");
    assert!(signed[2].contains("in memory alone"), "{signed:?}");
    keep.keep("record/record.jsonl", b"{".to_vec()).unwrap();
    assert!(Farewell::of("x", Some(&keep)).steps[1].contains("not whole"));
}
