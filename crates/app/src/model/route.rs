//! Where a session is, as one enum.

/// The screen that is open. There is no other place that says where we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// What is there and what is missing.
    Open,
    /// The camera reads the request.
    Scan,
    /// Everything the request says and does.
    Review,
    /// The request will not be signed.
    Refused,
    /// Words are compared, then Space is held.
    Compare,
    /// The hardware wallet shows and signs.
    Sign,
    /// The verified result as codes.
    Present,
    /// The record and its head.
    Record,
}

impl Route {
    /// The steps of the title bar, in order. A refusal stands in the place of the review.
    pub const STEPS: [Self; 7] =
        [Self::Open, Self::Scan, Self::Review, Self::Compare, Self::Sign, Self::Present, Self::Record];

    /// The word in the title bar.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Scan => "Scan",
            Self::Review | Self::Refused => "Review",
            Self::Compare => "Compare",
            Self::Sign => "Sign",
            Self::Present => "Present",
            Self::Record => "Record",
        }
    }

    /// Name of its picture: `03-review`. A refusal follows the review.
    pub const fn picture(self) -> &'static str {
        match self {
            Self::Open => "01-open",
            Self::Scan => "02-scan",
            Self::Review => "03-review",
            Self::Refused => "04-refused",
            Self::Compare => "04-compare",
            Self::Sign => "05-sign",
            Self::Present => "06-present",
            Self::Record => "07-record",
        }
    }

    /// Place in the title bar, from 0.
    pub fn step(self) -> usize {
        Self::STEPS.iter().position(|step| step.word() == self.word()).unwrap_or_default()
    }
}
