//! Models of Ledger, by the numbers that say which one it is.

use super::LedgerScreen;
use crate::error::device_text;

/// A model of Ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LedgerModel {
    /// Blue, of 2016.
    Blue,
    /// Nano S, of 2016.
    NanoS,
    /// Nano X.
    NanoX,
    /// Nano S Plus.
    NanoSPlus,
    /// Stax.
    Stax,
    /// Flex.
    Flex,
    /// Nano Gen5.
    NanoGen5,
    /// One that is newer than this list.
    #[default]
    Unknown,
}

impl LedgerModel {
    /// From the product number on USB: the model in its upper byte, and which interfaces are there in its lower one; in
    /// its bootloader and with old firmware the model is in the lower byte.
    ///
    /// Source: LedgerHQ/ledger-live, `devices` library, `productIdMM` and `legacyUsbProductId`.
    pub const fn of_product(product_id: u16) -> Self {
        match product_id.to_be_bytes() {
            [0x00, 0x01] | [0x10, _] => Self::NanoS,
            [0x00, 0x04] | [0x40, _] => Self::NanoX,
            [0x00, 0x05] | [0x50, _] => Self::NanoSPlus,
            [0x00, 0x06] | [0x60, _] => Self::Stax,
            [0x00, 0x07] | [0x70, _] => Self::Flex,
            [0x00, 0x08] | [0x80, _] => Self::NanoGen5,
            [0x00, _] => Self::Blue,
            _ => Self::Unknown,
        }
    }

    /// From the number by which the operating system says for which chip and model it was made.
    ///
    /// Source: LedgerHQ/ledger-live, `devices` library, `masks`.
    pub const fn of_target(target_id: u32) -> Self {
        match target_id >> 16 {
            0x3100 | 0x3101 => Self::Blue,
            0x3110 => Self::NanoS,
            0x3300 => Self::NanoX,
            0x3310 => Self::NanoSPlus,
            0x3320 => Self::Stax,
            0x3330 => Self::Flex,
            0x3340 => Self::NanoGen5,
            _ => Self::Unknown,
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blue => "Ledger Blue",
            Self::NanoS => "Ledger Nano S",
            Self::NanoX => "Ledger Nano X",
            Self::NanoSPlus => "Ledger Nano S Plus",
            Self::Stax => "Ledger Stax",
            Self::Flex => "Ledger Flex",
            Self::NanoGen5 => "Ledger Nano Gen5",
            Self::Unknown => "Ledger",
        }
    }

    /// How large its screen is. Of an unknown model nobody knows: newer ones are touched.
    pub const fn screen(self) -> LedgerScreen {
        match self {
            Self::NanoS | Self::NanoX | Self::NanoSPlus => LedgerScreen::Nano,
            Self::Blue | Self::Stax | Self::Flex | Self::NanoGen5 | Self::Unknown => LedgerScreen::Touch,
        }
    }
}

/// What the operating system says of itself while no app is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SystemInfo {
    pub(super) model: LedgerModel,
    /// The secure element's firmware, escaped.
    pub(super) firmware: String,
}

impl SystemInfo {
    /// Target (4 bytes), then firmware, flags and the microcontroller's firmware, each after its length; more may follow.
    ///
    /// Source: LedgerHQ/ledger-live, `getVersion`.
    pub(super) fn read(reply: &[u8]) -> Option<Self> {
        let (target, rest) = reply.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first()?;
        let firmware = rest.get(..usize::from(*length)).filter(|firmware| !firmware.is_empty())?;
        let firmware = device_text(&String::from_utf8_lossy(firmware));
        Some(Self { model: LedgerModel::of_target(u32::from_be_bytes(*target)), firmware })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_told_apart_on_usb_whatever_interfaces_they_have() {
        let known = [
            (0x1011, "Ledger Nano S"),
            (0x0001, "Ledger Nano S"),
            (0x4011, "Ledger Nano X"),
            (0x4015, "Ledger Nano X"),
            (0x5000, "Ledger Nano S Plus"),
            (0x5011, "Ledger Nano S Plus"),
            (0x6011, "Ledger Stax"),
            (0x7011, "Ledger Flex"),
            (0x8011, "Ledger Nano Gen5"),
            (0x9011, "Ledger"),
        ];
        for (product, name) in known {
            assert_eq!(LedgerModel::of_product(product).name(), name, "{product:04x}");
        }
        assert_eq!(LedgerModel::of_product(0x5011).screen(), LedgerScreen::Nano);
        assert_eq!(LedgerModel::of_product(0x7011).screen(), LedgerScreen::Touch);
        assert_eq!(LedgerModel::of_target(0x3310_0004), LedgerModel::NanoSPlus);
        assert_eq!(LedgerModel::of_target(0x3300_0004), LedgerModel::NanoX);
        assert_eq!(LedgerModel::of_target(0), LedgerModel::Unknown);
    }

    #[test]
    fn the_operating_system_is_read_within_its_bounds() {
        let reply = b"\x33\x10\x00\x04\x051.1.0\x04\xee\x00\x00\x00\x055.24\x00";
        let info = SystemInfo::read(reply).unwrap();
        assert_eq!((info.model, info.firmware.as_str()), (LedgerModel::NanoSPlus, "1.1.0"));
        for end in 0..10 {
            assert_eq!(SystemInfo::read(&reply[..end]), None, "{end}");
        }
        assert_eq!(SystemInfo::read(&[0x33, 0x10, 0, 4, 0]), None);
        let hostile = SystemInfo::read(b"\x00\x00\x00\x00\x021\x1b").unwrap();
        assert!(hostile.firmware.chars().all(|c| c.is_ascii_graphic()), "{}", hostile.firmware);
    }
}
