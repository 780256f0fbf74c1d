//! A QR code as modules.

use qrcode::bits::Bits;
use qrcode::{EcLevel, QrCode, QrResult, Version};

use crate::frame::LumaFrame;
use crate::limits::MODULE_PX;
use crate::stream::EncodeError;

/// Modules of light border that the standard asks for on each side.
const QUIET_ZONE: usize = 4;

/// A QR code: a square of dark and light modules, error correction level L (ISO/IEC 18004).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    version: u8,
    size: usize,
    /// Row by row, `size * size` entries.
    dark: Vec<bool>,
    /// What was drawn: a reader has to find exactly this.
    text: String,
}

impl Modules {
    /// Draws a text as the smallest code that holds it.
    ///
    /// # Errors
    ///
    /// When the text fits into no code.
    pub fn encode(text: &str) -> Result<Self, EncodeError> {
        Self::encode_at_version(text, Self::version_for(text)?)
    }

    /// Draws a text as a code of this version, 1 to 40.
    ///
    /// # Errors
    ///
    /// When the text does not fit.
    pub fn encode_at_version(text: &str, version: u8) -> Result<Self, EncodeError> {
        let too_long = |_| EncodeError::TooLong { characters: text.len(), version };
        let bits = bits_at(text, version).map_err(too_long)?;
        let code = QrCode::with_bits(bits, EcLevel::L).map_err(too_long)?;
        Ok(Self::from_code(code, text))
    }

    /// Draws texts as codes that all have the version of the largest, so that the picture does not jump.
    ///
    /// # Errors
    ///
    /// When a text fits into no code.
    pub fn encode_all<T: AsRef<str>>(texts: &[T]) -> Result<Vec<Self>, EncodeError> {
        let versions: Result<Vec<u8>, _> = texts.iter().map(|text| Self::version_for(text.as_ref())).collect();
        let version = versions?.into_iter().max().unwrap_or(1);
        texts.iter().map(|text| Self::encode_at_version(text.as_ref(), version)).collect()
    }

    /// The smallest version that holds a text.
    pub(crate) fn version_for(text: &str) -> Result<u8, EncodeError> {
        (1..=40)
            .find(|version| bits_at(text, *version).is_ok())
            .ok_or(EncodeError::TooLong { characters: text.len(), version: 40 })
    }

    fn from_code(code: QrCode, text: &str) -> Self {
        let version = match code.version() {
            Version::Normal(number) | Version::Micro(number) => u8::try_from(number).unwrap_or(1),
        };
        let size = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
        Self { version, size, dark, text: text.to_owned() }
    }

    /// The version, 1 to 40.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The text that was drawn.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Modules on one side, without the quiet zone.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Tells whether a module is dark; outside of the code all is light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.dark.get(y.saturating_mul(self.size).saturating_add(x)).copied().unwrap_or(false)
    }

    /// Draws the code black on white with its quiet zone of 4 modules; `module_px` pixels per module, 1 to 32.
    #[must_use]
    pub fn to_luma(&self, module_px: usize) -> LumaFrame {
        let module_px = module_px.clamp(1, MODULE_PX);
        let modules = self.size.saturating_add(2 * QUIET_ZONE);
        let side = modules.saturating_mul(module_px);
        let mut luma = Vec::with_capacity(side.saturating_mul(side));
        for y in 0..modules {
            let row = self.luma_row(y, modules, module_px);
            (0..module_px).for_each(|_| luma.extend_from_slice(&row));
        }
        LumaFrame::fitted(side, side, luma)
    }

    fn luma_row(&self, y: usize, modules: usize, module_px: usize) -> Vec<u8> {
        let dark = |x: usize| match (x.checked_sub(QUIET_ZONE), y.checked_sub(QUIET_ZONE)) {
            (Some(x), Some(y)) => self.is_dark(x, y),
            _ => false,
        };
        (0..modules).flat_map(|x| std::iter::repeat_n(if dark(x) { 0 } else { 255 }, module_px)).collect()
    }
}

fn bits_at(text: &str, version: u8) -> QrResult<Bits> {
    let mut bits = Bits::new(Version::Normal(i16::from(version.clamp(1, 40))));
    bits.push_optimal_data(text.as_bytes())?;
    bits.push_terminator(EcLevel::L)?;
    Ok(bits)
}
