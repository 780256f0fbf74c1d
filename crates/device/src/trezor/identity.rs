//! Who the device says it is.

use trezor_client::protos::Features;

use crate::device::Identity;
use crate::error::{DeviceError, device_text};

/// What the driver keeps of `Features`.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// The first model: one small screen, one question for address and amount together.
    pub(super) one: bool,
    /// Resumes the session, and with it the passphrase.
    pub(super) session: Option<Vec<u8>>,
}

impl Model {
    pub(super) fn of(features: &Features) -> Self {
        let session = features.session_id.clone().filter(|id| id.len() <= 64);
        Self { one: features.major_version() == 1, session }
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
