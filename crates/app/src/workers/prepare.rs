//! Draws the codes of a result and has them read back by the independent reader.

use vitrine_qr::{Modules, PartStream, Payload, read_back};

use super::Desk;
use crate::model::{Prepared, Report};

/// Sends the codes once they gave the payload back byte for byte, or why they did not.
pub(super) fn run(desk: &Desk, payload: &Payload, fragment_len: usize) {
    let prepared = prepare(payload, fragment_len).map(Box::new);
    desk.say(Report::Prepared(prepared));
}

fn prepare(payload: &Payload, fragment_len: usize) -> Result<Prepared, String> {
    let mut stream = PartStream::new(payload, &payload.transport, fragment_len).map_err(|error| error.to_string())?;
    let mut parts = stream.pure_parts();
    let pure = parts.len();
    parts.extend(mixed_parts(&mut stream, &parts));
    let codes = Modules::encode_all(&parts).map_err(|error| error.to_string())?;
    let read_back = read_back(&codes, payload).map_err(|error| error.to_string())?;
    Ok(Prepared { codes, pure, fragment_len, read_back })
}

/// As many parts that mix others as there are pure ones: whoever missed a part need not wait for a whole loop.
fn mixed_parts(stream: &mut PartStream, pure: &[String]) -> Vec<String> {
    if pure.len() < 2 {
        return Vec::new();
    }
    let drawn: Vec<String> = (0..pure.len().saturating_mul(4)).map(|_| stream.next_part()).collect();
    drawn.into_iter().filter(|part| !pure.contains(part)).take(pure.len()).collect()
}
