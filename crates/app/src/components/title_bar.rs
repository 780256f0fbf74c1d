//! The title bar: whose ceremony, which step, whose seat, what time.

use egui::{Rect, Ui, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, gap, size};

/// A step of a signing session, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Preparing the machine.
    Open,
    /// Filming the request.
    Scan,
    /// Reading what it does.
    Review,
    /// Comparing the digest's words, and releasing the signature.
    Compare,
    /// Confirming on the device.
    Sign,
    /// Showing the result.
    Present,
    /// Closing the record.
    Record,
}

impl Step {
    /// Every step in order.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Scan, Self::Review, Self::Compare, Self::Sign, Self::Present, Self::Record];

    /// The step's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Scan => "Scan",
            Self::Review => "Review",
            Self::Compare => "Compare",
            Self::Sign => "Sign",
            Self::Present => "Present",
            Self::Record => "Record",
        }
    }

    /// The step's place, counted from 1.
    pub fn number(self) -> usize {
        1 + Self::ALL.iter().take_while(|step| **step < self).count()
    }
}

/// What the title bar says.
#[derive(Debug, Clone, PartialEq)]
pub struct TitleBar {
    /// The ceremony's title.
    pub title: String,
    /// The present step; those before it are done.
    pub step: Step,
    /// The seat of this machine: "Signer".
    pub seat: String,
    /// Hours and minutes: "14:24".
    pub clock: String,
}

const STEP_PADDING: f32 = 10.0;
const STEP_GAP: f32 = 4.0;
const TICK: f32 = 14.0;

/// Paints the title bar. Where seven steps do not fit, it shows the present one with its number.
pub fn title_bar(ui: &mut Ui, rect: Rect, view: &TitleBar) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg0);
    pen.rule(rect.left(), rect.right(), rect.bottom() - size::STROKE, Tone::Line);
    let right = seat_and_clock(&pen, rect, view);
    let wordmark = pen.line_at(rect.left() + gap::LARGE, middle(rect), wordmark_ink(), "VITRINE");
    let title = Ink::text(Type::LABEL).tone(Tone::T2);
    let (steps, title_width) = (steps_width(&pen, view.step), pen.width(title, &view.title));
    let left = wordmark + 16.0;
    if left + title_width + gap::WIDE + steps <= right {
        let left = pen.line_at(left, middle(rect), title, &view.title);
        paint_steps(&pen, (left + right - steps) / 2.0, middle(rect), view.step);
    } else {
        let text = format!("{} of {}  {}", view.step.number(), Step::ALL.len(), view.step.word());
        pen.line_centred(pos2((left + right) / 2.0, middle(rect)), Ink::strong(Type::BODY), &text);
    }
}

fn wordmark_ink() -> Ink {
    Ink::strong(Type::LABEL).spaced(3.2)
}

/// Text stands on the centre of what is above the bar's lower rule.
fn middle(rect: Rect) -> f32 {
    rect.center().y - size::STROKE / 2.0
}

fn seat_and_clock(pen: &Pen, rect: Rect, view: &TitleBar) -> f32 {
    let y = middle(rect);
    let clock = Ink::data(Type::LABEL).tone(Tone::T2);
    let clock_left = pen.line_right(rect.right() - gap::LARGE, y - clock.kind.pitch / 2.0, clock, &view.clock);
    let seat = Ink::strong(Type::LABEL);
    let width = 28.0 + pen.width(seat, &view.seat) + 8.0;
    let badge = Rect::from_min_size(pos2(clock_left - gap::LARGE - width, y - 11.0), vec2(width, 22.0));
    pen.frame(badge, size::STROKE, size::RADIUS, Tone::Edge);
    pen.icon(pos2(badge.left() + 15.0, y), 15.0, Icon::Person, Tone::T1);
    pen.line_at(badge.left() + 27.0, y, seat, &view.seat);
    badge.left() - gap::LARGE
}

fn steps_width(pen: &Pen, present: Step) -> f32 {
    let steps: f32 = Step::ALL.iter().map(|step| step_width(pen, *step, present)).sum();
    steps + STEP_GAP * 6.0
}

fn step_width(pen: &Pen, step: Step, present: Step) -> f32 {
    let tick = if step < present { TICK + gap::TINY } else { 0.0 };
    pen.width(step_ink(step, present), step.word()) + tick + 2.0 * STEP_PADDING
}

fn step_ink(step: Step, present: Step) -> Ink {
    match step.cmp(&present) {
        std::cmp::Ordering::Less => Ink::text(Type::LABEL),
        std::cmp::Ordering::Equal => Ink::strong(Type::LABEL),
        std::cmp::Ordering::Greater => Ink::text(Type::LABEL).tone(Tone::T3),
    }
}

fn paint_steps(pen: &Pen, mut x: f32, y: f32, present: Step) {
    for step in Step::ALL {
        let width = step_width(pen, step, present);
        let mut text = x + STEP_PADDING;
        if step == present {
            pen.fill_round(Rect::from_min_size(pos2(x, y - 12.0), vec2(width, 24.0)), size::CARD_RADIUS, Tone::Bg3);
        }
        if step < present {
            pen.icon(pos2(text + TICK / 2.0, y), TICK, Icon::Tick, Tone::Proven);
            text += TICK + gap::TINY;
        }
        pen.line_at(text, y, step_ink(step, present), step.word());
        x += width + STEP_GAP;
    }
}
