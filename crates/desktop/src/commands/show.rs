//! `vitrine show`: a file as QR codes.

use vitrine_qr::{BbqrEncoding, Modules, PartStream, Payload, ReadBack, Transport, UrType as QrUrType, film, picture};

use crate::cli::{Parts, Show, UrType};
use crate::failure::Failure;
use crate::files;

/// Pixels a module in files: large enough for any screen, small enough to send.
const MODULE_PX: usize = 6;

/// Writes or prints the parts.
pub(crate) fn run(args: &Show) -> Result<(), Failure> {
    let bytes = files::read(&args.file)?;
    let payload = Payload::from_file(&bytes).map_err(|e| Failure::input(format!("{}: {e}", args.file.display())))?;
    let parts = parts(&payload, &transport(args, &payload), usize::from(args.fragment))?;
    if args.target.text {
        for part in &parts {
            println!("{part}");
        }
        return Ok(());
    }
    let (codes, _) = read_back(&parts, &payload)?;
    if let Some(path) = &args.target.gif {
        files::write(path, &film::gif(&codes, MODULE_PX, args.fps).map_err(Failure::internal)?)?;
        println!("{} parts, read back by a second decoder: {}", parts.len(), path.display());
    }
    if let Some(dir) = &args.target.png {
        for (i, code) in codes.iter().enumerate() {
            let name = format!("part-{:04}.png", i.saturating_add(1));
            files::write(&dir.join(name), &picture::png(&code.to_luma(MODULE_PX)))?;
        }
        println!("{} parts, read back by a second decoder: {}", parts.len(), dir.display());
    }
    Ok(())
}

/// One loop of an animated code: for fountain parts each pure part and as many mixed ones, in turn.
pub(crate) fn parts(payload: &Payload, transport: &Transport, fragment: usize) -> Result<Vec<String>, Failure> {
    let mut stream = PartStream::new(payload, transport, fragment).map_err(Failure::input)?;
    let pure = stream.pure_count();
    let count = if pure > 1 && matches!(transport, Transport::Ur { .. }) { pure.saturating_mul(2) } else { pure };
    Ok((0..count).map(|_| stream.next_part()).collect())
}

/// Draws the parts and has the independent decoder read them before anybody sees them.
pub(crate) fn read_back(parts: &[String], payload: &Payload) -> Result<(Vec<Modules>, ReadBack), Failure> {
    let codes = Modules::encode_all(parts).map_err(Failure::internal)?;
    let read_back = vitrine_qr::read_back(&codes, payload).map_err(Failure::internal)?;
    Ok((codes, read_back))
}

fn transport(args: &Show, payload: &Payload) -> Transport {
    let ur_type = match args.ur_type {
        None => payload.kind.ur_type(),
        Some(UrType::CryptoPsbt) => QrUrType::CryptoPsbt,
        Some(UrType::Psbt) => QrUrType::Psbt,
        Some(UrType::Bytes) => QrUrType::Bytes,
        Some(UrType::EthSignRequest) => QrUrType::EthSignRequest,
        Some(UrType::EthBatchSignRequest) => QrUrType::EthBatchSignRequest,
        Some(UrType::EthSignature) => QrUrType::EthSignature,
        Some(UrType::EthBatchSignature) => QrUrType::EthBatchSignature,
    };
    match args.parts {
        Parts::Ur => Transport::Ur { ur_type },
        Parts::Bbqr => Transport::Bbqr { encoding: BbqrEncoding::Zlib },
        Parts::Base64 => Transport::Base64,
        Parts::Hex => Transport::Hex,
        Parts::Text => Transport::Text,
    }
}
