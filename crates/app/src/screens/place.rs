//! Where things go: the three forms of a window, and rectangles cut from rectangles.

use egui::{Rect, Vec2, vec2};

use crate::tokens::{Type, gap, size};

/// Windows lower than this, in points, leave out what they can.
const LOW: f32 = 440.0;

/// How much room there is, in widths of the body's em.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Below 64 and low: one thing at a time, without what can be left out.
    Tight,
    /// Below 64: one thing at a time.
    One,
    /// From 64: the inspector is a view of its own.
    Two,
    /// From 88: everything side by side.
    Three,
}

impl Form {
    /// The form for a window of so many points.
    pub fn of(window: Vec2) -> Self {
        let ems = window.x / Type::BODY.size;
        match ems {
            ems if ems >= 88.0 => Self::Three,
            ems if ems >= 64.0 => Self::Two,
            _ if window.y < LOW => Self::Tight,
            _ => Self::One,
        }
    }

    /// Whether one thing is shown at a time.
    pub fn is_one(self) -> bool {
        self <= Self::One
    }

    /// Height of the title bar.
    pub fn title_bar(self) -> f32 {
        match self {
            Self::Tight => 26.0,
            Self::One => 32.0,
            Self::Two | Self::Three => size::TITLE_BAR,
        }
    }

    /// Height of the hint bar.
    pub fn hint_bar(self) -> f32 {
        if self == Self::Tight { 24.0 } else { size::HINT_BAR }
    }

    /// Height of the bar of gates and buttons.
    pub fn gate_bar(self) -> f32 {
        match self {
            Self::Tight | Self::One => 44.0,
            Self::Two | Self::Three => size::GATE_BAR,
        }
    }

    /// Margin of a panel.
    pub fn margin(self) -> f32 {
        if self.is_one() { gap::MEDIUM } else { gap::LARGE }
    }
}

/// Cuts rectangles from a rectangle.
pub trait Cut: Sized {
    /// The upper part, so high, and the rest.
    fn cut_top(self, height: f32) -> (Self, Self);
    /// The lower part, so high, and the rest.
    fn cut_bottom(self, height: f32) -> (Self, Self);
    /// The left part, so wide, and the rest.
    fn cut_left(self, width: f32) -> (Self, Self);
    /// The right part, so wide, and the rest.
    fn cut_right(self, width: f32) -> (Self, Self);
    /// Without a margin on each side.
    fn inset(self, x: f32, y: f32) -> Self;
}

impl Cut for Rect {
    fn cut_top(self, height: f32) -> (Self, Self) {
        let y = (self.top() + height).min(self.bottom());
        self.split_top_bottom_at_y(y)
    }

    fn cut_bottom(self, height: f32) -> (Self, Self) {
        let y = (self.bottom() - height).max(self.top());
        let (rest, cut) = self.split_top_bottom_at_y(y);
        (cut, rest)
    }

    fn cut_left(self, width: f32) -> (Self, Self) {
        let x = (self.left() + width).min(self.right());
        self.split_left_right_at_x(x)
    }

    fn cut_right(self, width: f32) -> (Self, Self) {
        let x = (self.right() - width).max(self.left());
        let (rest, cut) = self.split_left_right_at_x(x);
        (cut, rest)
    }

    fn inset(self, x: f32, y: f32) -> Self {
        let inset = vec2(x, y).min(self.size() / 2.0).max(Vec2::ZERO);
        Self::from_min_max(self.min + inset, self.max - inset)
    }
}
