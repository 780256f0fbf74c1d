//! `vitrine inspect`: decode and review.

use vitrine_ceremony::{Session, Stage};
use vitrine_device::ScreenModel;
use vitrine_review::Severity;

use crate::cli::{Format, Inspect};
use crate::commands::record;
use crate::failure::{Failure, Kind};
use crate::{files, input};

/// Prints the review. Exits with 4 if the request is refused, after printing why.
pub(crate) fn run(args: &Inspect) -> Result<(), Failure> {
    let folder = args.ceremony.as_deref().map(files::ceremony_folder).transpose()?;
    let has_folder = folder.is_some();
    let payload = input::payload(&args.input)?;
    let (memory, head) = record::before(args.ceremony.as_deref(), &args.previous_record)?;
    let mut session = Session::open(folder, args.network.as_deref(), head, 0)?.with_memory(memory);
    session.receive(&payload, 0)?;
    match args.format {
        Format::Json => print!("{}", session.review().map(vitrine_review::to_json).unwrap_or_default()),
        Format::Text => print!("{}", session.page().unwrap_or_default()),
    }
    if let Some(model) = args.screens {
        print!("{}", screens(&session, model)?);
    }
    if has_folder && session.stage() == Stage::Refused {
        return Err(Failure::new(Kind::Refused, format!("refused: {}", session.refusals().join(" "))));
    }
    // Without a folder it is no fault of the request that no wallet is known; anything else is.
    let mut refusals = session.review().into_iter().flat_map(|review| review.findings().of(Severity::Refuse));
    match refusals.find(|finding| !["btc.no-wallet", "eth.no-folder"].contains(&finding.code)) {
        Some(finding) => Err(Failure::new(Kind::Refused, format!("refused: {} {}", finding.code, finding.truth))),
        None => Ok(()),
    }
}

/// The device's screens as a chapter of the page.
fn screens(session: &Session, model: ScreenModel) -> Result<String, Failure> {
    let unknown = || {
        Failure::new(
            Kind::Usage,
            "--screens: the screens for a PSBT are not foretold without the device; they are shown while it signs",
        )
    };
    let foretold = session.foretold(model).ok_or_else(unknown)?;
    let mut text = format!("\nON THE DEVICE\n  {}\n", model.name());
    for (number, screen) in (1u32..).zip(&foretold.screens) {
        text.push_str(&format!("  {number:>3}. {}\n       {}\n", screen.step, screen.title));
        screen.lines.iter().for_each(|line| text.push_str(&format!("         {line}\n")));
    }
    text.push_str("\n  Signed, and not shown there\n");
    foretold.not_shown.iter().for_each(|what| text.push_str(&format!("    {what}\n")));
    Ok(text)
}
