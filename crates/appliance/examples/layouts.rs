//! What each key writes on each layout, and after each dead key, for `tests/peers/keyboard_layouts.py`.
//!
//! A line for a key: layout, code, shift, altgr, caps, what it writes. A line for a dead key: layout, code, shift, altgr,
//! a character, what both write. Fields are apart by tabs.

use egui::Event;
use vitrine_appliance::input::{Change, Keyboard, Layout, Stroke, writing_keys};

const SHIFT: u16 = 42;
const ALT_GR: u16 = 100;
const CAPS_LOCK: u16 = 58;
const SPACE: u16 = 57;

fn press(keyboard: &mut Keyboard, code: u16) -> String {
    let events = keyboard.key(code, Change::Down);
    keyboard.key(code, Change::Up);
    let text = |event| match event {
        Event::Text(text) => Some(text),
        _ => None,
    };
    events.into_iter().filter_map(text).collect()
}

fn held(keyboard: &mut Keyboard, keys: &[(u16, bool)], change: Change) {
    keys.iter().filter(|(_, held)| *held).for_each(|(code, _)| drop(keyboard.key(*code, change)));
}

fn keys(layout: Layout) {
    for code in writing_keys().filter(|code| *code != SPACE) {
        for bits in 0..8_u8 {
            let [shift, altgr, caps] = [1, 2, 4].map(|bit| bits & bit != 0);
            if matches!(layout.stroke(code, shift, altgr), Some(Stroke::Dead(_))) {
                continue;
            }
            let mut keyboard = Keyboard::default();
            keyboard.set_layout(layout);
            held(&mut keyboard, &[(CAPS_LOCK, caps), (SHIFT, shift), (ALT_GR, altgr)], Change::Down);
            let text = press(&mut keyboard, code);
            let [shift, altgr, caps] = [shift, altgr, caps].map(u8::from);
            println!("key\t{}\t{code}\t{shift}\t{altgr}\t{caps}\t{text}", layout.code());
        }
    }
}

/// Every dead key before every plain and every shifted character that another key writes, and before the space bar.
fn dead_keys(layout: Layout) {
    for code in writing_keys() {
        for bits in 0..4_u8 {
            let [shift, altgr] = [1, 2].map(|bit| bits & bit != 0);
            let Some(Stroke::Dead(_)) = layout.stroke(code, shift, altgr) else { continue };
            for (letter, with_shift) in writing_keys().flat_map(|letter| [(letter, false), (letter, true)]) {
                let Some(Stroke::Writes(sign)) = layout.stroke(letter, with_shift, false) else { continue };
                let mut keyboard = Keyboard::default();
                keyboard.set_layout(layout);
                held(&mut keyboard, &[(SHIFT, shift), (ALT_GR, altgr)], Change::Down);
                press(&mut keyboard, code);
                held(&mut keyboard, &[(SHIFT, shift), (ALT_GR, altgr)], Change::Up);
                held(&mut keyboard, &[(SHIFT, with_shift)], Change::Down);
                let text = press(&mut keyboard, letter);
                let [shift, altgr] = [shift, altgr].map(u8::from);
                println!("dead\t{}\t{code}\t{shift}\t{altgr}\t{sign}\t{text}", layout.code());
            }
        }
    }
}

fn main() {
    for layout in Layout::ALL {
        keys(layout);
        dead_keys(layout);
    }
}
