//! What is there before a ceremony opens.

use std::collections::BTreeMap;

use vitrine_ceremony::Recognised;

use super::{Failed, Wishes};

/// A camera or a hardware wallet that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Id to open it with.
    pub id: String,
    /// Name as shown.
    pub name: String,
}

/// What was found, and what is taken.
#[derive(Clone, Debug, Default)]
pub struct OpenState {
    wishes: Wishes,
    /// The cameras, once looked for, or why they cannot be listed.
    pub cameras: Option<Result<Vec<Found>, String>>,
    /// The hardware wallets, once looked for, or why they cannot be listed.
    pub devices: Option<Result<Vec<Found>, String>>,
    camera: usize,
    /// Id of the hardware wallet that the person chose.
    pub(super) chosen: Option<String>,
    /// Place in the list of hardware wallets.
    pub focus: usize,
    /// Id of the hardware wallet that is being asked who it is.
    pub asking: Option<String>,
    /// What hardware wallets said of themselves, by id, or why they did not.
    pub recognised: BTreeMap<String, Result<Recognised, Failed>>,
}

impl OpenState {
    /// Nothing found yet.
    pub fn new(wishes: Wishes) -> Self {
        Self { wishes, ..Self::default() }
    }

    /// The camera that is taken: the one wished for, else the one chosen.
    pub fn camera(&self) -> Option<&Found> {
        let cameras = self.cameras.as_ref()?.as_ref().ok()?;
        let wished = self.wishes.camera.as_ref().and_then(|id| cameras.iter().position(|c| c.id == *id));
        match &self.wishes.camera {
            Some(_) if self.camera == 0 => cameras.get(wished?),
            _ => cameras.get(self.camera.saturating_add(wished.unwrap_or_default()) % cameras.len().max(1)),
        }
    }

    /// The hardware wallets there are.
    pub fn device_list(&self) -> &[Found] {
        self.devices.as_ref().and_then(|devices| devices.as_deref().ok()).unwrap_or_default()
    }

    /// The hardware wallet that is taken: the one chosen, else the one wished for, else the first.
    pub fn device(&self) -> Option<&Found> {
        let devices = self.devices.as_ref()?.as_ref().ok()?;
        match self.chosen.as_ref().or(self.wishes.device.as_ref()) {
            Some(id) => devices.iter().find(|d| d.id == *id),
            None => devices.first(),
        }
    }

    /// How many cameras there are.
    pub fn camera_count(&self) -> usize {
        self.cameras.as_ref().and_then(|c| c.as_ref().ok()).map_or(0, Vec::len)
    }

    /// Takes the next camera.
    pub fn next_camera(&mut self) {
        self.camera = self.camera.saturating_add(1);
    }

    /// Whether the machine was looked through at all.
    pub fn is_probed(&self) -> bool {
        self.cameras.is_some() && self.devices.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str) -> Found {
        Found { id: id.to_owned(), name: id.to_uppercase() }
    }

    #[test]
    fn a_wallet_that_was_not_asked_for_is_never_taken() {
        let wishes = Wishes { camera: Some("b".to_owned()), device: Some("x".to_owned()) };
        let mut open = OpenState::new(wishes);
        open.cameras = Some(Ok(vec![found("a"), found("b")]));
        open.devices = Some(Ok(vec![found("y")]));
        assert_eq!(open.camera(), Some(&found("b")));
        assert_eq!(open.device(), None);
        open.next_camera();
        assert_eq!(open.camera(), Some(&found("a")), "asking for the next camera is a new wish");
    }
}
