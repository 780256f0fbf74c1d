//! Any picture into the readers; some are codes with changed modules, so that the decoder behind the detector is reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_qr::{LumaFrame, Modules, Quality, Reader};

/// A code with the modules marked by the input inverted.
fn changed_code(version: u8, input: &[u8]) -> Option<LumaFrame> {
    let modules = Modules::encode_at_version("UR:BYTES/AEAEAEAE", 2 + version % 12).ok()?;
    let frame = modules.to_luma(3);
    let (width, mut luma) = (frame.width() as usize, frame.luma().to_vec());
    for pair in input.chunks_exact(2) {
        let (x, y) = (usize::from(pair[0]) % (width / 3) * 3, usize::from(pair[1]) % (width / 3) * 3);
        for dy in 0..3 {
            luma[(y + dy) * width + x..][..3].iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
        }
    }
    LumaFrame::new(frame.width(), frame.height(), luma).ok()
}

fn plain(width: u8, pixels: &[u8]) -> Option<LumaFrame> {
    let width = u32::from(width).max(1);
    let height = pixels.len() as u32 / width;
    LumaFrame::new(width, height, pixels.get(..(width * height) as usize)?.to_vec()).ok()
}

fuzz_target!(|input: &[u8]| {
    let Some((&[mode, size], rest)) = input.split_first_chunk::<2>() else { return };
    let frame = if mode & 1 == 0 { changed_code(size, rest) } else { plain(size, rest) };
    if let Some(frame) = frame {
        let mut reader = Reader::new();
        let symbols = reader.read_thoroughly(&frame);
        let _ = Quality::measure(&frame, &symbols);
        reader.read(&frame);
    }
});
