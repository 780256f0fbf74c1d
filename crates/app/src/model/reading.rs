//! How much of a list was on the screen, where the list may be longer than its room.

use super::Step;

/// The place in a list that is read page by page. How much a page holds is the window's business: it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The first entries of the pages before the present one.
    before: Vec<usize>,
    /// The first entry of the present page.
    first: usize,
    /// The entry after the last one of the present page; `first` until the page was on the screen.
    end: usize,
    /// How many entries, from the first one on, were on the screen.
    seen: usize,
}

impl Reading {
    /// The first entry of the present page.
    pub const fn first(&self) -> usize {
        self.first
    }

    /// The entry after the last one of the present page, as far as it was on the screen.
    pub const fn end(&self) -> usize {
        self.end
    }

    /// Whether each of `total` entries was on the screen.
    pub const fn is_whole(&self, total: usize) -> bool {
        self.seen >= total
    }

    /// Takes that the page from `first` up to `end` is on the screen. One that was left meanwhile does not count.
    pub(super) fn shown(&mut self, first: usize, end: usize) {
        if first == self.first && first <= self.seen {
            self.end = end;
            self.seen = self.seen.max(end);
        }
    }

    /// Turns a page, as far as there is one of `total` entries. A page that was not on the screen is not passed over.
    pub(super) fn turn(&mut self, step: Step, total: usize) {
        match step {
            Step::Next if self.first < self.end && self.end < total => {
                self.before.push(self.first);
                self.first = self.end;
            }
            Step::Next => {}
            Step::Previous => {
                if let Some(first) = self.before.pop() {
                    (self.first, self.end) = (first, first);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_read_once_each_page_was_on_the_screen() {
        let mut reading = Reading::default();
        reading.turn(Step::Next, 5);
        assert_eq!(reading.first(), 0, "nothing was shown yet");
        assert!(!reading.is_whole(5));
        reading.shown(0, 2);
        reading.turn(Step::Next, 5);
        reading.turn(Step::Next, 5);
        assert_eq!((reading.first(), reading.end()), (2, 2), "the second page was not shown yet");
        reading.shown(0, 5);
        assert!(!reading.is_whole(5), "a page that was left does not count");
        reading.shown(2, 4);
        reading.turn(Step::Next, 5);
        assert!(!reading.is_whole(5));
        reading.shown(4, 5);
        assert!(reading.is_whole(5));
        reading.turn(Step::Next, 5);
        assert_eq!(reading.first(), 4, "there is no page after the last one");
        reading.turn(Step::Previous, 5);
        assert_eq!(reading.first(), 2);
        assert!(reading.is_whole(5), "what was read stays read");
        (0..9).for_each(|_| reading.turn(Step::Previous, 5));
        assert_eq!(reading.first(), 0);
    }

    #[test]
    fn a_window_that_grows_or_shrinks_passes_nothing_over() {
        let mut reading = Reading::default();
        reading.shown(0, 4);
        reading.shown(0, 1);
        reading.turn(Step::Next, 5);
        assert_eq!(reading.first(), 1, "the page goes on where the smaller one ended");
        reading.shown(1, 5);
        assert!(reading.is_whole(5));
    }
}
