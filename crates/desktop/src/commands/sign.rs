//! `vitrine sign`: the main job without a window.

use vitrine_ceremony::{Session, Stage, known_against};
use vitrine_device::Device;
use vitrine_review::Digest;

use crate::cli::Sign;
use crate::commands::{record, show};
use crate::failure::{Failure, Kind};
use crate::prompter::Terminal;
use crate::{devices, files, input, outputs};

/// Payload bytes in each part of the animated QR, and parts a second: what most wallets read.
const FRAGMENT: usize = 200;
const PARTS_PER_SECOND: u32 = 8;

/// Acknowledges what is known against the device, as codes of findings acknowledge cautions.
const DEVICE: &str = "device";

/// Reviews, checks the approval, has the device sign, verifies and writes.
pub(crate) fn run(args: &Sign) -> Result<(), Failure> {
    if let Some(dir) = args.record.as_ref().filter(|dir| dir.join("record.jsonl").exists()) {
        let what = format!("{}: holds the record of another session. Name another folder", dir.display());
        return Err(Failure::new(Kind::Usage, what));
    }
    let folder = files::ceremony_folder(&args.ceremony)?;
    let payload = input::payload(&args.input)?;
    let (memory, head) = record::before(Some(&args.ceremony), &args.previous_record)?;
    let mut session = Session::open(Some(folder), None, head, outputs::now())?.with_memory(memory);
    let result = run_session(args, &payload, &mut session);
    session.close(outputs::now());
    if let Some(dir) = &args.record {
        outputs::record(dir, session.record())?;
    }
    result
}

fn run_session(args: &Sign, payload: &vitrine_qr::Payload, session: &mut Session) -> Result<(), Failure> {
    session.receive(payload, outputs::now())?;
    if session.stage() == Stage::Refused {
        let what = format!("refused: {} Read the review with `vitrine inspect`", session.refusals().join(" "));
        return Err(Failure::new(Kind::Refused, what));
    }
    let digest = approved(args, session)?;
    session.reviewed_elsewhere(digest)?;
    acknowledge(args, session)?;
    let order = session.approve(digest, outputs::now())?;
    let mut device = devices::open(&args.device, session.folder())?;
    advised(args, device.as_mut(), session)?;
    let returned = order.sign(device.as_mut(), &mut Terminal);
    let signed = session.signed(returned, outputs::now())?;
    outputs::checks(signed);
    outputs::names(signed.names());
    let (payload, what) = (signed.payload().clone(), signed.what());
    let (codes, read_back) = show::read_back(&show::parts(&payload, &payload.transport, FRAGMENT)?, &payload)?;
    session.presented(&read_back, outputs::now())?;
    if let Some(path) = &args.out {
        files::write(path, &payload.to_file())?;
        println!("{what}: {}", path.display());
    }
    if let Some(path) = &args.gif {
        files::write(path, &outputs::gif(&codes, PARTS_PER_SECOND)?)?;
        println!("animated QR: {}", path.display());
    }
    Ok(())
}

/// Goes on with a device that something is known against only if that was acknowledged.
fn advised(args: &Sign, device: &mut dyn Device, session: &mut Session) -> Result<(), Failure> {
    let identity = device.identify().map_err(Failure::device)?;
    let problems = known_against(&identity);
    problems.iter().for_each(|problem| eprintln!("vitrine: known against {}: {problem}", identity.name()));
    if problems.is_empty() {
        return Ok(());
    }
    if !args.acknowledge.iter().any(|given| given == DEVICE) {
        let what =
            format!("not acknowledged: something is known against the device. Read it, then --acknowledge {DEVICE}");
        return Err(Failure::new(Kind::Refused, what));
    }
    session.acknowledge_device(&identity.name(), outputs::now());
    Ok(())
}

fn approved(args: &Sign, session: &Session) -> Result<Digest, Failure> {
    let review = session.review().map(|r| r.digest().hex()).unwrap_or_default();
    let Some(text) = &args.approve else {
        let what = format!(
            "not approved: read the review (`vitrine inspect --ceremony`), then give its digest with --approve. \
             This review's digest is {review}"
        );
        return Err(Failure::new(Kind::Refused, what));
    };
    Digest::from_hex(text).ok_or_else(|| Failure::new(Kind::Usage, "--approve: a digest is 64 hex digits"))
}

fn code_of(session: &Session, finding: usize) -> &'static str {
    session.review().and_then(|r| r.findings().iter().nth(finding)).map_or("", |f| f.code)
}

/// Acknowledges each caution whose code was given. The gate refuses if one is left.
fn acknowledge(args: &Sign, session: &mut Session) -> Result<(), Failure> {
    let mut missing = Vec::new();
    for finding in session.cautions() {
        let code = code_of(session, finding);
        if args.acknowledge.iter().any(|given| given == code) {
            session.acknowledge(finding, outputs::now())?;
        } else {
            missing.push(code);
        }
    }
    let cautions = session.cautions().into_iter().map(|n| code_of(session, n));
    let cautions: Vec<&str> = cautions.chain([DEVICE]).collect();
    if let Some(unknown) = args.acknowledge.iter().find(|given| !cautions.contains(&given.as_str())) {
        let what = format!("--acknowledge {unknown}: this review has no such caution. Copy the code from the review");
        return Err(Failure::new(Kind::Usage, what));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(", ");
    Err(Failure::new(Kind::Refused, format!("cautions not acknowledged: {list}. Read each, then --acknowledge it")))
}
