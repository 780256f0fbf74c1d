//! Keyboards, pointers and touch screens.

mod devices;
mod keyboard;
mod layout;
mod pointer;

pub use devices::Devices;
pub use keyboard::{Change, Keyboard};
pub use layout::{Layout, Stroke, writing_keys};
pub use pointer::{Axes, Axis, Pointer};

use std::os::fd::BorrowedFd;

use egui::{Event, Vec2};

/// What input devices said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A key or a button changed.
    Key {
        /// Its code (`linux/input-event-codes.h`).
        code: u16,
        /// What happened to it.
        change: Change,
        /// The axes of its device, if it says places.
        axes: Option<Axes>,
    },
    /// A mouse or a wheel moved.
    Moved {
        /// Which way (`REL_…`).
        axis: u16,
        /// By how much.
        value: i32,
    },
    /// A place on a tablet or a touch screen.
    Placed {
        /// Which axis (`ABS_…`).
        axis: u16,
        /// Where.
        value: i32,
        /// The device's axes.
        axes: Axes,
    },
    /// One report is over.
    Report,
    /// A device is gone: nothing is held any more.
    Gone,
}

/// Where what input devices said comes from.
pub trait Inputs {
    /// What was said since the last time, at most a few hundred changes.
    fn read(&mut self) -> Vec<Heard>;

    /// Looks for devices that came.
    fn look(&mut self);

    /// What to wait on.
    fn fds(&self) -> Vec<BorrowedFd<'_>>;
}

/// Everything a person works with, as one keyboard and one pointer.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The keyboard.
    pub keyboard: Keyboard,
    /// The pointer.
    pub pointer: Pointer,
}

impl Seat {
    /// A seat before a screen of so many points.
    pub fn new(screen: Vec2, pixels_per_point: f32) -> Self {
        Self { keyboard: Keyboard::default(), pointer: Pointer::new(screen, pixels_per_point) }
    }

    /// What a change means to the interface.
    pub fn hear(&mut self, heard: &Heard) -> Vec<Event> {
        let modifiers = self.keyboard.modifiers();
        match heard {
            Heard::Key { code, change, axes } => {
                let pressed = self.pointer.button(*code, *change, axes.as_ref(), modifiers);
                pressed.unwrap_or_else(|| self.keyboard.key(*code, *change))
            }
            Heard::Moved { axis, value } => self.pointer.relative(*axis, *value, modifiers).into_iter().collect(),
            Heard::Placed { axis, value, axes } => {
                self.pointer.absolute(*axis, *value, axes);
                Vec::new()
            }
            Heard::Report => self.pointer.report().into_iter().collect(),
            Heard::Gone => {
                self.keyboard.release_all();
                // egui releases every key and button when the window loses the keyboard.
                vec![Event::WindowFocused(false), Event::WindowFocused(true)]
            }
        }
    }
}
