//! What a session leaves behind: review, signed PSBT, animated QR, transaction, record.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use vitrine_ceremony::{Record, Session, Signed, UnixTime};
use vitrine_qr::{Modules, Payload, PayloadKind, film};

use crate::commands::show;
use crate::failure::{Failure, Kind};
use crate::files;

const MODULE_PX: usize = 6;

/// The machine's clock.
pub(crate) fn now() -> UnixTime {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// Keeps bytes under a name below a folder, for the window: the path, or a sentence.
pub(crate) fn keep(dir: &Path, name: &str, bytes: &[u8]) -> Result<String, String> {
    let path = dir.join(name);
    files::write(&path, bytes).map_err(|failure| failure.to_string())?;
    Ok(path.display().to_string())
}

/// An animated GIF of these codes.
pub(crate) fn gif(codes: &[Modules], parts_per_second: u32) -> Result<Vec<u8>, Failure> {
    film::gif(codes, MODULE_PX, parts_per_second).map_err(Failure::internal)
}

/// Writes a record with the content that it names.
pub(crate) fn record(dir: &Path, record: &Record) -> Result<(), Failure> {
    for (digest, bytes) in record.contents() {
        files::write(&dir.join("content").join(digest.hex()), bytes)?;
    }
    files::write(&dir.join("record.jsonl"), record.to_json_lines().as_bytes())
}

/// Writes the request: as it was, and as an animated QR.
pub(crate) fn request(dir: &Path, payload: &Payload, codes: &[Modules], rate: u32) -> Result<Vec<PathBuf>, Failure> {
    let (request, film) = (dir.join(request_name(payload)), dir.join("request.gif"));
    files::write(&request, &payload.to_file())?;
    files::write(&film, &gif(codes, rate)?)?;
    Ok(vec![request, film])
}

/// Name of a request's file.
const fn request_name(payload: &Payload) -> &'static str {
    match payload.kind {
        PayloadKind::Psbt => "request.psbt",
        PayloadKind::Json => "request.json",
        PayloadKind::EthTransaction => "request.hex",
        _ => "request.ur",
    }
}

/// Writes everything that a session has come to, and returns the paths.
pub(crate) fn session(dir: &Path, session: &Session, fragment: usize, rate: u32) -> Result<Vec<PathBuf>, Failure> {
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| -> Result<(), Failure> {
        let path = dir.join(name);
        files::write(&path, bytes)?;
        written.push(path);
        Ok(())
    };
    if let Some(review) = session.review() {
        put("review.txt", session.page().unwrap_or_default().as_bytes())?;
        put("review.json", vitrine_review::to_json(review).as_bytes())?;
    }
    if let Some(signed) = session.result() {
        let payload = signed.payload();
        let (codes, _) = show::read_back(&show::parts(payload, &payload.transport, fragment)?, payload)?;
        signed.files().iter().try_for_each(|(name, bytes)| put(name, bytes))?;
        put("signed.gif", &gif(&codes, rate)?)?;
    }
    record(&dir.join("record"), session.record())?;
    written.push(dir.join("record"));
    Ok(written)
}

/// Writes a finished transaction as hex, if that was asked for; `written` says what there is without one.
pub(crate) fn transaction(out: Option<&Path>, transaction: Option<&[u8]>, written: &str) -> Result<(), Failure> {
    match (out, transaction) {
        (Some(path), Some(transaction)) => transactions(path, &[transaction.to_vec()]),
        (Some(_), None) => {
            let what = format!(
                "the transaction is not complete: more signatures are needed. {written}. Gather the others, then bring \
                 them together with `vitrine combine`"
            );
            Err(Failure::new(Kind::Verification, what))
        }
        (None, _) => Ok(()),
    }
}

/// Writes finished transactions as hex, one a line.
pub(crate) fn transactions(path: &Path, transactions: &[Vec<u8>]) -> Result<(), Failure> {
    let lines: String = transactions.iter().map(|transaction| format!("{}\n", hex(transaction))).collect();
    files::write(path, lines.as_bytes())?;
    println!("transaction: {}", path.display());
    Ok(())
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    vitrine_review::Value::Bytes(bytes.to_vec()).to_text()
}

/// Prints when each step of the record was.
pub(crate) fn report_times(record: &Record) {
    let opened = record.entries().first().map_or(0, |entry| entry.at);
    for entry in record.entries() {
        println!("{:<44}{:>9} s after opening", entry.kind, entry.at.saturating_sub(opened));
    }
}

/// Prints what was checked of a result, and what was not.
pub(crate) fn checks(signed: &Signed) {
    signed.checks().iter().map(String::as_str).chain(signed.not_checked()).for_each(|check| println!("{check}"));
}

/// Prints by what a result is known.
pub(crate) fn names(names: &[(String, String)]) {
    names.iter().for_each(|(label, name)| println!("{label} {name}"));
}

/// Prints where everything is, what was verified, and `verified` if something was.
pub(crate) fn report(paths: &[PathBuf], session: &Session) {
    for path in paths {
        println!("{}", path.display());
    }
    if let Some(signed) = session.result() {
        checks(signed);
        names(signed.names());
        println!("verified");
    }
}
