//! Raw films in the YUV4MPEG2 format, which ffmpeg and camera tools write. Only their luma is read.

use std::io::{BufRead, BufReader, Read};

use super::{Film, Picture, PictureFault, unopened};
use crate::limits::{FILM_AREA_PX, Y4M_LINE_BYTES};

const FORMAT: &str = "Y4M";

/// A raw film that is being read.
#[derive(Debug)]
pub struct Y4mFilm<R> {
    file: BufReader<R>,
    width: u32,
    height: u32,
    /// Bytes of colour after the luma of each frame.
    chroma: u64,
}

impl<R: Read> Y4mFilm<R> {
    /// Reads the header.
    pub fn open(file: R) -> Result<Self, PictureFault> {
        let mut file = BufReader::new(file);
        let header = line(&mut file)?.ok_or(PictureFault::Truncated { format: FORMAT })?;
        let (mut width, mut height, mut colour) = (0, 0, String::from("420"));
        for field in header.split(' ').skip(1) {
            match field.split_at_checked(1) {
                Some(("W", text)) => width = side(text)?,
                Some(("H", text)) => height = side(text)?,
                Some(("C", text)) => colour = text.to_owned(),
                _ => {}
            }
        }
        let (width, height) = Picture::check_size(width, height, FILM_AREA_PX)?;
        Ok(Self { file, width, height, chroma: chroma(&colour, u64::from(width), u64::from(height))? })
    }
}

impl<R: Read + Send> Film for Y4mFilm<R> {
    fn next(&mut self) -> Result<Option<Picture>, PictureFault> {
        let truncated = PictureFault::Truncated { format: FORMAT };
        let Some(header) = line(&mut self.file)? else { return Ok(None) };
        if header != "FRAME" && !header.starts_with("FRAME ") {
            return Err(PictureFault::Malformed { format: FORMAT, reason: "a frame does not begin with FRAME".into() });
        }
        let area = u64::from(self.width) * u64::from(self.height);
        let mut luma = Vec::new();
        (&mut self.file).take(area).read_to_end(&mut luma).map_err(|error| unopened(&error))?;
        let mut colour = (&mut self.file).take(self.chroma);
        let passed = std::io::copy(&mut colour, &mut std::io::sink()).map_err(|error| unopened(&error))?;
        if luma.len() as u64 != area || passed != self.chroma {
            return Err(truncated);
        }
        Ok(Some(Picture { width: self.width, height: self.height, luma }))
    }
}

/// One line without its end; `None` where the file is over.
fn line(file: &mut impl BufRead) -> Result<Option<String>, PictureFault> {
    let mut bytes = Vec::new();
    file.take(Y4M_LINE_BYTES).read_until(b'\n', &mut bytes).map_err(|error| unopened(&error))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = bytes.strip_suffix(b"\n").and_then(|text| std::str::from_utf8(text).ok());
    let reason = || format!("a header line is longer than {Y4M_LINE_BYTES} bytes or has no end");
    text.map(|text| Some(text.to_owned())).ok_or_else(|| PictureFault::Malformed { format: FORMAT, reason: reason() })
}

fn side(text: &str) -> Result<u64, PictureFault> {
    let reason = || format!("{:?} is no number of pixels", text.chars().take(20).collect::<String>());
    text.parse().map_err(|_| PictureFault::Malformed { format: FORMAT, reason: reason() })
}

/// Bytes of colour per frame, by the header's colour field.
fn chroma(colour: &str, width: u64, height: u64) -> Result<u64, PictureFault> {
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    match colour {
        "mono" => Ok(0),
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => Ok(2 * half_width * half_height),
        "422" => Ok(2 * half_width * height),
        "411" => Ok(2 * width.div_ceil(4) * height),
        "444" => Ok(2 * width * height),
        "444alpha" => Ok(3 * width * height),
        _ => Err(PictureFault::Unsupported {
            what: "has more than 8 bits a pixel or a colour format that is not read: convert it to 8-bit 4:2:0 or grey",
        }),
    }
}
