//! Amounts: every digit, decimal points in one column, trailing zeros present but quiet.

use egui::{Pos2, Ui};

use super::pen::{Ink, Pen};
use crate::tokens::{Tone, Type};

/// An amount, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// The number with every decimal: "1.25000000".
    pub number: String,
    /// The unit, or nothing where a heading names it.
    pub unit: Option<String>,
}

impl Amount {
    /// An amount without its unit.
    pub fn new(number: impl Into<String>) -> Self {
        Self { number: number.into(), unit: None }
    }

    /// The digits that say something, and the zeros after them.
    pub fn split(&self) -> (&str, &str) {
        let number = self.number.as_str();
        if !number.contains('.') {
            return (number, "");
        }
        let digits = number.trim_end_matches('0');
        number.split_at(digits.strip_suffix('.').unwrap_or(digits).len())
    }
}

/// Paints an amount that ends at `right_top`; returns its left edge.
pub fn amount(ui: &mut Ui, right_top: Pos2, kind: Type, view: &Amount) -> f32 {
    amount_right(&Pen::new(ui), right_top.x, right_top.y, kind, view)
}

/// Paints an amount with a pen.
pub fn amount_right(pen: &Pen, right: f32, top: f32, kind: Type, view: &Amount) -> f32 {
    let unit = view.unit.as_deref().map(|unit| format!(" {unit}"));
    let mut right = right;
    if let Some(unit) = &unit {
        right = pen.line_right(right, top, Ink::data(kind).tone(Tone::T2), unit);
    }
    let (digits, zeros) = view.split();
    right = pen.line_right(right, top, Ink::data(kind).tone(Tone::T3), zeros);
    pen.line_right(right, top, Ink::data(kind), digits)
}

/// Paints an amount that begins at `x`; returns where it ends.
pub fn amount_left(pen: &Pen, x: f32, top: f32, kind: Type, view: &Amount) -> f32 {
    let (digits, zeros) = view.split();
    let x = pen.line(x, top, Ink::data(kind), digits);
    let x = pen.line(x, top, Ink::data(kind).tone(Tone::T3), zeros);
    let unit = view.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
    pen.line(x, top, Ink::data(kind).tone(Tone::T2), &unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_lost_between_digits_and_zeros() {
        for (number, digits, zeros) in [
            ("1.25000000", "1.25", "000000"),
            ("2.50000000", "2.5", "0000000"),
            ("0.84217181", "0.84217181", ""),
            ("3.00000000", "3", ".00000000"),
            ("100", "100", ""),
            ("0.00000000", "0", ".00000000"),
        ] {
            assert_eq!(Amount::new(number).split(), (digits, zeros));
        }
    }
}
