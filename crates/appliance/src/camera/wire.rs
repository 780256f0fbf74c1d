//! What travels between the interface and a camera's process: one byte asks for a picture, an answer brings it.
//!
//! An answer is its kind (1 byte), the length of its body (4, big endian) and the body. All of it is hostile to the interface:
//! lengths are bounded before anything is taken, texts are escaped, numbers of pictures must rise.

use std::fmt;

use vitrine_qr::{LumaFrame, Point, Symbol, limits};

/// Asks for the newest picture.
pub const NEXT: u8 = b'N';
/// Bytes of kind and length.
pub const HEADER_BYTES: usize = 5;
/// Pixels of a picture: as many as a camera's picture may have.
pub const AREA_PX: usize = 4096 * 4096;
/// Bytes of one symbol: as many digits as the largest holds.
pub const SYMBOL_BYTES: usize = 7089;
/// Characters of a text.
const TEXT_CHARS: usize = 300;

const OPENED: u8 = b'O';
const PICTURE: u8 = b'F';
const UNREADABLE: u8 = b'U';
const LOST: u8 = b'L';

/// Four corners of two coordinates, a size and lengths.
const SYMBOL_HEAD: usize = 4 * 8 + 5 + 1 + 2;
/// Most bytes of a body that brings a picture.
const PICTURE_BYTES: usize = 17 + limits::SYMBOLS * (SYMBOL_HEAD + SYMBOL_BYTES) + AREA_PX;
/// Most bytes of any other body: a character has at most four.
const TEXT_BYTES: usize = 4 * TEXT_CHARS;
/// Where a corner may lie, in pixels: a symbol may be cut off at the edge.
const COORDINATE_PX: f32 = 100_000.0;

/// An answer of a camera's process.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The camera runs; its name and mode. The first answer, unasked, and said once.
    Opened(String),
    /// A picture, and what was read from it.
    Picture(Box<Picture>),
    /// This picture could not be read; the next may be fine.
    Unreadable(String),
    /// There are no more pictures, and why. The last answer.
    Lost(String),
}

/// A picture and the symbols in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Its number, higher than that of the one before.
    pub sequence: u64,
    /// Its luma.
    pub frame: LumaFrame,
    /// What was read from it, at most [`limits::SYMBOLS`].
    pub symbols: Vec<Symbol>,
}

/// What is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its process sends what is no picture")
    }
}

impl std::error::Error for Malformed {}

/// The kind of an answer and the length of its body, which is within the bounds of that kind.
///
/// # Errors
/// [`Malformed`] for a kind that there is not, or a body that is too long.
pub fn header(header: [u8; HEADER_BYTES]) -> Result<(u8, usize), Malformed> {
    let [kind, length @ ..] = header;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| Malformed)?;
    let most = match kind {
        PICTURE => PICTURE_BYTES,
        OPENED | UNREADABLE | LOST => TEXT_BYTES,
        _ => return Err(Malformed),
    };
    if length > most { Err(Malformed) } else { Ok((kind, length)) }
}

impl Answer {
    /// The bytes that travel. Texts are cut at 300 characters, symbols at the most that a picture has.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Self::Opened(text) => (OPENED, cut(text)),
            Self::Unreadable(text) => (UNREADABLE, cut(text)),
            Self::Lost(text) => (LOST, cut(text)),
            Self::Picture(picture) => (PICTURE, picture.encode()),
        };
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
        [&[kind], length.as_slice(), body.as_slice()].concat()
    }

    /// Reads a body of this kind.
    ///
    /// # Errors
    /// [`Malformed`] for anything that [`Answer::encode`] would not write.
    pub fn decode(kind: u8, body: Vec<u8>) -> Result<Self, Malformed> {
        let text = |body: Vec<u8>| String::from_utf8(body).map_err(|_| Malformed);
        match kind {
            OPENED => Ok(Self::Opened(text(body)?)),
            UNREADABLE => Ok(Self::Unreadable(text(body)?)),
            LOST => Ok(Self::Lost(text(body)?)),
            PICTURE => Ok(Self::Picture(Box::new(Picture::decode(body)?))),
            _ => Err(Malformed),
        }
    }
}

fn cut(text: &str) -> Vec<u8> {
    text.chars().take(TEXT_CHARS).collect::<String>().into_bytes()
}

impl Picture {
    fn encode(&self) -> Vec<u8> {
        let symbols: Vec<&Symbol> =
            self.symbols.iter().filter(|s| s.bytes.len() <= SYMBOL_BYTES).take(limits::SYMBOLS).collect();
        let mut body = self.sequence.to_be_bytes().to_vec();
        body.extend(self.frame.width().to_be_bytes());
        body.extend(self.frame.height().to_be_bytes());
        body.push(u8::try_from(symbols.len()).unwrap_or(0));
        symbols.into_iter().for_each(|symbol| encode_symbol(symbol, &mut body));
        body.extend(self.frame.luma());
        body
    }

    fn decode(mut body: Vec<u8>) -> Result<Self, Malformed> {
        let mut reading = Reading(&body);
        let sequence = u64::from_be_bytes(reading.take()?);
        let (width, height) = (reading.number()?, reading.number()?);
        let count = usize::from(reading.byte()?);
        if count > limits::SYMBOLS {
            return Err(Malformed);
        }
        let symbols = (0..count).map(|_| decode_symbol(&mut reading)).collect::<Result<_, _>>()?;
        let rest = reading.0.len();
        if rest > AREA_PX {
            return Err(Malformed);
        }
        body.drain(..body.len().saturating_sub(rest));
        let frame = LumaFrame::new(width, height, body).map_err(|_| Malformed)?;
        Ok(Self { sequence, frame, symbols })
    }
}

fn encode_symbol(symbol: &Symbol, body: &mut Vec<u8>) {
    body.push(u8::from(symbol.module_px.is_some()));
    body.extend(symbol.module_px.unwrap_or_default().to_be_bytes());
    let corners = symbol.corners.iter().take(4);
    body.push(u8::try_from(corners.len()).unwrap_or(0));
    corners.for_each(|corner| {
        body.extend(corner.x.to_be_bytes());
        body.extend(corner.y.to_be_bytes());
    });
    body.extend(u16::try_from(symbol.bytes.len()).unwrap_or(0).to_be_bytes());
    body.extend(&symbol.bytes);
}

fn decode_symbol(reading: &mut Reading<'_>) -> Result<Symbol, Malformed> {
    let module = (reading.byte()?, reading.coordinate()?);
    let module_px = match module {
        (0, px) if px.to_bits() == 0 => None,
        (1, px) if px >= 0.0 => Some(px),
        _ => return Err(Malformed),
    };
    let corners = reading.byte()?;
    if corners > 4 {
        return Err(Malformed);
    }
    let corner = |reading: &mut Reading<'_>| Ok(Point { x: reading.coordinate()?, y: reading.coordinate()? });
    let corners = (0..corners).map(|_| corner(reading)).collect::<Result<_, Malformed>>()?;
    let length = usize::from(u16::from_be_bytes(reading.take()?));
    if length > SYMBOL_BYTES {
        return Err(Malformed);
    }
    Ok(Symbol { bytes: reading.slice(length)?.to_vec(), corners, module_px })
}

/// What is left of a body.
struct Reading<'a>(&'a [u8]);

impl<'a> Reading<'a> {
    fn slice(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.slice(N)?.try_into().map_err(|_| Malformed)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn number(&mut self) -> Result<u32, Malformed> {
        self.take().map(u32::from_be_bytes)
    }

    /// A number of pixels that can be drawn.
    fn coordinate(&mut self) -> Result<f32, Malformed> {
        let px = f32::from_be_bytes(self.take()?);
        if px.is_finite() && px.abs() <= COORDINATE_PX { Ok(px) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn symbol() -> impl Strategy<Value = Symbol> {
        let corner = (-9000_f32..9000.0, -9000_f32..9000.0).prop_map(|(x, y)| Point { x, y });
        let module_px = prop::option::of(0_f32..100.0);
        (prop::collection::vec(any::<u8>(), 0..300), prop::collection::vec(corner, 0..=4), module_px)
            .prop_map(|(bytes, corners, module_px)| Symbol { bytes, corners, module_px })
    }

    fn picture() -> impl Strategy<Value = Answer> {
        let symbols = prop::collection::vec(symbol(), 0..=limits::SYMBOLS);
        (any::<u64>(), 1_u32..40, 1_u32..40, symbols, any::<u8>()).prop_map(
            |(sequence, width, height, symbols, grey)| {
                let frame = LumaFrame::new(width, height, vec![grey; (width * height) as usize]).unwrap();
                Answer::Picture(Box::new(Picture { sequence, frame, symbols }))
            },
        )
    }

    fn answer() -> impl Strategy<Value = Answer> {
        let text = || "\\PC{0,300}".prop_map(String::from);
        prop_oneof![
            text().prop_map(Answer::Opened),
            text().prop_map(Answer::Unreadable),
            text().prop_map(Answer::Lost),
            picture(),
        ]
    }

    fn read(bytes: &[u8]) -> Result<Answer, Malformed> {
        let (head, body) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(Malformed)?;
        let (kind, length) = header(*head)?;
        Answer::decode(kind, body.get(..length).ok_or(Malformed)?.to_vec())
    }

    proptest! {
        #[test]
        fn an_answer_arrives_as_it_was_sent(answer in answer()) {
            prop_assert_eq!(read(&answer.encode()), Ok(answer));
        }

        /// Whatever a process that was taken over sends: an answer that would be sent the same, or an error.
        #[test]
        fn no_bytes_break_the_reading(kind in prop::sample::select(vec![OPENED, PICTURE, UNREADABLE, LOST]),
            body in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(answer @ Answer::Picture(_)) = Answer::decode(kind, body.clone()) {
                let again = answer.encode();
                prop_assert_eq!(again.get(HEADER_BYTES..), Some(&body[..]));
            }
        }

        /// A picture in which one byte was changed on the way.
        #[test]
        fn a_changed_byte_is_another_picture_or_none(answer in picture(), at in any::<prop::sample::Index>(), byte: u8) {
            let mut bytes = answer.encode();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(Answer::Picture(read)) = read(&bytes) {
                prop_assert!(read.symbols.len() <= limits::SYMBOLS);
                let numbers = read.symbols.iter().flat_map(|s| &s.corners).flat_map(|c| [c.x, c.y]);
                prop_assert!(numbers.into_iter().all(f32::is_finite));
            }
        }
    }

    #[test]
    fn a_length_beyond_its_kind_is_refused_before_a_byte_of_it_is_taken() {
        let claim = |kind: u8, length: usize| {
            let [a, b, c, d] = u32::try_from(length).unwrap().to_be_bytes();
            header([kind, a, b, c, d])
        };
        assert_eq!(claim(PICTURE, PICTURE_BYTES), Ok((PICTURE, PICTURE_BYTES)));
        for (kind, length) in [(PICTURE, PICTURE_BYTES + 1), (LOST, TEXT_BYTES + 1), (OPENED, 1 << 31), (b'?', 0)] {
            assert_eq!(claim(kind, length), Err(Malformed));
        }
    }

    #[test]
    fn corners_that_cannot_be_drawn_are_no_picture() {
        for x in [f32::NAN, f32::INFINITY, -1e30] {
            let frame = LumaFrame::new(1, 1, vec![0]).unwrap();
            let corners = vec![Point { x, y: 0.0 }];
            let symbols = vec![Symbol { bytes: vec![1], corners, module_px: None }];
            let bytes = Answer::Picture(Box::new(Picture { sequence: 1, frame, symbols })).encode();
            assert_eq!(read(&bytes), Err(Malformed), "{x}");
        }
    }
}
