//! Everything a person can ask for. Views return these, [`super::Model::update`] decides.

use super::Entry;

/// A tab of the inspector beside the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tab {
    /// Cautions and facts.
    #[default]
    Findings,
    /// The bytes of the focused field.
    Bytes,
    /// What others can still change after signing.
    OthersCan,
    /// What the hardware wallet will show.
    DeviceShows,
}

impl Tab {
    /// All tabs in order.
    pub const ALL: [Self; 4] = [Self::Findings, Self::Bytes, Self::OthersCan, Self::DeviceShows];

    /// The word on the tab.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Findings => "Findings",
            Self::Bytes => "Bytes",
            Self::OthersCan => "Others can",
            Self::DeviceShows => "Device shows",
        }
    }
}

/// One step or more in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the next one.
    Next,
    /// To the one before.
    Previous,
}

/// One thing a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Explains the screen, or closes the explanation.
    Help,
    /// Shows all words and the hex digest, or closes them.
    Words,
    /// Asks for the reason of an abort.
    AskAbort,
    /// The text of the reason, as typed so far.
    Reason(String),
    /// Aborts with the reason typed.
    Abort,
    /// Closes what lies over the screen.
    CloseOverlay,
    /// The one primary action of the screen. Never signs.
    Primary,
    /// Opens the ceremony: nothing is missing.
    Begin,
    /// Scans and reviews a request although something needed for signing is missing.
    OnlyLook,
    /// Looks again for cameras and hardware wallets.
    LookAgain,
    /// Takes the next camera.
    NextCamera,
    /// Lists the files of the ceremony folder, or closes the list.
    ListFiles,
    /// Shows the code as large as it gets, or goes back.
    Largest,
    /// Forgets the parts read so far.
    ScanAgain,
    /// Moves the focus to a neighbouring field.
    Field(Step),
    /// Moves the focus to a neighbouring group.
    Group(Step),
    /// Moves the focus to this row of the ledger.
    Focus(usize),
    /// Moves through the bytes, owner by owner.
    Byte(Step),
    /// Turns a page of the inspector.
    Page(Step),
    /// The inspector has no page after this one.
    LastPage(usize),
    /// Goes to the field that owns the focused bytes.
    FieldOfByte,
    /// Opens a tab of the inspector; once more closes a full-width inspector.
    Show(Tab),
    /// Acknowledges the focused caution.
    Acknowledge,
    /// Goes on to the comparison. Only with every gate passed.
    Compare,
    /// Opens the review to read, not to change, or goes back.
    ReadReview,
    /// Space was held for two seconds: approves and signs.
    Approve,
    /// The words differ: stops.
    WordsDiffer,
    /// The device shows something else: stops.
    DeviceDiffers,
    /// Ends the exchange with the device; the approval stands.
    CancelExchange,
    /// One key of the PIN or passphrase that the device asks for.
    Enter(Entry),
    /// Turns a page of what is known against a device.
    ReadOn(Step),
    /// A page of it is on the screen.
    Shown {
        /// Its first entry.
        first: usize,
        /// The entry after its last one.
        end: usize,
    },
    /// The passphrase is typed at this machine.
    TypeHere,
    /// Shows what is typed, or hides it.
    ShowTyped,
    /// The device showed the same pairing code.
    SameCode,
    /// The device showed another one.
    OtherCode,
    /// Answers the device's question with nothing.
    CancelQuestion,
    /// Lists the hardware wallets, or closes the list.
    ListDevices,
    /// Moves to a neighbouring hardware wallet in the list.
    Device(Step),
    /// Takes the hardware wallet in focus, and asks it who it is.
    TakeDevice,
    /// Answers the simulated device of a demo.
    ConfirmOnDevice,
    /// More bytes a part, or fewer.
    Density(Step),
    /// More parts a second, or fewer.
    Rate(Step),
    /// Stops and continues the loop.
    Pause,
    /// Shows a neighbouring part and pauses.
    Part(Step),
    /// The operator has read the result.
    OperatorHasRead,
    /// Keeps the refusal in the record and closes.
    RecordRefusal,
    /// Moves through the entries of the record.
    Entry(Step),
    /// Recomputes the record from its first byte.
    VerifyAgain,
    /// Closes the session.
    Close,
    /// Hides the session until the screen is opened again.
    Lock,
    /// One of the two presses that open a locked screen.
    Unlock,
    /// Takes the next keyboard layout.
    NextLayout,
    /// Looks at each property of the running system, or closes what was found.
    SelfTest,
    /// Shows what happened to the machine, or closes it.
    Notices,
    /// Moves through a list of the machine.
    Scroll(Step),
    /// Asks whether to switch the machine off.
    AskPowerOff,
    /// Switches it off.
    PowerOff,
}
