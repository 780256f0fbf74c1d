//! The text of a UR: `ur:type/bytewords` or `ur:type/number-count/bytewords`.

use minicbor::{Decoder, Encoder};
use ur::bytewords::{self, Style};

use crate::limits::{MESSAGE_BYTES, UR_FRAGMENTS};
use crate::part_error::quote_beginning;
use crate::payload::UrType;
use crate::ur::{Part, UrError};

/// A UR as it arrived: every bound checked, the bytewords' checksum verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UrText {
    /// A whole message, still in its CBOR.
    Single(UrType, Vec<u8>),
    /// One part of a message.
    Part(UrType, Part),
}

impl UrText {
    /// Reads a UR in capitals, small letters or both.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, UrError> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii());
        let text = text.ok_or(UrError::Form { what: "it has characters that a UR cannot have" })?.to_ascii_lowercase();
        let path = text.strip_prefix("ur:").ok_or(UrError::Form { what: "it does not begin with ur:" })?;
        let mut components = path.split('/');
        let name = components.next().unwrap_or_default();
        let ur_type = UrType::from_name(name);
        let ur_type = ur_type.ok_or_else(|| UrError::UnsupportedType { found: quote_beginning(name.as_bytes()) });
        match (components.next(), components.next(), components.next()) {
            (Some(body), None, None) => Ok(Self::Single(ur_type?, words(body)?)),
            (Some(sequence), Some(body), None) => Ok(Self::Part(ur_type?, parse_part(sequence, body)?)),
            (Some(sequence), ..) if sequence.contains("of") => Err(UrError::VersionOne),
            _ => Err(UrError::Form { what: "it has too few or too many slashes" }),
        }
    }
}

/// Writes a whole message as one UR in capitals, which QR codes hold in two thirds of the space.
pub(crate) fn encode_single(ur_type: UrType, message: &[u8]) -> String {
    format!("ur:{}/{}", ur_type.name(), bytewords::encode(message, Style::Minimal)).to_ascii_uppercase()
}

fn words(body: &str) -> Result<Vec<u8>, UrError> {
    bytewords::decode(body, Style::Minimal).map_err(|error| UrError::Bytewords {
        what: match error {
            bytewords::Error::InvalidChecksum => "its checksum is wrong",
            bytewords::Error::InvalidLength => "half a byteword is missing",
            bytewords::Error::InvalidWord | bytewords::Error::NonAscii => "it has letters that are no byteword",
        },
    })
}

fn parse_part(sequence: &str, body: &str) -> Result<Part, UrError> {
    let header = parse_header(sequence)?;
    check_claims(header.1, None)?;
    let part = Part::from_cbor(&words(body)?)?;
    let inside = (u64::from(part.sequence), u64::from(part.count));
    if header == inside { Ok(part) } else { Err(UrError::Sequence { header, inside }) }
}

/// Reads `number-count`: digits without sign or leading zero.
fn parse_header(text: &str) -> Result<(u64, u64), UrError> {
    let wrong = UrError::Form { what: "its part number is not of the form 1-9" };
    let number = |digits: &str| {
        let plain = digits.len() <= 10 && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        plain.then(|| digits.parse().ok()).flatten()
    };
    match text.split_once('-').map(|(left, right)| (number(left), number(right))) {
        Some((Some(sequence), Some(count))) => Ok((sequence, count)),
        _ => Err(wrong),
    }
}

fn check_claims(count: u64, message_len: Option<u64>) -> Result<(), UrError> {
    if count > u64::from(UR_FRAGMENTS) {
        return Err(UrError::TooManyFragments { claimed: count });
    }
    match message_len {
        Some(length) if length == 0 || length > MESSAGE_BYTES as u64 => Err(UrError::TooLarge { claimed: length }),
        _ => Ok(()),
    }
}

impl Part {
    /// Reads `[sequence, count, message length, CRC-32, fragment]` in its only form, with nothing after it.
    pub(crate) fn from_cbor(cbor: &[u8]) -> Result<Self, UrError> {
        let cut = |_| UrError::Cbor { what: "its CBOR is not a complete array of four numbers and a byte string" };
        let mut decoder = Decoder::new(cbor);
        if decoder.array().map_err(cut)? != Some(5) {
            return Err(UrError::Cbor { what: "its CBOR is not an array of five" });
        }
        let (sequence, count) = (decoder.u64().map_err(cut)?, decoder.u64().map_err(cut)?);
        let (message_len, checksum) = (decoder.u64().map_err(cut)?, decoder.u64().map_err(cut)?);
        check_claims(count, Some(message_len))?;
        let data = decoder.bytes().map_err(cut)?;
        if encode(sequence, count, message_len, checksum, data) != cbor {
            return Err(UrError::Cbor { what: "its CBOR is not the shortest form, or something follows it" });
        }
        let wide = |_| UrError::Cbor { what: "it has a number above 32 bits" };
        Self {
            sequence: u32::try_from(sequence).map_err(wide)?,
            count: u32::try_from(count).map_err(wide)?,
            message_len: usize::try_from(message_len).map_err(wide)?,
            checksum: u32::try_from(checksum).map_err(wide)?,
            data: data.to_vec(),
        }
        .consistent()
    }

    fn consistent(self) -> Result<Self, UrError> {
        if self.sequence == 0 || self.count == 0 {
            return Err(UrError::Cbor { what: "parts and fragments are counted from 1" });
        }
        if self.data.is_empty() || self.message_len.div_ceil(self.data.len()) != self.count as usize {
            let (found, count, message_len) = (self.data.len(), self.count, self.message_len);
            return Err(UrError::FragmentLength { found, count, message_len });
        }
        Ok(self)
    }

    /// Writes the part as text in capitals.
    pub(crate) fn to_text(&self, ur_type: UrType) -> String {
        let (sequence, count) = (self.sequence, self.count);
        let cbor = encode(sequence.into(), count.into(), self.message_len as u64, self.checksum.into(), &self.data);
        let words = bytewords::encode(&cbor, Style::Minimal);
        format!("ur:{}/{sequence}-{count}/{words}", ur_type.name()).to_ascii_uppercase()
    }
}

fn encode(sequence: u64, count: u64, message_len: u64, checksum: u64, data: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::with_capacity(data.len().saturating_add(32)));
    let _ = encoder.array(5);
    for number in [sequence, count, message_len, checksum] {
        let _ = encoder.u64(number);
    }
    let _ = encoder.bytes(data);
    encoder.into_writer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ur::chooser::wolf_message;
    use crate::ur::{UrParts, wrap};

    /// The parts of BCR-2020-005's 256-byte "Wolf" message in fragments of 30 bytes at most, as published.
    const PUBLISHED: [&str; 12] = [
        "ur:bytes/1-9/lpadascfadaxcywenbpljkhdcahkadaemejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtdkgslpgh",
        "ur:bytes/2-9/lpaoascfadaxcywenbpljkhdcagwdpfnsboxgwlbaawzuefywkdplrsrjynbvygabwjldapfcsgmghhkhstlrdcxaefz",
        "ur:bytes/3-9/lpaxascfadaxcywenbpljkhdcahelbknlkuejnbadmssfhfrdpsbiegecpasvssovlgeykssjykklronvsjksopdzmol",
        "ur:bytes/4-9/lpaaascfadaxcywenbpljkhdcasotkhemthydawydtaxneurlkosgwcekonertkbrlwmplssjtammdplolsbrdzcrtas",
        "ur:bytes/5-9/lpahascfadaxcywenbpljkhdcatbbdfmssrkzmcwnezelennjpfzbgmuktrhtejscktelgfpdlrkfyfwdajldejokbwf",
        "ur:bytes/6-9/lpamascfadaxcywenbpljkhdcackjlhkhybssklbwefectpfnbbectrljectpavyrolkzczcpkmwidmwoxkilghdsowp",
        "ur:bytes/7-9/lpatascfadaxcywenbpljkhdcavszmwnjkwtclrtvaynhpahrtoxmwvwatmedibkaegdosftvandiodagdhthtrlnnhy",
        "ur:bytes/8-9/lpayascfadaxcywenbpljkhdcadmsponkkbbhgsoltjntegepmttmoonftnbuoiyrehfrtsabzsttorodklubbuyaetk",
        "ur:bytes/9-9/lpasascfadaxcywenbpljkhdcajskecpmdckihdyhphfotjojtfmlnwmadspaxrkytbztpbauotbgtgtaeaevtgavtny",
        "ur:bytes/10-9/lpbkascfadaxcywenbpljkhdcahkadaemejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtwdkiplzs",
        "ur:bytes/11-9/lpbdascfadaxcywenbpljkhdcahelbknlkuejnbadmssfhfrdpsbiegecpasvssovlgeykssjykklronvsjkvetiiapk",
        "ur:bytes/12-9/lpbnascfadaxcywenbpljkhdcarllaluzmdmgstospeyiefmwejlwtpedamktksrvlcygmzemovovllarodtmtbnptrs",
    ];

    #[test]
    fn parts_are_the_published_ones() {
        let mut parts = UrParts::new(UrType::Bytes, &wolf_message(256), 30).unwrap();
        for (sequence, published) in (1..).zip(PUBLISHED) {
            assert_eq!(parts.text(sequence).to_ascii_lowercase(), published);
        }
    }

    #[test]
    fn a_single_part_is_the_published_one() {
        let published = "ur:bytes/hdeymejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtgwdpfnsboxgwlbaawzuefywkdplrsrjynbvygabwjldapfcsdwkbrkch";
        let message = wrap(UrType::Bytes, &wolf_message(50));
        assert_eq!(encode_single(UrType::Bytes, &message).to_ascii_lowercase(), published);
        assert_eq!(UrText::parse(published.as_bytes()), Ok(UrText::Single(UrType::Bytes, message)));
    }

    #[test]
    fn published_parts_are_read_in_any_case() {
        let upper = PUBLISHED.map(str::to_ascii_uppercase);
        for (small, upper) in PUBLISHED.iter().zip(&upper) {
            let part = UrText::parse(small.as_bytes()).unwrap();
            assert_eq!(UrText::parse(upper.as_bytes()).unwrap(), part);
            let UrText::Part(UrType::Bytes, part) = part else { panic!("not a part") };
            assert_eq!((part.count, part.message_len, part.data.len()), (9, 259, 29));
        }
    }

    #[test]
    fn published_cbor_is_read() {
        let cbor = "8501091901001a0167aa07581d916ec65cf77cadf55cd7f9cda1a1030026ddd42e905b77adc36e4f2d3c";
        let part = Part::from_cbor(&data_encoding::HEXLOWER.decode(cbor.as_bytes()).unwrap()).unwrap();
        assert_eq!((part.sequence, part.count, part.message_len, part.checksum), (1, 9, 256, 23_570_951));
    }

    #[test]
    fn cbor_in_a_longer_form_or_with_more_behind_it() {
        let cbor = "8501091901001a0167aa07581d916ec65cf77cadf55cd7f9cda1a1030026ddd42e905b77adc36e4f2d3c";
        let longer = [
            cbor.replacen("8501", "851801", 1),
            cbor.replacen("8501", "9f01", 1) + "ff",
            cbor.replacen("581d", "59001d", 1),
            cbor.replacen("191901001a", "191a000001001a", 1).replacen("190100", "1a00000100", 1),
            format!("{cbor}00"),
            cbor.replacen("8501", "8601", 1) + "00",
        ];
        for hex in longer {
            let cbor = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
            assert!(matches!(Part::from_cbor(&cbor), Err(UrError::Cbor { .. })), "{hex}");
        }
    }

    #[test]
    fn cbor_cut_off_anywhere() {
        let cbor = "8501091901001a0167aa07581d916ec65cf77cadf55cd7f9cda1a1030026ddd42e905b77adc36e4f2d3c";
        let cbor = data_encoding::HEXLOWER.decode(cbor.as_bytes()).unwrap();
        for length in 0..cbor.len() {
            assert!(Part::from_cbor(&cbor[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn numbers_with_sign_zero_or_blank() {
        for header in ["+1-9", "01-9", "1-09", "0-9", "1-0", "1--9", "1", "-", "1-", " 1-9", "1-9-9", "99999999999-9"] {
            assert!(matches!(parse_header(header), Err(UrError::Form { .. })), "{header}");
        }
        assert_eq!(parse_header("4294967295-16384"), Ok((4_294_967_295, 16_384)));
    }
}
