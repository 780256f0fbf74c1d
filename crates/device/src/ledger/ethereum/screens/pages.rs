//! The pages that Ledger's interface library makes of a review: an opening, tagged values, an end.

use super::LedgerScreen;
use crate::device::DeviceScreen;

/// Pages in the order in which a person turns them.
pub(super) struct Pages {
    screen: LedgerScreen,
    blind: bool,
    pages: Vec<DeviceScreen>,
}

impl Pages {
    pub(super) const fn new(screen: LedgerScreen) -> Self {
        Self { screen, blind: false, pages: Vec::new() }
    }

    pub(super) const fn screen(&self) -> LedgerScreen {
        self.screen
    }

    pub(super) fn into_screens(self) -> Vec<DeviceScreen> {
        self.pages
    }

    /// The warning before everything that the app cannot explain.
    pub(super) fn blind_signing(&mut self) {
        self.blind = true;
        let line = match self.screen {
            LedgerScreen::Nano => "To accept risk, press both buttons",
            LedgerScreen::Touch => {
                "If you sign this transaction, you could lose your assets. Explore safer alternatives: \
                 ledger.com/integrated-apps"
            }
        };
        self.push("Warning: the device cannot explain this request", "Blind signing ahead", vec![line.to_owned()]);
    }

    pub(super) fn intro(&mut self, title: &str) {
        let lines = match (self.screen, self.blind) {
            (LedgerScreen::Nano, _) => Vec::new(),
            (LedgerScreen::Touch, true) => vec!["Blind signing required.".to_owned()],
            (LedgerScreen::Touch, false) => vec!["Swipe to review".to_owned()],
        };
        self.push("Opening", title, lines);
    }

    pub(super) fn value(&mut self, step: &str, tag: &str, value: String) {
        self.push(step, tag, vec![value]);
    }

    pub(super) fn address(&mut self, step: &str, tag: &str, value: String) {
        let (step, title) = (step.to_owned(), tag.to_owned());
        self.pages.push(DeviceScreen { step, title, lines: vec![value], address: true });
    }

    /// A value that the app itself writes in two rows.
    pub(super) fn rows(&mut self, step: &str, tag: &str, rows: [String; 2]) {
        self.push(step, tag, rows.to_vec());
    }

    /// A value that is not known here, only to the device.
    pub(super) fn unknown(&mut self, step: &str, tag: &str) {
        self.push(step, tag, Vec::new());
    }

    /// The last page of a message or of what the app explains.
    pub(super) fn finish(&mut self, words: &str) {
        match self.screen {
            LedgerScreen::Nano => self.push("Signing", words, Vec::new()),
            LedgerScreen::Touch => self.push("Signing", &format!("{words}?"), vec!["Hold to sign".to_owned()]),
        }
    }

    /// “Sign” as the app writes it at the end: a person who was warned accepts the risk.
    pub(super) const fn verb(&self) -> &'static str {
        if self.blind { "Accept risk and sign" } else { "Sign" }
    }

    pub(super) const fn transaction_hash_tag(&self) -> &'static str {
        match self.screen {
            LedgerScreen::Nano => "Tx hash",
            LedgerScreen::Touch => "Transaction hash",
        }
    }

    fn push(&mut self, step: &str, title: &str, lines: Vec<String>) {
        self.pages.push(DeviceScreen { step: step.to_owned(), title: title.to_owned(), lines, address: false });
    }
}
