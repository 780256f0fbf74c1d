//! How the app writes values.

use vitrine_ethereum::alloy_primitives::{Address, U256, hex};
use vitrine_review::{Value, escape};

use super::LedgerScreen;

/// Longest text of a member of typed data.
const TEXT_CHARS: usize = 379;
/// Most bytes of a value in its first packet, after its length; packets after it hold two more.
const FIRST_PACKET: usize = 253;
const NEXT_PACKET: usize = 255;

/// An amount: no trailing zeros, no separators.
pub(super) fn amount(value: U256, decimals: u8, ticker: &str) -> String {
    let digits = value.to_string();
    let places = usize::from(decimals);
    let padded = format!("{digits:0>width$}", width = places.saturating_add(1));
    let (whole, fraction) = padded.split_at(padded.len().saturating_sub(places));
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} {ticker}"),
        fraction => format!("{whole}.{fraction} {ticker}"),
    }
}

/// Seconds since 1970 as date and time of twelve hours.
pub(super) fn utc(seconds: u64) -> [String; 2] {
    let written = Value::Time(seconds).to_text();
    let (date, time) = written.split_once(' ').unwrap_or((&written, ""));
    let minutes = time.get(2..8).unwrap_or_default();
    let hour = seconds / 3_600 % 24;
    let (shown, half) = (if hour.is_multiple_of(12) { 12 } else { hour % 12 }, if hour < 12 { "AM" } else { "PM" });
    [date.to_owned(), format!("{shown:02}{minutes} {half} UTC")]
}

/// An address with its checksum.
pub(super) fn address(address: Address) -> String {
    address.to_checksum(None)
}

/// A hash of typed data: capital digits.
pub(super) fn hash(hash: &[u8]) -> String {
    format!("0x{}", hex::encode_upper(hash))
}

/// A personal message: text if every byte is a printable ASCII character or a blank, else digits.
pub(super) fn message(message: &[u8], screen: LedgerScreen) -> String {
    let is_blank = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    if !message.iter().all(|b| b.is_ascii_graphic() || is_blank(b)) {
        return format!("0x{}", hex::encode(message));
    }
    let shown = message.iter().map(|b| if screen == LedgerScreen::Nano && is_blank(b) { ' ' } else { char::from(*b) });
    escape(&shown.collect::<String>())
}

/// A `string` of typed data, cut as the app cuts it.
pub(super) fn text(text: &str) -> String {
    let cut = |bytes: usize| String::from_utf8_lossy(text.as_bytes().get(..bytes).unwrap_or_default()).into_owned();
    let shown = match text.len() {
        0..=TEXT_CHARS => text.to_owned(),
        // The app notices only in the last packet that it cuts, and there not if nothing of it fits.
        length if !is_full_before_last_packet(length) => format!("{}...", cut(TEXT_CHARS.saturating_sub(3))),
        _ => cut(TEXT_CHARS),
    };
    escape(&shown)
}

fn is_full_before_last_packet(length: usize) -> bool {
    let rest = length.saturating_sub(FIRST_PACKET);
    let last = rest.checked_sub(1).map_or(0, |rest| rest % NEXT_PACKET).saturating_add(1);
    length.saturating_sub(last) >= TEXT_CHARS
}

/// `bytes` and `bytesN` of typed data, cut as the app cuts them.
pub(super) fn bytes(bytes: &[u8]) -> String {
    const WHOLE: usize = (TEXT_CHARS - 3) / 2;
    if bytes.len() <= WHOLE {
        return hash(bytes);
    }
    let kept = bytes.get(..WHOLE.saturating_sub(1)).unwrap_or_default();
    format!("0x{}...", hex::encode_upper(kept))
}

/// Data behind the arguments of a token's call.
pub(super) fn extra_data(data: &[u8]) -> String {
    const CHARS: usize = 99;
    if data.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
        return String::from_utf8_lossy(data).into_owned();
    }
    let digits = hash(data);
    match digits.get(..CHARS.saturating_sub(3)) {
        Some(cut) if digits.len() > CHARS => format!("{cut}..."),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_on_the_device() {
        let wei = |text: &str| text.parse::<U256>().unwrap();
        assert_eq!(amount(wei("314150000000000000"), 18, "ETH"), "0.31415 ETH");
        assert_eq!(amount(wei("21000000000000"), 18, "ETH"), "0.000021 ETH");
        assert_eq!(amount(wei("5000000"), 6, "USDC"), "5 USDC");
        assert_eq!(amount(wei("1234500"), 2, "X"), "12345 X");
        assert_eq!(amount(U256::ZERO, 18, "ETH"), "0 ETH");
        assert_eq!(amount(U256::ZERO, 0, "X"), "0 X");
        assert_eq!(amount(wei("10"), 0, "X"), "10 X");
    }

    #[test]
    fn dates_have_twelve_hours() {
        assert_eq!(utc(1_767_225_600), ["2026-01-01", "12:00:00 AM UTC"]);
        assert_eq!(utc(1_767_225_600 + 43_199), ["2026-01-01", "11:59:59 AM UTC"]);
        assert_eq!(utc(1_767_225_600 + 43_200), ["2026-01-01", "12:00:00 PM UTC"]);
        assert_eq!(utc(1_767_225_600 + 46_801), ["2026-01-01", "01:00:01 PM UTC"]);
        assert_eq!(utc(253_402_300_799), ["9999-12-31", "11:59:59 PM UTC"]);
    }

    #[test]
    fn messages_that_are_no_text_are_digits() {
        assert_eq!(message(b"two\nlines\there", LedgerScreen::Nano), "two lines here");
        assert_eq!(message("caf\u{e9}".as_bytes(), LedgerScreen::Nano), "0x636166c3a9");
        assert_eq!(message(b"a\0", LedgerScreen::Touch), "0x6100");
    }

    #[test]
    fn long_values_of_typed_data_are_cut_where_the_app_cuts_them() {
        let long = |length| text(&"a".repeat(length));
        assert_eq!(long(379).len(), 379);
        assert!(long(380).ends_with("a...") && long(380).len() == 379);
        assert!(long(508).ends_with("a..."));
        assert!(long(509).ends_with("aaaa") && long(509).len() == 379);
        assert_eq!(bytes(&[0xab; 188]).len(), 378);
        assert!(bytes(&[0xab; 189]).ends_with("AB...") && bytes(&[0xab; 189]).len() == 379);
    }
}
