//! Whole numbers of up to 256 bits, scaled only where somebody vouches for the decimals.

use std::fmt;

use crate::escape;

/// An exact number of up to 256 bits, and the decimals and unit that somebody vouches for (0 and none otherwise).
///
/// No float ever touches it. The unit may be foreign text: it is escaped when shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    big_endian: [u8; 32],
    decimals: u8,
    unit: String,
}

impl Quantity {
    /// A bare whole number, most significant byte first.
    pub const fn whole(big_endian: [u8; 32]) -> Self {
        Self { big_endian, decimals: 0, unit: String::new() }
    }

    /// A number of which `10^decimals` make one `unit`. Decimals beyond 77 count as 77: more than 256 bits can hold.
    pub fn scaled(big_endian: [u8; 32], decimals: u8, unit: &str) -> Self {
        Self { big_endian, decimals: decimals.min(77), unit: unit.to_owned() }
    }

    /// The number, most significant byte first.
    pub const fn big_endian(&self) -> &[u8; 32] {
        &self.big_endian
    }

    /// Decimals after the point.
    pub const fn decimals(&self) -> u8 {
        self.decimals
    }

    /// The unit's name; empty for a bare number.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// The sum of two numbers of one unit; none beyond 256 bits, or if decimals or unit differ.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let (mut big_endian, mut carry) = ([0u8; 32], false);
        for (place, (a, b)) in big_endian.iter_mut().zip(self.big_endian.iter().zip(&other.big_endian)).rev() {
            let (partial, over) = a.overflowing_add(*b);
            let (whole, over_again) = partial.overflowing_add(u8::from(carry));
            (*place, carry) = (whole, over || over_again);
        }
        let is_same = self.decimals == other.decimals && self.unit == other.unit;
        (is_same && !carry).then(|| Self { big_endian, decimals: self.decimals, unit: self.unit.clone() })
    }

    /// The whole number, without grouping: `1000250000`.
    pub fn base_units(&self) -> String {
        decimal_digits(&self.big_endian)
    }

    /// The number alone, with every decimal, whole part in groups of three: `1,000.250000`.
    pub fn number(&self) -> String {
        let digits = decimal_digits(&self.big_endian);
        let decimals = usize::from(self.decimals);
        let padded = format!("{digits:0>width$}", width = decimals.saturating_add(1));
        let (whole, fraction) = padded.split_at(padded.len().saturating_sub(decimals));
        let whole = thousands(whole);
        if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number())?;
        if self.unit.is_empty() { Ok(()) } else { write!(f, " {}", escape(&self.unit)) }
    }
}

/// Digits in groups of three, from the right.
pub(crate) fn thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len().saturating_mul(2));
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && digits.len().saturating_sub(i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Long division by 10^9, nine digits at a time.
fn decimal_digits(big_endian: &[u8; 32]) -> String {
    const BASE: u64 = 1_000_000_000;
    let mut limbs: Vec<u32> = big_endian
        .chunks_exact(4)
        .map(|chunk| chunk.iter().fold(0u32, |limb, byte| limb << 8 | u32::from(*byte)))
        .collect();
    let mut groups: Vec<u64> = Vec::new();
    while limbs.iter().any(|limb| *limb != 0) {
        let mut rest = 0u64;
        for limb in &mut limbs {
            let value = rest << 32 | u64::from(*limb);
            *limb = u32::try_from(value / BASE).unwrap_or(u32::MAX);
            rest = value % BASE;
        }
        groups.push(rest);
    }
    let mut groups = groups.into_iter().rev();
    let first = groups.next().unwrap_or(0).to_string();
    groups.fold(first, |text, group| format!("{text}{group:09}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(n: u128) -> [u8; 32] {
        let mut out = [0; 32];
        out[16..].copy_from_slice(&n.to_be_bytes());
        out
    }

    #[test]
    fn every_digit_is_shown_and_nothing_is_rounded() {
        assert_eq!(Quantity::whole(of(0)).to_string(), "0");
        assert_eq!(Quantity::scaled(of(1_000_250_000), 6, "USDC").to_string(), "1,000.250000 USDC");
        assert_eq!(Quantity::scaled(of(5), 18, "ETH").to_string(), "0.000000000000000005 ETH");
        for n in [1, 999_999_999, 1_000_000_000, 1_000_000_001, u128::MAX, u128::MAX / 7] {
            assert_eq!(Quantity::whole(of(n)).number().replace(',', ""), n.to_string());
        }
        let most = "115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457,584,007,913,129,\
                    639,935";
        assert_eq!(Quantity::whole([0xff; 32]).to_string(), most);
        assert_eq!(Quantity::scaled([0xff; 32], 255, "X").number().len(), 79);
    }

    #[test]
    fn a_sum_carries_and_has_an_end() {
        let sum = Quantity::whole(of(0xff)).checked_add(&Quantity::whole(of(1)));
        assert_eq!(sum, Some(Quantity::whole(of(0x100))));
        assert_eq!(Quantity::whole([0xff; 32]).checked_add(&Quantity::whole(of(1))), None);
        let usdc = |decimals| Quantity::scaled(of(1), decimals, "USDC");
        assert_eq!(usdc(6).checked_add(&usdc(6)), Some(Quantity::scaled(of(2), 6, "USDC")));
        assert_eq!(usdc(6).checked_add(&usdc(18)), None);
        assert_eq!(usdc(0).checked_add(&Quantity::whole(of(1))), None);
    }

    #[test]
    fn a_unit_cannot_carry_invisible_characters() {
        assert_eq!(Quantity::scaled(of(1), 0, "U\u{200b}SD").to_string(), "1 U\\u{200b}SD");
    }
}
