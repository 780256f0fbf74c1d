//! Who the device says it is.

use crate::device::Identity;
use crate::error::DeviceError;

/// The oldest firmware that this driver speaks to: it takes large data, and OP_RETURN.
const OLDEST: (u16, u16) = (9, 26);
/// Most bytes of a version's text.
const VERSION_BYTES: usize = 32;

/// What the device says to whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Info {
    /// Without `v`.
    version: String,
    edition: Edition,
    nova: bool,
    pub(super) unlocked: bool,
    initialised: bool,
}

/// Which coins the firmware knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edition {
    Multi,
    BitcoinOnly,
}

impl Info {
    /// Whether a message looks like the answer, and not like one to something else.
    pub(super) fn is_one(answer: &[u8]) -> bool {
        answer.get(1) == Some(&b'v')
    }

    /// Version after its length, platform, edition, whether it is unlocked, whether it was set up.
    pub(super) fn of(answer: &[u8], at: &'static str) -> Result<Self, DeviceError> {
        let malformed = |what| DeviceError::Malformed { at, what };
        let (length, rest) = answer.split_first().ok_or_else(|| malformed("nothing"))?;
        let (version, rest) = rest
            .split_at_checked(usize::from(*length))
            .filter(|(version, _)| version.len() <= VERSION_BYTES)
            .ok_or_else(|| malformed("no version"))?;
        let version = std::str::from_utf8(version).ok().and_then(|version| version.strip_prefix('v'));
        let version = version.filter(|version| numbers(version).is_some()).ok_or_else(|| malformed("no version"))?;
        let (nova, edition, unlocked, initialised) = match rest {
            [platform, edition, unlocked @ (0 | 1), initialised @ (0 | 1), ..] => {
                (*platform, *edition, *unlocked == 1, *initialised == 1)
            }
            // Firmware before 9.20 does not say whether it was set up; it is refused by its version.
            [platform, edition, unlocked @ (0 | 1)] => (*platform, *edition, *unlocked == 1, true),
            _ => return Err(malformed("neither locked nor unlocked")),
        };
        let nova = match nova {
            0 => false,
            2 => true,
            _ => return Err(malformed("another model")),
        };
        let edition = match edition {
            0 => Edition::Multi,
            1 => Edition::BitcoinOnly,
            _ => return Err(malformed("another edition")),
        };
        Ok(Self { version: version.to_owned(), edition, nova, unlocked, initialised })
    }

    /// # Errors
    /// [`DeviceError::NoSeed`]; [`DeviceError::Unsupported`] for old firmware.
    pub(super) fn check(&self) -> Result<(), DeviceError> {
        if numbers(&self.version).is_none_or(|version| version < OLDEST) {
            let (major, minor) = OLDEST;
            let what = format!("firmware {}: update it to {major}.{minor}.0 or a later one", self.version);
            return Err(DeviceError::Unsupported { what });
        }
        if self.initialised { Ok(()) } else { Err(DeviceError::NoSeed) }
    }

    /// Whether the firmware knows Ethereum.
    pub(super) fn knows_ethereum(&self) -> bool {
        self.edition == Edition::Multi
    }

    pub(super) fn identity(&self) -> Identity {
        let nova = if self.nova { " Nova" } else { "" };
        let edition = match self.edition {
            Edition::Multi => "Multi",
            Edition::BitcoinOnly => "Bitcoin-only",
        };
        Identity {
            vendor: "BitBox",
            model: format!("BitBox02{nova} {edition}"),
            label: String::new(),
            firmware: self.version.clone(),
            app: None,
            id: String::new(),
        }
    }
}

/// Major and minor number of a version that has three.
fn numbers(version: &str) -> Option<(u16, u16)> {
    let parts: Vec<u16> = version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [major, minor, _] => Some((*major, *minor)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_editions_are_named_and_nothing_else_is_taken() {
        let info = |tail: &[u8]| Info::of(&[b"\x07v9.27.0", tail].concat(), "x");
        assert_eq!(info(&[2, 0, 0, 1]).unwrap().identity().name(), "BitBox02 Nova Multi 9.27.0");
        assert_eq!(info(&[0, 1, 1, 1]).unwrap().identity().name(), "BitBox02 Bitcoin-only 9.27.0");
        assert!(info(&[0, 1, 1, 1]).unwrap().check().is_ok() && !info(&[0, 1, 1, 1]).unwrap().knows_ethereum());
        assert_eq!(info(&[0, 0, 0, 0]).unwrap().check(), Err(DeviceError::NoSeed));
        for tail in [[1, 0, 0, 1], [0, 2, 0, 1], [0, 0, 2, 1], [0, 0, 0, 2]] {
            assert!(info(&tail).is_err(), "{tail:?}");
        }
        for end in 0..8 {
            assert!(Info::of(&b"\x07v9.27.0"[..end], "x").is_err(), "{end}");
        }
    }

    #[test]
    fn old_firmware_is_asked_to_be_updated() {
        for (answer, taken) in [("\x07v9.26.0", true), ("\x07v9.25.9", false), ("\x08v10.0.12", true)] {
            let info = Info::of(&[answer.as_bytes(), &[0, 0, 1, 1]].concat(), "x").unwrap();
            assert_eq!(info.check().is_ok(), taken, "{answer}");
        }
        let old = Info::of(b"\x06v9.5.0\x00\x00\x01", "x").unwrap().check().unwrap_err();
        assert!(old.to_string().contains("update it to 9.26.0"), "{old}");
    }
}
