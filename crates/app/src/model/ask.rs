//! What a device asks of the person at this machine, and what they have entered so far.

use core::fmt;

use vitrine_device::{Answer, PinKind, Prompt};
use zeroize::Zeroizing;

use super::{Command, Model, Overlay, Reading, Step};

/// Most characters that are taken; no device takes more of a PIN or a passphrase.
const MOST_CHARS: usize = 100;
/// Bytes that they can have: the text never moves in memory while it grows.
const MOST_BYTES: usize = 4 * MOST_CHARS;

/// Characters that are in no log, and overwritten once they are used.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// How many characters there are.
    pub fn count(&self) -> usize {
        self.0.chars().count()
    }

    /// The characters, for the person who asked to see them.
    pub fn text(&self) -> &str {
        &self.0
    }

    fn push(&mut self, character: char) {
        if self.count() < MOST_CHARS {
            self.0.push(character);
        }
    }

    fn take_back(&mut self) {
        self.0.pop();
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self(Zeroizing::new(String::with_capacity(MOST_BYTES)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

/// One key of what is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A place of the PIN matrix, `1` to `9` as on a number pad: `7` is the upper left.
    Place(char),
    /// A character of the passphrase.
    Character(char),
    /// The last one is taken back.
    Back,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

/// A question that the device waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The places of the PIN's digits in the matrix that only the device shows.
    Pin(Secret),
    /// The passphrase: where to enter it.
    PassphraseWhere,
    /// The passphrase, typed here.
    Passphrase {
        /// As typed so far.
        typed: Secret,
        /// Whether the characters are shown.
        shown: bool,
    },
    /// What is known against the device, to be acknowledged before it is used.
    Advisories {
        /// Model, firmware and app.
        device: String,
        /// Each in a sentence.
        problems: Vec<&'static str>,
        /// Which of them are on the screen, and which were.
        reading: Reading,
    },
    /// Whether the device showed this code when it was paired.
    Pairing(String),
}

impl Ask {
    /// Whether keys are characters now.
    pub const fn is_typed(&self) -> bool {
        matches!(self, Self::Pin(_) | Self::Passphrase { .. })
    }
}

impl Model {
    /// Takes a question of a device to the person at this machine.
    pub(super) fn asked(&mut self, prompt: &Prompt) -> Vec<Command> {
        self.ask = match prompt {
            Prompt::Pin(PinKind::Current) => Some(Ask::Pin(Secret::default())),
            // A new PIN is never part of signing.
            Prompt::Pin(PinKind::New) => return vec![Command::Answer(Answer::Cancel)],
            Prompt::Passphrase => Some(Ask::PassphraseWhere),
            Prompt::Pairing { code } => Some(Ask::Pairing(code.clone())),
            Prompt::ConfirmOnDevice { .. } | Prompt::Again => None,
        };
        Vec::new()
    }

    /// The question that is on the screen: nothing but the device list lies below it, and whatever else is open above.
    pub fn question(&self) -> Option<&Ask> {
        self.ask.as_ref().filter(|_| matches!(self.overlay, None | Some(Overlay::Devices)))
    }

    pub(super) fn enter(&mut self, entry: Entry) {
        match (&mut self.ask, entry) {
            (Some(Ask::Pin(typed)), Entry::Place(place @ '1'..='9')) => typed.push(place),
            (Some(Ask::Passphrase { typed, .. }), Entry::Character(character)) => typed.push(character),
            (Some(Ask::Pin(typed) | Ask::Passphrase { typed, .. }), Entry::Back) => typed.take_back(),
            _ => {}
        }
    }

    pub(super) fn type_here(&mut self) {
        if self.ask == Some(Ask::PassphraseWhere) {
            self.ask = Some(Ask::Passphrase { typed: Secret::default(), shown: false });
        }
    }

    pub(super) fn show_typed(&mut self) {
        if let Some(Ask::Passphrase { shown, .. }) = &mut self.ask {
            *shown = !*shown;
        }
    }

    /// Gives the device what was entered. A PIN without a place is none, and stays asked for.
    pub(super) fn give(&mut self) -> Vec<Command> {
        let answer = match &self.ask {
            Some(Ask::Pin(typed)) if typed.count() > 0 => Answer::Pin(typed.0.clone()),
            Some(Ask::Passphrase { typed, .. }) => Answer::Passphrase(typed.0.clone()),
            Some(Ask::PassphraseWhere) => Answer::Continue,
            Some(Ask::Pin(_) | Ask::Pairing(_) | Ask::Advisories { .. }) | None => return Vec::new(),
        };
        self.answer(answer)
    }

    /// Says whether the device showed the same code.
    pub(super) fn compare_codes(&mut self, answer: Answer) -> Vec<Command> {
        if matches!(self.ask, Some(Ask::Pairing(_))) { self.answer(answer) } else { Vec::new() }
    }

    /// Turns a page of what is known against a device.
    pub(super) fn read_on(&mut self, step: Step) {
        if let Some(Ask::Advisories { problems, reading, .. }) = &mut self.ask {
            reading.turn(step, problems.len());
        }
    }

    /// Takes what is on the screen of what is known against a device.
    pub(super) fn was_shown(&mut self, first: usize, end: usize) {
        if let Some(Ask::Advisories { reading, .. }) = &mut self.ask {
            reading.shown(first, end);
        }
    }

    /// Goes on with a device that something is known against, once all of that was on the screen.
    pub(super) fn acknowledge_device(&mut self) -> Vec<Command> {
        let Some(Ask::Advisories { device, problems, reading }) = &self.ask else { return Vec::new() };
        if !reading.is_whole(problems.len()) {
            return Vec::new();
        }
        let (device, at) = (device.clone(), self.at());
        self.session.acknowledge_device(&device, at);
        self.answer(Answer::Continue)
    }

    /// Ends the exchange at the device's question.
    pub(super) fn cancel_question(&mut self) -> Vec<Command> {
        if self.ask.is_some() { self.answer(Answer::Cancel) } else { Vec::new() }
    }

    fn answer(&mut self, answer: Answer) -> Vec<Command> {
        self.ask = None;
        vec![Command::Answer(answer)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Report, Wishes};
    use vitrine_ceremony::Session;

    fn asked(prompt: Prompt) -> Model {
        let session = Session::open(None, Some("testnet"), None, 0).unwrap();
        let mut model = Model::new(session, Wishes::default(), 0);
        assert!(model.asked(&prompt).is_empty());
        model
    }

    fn given(commands: &[Command]) -> &Answer {
        match commands {
            [Command::Answer(answer)] => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pin_is_its_places_and_is_gone_once_it_is_given() {
        let mut model = asked(Prompt::Pin(PinKind::Current));
        assert!(model.update(Action::Primary).is_empty(), "no PIN is given before a place is pressed");
        for place in ['7', '1', 'x', '0', '9'] {
            model.update(Action::Enter(Entry::Place(place)));
        }
        model.update(Action::Enter(Entry::Back));
        model.update(Action::Enter(Entry::Character('5')));
        assert!(!format!("{:?}", model.ask).contains("71"));
        let commands = model.update(Action::Primary);
        assert_eq!(given(&commands), &Answer::pin("71"));
        assert!(!format!("{commands:?}").contains("71"));
        assert_eq!(model.ask, None);
    }

    #[test]
    fn a_passphrase_goes_to_the_device_first_and_is_typed_here_only_when_asked_for() {
        let mut model = asked(Prompt::Passphrase);
        assert_eq!(given(&model.update(Action::Primary)), &Answer::Continue);
        let mut model = asked(Prompt::Passphrase);
        model.update(Action::Enter(Entry::Character('x')));
        model.update(Action::TypeHere);
        "Norge å".chars().for_each(|c| drop(model.update(Action::Enter(Entry::Character(c)))));
        assert!(!format!("{:?}", model.ask).contains("Norge"));
        assert!(!format!("{:?}", Action::Enter(Entry::Character('N'))).contains('N'));
        assert_eq!(given(&model.update(Action::Primary)), &Answer::passphrase("Norge å"));
        let mut empty = asked(Prompt::Passphrase);
        empty.update(Action::TypeHere);
        assert_eq!(given(&empty.update(Action::Primary)), &Answer::passphrase(""), "none");
    }

    #[test]
    fn a_code_is_neither_confirmed_by_enter_nor_by_what_answers_other_questions() {
        let pairing = || asked(Prompt::Pairing { code: "ABCDE FGHIJ".to_owned() });
        let mut model = pairing();
        for action in [Action::Primary, Action::TypeHere, Action::Enter(Entry::Place('5'))] {
            assert!(model.update(action).is_empty());
        }
        assert_eq!(given(&model.update(Action::SameCode)), &Answer::Continue);
        assert_eq!(given(&pairing().update(Action::OtherCode)), &Answer::Cancel);
        assert_eq!(given(&pairing().update(Action::CancelQuestion)), &Answer::Cancel);
    }

    #[test]
    fn a_device_that_something_is_known_against_is_used_only_once_that_was_acknowledged() {
        let session = Session::open(None, Some("testnet"), None, 0).unwrap();
        let mut model = Model::new(session, Wishes::default(), 0);
        let advised = || Report::Advised { device: "Trezor 1".to_owned(), problems: vec!["It leaks.", "It lies."] };
        model.hear(advised());
        assert!(model.update(Action::Primary).is_empty(), "Enter acknowledges nothing");
        assert!(model.update(Action::Acknowledge).is_empty(), "nothing was on the screen yet");
        model.update(Action::Shown { first: 0, end: 1 });
        assert!(model.update(Action::Acknowledge).is_empty(), "one was not on the screen yet");
        model.update(Action::ReadOn(Step::Next));
        assert!(model.update(Action::Acknowledge).is_empty(), "the page is turned, and not on the screen yet");
        model.update(Action::Shown { first: 1, end: 2 });
        assert_eq!(given(&model.update(Action::Acknowledge)), &Answer::Continue);
        let entry = model.session.record().entries().last().unwrap();
        assert_eq!((entry.kind.as_str(), entry.who.as_str()), ("Caution", "signer"));
        assert!(entry.what.contains("Trezor 1"), "{}", entry.what);
        model.hear(advised());
        assert_eq!(given(&model.update(Action::CancelQuestion)), &Answer::Cancel);
    }

    #[test]
    fn a_new_pin_is_never_given_and_no_secret_grows_without_end() {
        let session = Session::open(None, Some("testnet"), None, 0).unwrap();
        let mut model = Model::new(session, Wishes::default(), 0);
        assert_eq!(given(&model.asked(&Prompt::Pin(PinKind::New))), &Answer::Cancel);
        model.asked(&Prompt::Pin(PinKind::Current));
        (0..1_000).for_each(|_| drop(model.update(Action::Enter(Entry::Place('9')))));
        assert!(matches!(&model.ask, Some(Ask::Pin(typed)) if typed.count() == MOST_CHARS));
    }
}
