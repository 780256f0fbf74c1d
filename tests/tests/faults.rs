//! A device that fails, lies or is unplugged: a clear error, no result, and an honest record.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use acceptance::ceremony;
use vitrine_ceremony::{Session, SessionError, Stage};
use vitrine_device::sim::{self, Fault, SimOptions};
use vitrine_device::{Answer, Prompt, Prompter};
use vitrine_qr::Payload;

/// A person who agrees with everything that this machine asks.
struct Agrees;

impl Prompter for Agrees {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

/// The main job with a device that has this fault.
fn sign_with(fault: Option<Fault>) -> (Session, Result<(), SessionError>) {
    let mut session = Session::open(Some(ceremony::demo_folder()), None, None, 1).unwrap();
    session.receive(&Payload::from_file(&std::fs::read(ceremony::request()).unwrap()).unwrap(), 2).unwrap();
    let digest = session.review().unwrap().digest();
    session.reviewed_elsewhere(digest).unwrap();
    for caution in session.cautions() {
        session.acknowledge(caution, 3).unwrap();
    }
    let order = session.approve(digest, 4).unwrap();
    let mut device = sim::trezor(SimOptions { fault, ..SimOptions::default() });
    let returned = order.sign(device.as_mut(), &mut Agrees);
    let result = session.signed(returned, 5).map(|_| ());
    (session, result)
}

/// Every fault; those with a place at the third message or screen.
fn faults() -> Vec<Fault> {
    let parse = |name: &str| format!("{name}:2").parse().or_else(|_| name.parse()).unwrap();
    // A Trezor has no apps: that one is a Ledger's alone.
    Fault::NAMES.into_iter().map(parse).filter(|fault| *fault != Fault::WrongApp).collect()
}

#[test]
fn no_fault_of_a_device_ends_in_a_result() {
    for fault in faults() {
        let (session, result) = sign_with(Some(fault));
        let error = result.expect_err(&format!("{fault:?} was not noticed"));
        assert!(session.result().is_none(), "{fault:?}");
        assert!([Stage::Approved, Stage::Refused].contains(&session.stage()), "{fault:?}: {}", session.stage());
        let message = error.to_string();
        assert!(message.len() > 20 && !message.contains("panicked"), "{fault:?}: {message}");
    }
}

#[test]
fn every_fault_of_a_device_is_in_the_record() {
    for fault in faults() {
        let (session, _) = sign_with(Some(fault));
        let last = session.record().entries().last().unwrap();
        assert!(["Not signed", "Not verified"].contains(&last.kind.as_str()), "{fault:?}: {}", last.kind);
        session.record().verify().unwrap();
    }
}

/// Fails when the two tests above look at a session that could not have succeeded.
#[test]
fn the_same_job_without_a_fault_has_a_result() {
    let (session, result) = sign_with(None);
    result.unwrap();
    assert!(session.result().unwrap().transaction().is_some());
}
