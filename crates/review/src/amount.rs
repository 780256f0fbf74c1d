//! Exact amounts in base units.

use std::fmt;

/// An exact amount of an asset: whole base units and how many of them make one unit.
///
/// No float ever touches it. `decimals` is at most 36, so that every shift fits in 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    base_units: u128,
    decimals: u8,
    unit: &'static str,
}

/// Why two amounts cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// The two amounts are in different units.
    DifferentUnits(&'static str, &'static str),
    /// The sum does not fit in 128 bits.
    Overflow,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DifferentUnits(a, b) => write!(f, "cannot add {a} and {b}"),
            Self::Overflow => write!(f, "the sum does not fit in 128 bits"),
        }
    }
}

impl std::error::Error for AmountError {}

impl Amount {
    /// Largest number of decimals an amount may have.
    pub const MAX_DECIMALS: u8 = 36;

    /// An amount of `base_units`, of which `10^decimals` make one `unit`. More than 36 decimals count as 36.
    pub const fn new(base_units: u128, decimals: u8, unit: &'static str) -> Self {
        let decimals = if decimals > Self::MAX_DECIMALS { Self::MAX_DECIMALS } else { decimals };
        Self { base_units, decimals, unit }
    }

    /// An amount of bitcoin, from satoshis.
    pub const fn from_sat(amount_sat: u64, unit: &'static str) -> Self {
        Self::new(amount_sat as u128, 8, unit)
    }

    /// Whole base units: satoshis, wei.
    pub const fn base_units(&self) -> u128 {
        self.base_units
    }

    /// Decimals after the point.
    pub const fn decimals(&self) -> u8 {
        self.decimals
    }

    /// The unit's name: `BTC`, `tBTC`, `sat/vB`.
    pub const fn unit(&self) -> &'static str {
        self.unit
    }

    /// Adds an amount of the same unit.
    ///
    /// # Errors
    /// [`AmountError`] if units or decimals differ, or on overflow.
    pub fn checked_add(&self, other: &Self) -> Result<Self, AmountError> {
        if self.unit != other.unit || self.decimals != other.decimals {
            return Err(AmountError::DifferentUnits(self.unit, other.unit));
        }
        let base_units = self.base_units.checked_add(other.base_units).ok_or(AmountError::Overflow)?;
        Ok(Self { base_units, ..*self })
    }

    /// The number alone, with every decimal: `0.84217180`.
    pub fn number(&self) -> String {
        let digits = self.base_units.to_string();
        let decimals = usize::from(self.decimals);
        if decimals == 0 {
            return digits;
        }
        let padded = format!("{digits:0>width$}", width = decimals.saturating_add(1));
        let (whole, fraction) = padded.split_at(padded.len().saturating_sub(decimals));
        format!("{whole}.{fraction}")
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decimal_is_shown_and_nothing_is_rounded() {
        assert_eq!(Amount::from_sat(84_217_180, "BTC").to_string(), "0.84217180 BTC");
        assert_eq!(Amount::from_sat(0, "BTC").to_string(), "0.00000000 BTC");
        assert_eq!(Amount::from_sat(u64::MAX, "BTC").to_string(), "184467440737.09551615 BTC");
        assert_eq!(Amount::new(u128::MAX, 0, "wei").number(), u128::MAX.to_string());
    }

    #[test]
    fn amounts_of_different_units_are_never_added() {
        let btc = Amount::from_sat(1, "BTC");
        assert!(btc.checked_add(&Amount::from_sat(1, "tBTC")).is_err());
        assert!(Amount::new(u128::MAX, 8, "BTC").checked_add(&btc).is_err());
        assert_eq!(btc.checked_add(&btc).unwrap().base_units(), 2);
    }
}
