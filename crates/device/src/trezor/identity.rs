//! Who the device says it is.

use trezor_client::protos::{Features, SafetyCheckLevel};

use crate::device::Identity;
use crate::error::{DeviceError, device_text};

/// What the driver keeps of `Features`.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// The first model: one small screen, one question for address and amount together.
    pub(super) one: bool,
    /// How its screens are laid out.
    pub(super) look: Look,
    /// Whether its firmware is newer than what was recorded: core 2.11.1, legacy 1.14.1.
    pub(super) newer: bool,
    /// The same for Bitcoin: core 2.11.1, legacy 1.14.2.
    pub(super) newer_for_bitcoin: bool,
    /// Whether its firmware shows the hash of typed data when asked to: core from 2.9.1.
    pub(super) shows_message_hash: bool,
    /// Whether it sorts the keys of a multisig itself: core from 2.8.7, legacy from 1.13.0.
    pub(super) sorts_keys: bool,
    /// Whether its owner has set its safety checks to prompt, so that it warns where it would refuse.
    pub(super) prompts: bool,
}

impl Model {
    pub(super) fn of(features: &Features) -> Self {
        let version = (features.major_version(), features.minor_version(), features.patch_version());
        Self {
            one: features.major_version() == 1,
            look: Look::of(features),
            newer: version > if version.0 == 1 { (1, 14, 1) } else { (2, 11, 1) },
            newer_for_bitcoin: version > if version.0 == 1 { (1, 14, 2) } else { (2, 11, 1) },
            shows_message_hash: version >= (2, 9, 1),
            sorts_keys: version >= if version.0 == 1 { (1, 13, 0) } else { (2, 8, 7) },
            prompts: features.safety_checks.is_some() && features.safety_checks() != SafetyCheckLevel::Strict,
        }
    }

    /// A device of this look with the firmware that was read, and the settings of a new one.
    pub(super) fn current(look: Look) -> Self {
        let one = look == Look::One;
        Self {
            one,
            look,
            newer: false,
            newer_for_bitcoin: false,
            shows_message_hash: !one,
            sorts_keys: true,
            prompts: false,
        }
    }
}

impl Default for Model {
    /// What is taken for the device before it was asked.
    fn default() -> Self {
        Self::current(Look::Delizia)
    }
}

/// A layout of screens, by the firmware's own names of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Trezor One.
    One,
    /// Model T.
    Bolt,
    /// Safe 3.
    Caesar,
    /// Safe 5.
    Delizia,
}

impl Look {
    fn of(features: &Features) -> Self {
        match (features.major_version(), features.model()) {
            (1, _) => Self::One,
            (_, "T") => Self::Bolt,
            (_, model) if model.starts_with("Safe 3") => Self::Caesar,
            _ => Self::Delizia,
        }
    }

    /// What stands between a name and its value.
    pub(super) const fn colon(self) -> &'static str {
        match self {
            Self::Delizia => "",
            Self::One | Self::Bolt | Self::Caesar => ":",
        }
    }

    /// Rows of data on a page of a call.
    pub(super) const fn data_rows(self) -> usize {
        match self {
            Self::One | Self::Bolt => 3,
            Self::Caesar => 4,
            Self::Delizia => 7,
        }
    }
}

/// Checks that the device can work and names it.
pub(super) fn identify(features: &Features) -> Result<Identity, DeviceError> {
    if features.bootloader_mode() {
        return Err(DeviceError::Bootloader);
    }
    if !features.initialized() {
        return Err(DeviceError::NoSeed);
    }
    Ok(Identity {
        vendor: "Trezor",
        model: model_name(features),
        label: device_text(features.label()),
        firmware: format!("{}.{}.{}", features.major_version(), features.minor_version(), features.patch_version()),
        app: None,
        id: device_text(features.device_id()),
    })
}

fn model_name(features: &Features) -> String {
    match (features.model(), features.major_version()) {
        ("1", _) | ("", 1) => "Trezor One".to_owned(),
        ("T", _) => "Trezor Model T".to_owned(),
        ("", _) => "Trezor".to_owned(),
        (name, _) => format!("Trezor {}", device_text(name)),
    }
}
