//! Whole numbers in the spellings that everybody reads alike.

use alloy_primitives::{I256, U256};

use super::TypedDataProblem;
use crate::json::{Json, JsonValue};

/// The largest whole number that JavaScript does not round: 2^53 − 1.
const EXACT: u64 = (1 << 53) - 1;

/// Reads a `uintN`: a JSON number, or a string of decimal digits or of `0x` and hexadecimal digits.
pub(super) fn uint(bits: u16, json: &Json) -> Result<U256, TypedDataProblem> {
    let out_of_range = || TypedDataProblem::OutOfRange(format!("uint{bits}"));
    match integer(json)? {
        (true, _) => Err(out_of_range()),
        (false, value) if value.bit_len() <= usize::from(bits) => Ok(value),
        _ => Err(out_of_range()),
    }
}

/// Reads an `intN`, spelled like a `uintN`, with a minus sign in front of decimal digits alone.
pub(super) fn int(bits: u16, json: &Json) -> Result<I256, TypedDataProblem> {
    let (negative, magnitude) = integer(json)?;
    let raw = if negative { magnitude.wrapping_neg() } else { magnitude };
    let value = I256::from_raw(raw);
    let meant = value.is_negative() == negative && value.unsigned_abs() == magnitude;
    let distance = if negative { !raw } else { raw };
    match meant && distance.bit_len() < usize::from(bits) {
        true => Ok(value),
        false => Err(TypedDataProblem::OutOfRange(format!("int{bits}"))),
    }
}

/// Whether there is a minus sign, and the magnitude.
fn integer(json: &Json) -> Result<(bool, U256), TypedDataProblem> {
    match &json.value {
        JsonValue::Number(spelling) => {
            let (negative, value) = decimal(spelling)?;
            match value > U256::from(EXACT) {
                true => Err(TypedDataProblem::InexactNumber),
                false => Ok((negative, value)),
            }
        }
        JsonValue::String(_) => {
            let text = json.plain_text().ok_or(TypedDataProblem::BadInteger)?;
            match text.strip_prefix("0x") {
                Some(digits) => hexadecimal(digits),
                None => decimal(text),
            }
        }
        _ => Err(TypedDataProblem::WrongKind("a whole number", json.kind())),
    }
}

fn decimal(text: &str) -> Result<(bool, U256), TypedDataProblem> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let canonical = if negative { !digits.starts_with('0') } else { digits == "0" || !digits.starts_with('0') };
    if !all_digits || !canonical {
        return Err(TypedDataProblem::BadInteger);
    }
    let value = U256::from_str_radix(digits, 10).map_err(|_| TypedDataProblem::OutOfRange("256 bits".to_owned()))?;
    Ok((negative, value))
}

fn hexadecimal(digits: &str) -> Result<(bool, U256), TypedDataProblem> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !all_digits || digits.len() > 64 {
        return Err(TypedDataProblem::BadInteger);
    }
    let value = U256::from_str_radix(digits, 16).map_err(|_| TypedDataProblem::BadInteger)?;
    Ok((false, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn read(text: &str) -> Json {
        json::read(text.as_bytes(), 0).unwrap().root
    }

    #[test]
    fn numbers_at_the_edges_of_their_types() {
        let max = U256::MAX.to_string();
        let cases = [("255", 8, true), ("256", 8, false), ("\"0xff\"", 8, true), ("\"0x00ff\"", 8, true)];
        for (text, bits, fits) in cases {
            assert_eq!(uint(bits, &read(text)).is_ok(), fits, "{text}");
        }
        assert_eq!(uint(256, &read(&format!("\"{max}\""))), Ok(U256::MAX));
        assert!(uint(256, &read(&format!("\"{max}0\""))).is_err());
        for (text, bits, fits) in
            [("127", 8, true), ("128", 8, false), ("-128", 8, true), ("-129", 8, false), ("\"0x80\"", 8, false)]
        {
            assert_eq!(int(bits, &read(text)).is_ok(), fits, "{text}");
        }
        let lowest = format!("\"{}\"", I256::MIN);
        assert_eq!(int(256, &read(&lowest)), Ok(I256::MIN));
        assert_eq!(int(256, &read("\"-1\"")), Ok(I256::MINUS_ONE));
        let beyond = format!("\"{}\"", U256::from(1) << 255);
        assert!(int(256, &read(&beyond)).is_err());
        let below = format!("\"-{}\"", (U256::from(1) << 255) + U256::from(1));
        assert!(int(256, &read(&below)).is_err());
        assert!(int(256, &read(&format!("\"-{max}\""))).is_err());
    }

    #[test]
    fn a_number_that_javascript_rounds_is_refused() {
        assert!(uint(256, &read("9007199254740991")).is_ok());
        assert_eq!(uint(256, &read("9007199254740992")), Err(TypedDataProblem::InexactNumber));
        assert!(uint(256, &read("\"9007199254740993\"")).is_ok());
        assert_eq!(int(256, &read("-9007199254740992")), Err(TypedDataProblem::InexactNumber));
    }

    #[test]
    fn other_spellings_are_refused() {
        let wrong = [
            "1.0",
            "1e3",
            "-0",
            "\"-0\"",
            "\"\"",
            "\" 1\"",
            "\"1 \"",
            "\"+1\"",
            "\"007\"",
            "\"0x\"",
            "\"0X1\"",
            "\"-0x1\"",
            "\"1_000\"",
            "\"1,000\"",
            "\"0b1\"",
            "\"0o7\"",
            "\"1e3\"",
            "\"1.0\"",
            "\"ff\"",
            "\"\\u0031\"",
            "null",
            "true",
            "[1]",
            "{}",
        ];
        for text in wrong {
            assert!(uint(256, &read(text)).is_err(), "{text}");
            assert!(int(256, &read(text)).is_err(), "{text}");
        }
        assert!(uint(256, &read("-1")).is_err());
    }
}
