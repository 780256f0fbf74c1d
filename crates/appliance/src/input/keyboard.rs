//! A keyboard: codes of keys in, what they mean to the interface out.

use egui::{Event, Key, Modifiers};
use unicode_normalization::char::compose;

use super::layout::{Layout, Stroke};

/// What the kernel says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It went up.
    Up,
    /// It went down.
    Down,
    /// It is held, and the kernel repeats it.
    Repeat,
}

impl Change {
    /// The change that a value of an `EV_KEY` event stands for.
    pub const fn of(value: i32) -> Option<Self> {
        Some(match value {
            0 => Self::Up,
            1 => Self::Down,
            2 => Self::Repeat,
            _ => return None,
        })
    }
}

const LEFT_CTRL: u16 = 29;
const LEFT_SHIFT: u16 = 42;
const RIGHT_SHIFT: u16 = 54;
const LEFT_ALT: u16 = 56;
const CAPS_LOCK: u16 = 58;
const RIGHT_CTRL: u16 = 97;
const ALT_GR: u16 = 100;

/// All keyboards together: one hand may hold Shift on one and press a letter on another.
#[derive(Clone, Debug, Default)]
pub struct Keyboard {
    layout: Layout,
    shift: [bool; 2],
    ctrl: [bool; 2],
    alt: bool,
    altgr: bool,
    caps: bool,
    dead: Option<char>,
}

impl Keyboard {
    /// The layout in use.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// Takes another layout. A dead key that waits is forgotten.
    pub fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
        self.dead = None;
    }

    /// Forgets what is held, as when a keyboard is unplugged.
    pub fn release_all(&mut self) {
        *self = Self { layout: self.layout, caps: self.caps, ..Self::default() };
    }

    /// The keys that are held with others.
    pub fn modifiers(&self) -> Modifiers {
        let ctrl = self.ctrl.contains(&true);
        Modifiers { alt: self.alt, ctrl, shift: self.shift.contains(&true), mac_cmd: false, command: ctrl }
    }

    /// Takes one change of the key with this code (`linux/input-event-codes.h`).
    pub fn key(&mut self, code: u16, change: Change) -> Vec<Event> {
        if self.modifier(code, change) {
            return vec![Event::ModifiersChanged(self.modifiers())];
        }
        let mut events = Vec::new();
        if let Some(key) = self.named(code) {
            events.push(Event::Key {
                key,
                physical_key: None,
                pressed: change != Change::Up,
                repeat: change == Change::Repeat,
                modifiers: self.modifiers(),
            });
        }
        if change != Change::Up && !self.alt && !self.ctrl.contains(&true) {
            let text = self.text(code);
            events.extend((!text.is_empty()).then_some(Event::Text(text)));
        }
        events
    }

    fn modifier(&mut self, code: u16, change: Change) -> bool {
        let down = change != Change::Up;
        let [left_shift, right_shift] = &mut self.shift;
        let [left_ctrl, right_ctrl] = &mut self.ctrl;
        let held = match code {
            LEFT_SHIFT => left_shift,
            RIGHT_SHIFT => right_shift,
            LEFT_CTRL => left_ctrl,
            RIGHT_CTRL => right_ctrl,
            LEFT_ALT => &mut self.alt,
            ALT_GR => &mut self.altgr,
            CAPS_LOCK => {
                self.caps ^= change == Change::Down;
                return true;
            }
            _ => return false,
        };
        *held = down;
        true
    }

    /// The name of a key, if the interface has one for it: by what it writes here, not by where it lies.
    fn named(&self, code: u16) -> Option<Key> {
        if let Some((_, key)) = NAMED.iter().find(|(named, _)| *named == code) {
            return Some(*key);
        }
        match self.layout.stroke(code, false, false)? {
            Stroke::Writes(sign) => Key::from_name(&sign.to_uppercase().to_string()),
            Stroke::Dead(_) => None,
        }
    }

    fn text(&mut self, code: u16) -> String {
        if let Some((_, sign)) = KEYPAD.iter().find(|(keypad, _)| *keypad == code) {
            return self.written(*sign);
        }
        let shift = self.shift.contains(&true);
        match self.layout.stroke(code, shift, self.altgr) {
            None => String::new(),
            Some(Stroke::Writes(sign)) => {
                let sign = if self.caps { self.with_caps(code, sign, shift) } else { sign };
                self.written(sign)
            }
            Some(Stroke::Dead(mark)) => match self.dead.replace(mark) {
                None => String::new(),
                Some(waiting) => {
                    self.dead = None;
                    if waiting == mark {
                        standing(mark).to_string()
                    } else {
                        format!("{}{}", standing(waiting), standing(mark))
                    }
                }
            },
        }
    }

    /// CapsLock makes a letter great, and a letter with Shift small where the key has both.
    fn with_caps(&self, code: u16, sign: char, shift: bool) -> char {
        let other = match self.layout.stroke(code, !shift, self.altgr) {
            Some(Stroke::Writes(other)) => other,
            _ => sign,
        };
        if shift && other != sign && single(sign.to_lowercase()) == Some(other) {
            return other;
        }
        single(sign.to_uppercase()).unwrap_or(sign)
    }

    /// A sign, with the dead key before it.
    fn written(&mut self, sign: char) -> String {
        let Some(mark) = self.dead.take() else { return sign.to_string() };
        if sign == ' ' {
            return standing(mark).to_string();
        }
        match compose(sign, mark) {
            Some(both) => both.to_string(),
            None => format!("{}{sign}", standing(mark)),
        }
    }
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// A mark that stands by itself.
const fn standing(mark: char) -> char {
    match mark {
        '\u{300}' => '`',
        '\u{301}' => '\u{b4}',
        '\u{302}' => '^',
        '\u{303}' => '~',
        '\u{304}' => '\u{af}',
        '\u{306}' => '\u{2d8}',
        '\u{307}' => '\u{2d9}',
        '\u{308}' => '\u{a8}',
        '\u{30a}' => '\u{2da}',
        '\u{30b}' => '\u{2dd}',
        '\u{30c}' => '\u{2c7}',
        '\u{327}' => '\u{b8}',
        '\u{328}' => '\u{2db}',
        other => other,
    }
}

/// Keys that write nothing, or the same in every layout.
const NAMED: [(u16, Key); 34] = [
    (1, Key::Escape),
    (14, Key::Backspace),
    (15, Key::Tab),
    (28, Key::Enter),
    (57, Key::Space),
    (59, Key::F1),
    (60, Key::F2),
    (61, Key::F3),
    (62, Key::F4),
    (63, Key::F5),
    (64, Key::F6),
    (65, Key::F7),
    (66, Key::F8),
    (67, Key::F9),
    (68, Key::F10),
    (87, Key::F11),
    (88, Key::F12),
    (96, Key::Enter),
    (102, Key::Home),
    (103, Key::ArrowUp),
    (104, Key::PageUp),
    (105, Key::ArrowLeft),
    (106, Key::ArrowRight),
    (107, Key::End),
    (108, Key::ArrowDown),
    (109, Key::PageDown),
    (110, Key::Insert),
    (111, Key::Delete),
    (74, Key::Minus),
    (78, Key::Plus),
    (98, Key::Slash),
    (79, Key::Num1),
    (80, Key::Num2),
    (81, Key::Num3),
];

/// The number pad, as if NumLock were on.
const KEYPAD: [(u16, char); 15] = [
    (71, '7'),
    (72, '8'),
    (73, '9'),
    (74, '-'),
    (75, '4'),
    (76, '5'),
    (77, '6'),
    (78, '+'),
    (79, '1'),
    (80, '2'),
    (81, '3'),
    (82, '0'),
    (83, '.'),
    (55, '*'),
    (98, '/'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keyboard: &mut Keyboard, presses: &[u16]) -> String {
        let mut text = String::new();
        for code in presses {
            let change = |event: &Event| match event {
                Event::Text(text) => Some(text.clone()),
                _ => None,
            };
            text.extend(keyboard.key(*code, Change::Down).iter().filter_map(change));
            keyboard.key(*code, Change::Up);
        }
        text
    }

    fn on(layout: Layout) -> Keyboard {
        let mut keyboard = Keyboard::default();
        keyboard.set_layout(layout);
        keyboard
    }

    #[test]
    fn a_letter_is_a_named_key_and_its_text() {
        let mut keyboard = on(Layout::De);
        let events = keyboard.key(21, Change::Down);
        let key =
            Event::Key { key: Key::Z, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
        assert_eq!(events, [key, Event::Text("z".to_owned())]);
        let released = keyboard.key(21, Change::Up);
        assert!(matches!(released.as_slice(), [Event::Key { key: Key::Z, pressed: false, .. }]));
        let held = keyboard.key(21, Change::Repeat);
        assert!(matches!(held.as_slice(), [Event::Key { repeat: true, pressed: true, .. }, Event::Text(_)]));
    }

    #[test]
    fn a_dead_key_waits_for_its_letter() {
        let mut keyboard = on(Layout::De);
        assert_eq!(typed(&mut keyboard, &[13, 18]), "é");
        assert_eq!(typed(&mut keyboard, &[41, 30]), "â");
        assert_eq!(typed(&mut keyboard, &[41, 57]), "^");
        assert_eq!(typed(&mut keyboard, &[41, 41]), "^");
        assert_eq!(typed(&mut keyboard, &[41, 45]), "^x", "no letter x has it: both are written");
        assert_eq!(typed(&mut keyboard, &[18]), "e", "it acts once");
    }

    #[test]
    fn shift_altgr_and_caps_lock_choose_the_sign() {
        let mut keyboard = on(Layout::Ch);
        keyboard.key(LEFT_SHIFT, Change::Down);
        assert_eq!(typed(&mut keyboard, &[2, 26, 30]), "+èA");
        keyboard.key(LEFT_SHIFT, Change::Up);
        keyboard.key(ALT_GR, Change::Down);
        assert_eq!(typed(&mut keyboard, &[3, 18]), "@€");
        keyboard.key(ALT_GR, Change::Up);
        typed(&mut keyboard, &[CAPS_LOCK]);
        assert_eq!(typed(&mut keyboard, &[26, 30, 3]), "ÜA2");
        keyboard.key(RIGHT_SHIFT, Change::Down);
        assert_eq!(typed(&mut keyboard, &[30, 3]), "a\"");
        keyboard.key(RIGHT_SHIFT, Change::Up);
        typed(&mut keyboard, &[CAPS_LOCK]);
        assert_eq!(typed(&mut keyboard, &[30]), "a");
    }

    #[test]
    fn with_ctrl_or_alt_nothing_is_written() {
        let mut keyboard = on(Layout::Us);
        keyboard.key(LEFT_CTRL, Change::Down);
        assert_eq!(typed(&mut keyboard, &[30]), "");
        assert!(keyboard.modifiers().command);
        keyboard.release_all();
        assert_eq!(typed(&mut keyboard, &[30]), "a");
        keyboard.key(LEFT_ALT, Change::Down);
        assert_eq!(typed(&mut keyboard, &[30]), "");
    }

    #[test]
    fn digits_of_the_number_pad_are_digits() {
        assert_eq!(typed(&mut on(Layout::Fr), &[82, 79, 80, 81, 75, 76, 77, 71, 72, 73]), "0123456789");
    }
}
