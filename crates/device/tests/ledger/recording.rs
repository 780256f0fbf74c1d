//! Recorded exchanges, and a device that replays them strictly.

use std::path::Path;
use std::sync::{Arc, Mutex};

use vitrine_device::{ApduExchange, DeviceScreen, LedgerScreen, LinkError};
use vitrine_ethereum::alloy_primitives::hex;

/// A command and its answer.
pub type Line = (Vec<u8>, Vec<u8>);

/// One recorded exchange.
#[derive(Clone, Default)]
pub struct Exchange {
    pub name: String,
    pub lines: Vec<Line>,
    /// What the device showed, each value whole: its title, then its rows, without blanks.
    pub screens: Vec<String>,
}

/// Reads the exchanges of one file in `tests/transcripts`.
pub fn transcript(file: &str) -> Vec<Exchange> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            exchanges.push(Exchange { name: name.trim_end_matches(']').to_owned(), ..Exchange::default() });
            continue;
        }
        let exchange = exchanges.last_mut().expect("a name comes first");
        match line.split_once(' ').unwrap() {
            ("=>", command) => exchange.lines.push((hex::decode(command).unwrap(), Vec::new())),
            ("<=", answer) => exchange.lines.last_mut().unwrap().1 = hex::decode(answer).unwrap(),
            (_, screen) => exchange.show(screen.strip_prefix("screen: ").expect("a screen")),
        }
    }
    exchanges
}

impl Exchange {
    /// Takes `Tx hash (2/2) | 69e9 | 27b5`: a page of a value goes on with the one before.
    pub fn show(&mut self, screen: &str) {
        let screen = &without_buttons(screen);
        let (title, rows) = screen.split_once(" | ").unwrap_or((screen, ""));
        let page = title.rsplit_once(" (").filter(|(_, page)| page.ends_with(')') && page.contains('/'));
        let title = page.map_or(title, |(title, _)| title);
        match page {
            Some((_, number)) if !number.starts_with("1/") => self.screens.last_mut().unwrap().push_str(&bare(rows)),
            _ => self.screens.push(bare(&format!("{title}{rows}"))),
        }
    }
}

/// A page without what a touch screen has on each one, whatever is asked. A Nano has no such buttons, and its `1 of 2`
/// counts outputs, not pages.
fn without_buttons(page: &str) -> String {
    if !page.split(" | ").any(|text| ["Reject", "Cancel", "Skip"].contains(&text)) {
        return page.to_owned();
    }
    let is_number = |text: &str| text.parse::<u8>().is_ok();
    let is_count = |text: &str| text.split_once(" of ").is_some_and(|(n, m)| is_number(n) && is_number(m));
    let is_button = |text: &&str| !["Reject", "Cancel", "Skip"].contains(text) && !is_count(text);
    page.split(" | ").filter(is_button).collect::<Vec<_>>().join(" | ")
}

/// What was shown and not foretold, or the other way round; none if they are the same. A Nano leaves out the middle of a
/// title that is too long for it; a touch screen shows several values on a page.
pub fn difference(screen: LedgerScreen, shown: &[String], foretold: &[DeviceScreen]) -> Option<String> {
    let whole = |screen: &DeviceScreen| bare(&format!("{}{}", screen.title, screen.lines.concat()));
    let foretold: Vec<String> = foretold.iter().map(whole).collect();
    if screen == LedgerScreen::Touch {
        let mut rest = shown.concat();
        for value in foretold {
            let Some(at) = rest.find(&value) else { return Some(format!("{value} is not in {rest}")) };
            rest = rest.split_off(at + value.len());
        }
        return None;
    }
    let is_shown = |(shown, foretold): (&String, &String)| {
        let cut = shown.split_once("...").filter(|_| shown.len() < foretold.len());
        shown == foretold || cut.is_some_and(|(head, tail)| foretold.starts_with(head) && foretold.ends_with(tail))
    };
    let is_same = shown.len() == foretold.len() && shown.iter().zip(&foretold).all(is_shown);
    (!is_same).then(|| format!("{shown:#?}, not {foretold:#?}"))
}

/// `docs/devices.md`: after a token that Ledger knows, the app shows its ticker for one that it does not know. Returns
/// whether it did.
pub fn without_earlier_token(shown: &mut Vec<String>) -> bool {
    let length = shown.len();
    shown.retain(|page| !page.starts_with("Send") && !page.starts_with("To0x"));
    shown.len() < length
}

/// What a device showed page by page, each value whole.
#[allow(dead_code, reason = "used by the live tests, which share this file")]
pub fn joined(screens: &[String]) -> Vec<String> {
    let mut exchange = Exchange::default();
    screens.iter().for_each(|screen| exchange.show(screen));
    exchange.screens
}

/// A text without blanks and the bars between rows.
pub fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '|').collect()
}

pub fn exchange(file: &str, name: &str) -> Vec<Line> {
    let found = transcript(file).into_iter().find(|known| known.name == name);
    found.unwrap_or_else(|| panic!("{file}: no {name}")).lines
}

/// Plays a recorded device: the first byte that we send otherwise fails with its place.
pub struct Replay {
    lines: Vec<Line>,
    next: Arc<Mutex<usize>>,
}

impl Replay {
    /// The second value counts the commands played, for the test to look at.
    pub fn new(lines: Vec<Line>) -> (Self, Arc<Mutex<usize>>) {
        let next = Arc::new(Mutex::new(0));
        (Self { lines, next: next.clone() }, next)
    }
}

impl ApduExchange for Replay {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        let mut next = self.next.lock().unwrap();
        let at = *next;
        let (command, answer) = self.lines.get(at).unwrap_or_else(|| panic!("command {at}: the recording is over"));
        let differs = apdu.iter().zip(command).position(|(ours, theirs)| ours != theirs);
        let place = differs.map_or("past the end of one".to_owned(), |byte| byte.to_string());
        assert_eq!(hex::encode(apdu), hex::encode(command), "command {at}: first differing byte {place}");
        *next += 1;
        Ok(answer.clone())
    }
}
