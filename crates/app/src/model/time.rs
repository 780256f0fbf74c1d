//! Times as people read them, in UTC.

/// Hours and minutes of a Unix time: `14:24`. The title bar shows minutes, so that nothing moves there.
pub fn clock_minutes(at: u64) -> String {
    let minutes = at / 60;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// Hours, minutes and seconds of a Unix time: `14:24:36`.
pub fn clock_seconds(at: u64) -> String {
    format!("{}:{:02}", clock_minutes(at), at % 60)
}

/// A span of seconds as hours, minutes and seconds: `0:43:16`.
pub fn duration(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_and_the_last_second_are_written_right() {
        assert_eq!((clock_minutes(0), clock_minutes(86_399)), ("00:00".to_owned(), "23:59".to_owned()));
        assert_eq!(clock_seconds(1_795_155_876), "06:24:36");
        assert_eq!(duration(2_596), "0:43:16");
    }
}
