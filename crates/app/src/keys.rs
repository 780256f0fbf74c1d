//! The keyboard: one table, so that a letter has one meaning on every screen.

use crate::icons::Icon;

/// A key as it is named on its cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyCap {
    /// A letter, upper case; pressed with or without shift.
    Letter(char),
    /// A sign: `?`, `+`, `-`, `<`, `>`.
    Sign(char),
    /// `Esc`.
    Escape,
    /// `Enter`.
    Enter,
    /// `Tab`.
    Tab,
    /// `Backspace`.
    Backspace,
    /// The space bar.
    Space,
    /// A key with `F` and a number, from 1.
    Function(u8),
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
}

impl KeyCap {
    /// The word on the cap; arrows and signs without a letter have an [`Self::icon`] instead.
    pub fn word(self) -> String {
        match self {
            Self::Letter(letter) | Self::Sign(letter) => letter.to_string(),
            Self::Function(number) => format!("F{number}"),
            Self::Escape => "Esc".to_owned(),
            Self::Enter => "Enter".to_owned(),
            Self::Tab => "Tab".to_owned(),
            Self::Backspace => "Backspace".to_owned(),
            Self::Space => "Space".to_owned(),
            Self::Up => "Up".to_owned(),
            Self::Down => "Down".to_owned(),
            Self::Left => "Left".to_owned(),
            Self::Right => "Right".to_owned(),
        }
    }

    /// The icon on the cap of an arrow.
    pub const fn icon(self) -> Option<Icon> {
        match self {
            Self::Up => Some(Icon::Up),
            Self::Down => Some(Icon::Down),
            Self::Left => Some(Icon::Left),
            Self::Right => Some(Icon::Right),
            _ => None,
        }
    }

    /// The key that an event presses: named keys from key events, letters and signs from text events.
    ///
    /// An auto-repeat of a named key counts for arrows and `Tab` only. A press with Ctrl, Alt or Cmd is nothing.
    pub fn pressed(event: &egui::Event) -> Option<Self> {
        match event {
            egui::Event::Text(text) => Self::from_text(text),
            egui::Event::Key { key, pressed: true, repeat, modifiers, .. } if !(modifiers.command || modifiers.alt) => {
                Self::named(*key).filter(|cap| !repeat || cap.repeats())
            }
            _ => None,
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(letter), None) if letter.is_ascii_alphabetic() => Some(Self::Letter(letter.to_ascii_uppercase())),
            (Some(sign @ ('?' | '+' | '-' | '<' | '>')), None) => Some(Self::Sign(sign)),
            (Some('='), None) => Some(Self::Sign('+')),
            (Some(','), None) => Some(Self::Sign('<')),
            (Some('.'), None) => Some(Self::Sign('>')),
            _ => None,
        }
    }

    const fn named(key: egui::Key) -> Option<Self> {
        Some(match key {
            egui::Key::Escape => Self::Escape,
            egui::Key::Enter => Self::Enter,
            egui::Key::Tab => Self::Tab,
            egui::Key::Backspace => Self::Backspace,
            egui::Key::Space => Self::Space,
            egui::Key::ArrowUp => Self::Up,
            egui::Key::ArrowDown => Self::Down,
            egui::Key::ArrowLeft => Self::Left,
            egui::Key::ArrowRight => Self::Right,
            egui::Key::F2 => Self::Function(2),
            egui::Key::F3 => Self::Function(3),
            egui::Key::F4 => Self::Function(4),
            egui::Key::F9 => Self::Function(9),
            egui::Key::F10 => Self::Function(10),
            _ => return None,
        })
    }

    const fn repeats(self) -> bool {
        matches!(self, Self::Up | Self::Down | Self::Left | Self::Right | Self::Tab | Self::Backspace)
    }
}

/// Where a key acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On every screen.
    Everywhere,
    /// Preparing the machine.
    Start,
    /// Filming the request.
    Scan,
    /// Reading what it does.
    Review,
    /// The refusal.
    Refused,
    /// After the request is frozen: compare, sign, present.
    Frozen,
    /// Comparing the digest's words.
    Compare,
    /// Confirming on the device.
    Sign,
    /// Showing the result.
    Present,
    /// The record.
    Record,
}

/// One row of the keyboard table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The key.
    pub key: KeyCap,
    /// What it does, as the hint bar may say it.
    pub does: &'static str,
    /// Where.
    pub places: &'static [Place],
}

const fn letter(letter: char, does: &'static str, places: &'static [Place]) -> Meaning {
    Meaning { key: KeyCap::Letter(letter), does, places }
}

const fn key(key: KeyCap, does: &'static str, places: &'static [Place]) -> Meaning {
    Meaning { key, does, places }
}

const EVERYWHERE: &[Place] = &[Place::Everywhere];

/// The keyboard. Letters act only while no text field has the focus.
pub const TABLE: &[Meaning] = &[
    key(
        KeyCap::Escape,
        "leave a text field, end the exchange with the device, otherwise abort with a reason",
        EVERYWHERE,
    ),
    key(KeyCap::Sign('?'), "what is this", EVERYWHERE),
    letter('W', "all 32 words and the hex digest", EVERYWHERE),
    key(KeyCap::Up, "previous field, device, entry, page", EVERYWHERE),
    key(KeyCap::Down, "next field, device, entry, page", EVERYWHERE),
    key(KeyCap::Left, "fold, previous part", EVERYWHERE),
    key(KeyCap::Right, "open, next part", EVERYWHERE),
    key(KeyCap::Tab, "next group; shows and hides a passphrase", EVERYWHERE),
    key(KeyCap::Enter, "the one primary action, never signing", EVERYWHERE),
    letter('F', "findings", &[Place::Review, Place::Refused]),
    letter('B', "bytes", &[Place::Review, Place::Refused]),
    letter('O', "what others can change", &[Place::Review]),
    letter('D', "what the device shows", &[Place::Review]),
    letter('A', "acknowledge the focused caution", &[Place::Review, Place::Sign]),
    letter('V', "review, read only", &[Place::Frozen, Place::Refused, Place::Record]),
    letter('Y', "same words, same code", &[Place::Compare, Place::Sign]),
    letter('N', "different, stop", &[Place::Compare, Place::Sign]),
    letter('T', "attest in own words", &[Place::Compare]),
    key(KeyCap::Space, "held 2 s: sign; on the result: pause", &[Place::Compare, Place::Present]),
    letter('X', "the device shows something else", &[Place::Sign]),
    key(KeyCap::Sign('-'), "fewer bytes a part", &[Place::Present]),
    key(KeyCap::Sign('+'), "more bytes a part", &[Place::Present]),
    key(KeyCap::Sign('<'), "fewer parts a second", &[Place::Present]),
    key(KeyCap::Sign('>'), "more parts a second", &[Place::Present]),
    letter('Z', "largest picture", &[Place::Present, Place::Scan]),
    letter('R', "once more", &[Place::Start, Place::Scan, Place::Record, Place::Compare, Place::Sign]),
    letter('U', "hardware wallets", &[Place::Start, Place::Sign]),
    letter('K', "type the passphrase here", &[Place::Start, Place::Sign]),
    key(KeyCap::Backspace, "take back one place or character", &[Place::Start, Place::Sign]),
    letter('M', "another camera", &[Place::Start, Place::Scan]),
    letter('E', "exposure", &[Place::Scan]),
    letter('I', "only look at a request", &[Place::Start]),
    letter('L', "list the folder's files", &[Place::Start]),
    letter('Q', "show as QR", &[Place::Refused, Place::Record]),
    letter('P', "print as PDF", &[Place::Record]),
    letter('H', "export with amounts hidden", &[Place::Record]),
    letter('C', "scan a co-signature", &[Place::Record]),
    key(KeyCap::Function(2), "next keyboard layout", &[Place::Start]),
    key(KeyCap::Function(3), "self-test of the machine", EVERYWHERE),
    key(KeyCap::Function(4), "what happened to the machine", EVERYWHERE),
    key(KeyCap::Function(9), "lock the screen", EVERYWHERE),
    key(KeyCap::Function(10), "switch the machine off", &[Place::Start, Place::Record]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_means_two_things() {
        for (place, meaning) in TABLE.iter().enumerate() {
            assert!(TABLE[place + 1..].iter().all(|other| other.key != meaning.key), "{:?} twice", meaning.key);
        }
    }

    #[test]
    fn space_held_too_long_is_not_many_presses() {
        let event = |key, repeat| egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat,
            modifiers: egui::Modifiers::NONE,
        };
        assert_eq!(KeyCap::pressed(&event(egui::Key::Space, false)), Some(KeyCap::Space));
        assert_eq!(KeyCap::pressed(&event(egui::Key::Space, true)), None);
        assert_eq!(KeyCap::pressed(&event(egui::Key::Enter, true)), None);
        assert_eq!(KeyCap::pressed(&event(egui::Key::ArrowDown, true)), Some(KeyCap::Down));
    }

    #[test]
    fn letters_arrive_as_text_in_either_case() {
        assert_eq!(KeyCap::pressed(&egui::Event::Text("f".into())), Some(KeyCap::Letter('F')));
        assert_eq!(KeyCap::pressed(&egui::Event::Text("F".into())), Some(KeyCap::Letter('F')));
        assert_eq!(KeyCap::pressed(&egui::Event::Text("?".into())), Some(KeyCap::Sign('?')));
        assert_eq!(KeyCap::pressed(&egui::Event::Text("ff".into())), None);
    }
}
