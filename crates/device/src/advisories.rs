//! Firmware and apps of which something bad is known: `assets/devices/advisories.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::device::Identity;

const FILE: &str = include_str!("../../../assets/devices/advisories.toml");
const APP: &str = "app ";
const FIRMWARE: &str = "firmware";

/// Something bad that is known of a range of versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisory {
    vendor: String,
    models: Vec<String>,
    part: String,
    first: Option<String>,
    before: Option<String>,
    last: Option<String>,
    /// What is wrong, in a sentence.
    pub problem: String,
    /// Where that is written, or by what it was seen.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    advisory: Vec<Advisory>,
}

/// What is known against this device, its firmware and the app that is open, in the order of the list.
///
/// An empty answer says nothing good: the list is short, a Ledger does not tell its firmware while an app is open, and
/// a version that cannot be read is in no range.
pub fn advisories(identity: &Identity) -> Vec<&'static Advisory> {
    static LIST: OnceLock<Vec<Advisory>> = OnceLock::new();
    let list = LIST.get_or_init(|| parse(FILE).expect("a test reads the file that is compiled in"));
    list.iter().filter(|advisory| advisory.concerns(identity)).collect()
}

/// Reads the list; the problem in words.
fn parse(text: &str) -> Result<Vec<Advisory>, String> {
    let File { advisory } = toml::from_str(text).map_err(|error| error.to_string())?;
    for (place, one) in advisory.iter().enumerate() {
        one.check().map_err(|problem| format!("advisory {}: {problem}", place.saturating_add(1)))?;
    }
    Ok(advisory)
}

impl Advisory {
    fn check(&self) -> Result<(), &'static str> {
        let versions = [&self.first, &self.before, &self.last];
        if versions.into_iter().flatten().any(|version| numbers(version).is_none()) {
            return Err("a version that is none");
        }
        if self.before.is_some() == self.last.is_some() {
            return Err("neither or both of “before” and “last”");
        }
        if self.part != FIRMWARE && self.part.strip_prefix(APP).is_none_or(str::is_empty) {
            return Err("a part that is neither firmware nor an app");
        }
        let texts = [&self.vendor, &self.problem, &self.source];
        if texts.into_iter().chain(&self.models).any(|text| text.trim().is_empty()) {
            return Err("an empty text");
        }
        Ok(())
    }

    fn concerns(&self, identity: &Identity) -> bool {
        let is_model = self.models.is_empty() || self.models.contains(&identity.model);
        let version = match self.part.strip_prefix(APP) {
            None => Some(identity.firmware.as_str()),
            Some(app) => identity.app.as_deref().and_then(|open| open.strip_prefix(app)?.strip_prefix(' ')),
        };
        self.vendor == identity.vendor && is_model && version.and_then(numbers).is_some_and(|found| self.covers(&found))
    }

    fn covers(&self, found: &[u32; 3]) -> bool {
        let bound = |version: &Option<String>| version.as_deref().and_then(numbers);
        bound(&self.first).is_none_or(|first| *found >= first)
            && bound(&self.before).is_none_or(|before| *found < before)
            && bound(&self.last).is_none_or(|last| *found <= last)
    }
}

/// `2.11.1`, and `1.23.0` of `1.23.0-dev`; a number that is not there is 0. None for anything else.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let release = version.split_once('-').map_or(version, |(release, _)| release);
    let mut numbers = [0; 3];
    for (place, part) in release.split('.').enumerate() {
        *numbers.get_mut(place)? = part.parse().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()))?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(vendor: &'static str, model: &str, firmware: &str, app: Option<&str>) -> Identity {
        Identity {
            vendor,
            model: model.to_owned(),
            label: String::new(),
            firmware: firmware.to_owned(),
            app: app.map(str::to_owned),
            id: String::new(),
        }
    }

    fn problems(identity: &Identity) -> String {
        advisories(identity).iter().map(|advisory| format!("{}\n", advisory.problem)).collect()
    }

    #[test]
    fn the_list_that_is_compiled_in_is_read() {
        let list = parse(FILE).unwrap();
        assert!(list.len() > 20, "{}", list.len());
        assert!(list.iter().all(|advisory| advisory.problem.ends_with('.') && advisory.problem.len() < 200));
    }

    #[test]
    fn firmware_that_hides_coins_is_warned_of_up_to_its_last_version() {
        let safe_5 = |version| problems(&device("Trezor", "Trezor Safe 5", version, None));
        assert!(safe_5("2.11.1").contains("shown without the coins"));
        assert!(safe_5("2.12.0").contains("shown without the coins"));
        assert!(!safe_5("2.12.1").contains("shown without the coins"));
        assert!(safe_5("2.12.1").contains("input of others"));
        assert_eq!(safe_5("2.12.2"), "");
        assert_eq!(safe_5("10.0.0"), "", "numbers, not letters");
        assert!(safe_5("2.9.10").contains("measuring"), "numbers, not letters");
    }

    #[test]
    fn what_is_known_of_one_model_or_app_is_not_said_of_another() {
        assert!(problems(&device("Trezor", "Trezor One", "1.9.0", None)).contains("miners"));
        assert!(!problems(&device("Trezor", "Trezor Safe 5", "1.9.0", None)).contains("bootloader"));
        let nano = |app| problems(&device("Ledger", "Ledger Nano S Plus", "", Some(app)));
        assert!(nano("Ethereum 1.23.0-dev").contains("under the ticker"));
        assert_eq!(nano("Ethereum 1.24.0"), "");
        assert!(nano("Bitcoin 1.4.5").contains("Another coin"));
        assert_eq!(nano("Bitcoin Test 1.4.5"), "");
        assert_eq!(nano("Ethereumx 1.0.0"), "");
        assert_eq!(problems(&device("Nobody", "Trezor One", "1.0.0", None)), "");
    }

    #[test]
    fn a_version_that_cannot_be_read_is_in_no_range() {
        for version in ["", "x", "2", "2.x", "2..1", "2.1.1.1", "-1.0.0", "+2.1.0", "99999999999.0.0"] {
            let known = numbers(version);
            assert_eq!(known.is_some(), version == "2", "{version}");
        }
        assert_eq!(problems(&device("Trezor", "Trezor Safe 5", "2.x", None)), "");
    }

    #[test]
    fn a_row_that_says_too_much_or_too_little_is_refused() {
        let row = "[[advisory]]\nvendor=\"V\"\nmodels=[]\npart=\"firmware\"\nbefore=\"1.0.0\"\nproblem=\"P.\"\nsource=\"S\"\n";
        assert_eq!(parse(row).unwrap().len(), 1);
        for (from, to) in [
            ("before=\"1.0.0\"\n", ""),
            ("before=\"1.0.0\"\n", "before=\"1.0.0\"\nlast=\"1.0.0\"\n"),
            ("1.0.0", "one"),
            ("firmware", "soft"),
            ("firmware", "app "),
            ("\"P.\"", "\"\""),
            ("source", "sources"),
            ("models=[]\n", ""),
            ("models=[]", "models=[\"\"]"),
        ] {
            assert!(parse(&row.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
