//! Where the person is in the review.

use std::collections::BTreeSet;

use vitrine_review::{ByteAccount, Review};

use super::{Ledger, Route, Step, Tab};

/// Bytes of a long owner that are shown at once.
pub const BYTES_SHOWN: usize = 24;

/// Focus, tab and what was looked at.
#[derive(Clone, Debug, Default)]
pub struct ReviewState {
    /// The rows.
    pub ledger: Ledger,
    /// The focused row.
    pub focus: usize,
    /// The tab of the inspector.
    pub tab: Tab,
    /// Whether the keys walk the inspector. Where there is no room for both, it then covers the ledger.
    pub inspector_open: bool,
    /// Whether the inspector stands beside the ledger.
    pub beside: bool,
    /// The page of the inspector; the one with the first open caution if none was chosen.
    pub page: Option<usize>,
    /// The focused owner of bytes; that of the focused field if none is.
    pub owner: Option<usize>,
    /// How many of its bytes stand above what is shown of a long one.
    pub skip: usize,
    /// Where to go back to, when the review is only read.
    pub back: Option<Route>,
    /// Rows that had the focus.
    pub walked: BTreeSet<usize>,
}

impl ReviewState {
    /// The beginning of a review.
    pub fn begin(review: &Review) -> Self {
        Self { ledger: Ledger::new(review), ..Self::default() }
    }

    /// Moves the focus one row on or back.
    pub fn step_row(&mut self, step: Step) {
        let last = self.ledger.rows().len().saturating_sub(1);
        self.move_to(match step {
            Step::Next => self.focus.saturating_add(1).min(last),
            Step::Previous => self.focus.saturating_sub(1),
        });
    }

    /// Moves the focus to the first row of the next group, or of the one before.
    pub fn step_group(&mut self, step: Step) {
        let groups = self.ledger.groups();
        let here = self.ledger.rows().get(self.focus).map_or(0, |row| row.group);
        let there = match step {
            Step::Next => here.saturating_add(1) % groups.len().max(1),
            Step::Previous => here.checked_sub(1).unwrap_or(groups.len().saturating_sub(1)),
        };
        if let Some(group) = groups.get(there).filter(|group| group.rows > 0) {
            self.move_to(group.first);
        }
    }

    /// Moves the focus to a row.
    pub fn move_to(&mut self, row: usize) {
        if row < self.ledger.rows().len() {
            self.focus = row;
            self.owner = None;
            self.skip = 0;
        }
    }

    /// The owner of bytes in focus: the chosen one, or the first of the focused field.
    pub fn owner(&self, account: &ByteAccount) -> Option<usize> {
        self.owner.or_else(|| {
            let codes = self.ledger.rows().get(self.focus)?.codes();
            let owners = account.owners();
            owners.iter().position(|o| o.field.as_deref().is_some_and(|field| codes.contains(&field)))
        })
    }

    /// Moves through the bytes: to the next 24 of a long owner, else to the next owner.
    pub fn step_owner(&mut self, step: Step, account: &ByteAccount) {
        let owners = account.owners();
        let here = self.owner(account).unwrap_or_default();
        let length = owners.get(here).map_or(0, |owner| owner.span.len());
        let (owner, skip) = match step {
            Step::Next if self.skip.saturating_add(BYTES_SHOWN) < length => {
                (here, self.skip.saturating_add(BYTES_SHOWN))
            }
            Step::Next => (here.saturating_add(1).min(owners.len().saturating_sub(1)), 0),
            Step::Previous if self.skip > 0 => (here, self.skip.saturating_sub(BYTES_SHOWN)),
            Step::Previous => (here.saturating_sub(1), 0),
        };
        self.owner = Some(owner);
        self.skip = skip;
    }

    /// Turns a page of the inspector.
    pub fn step_page(&mut self, step: Step) {
        let page = self.page.unwrap_or_default();
        self.page = Some(match step {
            Step::Next => page.saturating_add(1),
            Step::Previous => page.saturating_sub(1),
        });
    }
}
