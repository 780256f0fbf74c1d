//! Dates of RFC 3339.

/// Seconds since 1970-01-01 00:00 UTC of `2026-11-20T06:24:36.000Z` or `…+01:00`; fractions of a second are dropped.
///
/// None if the text is no such date, or one before 1970.
pub(super) fn unix_seconds(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix(['T', 't'])?.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let in_range = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !in_range || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let local = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    u64::try_from(local.checked_sub(offset(after_fraction(rest)?)?)?).ok()
}

/// Numbers of these many digits with a mark between.
fn numbers(text: &str, mark: char, [a, b, c]: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(mark);
    let mut next = |length: usize| {
        let part = parts.next()?;
        let is_number = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| is_number)
    };
    let found = [next(a)?, next(b)?, next(c)?];
    parts.next().is_none().then_some(found)
}

fn after_fraction(text: &str) -> Option<&str> {
    let Some(fraction) = text.strip_prefix('.') else { return Some(text) };
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < fraction.len()).then_some(rest)
}

/// Seconds by which local time is ahead of UTC.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let [hours, minutes, _] = numbers(&format!("{}:00", text.get(1..)?), ':', [2, 2, 2])?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, by Hinnant's algorithm (2013), for years of four digits.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-20T06:24:36Z", 1_795_155_876),
            ("2026-11-20T06:24:36.999z", 1_795_155_876),
            ("2026-11-20t07:24:36+01:00", 1_795_155_876),
            ("2026-11-19T22:24:36.0-08:00", 1_795_155_876),
            ("2024-02-29T00:00:00Z", 1_709_164_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(unix_seconds(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20 06:24:36Z",
            "2026-11-20T06:24:36",
            "2026-11-20T06:24Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T00:60:00Z",
            "2026-11-20T00:00:60Z",
            "2026-11-20T00:00:00.Z",
            "2026-11-20T00:00:00+1:00",
            "2026-11-20T00:00:00+24:00",
            "+026-11-20T00:00:00Z",
            "2026-1-20T000:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-11-20T06:24:36ZZ",
            "2026-11-20T06:24:36 Z",
            "２026-11-20T06:24:36Z",
        ] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
    }
}
