//! Which keys act on which screen, and what they ask for. The hint bar is written from it; meanings are in
//! [`crate::keys::TABLE`].

use super::{Action, Ask, Entry, Model, Overlay, Reading, Route, Step, Tab};
use crate::keys::KeyCap;

/// One key cap and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The key.
    pub key: KeyCap,
    /// What it asks for.
    pub action: Action,
}

/// One hint: key caps and a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The caps.
    pub caps: Vec<Cap>,
    /// What they do.
    pub verb: &'static str,
}

/// The hints of the screen that is open, most used first, `Esc` last.
pub fn hints(model: &Model) -> Vec<Hint> {
    if model.stopped.is_some() {
        return Vec::new();
    }
    match (model.question(), &model.overlay) {
        (Some(ask), _) => ask_hints(model, ask),
        (None, Some(overlay)) => overlay_hints(overlay),
        (None, None) => screen_hints(model),
    }
}

fn ask_hints(model: &Model, ask: &Ask) -> Vec<Hint> {
    let back = one(KeyCap::Backspace, "take one back", Action::Enter(Entry::Back));
    let mut hints = match ask {
        Ask::Pin(_) => vec![one(KeyCap::Enter, "give it to the device", Action::Primary), back],
        Ask::PassphraseWhere => vec![
            one(KeyCap::Enter, "enter it on the device", Action::Primary),
            one(KeyCap::Letter('K'), "type it here", Action::TypeHere),
        ],
        Ask::Passphrase { .. } => vec![
            one(KeyCap::Enter, "give it to the device", Action::Primary),
            back,
            one(KeyCap::Tab, "show or hide", Action::ShowTyped),
        ],
        Ask::Advisories { problems, reading, .. } => advisory_hints(problems.len(), reading),
        Ask::Pairing(_) => vec![
            one(KeyCap::Letter('Y'), "the same code", Action::SameCode),
            one(KeyCap::Letter('N'), "another code, stop", Action::OtherCode),
        ],
    };
    if !ask.is_typed() {
        hints.extend(everywhere(model));
    }
    hints.push(one(KeyCap::Escape, "cancel", Action::CancelQuestion));
    hints
}

/// `A` acknowledges only what was on the screen, page by page.
fn advisory_hints(count: usize, reading: &Reading) -> Vec<Hint> {
    let mut hints = Vec::new();
    if reading.is_whole(count) {
        hints.push(one(KeyCap::Letter('A'), "acknowledge", Action::Acknowledge));
    }
    if reading.first() > 0 || reading.end() < count {
        let caps = vec![cap(KeyCap::Up, Action::ReadOn(Step::Previous)), cap(KeyCap::Down, Action::ReadOn(Step::Next))];
        hints.push(Hint { caps, verb: "turn the page" });
    }
    hints
}

fn everywhere(model: &Model) -> Vec<Hint> {
    let mut hints = vec![one(KeyCap::Sign('?'), "what is this", Action::Help)];
    if model.has_review() {
        hints.push(one(KeyCap::Letter('W'), "all words", Action::Words));
    }
    hints
}

fn overlay_hints(overlay: &Overlay) -> Vec<Hint> {
    let close = one(KeyCap::Escape, "back", Action::CloseOverlay);
    match overlay {
        Overlay::Abort(_) => vec![one(KeyCap::Enter, "abort and record", Action::Abort), close],
        Overlay::Help => vec![one(KeyCap::Sign('?'), "close", Action::Help), close],
        Overlay::Words => vec![one(KeyCap::Letter('W'), "close", Action::Words), close],
        Overlay::Devices => vec![
            Hint {
                caps: vec![
                    cap(KeyCap::Up, Action::Device(Step::Previous)),
                    cap(KeyCap::Down, Action::Device(Step::Next)),
                ],
                verb: "device",
            },
            one(KeyCap::Enter, "take it, and ask who it is", Action::TakeDevice),
            one(KeyCap::Letter('R'), "look again", Action::LookAgain),
            one(KeyCap::Letter('U'), "close", Action::ListDevices),
            close,
        ],
        Overlay::Files => vec![one(KeyCap::Letter('L'), "close", Action::ListFiles), close],
        Overlay::SelfTest => vec![scroll(), one(KeyCap::Function(3), "close", Action::SelfTest), close],
        Overlay::Notices => vec![scroll(), one(KeyCap::Function(4), "close", Action::Notices), close],
        Overlay::PowerOff => vec![one(KeyCap::Enter, "switch it off", Action::PowerOff), close],
    }
}

/// The hints of the screen itself, or of what a device asks on it, whatever lies over it.
pub fn screen_hints(model: &Model) -> Vec<Hint> {
    if let Some(ask) = &model.ask {
        return ask_hints(model, ask);
    }
    let mut hints = match model.route {
        Route::Open => open(model),
        Route::Scan => scan(model),
        Route::Review => review(model),
        Route::Refused => refused(),
        Route::Compare => compare(),
        Route::Sign => signing(model),
        Route::Present => present(),
        Route::Record => record(model),
    };
    hints.extend(everywhere(model));
    hints.extend(of_machine(model));
    hints.push(match model.route {
        Route::Sign if model.sign.failed.is_none() && !model.sign.cancelling => {
            one(KeyCap::Escape, "end the exchange", Action::CancelExchange)
        }
        Route::Record => one(KeyCap::Escape, "close the session", Action::Close),
        Route::Present => one(KeyCap::Escape, "close with a reason", Action::AskAbort),
        _ => one(KeyCap::Escape, "abort with a reason", Action::AskAbort),
    });
    hints
}

fn scroll() -> Hint {
    let caps = vec![cap(KeyCap::Up, Action::Scroll(Step::Previous)), cap(KeyCap::Down, Action::Scroll(Step::Next))];
    Hint { caps, verb: "further" }
}

/// The keys of the machine itself, where it is this program's.
fn of_machine(model: &Model) -> Vec<Hint> {
    if model.machine.is_none() {
        return Vec::new();
    }
    let mut hints = Vec::new();
    hints.push(one(KeyCap::Function(3), "self-test", Action::SelfTest));
    hints.push(one(KeyCap::Function(4), "notices", Action::Notices));
    hints.push(one(KeyCap::Function(9), "lock", Action::Lock));
    if matches!(model.route, Route::Open | Route::Record) {
        hints.push(one(KeyCap::Function(10), "switch off", Action::AskPowerOff));
    }
    hints
}

fn open(model: &Model) -> Vec<Hint> {
    let mut hints = Vec::new();
    let camera = model.open.camera().is_some();
    if camera && model.open.device().is_some() && model.session.folder().is_some() {
        hints.push(one(KeyCap::Enter, "open the ceremony", Action::Primary));
    }
    hints.extend(model.machine.as_ref().map(|machine| one(KeyCap::Function(2), machine.layout, Action::NextLayout)));
    if camera {
        hints.push(one(KeyCap::Letter('I'), "only look", Action::OnlyLook));
    }
    hints.push(one(KeyCap::Letter('R'), "look again", Action::LookAgain));
    if model.open.camera_count() > 1 {
        hints.push(one(KeyCap::Letter('M'), "another camera", Action::NextCamera));
    }
    hints.push(one(KeyCap::Letter('U'), "hardware wallets", Action::ListDevices));
    if model.session.folder().is_some() {
        hints.push(one(KeyCap::Letter('L'), "folder", Action::ListFiles));
    }
    hints
}

fn scan(model: &Model) -> Vec<Hint> {
    let mut hints = vec![
        one(KeyCap::Letter('R'), "start again", Action::ScanAgain),
        one(KeyCap::Letter('Z'), "largest picture", Action::Largest),
    ];
    if model.open.camera_count() > 1 {
        hints.insert(0, one(KeyCap::Letter('M'), "another camera", Action::NextCamera));
    }
    hints
}

fn review(model: &Model) -> Vec<Hint> {
    let inspector = model.review.inspector_open.then_some(model.review.tab);
    let ((previous, next), verb) = match inspector {
        Some(Tab::Bytes) => ((Action::Byte(Step::Previous), Action::Byte(Step::Next)), "walk the bytes"),
        Some(_) => ((Action::Page(Step::Previous), Action::Page(Step::Next)), "turn the page"),
        None => ((Action::Field(Step::Previous), Action::Field(Step::Next)), "next field"),
    };
    let mut hints = vec![Hint { caps: vec![cap(KeyCap::Up, previous), cap(KeyCap::Down, next)], verb }];
    hints.extend(review_ends(model, inspector));
    hints.extend([
        one(KeyCap::Letter('F'), "findings", Action::Show(Tab::Findings)),
        one(KeyCap::Letter('B'), "bytes", Action::Show(Tab::Bytes)),
        one(KeyCap::Letter('O'), "others can", Action::Show(Tab::OthersCan)),
        one(KeyCap::Letter('D'), "device", Action::Show(Tab::DeviceShows)),
        Hint {
            caps: vec![cap(KeyCap::Left, Action::Group(Step::Previous)), cap(KeyCap::Right, Action::Group(Step::Next))],
            verb: "group",
        },
    ]);
    hints
}

fn review_ends(model: &Model, inspector: Option<Tab>) -> Vec<Hint> {
    let mut hints = match inspector {
        Some(Tab::Bytes) => vec![one(KeyCap::Enter, "go to the field", Action::Primary)],
        Some(_) => vec![one(KeyCap::Enter, "back to the fields", Action::Primary)],
        None if model.review.back.is_some() => vec![one(KeyCap::Letter('V'), "back", Action::ReadReview)],
        None if model.steps_left() == 0 => vec![one(KeyCap::Enter, "compare", Action::Primary)],
        None => Vec::new(),
    };
    let open = model.session.cautions().iter().any(|finding| !model.session.acknowledged(*finding));
    if open && model.review.back.is_none() {
        hints.push(one(KeyCap::Letter('A'), "acknowledge", Action::Acknowledge));
    }
    hints
}

fn refused() -> Vec<Hint> {
    vec![
        one(KeyCap::Letter('V'), "decoded fields", Action::ReadReview),
        one(KeyCap::Enter, "record and close", Action::Primary),
    ]
}

fn compare() -> Vec<Hint> {
    vec![
        one(KeyCap::Letter('N'), "different, stop", Action::WordsDiffer),
        one(KeyCap::Letter('V'), "review, read only", Action::ReadReview),
    ]
}

fn signing(model: &Model) -> Vec<Hint> {
    if model.sign.failed.is_some() {
        return vec![
            one(KeyCap::Letter('R'), "once more", Action::ScanAgain),
            one(KeyCap::Letter('U'), "hardware wallets", Action::ListDevices),
            one(KeyCap::Letter('V'), "review, read only", Action::ReadReview),
            one(KeyCap::Enter, "record and close", Action::Primary),
        ];
    }
    vec![
        one(KeyCap::Letter('X'), "device shows something else", Action::DeviceDiffers),
        one(KeyCap::Letter('V'), "review, read only", Action::ReadReview),
    ]
}

fn present() -> Vec<Hint> {
    vec![
        Hint {
            caps: vec![
                cap(KeyCap::Sign('-'), Action::Density(Step::Previous)),
                cap(KeyCap::Sign('+'), Action::Density(Step::Next)),
            ],
            verb: "density",
        },
        Hint {
            caps: vec![
                cap(KeyCap::Sign('<'), Action::Rate(Step::Previous)),
                cap(KeyCap::Sign('>'), Action::Rate(Step::Next)),
            ],
            verb: "rate",
        },
        one(KeyCap::Space, "pause", Action::Pause),
        Hint {
            caps: vec![cap(KeyCap::Left, Action::Part(Step::Previous)), cap(KeyCap::Right, Action::Part(Step::Next))],
            verb: "one part",
        },
        one(KeyCap::Letter('Z'), "QR only", Action::Largest),
        one(KeyCap::Letter('V'), "review", Action::ReadReview),
        one(KeyCap::Enter, "operator has read it", Action::Primary),
    ]
}

fn record(model: &Model) -> Vec<Hint> {
    let mut hints = vec![
        Hint {
            caps: vec![cap(KeyCap::Up, Action::Entry(Step::Previous)), cap(KeyCap::Down, Action::Entry(Step::Next))],
            verb: "entry",
        },
        one(KeyCap::Letter('R'), "verify again", Action::VerifyAgain),
    ];
    if model.has_review() {
        hints.push(one(KeyCap::Letter('V'), "review, read only", Action::ReadReview));
    }
    hints
}

fn cap(key: KeyCap, action: Action) -> Cap {
    Cap { key, action }
}

fn one(key: KeyCap, verb: &'static str, action: Action) -> Hint {
    Hint { caps: vec![cap(key, action)], verb }
}

/// The action of a press on the screen that is open.
pub(crate) fn action_of(model: &Model, press: KeyCap) -> Option<Action> {
    let plain = model.overlay.is_none() && model.question().is_none();
    if press == KeyCap::Tab && model.route == Route::Review && plain {
        return Some(Action::Group(Step::Next));
    }
    if let Some(machine) = model.machine.as_ref().filter(|_| model.stopped.is_none()) {
        // These two act over everything: whoever leaves locks, and the bar that says F4 stands on every screen.
        match press {
            KeyCap::Function(9) => return Some(Action::Lock),
            KeyCap::Function(4) if machine.unread() > 0 => return Some(Action::Notices),
            _ => {}
        }
    }
    let caps = hints(model).into_iter().flat_map(|hint| hint.caps);
    caps.into_iter().find(|cap| cap.key == press).map(|cap| cap.action)
}
