//! What the ceremony folder states of the world: a time and a block height that no machine here can know.

use serde::Deserialize;
use toml::value::Datetime;

/// Table `stated` of the folder; each key is optional.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatedToml {
    time: Option<Datetime>,
    height: Option<u32>,
}

/// A time and a height as stated; nothing proves them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub(crate) time: Option<u64>,
    /// Block height.
    pub(crate) height: Option<u32>,
}

impl Stated {
    /// Reads the table.
    ///
    /// # Errors
    /// What is wrong with the time, in words.
    pub(crate) fn read(toml: &StatedToml) -> Result<Self, String> {
        let time = match &toml.time {
            Some(time) => Some(seconds(&time.to_string()).ok_or_else(|| {
                format!("stated.time is {time}; write a time of 1970 or later in UTC, such as 2026-11-21T12:00:00Z")
            })?),
            None => None,
        };
        Ok(Self { time, height: toml.height })
    }
}

/// Seconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`.
fn seconds(text: &str) -> Option<u64> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', i0, i1, b':', s0, s1, b'Z'] = bytes else {
        return None;
    };
    let [year, month, day] = [number(&[*y0, *y1, *y2, *y3])?, number(&[*m0, *m1])?, number(&[*d0, *d1])?];
    let [hour, minute, second] = [number(&[*h0, *h1])?, number(&[*i0, *i1])?, number(&[*s0, *s1])?];
    let fits = (1..=days_of(year, month)?).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let of_years = (1970..year).try_fold(0u64, |days, year| days.checked_add(days_of_year(year)))?;
    let of_months = (1..month).try_fold(0u64, |days, month| days.checked_add(days_of(year, month)?))?;
    let days = of_years.checked_add(of_months)?.checked_add(day.checked_sub(1)?)?;
    let hours = days.checked_mul(24)?.checked_add(hour)?;
    let minutes = hours.checked_mul(60)?.checked_add(minute)?;
    minutes.checked_mul(60)?.checked_add(second).filter(|_| fits && year >= 1970)
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of(year: u64, month: u64) -> Option<u64> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Stated, String> {
        Stated::read(&toml::from_str(text).unwrap())
    }

    #[test]
    fn a_time_is_one_of_utc() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2025-08-07T12:00:00Z", 1_754_568_000),
            ("2026-11-21T12:00:00Z", 1_795_262_400),
        ] {
            let stated = read(&format!("time = {text}\nheight = 7")).unwrap();
            assert_eq!(stated, Stated { time: Some(expected), height: Some(7) });
            assert_eq!(vitrine_review::Value::Time(expected).to_text().get(..10), text.get(..10));
        }
        assert_eq!(read("").unwrap(), Stated::default());
    }

    #[test]
    fn a_time_without_zone_or_before_1970_is_an_error() {
        for text in ["2025-08-07", "2025-08-07T12:00:00", "2025-08-07T12:00:00+02:00", "1969-12-31T23:59:59Z"] {
            let error = read(&format!("time = {text}")).unwrap_err();
            assert!(error.contains("in UTC"), "{error}");
        }
        for text in ["2025-02-29T12:00:00Z", "2025-13-01T12:00:00Z", "2025-08-07T24:00:00Z", "202a-08-07T12:00:00Z"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
