//! Screens of core models for typed data (EIP-712).

use vitrine_ethereum::alloy_primitives::{Address, I256, U256};

use super::super::super::identity::Look;
use super::super::typed::{DOMAIN, Kind, Member, Typed, Value};
use super::{Style, address_screen, hex, rows_of, screen};
use crate::device::DeviceScreen;

/// Characters that are left of a long title, the last ones.
const TITLE_CHARS: usize = 16;

/// Screens of one request, as they are shown to somebody who asks for every struct and array.
pub(super) fn screens(signer: Address, data: &Typed, style: Style, message_hash: bool) -> Vec<DeviceScreen> {
    let mut walk = Walk { data, look: style.look, screens: Vec::new() };
    let address = format!("{signer:#x}");
    walk.screens.push(address_screen("Signing address", "Signing address", &address, true));
    if style.newer {
        walk.domain_at_once();
    } else {
        walk.domain();
    }
    walk.message();
    if message_hash {
        let hash = vec![format!("{:#x}", data.message_hash)];
        walk.screens.push(screen("Hash of the message", "Confirm message hash", hash));
    }
    let question = vec!["Really sign EIP-712 typed data?".to_owned()];
    walk.screens.push(screen("Typed data, last question", "Confirm typed data", question));
    if style.look == Look::Delizia {
        walk.screens.push(screen("Hold to confirm", "Confirm typed data", vec!["Hold to confirm".to_owned()]));
    }
    walk.screens
}

struct Walk<'a> {
    data: &'a Typed,
    look: Look,
    screens: Vec<DeviceScreen>,
}

impl Walk<'_> {
    fn domain(&mut self) {
        let Value::Members(values) = &self.data.domain else { return };
        let members = self.data.members(DOMAIN).unwrap_or_default();
        let text = |name: &str| {
            let found = members.iter().zip(values).find(|(member, _)| member.name == name);
            match found {
                Some((_, Value::Leaf(bytes))) => rows_of(&String::from_utf8_lossy(bytes)),
                _ => vec!["unknown".to_owned()],
            }
        };
        let lines = [vec!["Name and version".to_owned()], text("name"), text("version")].concat();
        self.screens.push(screen("Domain, name and version", "Confirm domain", lines));
        self.members(DOMAIN, values, &[DOMAIN.to_owned()]);
    }

    /// All of the domain on one screen.
    fn domain_at_once(&mut self) {
        let Value::Members(values) = &self.data.domain else { return };
        let mut lines = Vec::new();
        for (member, value) in self.data.members(DOMAIN).unwrap_or_default().iter().zip(values) {
            if let Value::Leaf(bytes) = value {
                lines.push(format!("{} ({}){}", member.name, member.kind.name(), self.look.colon()));
                lines.extend(text(&member.kind, bytes));
            }
        }
        let title = if lines.is_empty() { "" } else { DOMAIN };
        if lines.is_empty() {
            lines.push("dApp did not identify itself!".to_owned());
        }
        self.screens.push(screen("Domain", title, lines));
    }

    fn message(&mut self) {
        let Value::Members(values) = &self.data.message else { return };
        let name = self.data.primary_type.clone();
        self.screens.push(self.summary("Message, its members", "Confirm message".to_owned(), &name));
        self.members(&name, values, core::slice::from_ref(&name));
    }

    /// What a struct is called and which members it has.
    fn summary(&self, step: &str, title: String, name: &str) -> DeviceScreen {
        let members = self.data.members(name).unwrap_or_default();
        let keys = if members.len() == 1 { "key" } else { "keys" };
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        let lines = vec![name.to_owned(), format!("Contains {} {keys}", members.len()), names.join(", ")];
        screen(step, title, lines)
    }

    fn members(&mut self, name: &str, values: &[Value], parents: &[String]) {
        let data = self.data;
        for (member, value) in data.members(name).unwrap_or_default().iter().zip(values) {
            self.member(member, value, parents);
        }
    }

    fn member(&mut self, member: &Member, value: &Value, parents: &[String]) {
        let path = [parents, core::slice::from_ref(&member.name)].concat();
        match (&member.kind, value) {
            (Kind::Struct(name), Value::Members(values)) => {
                let step = format!("{}, its members", path.join("."));
                self.screens.push(self.summary(&step, path.join("."), name));
                self.members(name, values, &path);
            }
            (Kind::Array(item, _), Value::Items(values)) => self.array(item, values, &path),
            (kind, Value::Leaf(bytes)) => {
                let title = shortened(&parents.join("."));
                self.leaf(&path.join("."), title, &member.name, kind, bytes);
            }
            _ => {}
        }
    }

    fn array(&mut self, item: &Kind, values: &[Value], path: &[String]) {
        let title = shortened(&path.join("."));
        let line = format!("Array of {} {}", values.len(), plural(values.len(), &item.name()));
        self.screens.push(screen(format!("{}, its items", path.join(".")), title.clone(), vec![line]));
        for (index, value) in values.iter().enumerate() {
            match (item, value) {
                (Kind::Struct(name), Value::Members(members)) => self.members(name, members, path),
                (kind, Value::Leaf(bytes)) => {
                    let place = format!("{}[{index}]", path.join("."));
                    self.leaf(&place, title.clone(), &format!("[{index}]"), kind, bytes);
                }
                _ => {}
            }
        }
    }

    fn leaf(&mut self, step: &str, title: String, name: &str, kind: &Kind, bytes: &[u8]) {
        let text = text(kind, bytes);
        let empty = text.iter().all(String::is_empty) && !matches!(kind, Kind::Bytes(_) | Kind::Address);
        let colon = if empty { "" } else { self.look.colon() };
        let description = format!("{name} ({}){colon}", kind.name());
        self.screens.push(screen(step, title, [vec![description], text].concat()));
    }
}

/// A value as the device writes it.
fn text(kind: &Kind, bytes: &[u8]) -> Vec<String> {
    match kind {
        Kind::String => rows_of(&String::from_utf8_lossy(bytes)),
        Kind::Address => vec![Address::try_from(bytes).map(|address| address.to_string()).unwrap_or_default()],
        Kind::Bool => vec![(if bytes == [1] { "true" } else { "false" }).to_owned()],
        Kind::Uint(_) => vec![U256::try_from_be_slice(bytes).unwrap_or_default().to_string()],
        Kind::Int(_) => vec![signed(bytes).to_string()],
        Kind::Bytes(_) | Kind::Array(..) | Kind::Struct(_) => vec![hex(bytes)],
    }
}

fn signed(bytes: &[u8]) -> I256 {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut word = [if negative { 0xff } else { 0 }; 32];
    for (to, from) in word.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    I256::from_be_bytes(word)
}

/// The end of a long title.
fn shortened(title: &str) -> String {
    let chars = title.chars().count();
    if chars <= TITLE_CHARS.saturating_add(2) {
        return title.to_owned();
    }
    let end: String = title.chars().skip(chars.saturating_sub(TITLE_CHARS)).collect();
    format!("..{end}")
}

/// The firmware's English plural.
fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        return word.to_owned();
    }
    let vowel = |letter: char| "aeiouy".contains(letter);
    let mut letters = word.chars().rev();
    match (letters.next(), letters.next()) {
        (Some('y'), before) if !before.is_some_and(vowel) => format!("{}ies", word.trim_end_matches('y')),
        (Some('h' | 's' | 'x' | 'z'), _) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_plurals_are_the_firmwares() {
        assert_eq!(shortened("EIP712Domain"), "EIP712Domain");
        assert_eq!(shortened("eighteen.character"), "eighteen.character");
        assert_eq!(shortened("Mail.from.wallets.a"), "..l.from.wallets.a");
        let plurals = [(2, "address", "addresses"), (0, "uint256", "uint256s"), (1, "address", "address")];
        for (count, word, expected) in plurals.into_iter().chain([(2, "Body", "Bodies"), (2, "Key", "Keys")]) {
            assert_eq!(plural(count, word), expected);
        }
    }

    #[test]
    fn numbers_below_zero_are_numbers_below_zero() {
        assert_eq!(signed(&[0xff]).to_string(), "-1");
        assert_eq!(signed(&[0x80, 0]).to_string(), "-32768");
        assert_eq!(signed(&[0, 0xff]).to_string(), "255");
    }
}
