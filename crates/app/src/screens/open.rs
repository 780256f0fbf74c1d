//! Open: what is there, what is missing, and how to get it.

use egui::{Rect, Ui, pos2};
use vitrine_ceremony::{EthereumRules, Folder, Recognised};
use vitrine_review::{Amount, Digest};

use super::bars::{ButtonView, buttons_ui};
use super::frame::{counted, number, sentence};
use super::place::{Cut, Form};
use crate::components::{AddressBlock, Ink, Pen, address_block};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Action, Found, Model};
use crate::tokens::{Tone, Type, gap, size};

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// There, and fit for use.
    Ready,
    /// Not there.
    Missing,
    /// Being looked for.
    Looking,
}

impl CheckState {
    const fn word(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Missing => "Missing",
            Self::Looking => "Looking",
        }
    }

    const fn mark(self) -> (Icon, Tone) {
        match self {
            Self::Ready => (Icon::Done, Tone::Proven),
            Self::Missing => (Icon::Caution, Tone::Caution),
            Self::Looking => (Icon::Circle, Tone::T2),
        }
    }
}

/// One thing that is needed.
pub struct Check {
    icon: Icon,
    name: &'static str,
    state: CheckState,
    what: String,
    how: String,
}

/// What the screen shows.
pub struct OpenView {
    title: String,
    badges: Vec<String>,
    facts: Vec<(&'static str, String)>,
    checks: Vec<Check>,
    folder_digest: Option<Digest>,
    note: Option<String>,
    can_look: bool,
}

impl OpenView {
    /// The view of a model.
    pub fn of(model: &Model) -> Self {
        let folder = model.session.folder();
        let network = model.session.network();
        let chain = folder.map_or("No ceremony folder,", Folder::chain);
        let mut badges = vec![format!("{chain} {network}")];
        badges.extend(folder.iter().flat_map(|f| f.wallet_names()).map(|name| format!("Wallet {name}")));
        Self {
            title: folder.map_or("No ceremony folder".to_owned(), |folder| folder.title().to_owned()),
            badges,
            facts: folder.map(facts).unwrap_or_default(),
            checks: vec![wallet(model), camera(model), folder_check(folder, model.machine.is_some())],
            folder_digest: folder.map(Folder::digest),
            note: model.note.clone(),
            can_look: model.open.camera().is_some(),
        }
    }

    fn missing(&self) -> usize {
        self.checks.iter().filter(|check| check.state != CheckState::Ready).count()
    }

    fn headline(&self) -> String {
        if self.checks.iter().any(|check| check.state == CheckState::Looking) {
            return "Looking at this machine".to_owned();
        }
        match self.missing() {
            0 => "Nothing is missing".to_owned(),
            1 => "1 thing is missing".to_owned(),
            count => format!("{count} things are missing"),
        }
    }
}

fn payees(folder: &Folder) -> &'static str {
    match folder.approval().recipients {
        vitrine_ceremony::Recipients::Any => "anybody; a new address is a caution",
        vitrine_ceremony::Recipients::AddressBook => "addresses of the book only",
    }
}

fn ethereum_facts(folder: &Folder, rules: &EthereumRules) -> Vec<(&'static str, String)> {
    let limit = |wei: Option<u128>| wei.map_or("not limited".to_owned(), |wei| format!("{wei} wei"));
    vec![
        ("Limit", limit(rules.max_amount_wei)),
        ("Fee limit", limit(rules.max_fee_wei)),
        ("Payees", payees(folder).to_owned()),
        ("Files", folder.files().len().to_string()),
    ]
}

fn facts(folder: &Folder) -> Vec<(&'static str, String)> {
    let approval = folder.approval();
    if let Some(rules) = &approval.ethereum {
        return ethereum_facts(folder, rules);
    }
    let unit = if folder.network() == "mainnet" { "BTC" } else { "tBTC" };
    let limit = |sat: Option<u64>| sat.map_or("not limited".to_owned(), |sat| Amount::from_sat(sat, unit).to_string());
    vec![
        ("Limit", limit(approval.max_amount_sat)),
        ("Fee limit", limit(approval.max_fee_sat)),
        ("Payees", payees(folder).to_owned()),
        ("Files", folder.files().len().to_string()),
    ]
}

fn wallet(model: &Model) -> Check {
    let found = model.open.device();
    let others = model.open.device_list().len().saturating_sub(1);
    let how = match found.and_then(|found| model.open.recognised.get(&found.id)) {
        Some(Ok(recognised)) => said(recognised),
        Some(Err(failed)) => sentence(&failed.reason),
        None if others > 0 => format!("{} more. U lists them, and asks who they are.", number(others)),
        None => "Its own screen is what counts. U asks it who it is.".to_owned(),
    };
    let missing = "No hardware wallet is plugged in.";
    check(Icon::Usb, "Hardware wallet", found, &model.open.devices, missing, &how)
}

/// Who a hardware wallet said it is, in one row.
fn said(recognised: &Recognised) -> String {
    let key = recognised.fingerprint.as_ref().map(|fingerprint| format!(", key {fingerprint}")).unwrap_or_default();
    let wallets: Vec<String> = recognised.belongs_to.iter().map(vitrine_ceremony::Belonging::phrase).collect();
    let wallets = if wallets.is_empty() { "none of this ceremony".to_owned() } else { wallets.join("; ") };
    format!("{}{key}. Wallet: {wallets}.", recognised.identity.name())
}

fn camera(model: &Model) -> Check {
    let cameras = model.open.camera_count();
    let how = if cameras > 1 {
        format!("{}. M takes the next.", counted(cameras, "camera"))
    } else {
        "It films the request.".to_owned()
    };
    let found = model.open.camera();
    check(Icon::Camera, "Camera", found, &model.open.cameras, "No camera is plugged in.", &how)
}

fn check(
    icon: Icon,
    name: &'static str,
    found: Option<&Found>,
    listed: &Option<Result<Vec<Found>, String>>,
    missing: &str,
    how: &str,
) -> Check {
    let plug = "Plug it in. It is found by itself, or with R.";
    let (state, what, how) = match (found, listed) {
        (Some(found), _) => (CheckState::Ready, found.name.clone(), how),
        (None, None) => (CheckState::Looking, "Not looked at yet.".to_owned(), ""),
        (None, Some(Err(why))) => (CheckState::Missing, sentence(why), plug),
        (None, Some(Ok(_))) => (CheckState::Missing, missing.to_owned(), plug),
    };
    Check { icon, name, state, what, how: how.to_owned() }
}

fn folder_check(folder: Option<&Folder>, on_appliance: bool) -> Check {
    let (state, what, how) = match folder {
        Some(folder) => (
            CheckState::Ready,
            format!("{}, all known, checked without a warning", counted(folder.files().len(), "file")),
            "Compare its digest below with the printed sheet. L lists the files.",
        ),
        None => (
            CheckState::Missing,
            "Nothing is proven ours, and nothing can be signed.".to_owned(),
            if on_appliance {
                "Start again with the stick VITRINE-OUT that has it as the folder ceremony."
            } else {
                "Start again with --ceremony and the folder that was prepared."
            },
        ),
    };
    Check { icon: Icon::Folder, name: "Ceremony folder", state, what, how: how.to_owned() }
}

/// Shows the screen.
pub fn open_ui(ui: &mut Ui, body: Rect, form: Form, view: &OpenView) -> Option<Action> {
    let (bar, rest) = body.cut_bottom(form.gate_bar());
    let asked = bar_ui(ui, bar, view);
    if form.is_one() {
        let (head, list) = rest.cut_top(if form == Form::Tight { 62.0 } else { 86.0 });
        head_ui(ui, head, form, view);
        list_ui(ui, list, form, view);
    } else {
        let (side, list) = rest.cut_left(if form == Form::Three { 372.0 } else { 300.0 });
        head_ui(ui, side, form, view);
        Pen::new(ui).upright(side.right() - size::STROKE, side.top(), side.bottom(), Tone::Line);
        list_ui(ui, list, form, view);
    }
    asked
}

fn head_ui(ui: &mut Ui, rect: Rect, form: Form, view: &OpenView) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg0);
    let one = form.is_one();
    let top = match form {
        Form::Tight => gap::TINY,
        Form::One => gap::SMALL,
        Form::Two | Form::Three => 27.0,
    };
    let inner = rect.inset(if one { gap::MEDIUM } else { gap::WIDE }, top);
    let mut y = inner.top();
    if form != Form::Tight {
        y += pen.paragraph(inner.min, inner.width(), Ink::text(Type::LABEL).tone(Tone::T2), "Signing ceremony");
    }
    let title = if one { Type::TITLE } else { Type::TOTAL };
    y += pen.paragraph(pos2(inner.left(), y), inner.width(), Ink::strong(title), &view.title)
        + if one { 4.0 } else { 16.0 };
    y = badges(&pen, inner, y, &view.badges) + gap::LARGE;
    if one {
        return;
    }
    for (label, value) in &view.facts {
        pen.line(inner.left(), y, Ink::text(Type::BODY).tone(Tone::T2), label);
        let at = pos2(inner.left() + 112.0, y);
        y += pen.paragraph(at, inner.width() - 112.0, Ink::text(Type::BODY), value) + gap::SMALL;
    }
    let note = "Vitrine itself talks to no network. Only the codes on its screen leave it.";
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    let height = pen.height(inner.width() - 22.0, ink, note);
    let top = rect.bottom() - 24.0 - height;
    pen.icon(pos2(inner.left() + 8.0, top + 9.0), 15.0, Icon::NoNetwork, Tone::T2);
    pen.paragraph(pos2(inner.left() + 22.0, top), inner.width() - 22.0, ink, note);
}

fn badges(pen: &Pen, inner: Rect, top: f32, badges: &[String]) -> f32 {
    let (mut x, mut y) = (inner.left(), top);
    for badge in badges {
        let width = pen.width(Ink::strong(Type::LABEL), badge) + 16.0;
        if x > inner.left() && x + width > inner.right() {
            (x, y) = (inner.left(), y + 28.0);
        }
        let frame = Rect::from_min_size(pos2(x, y), egui::vec2(width, 22.0));
        pen.frame(frame, size::STROKE, size::RADIUS, Tone::Edge);
        pen.line_at(x + 8.0, frame.center().y, Ink::strong(Type::LABEL), badge);
        x += width + gap::SMALL;
    }
    y + 22.0
}

fn list_ui(ui: &mut Ui, rect: Rect, form: Form, view: &OpenView) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let (head, mut rest) = rect.cut_top(match form {
        Form::Tight => 50.0,
        Form::One => 56.0,
        Form::Two | Form::Three => 96.0,
    });
    headline(&pen, head, form, view);
    let has_room = form != Form::Tight || view.missing() == 0;
    if let Some(digest) = view.folder_digest.as_ref().filter(|_| has_room) {
        let (foot, list) = rest.cut_bottom(if form.is_one() { 46.0 } else { 64.0 });
        digest_ui(ui, foot, form, digest);
        rest = list;
    }
    let first = view.checks.iter().position(|check| check.state != CheckState::Ready);
    for (place, check) in view.checks.iter().enumerate() {
        let (row, below) = rest.cut_top(check_height(&pen, rest, form, check));
        check_ui(&pen, row, form, check, first == Some(place));
        rest = below;
    }
}

fn headline(pen: &Pen, head: Rect, form: Form, view: &OpenView) {
    let x = head.left() + form.margin() + 2.0;
    let right = head.right() - form.margin();
    let (title, top) = if form.is_one() { (Type::TITLE, 4.0) } else { (Type::TOTAL, 26.0) };
    pen.line(x, head.top() + top, Ink::strong(title), &view.headline());
    let below = head.top() + top + title.pitch;
    match &view.note {
        Some(note) => pen.line(x, below, Ink::strong(Type::LABEL).tone(Tone::Caution), note),
        None => {
            pen.line(x, below, Ink::text(Type::BODY).tone(Tone::T2), "Each line says what it needs and how to get it.")
        }
    };
    let ready = view.checks.len().saturating_sub(view.missing());
    let baseline = head.top() + if form.is_one() { 30.0 } else { 66.0 };
    let of = format!(" of {}", view.checks.len());
    let of_width = pen.width(Ink::data(Type::TITLE).tone(Tone::T2), &of);
    pen.on_baseline(right - of_width, baseline, Ink::data(Type::TITLE).tone(Tone::T2), &of);
    let count = Ink::data(if form.is_one() { Type::TITLE } else { Type::PARTS });
    let ready = ready.to_string();
    pen.on_baseline(right - of_width - pen.width(count, &ready), baseline, count, &ready);
    pen.rule(head.left(), head.right(), head.bottom() - 1.0, Tone::Line);
}

/// Columns of a check: name, state, sentences.
fn columns(rect: Rect, form: Form) -> [f32; 3] {
    let offsets = match form {
        Form::Three => [61.0, 228.0, 355.0],
        Form::Two => [54.0, 192.0, 296.0],
        Form::One | Form::Tight => [44.0, 176.0, 268.0],
    };
    offsets.map(|offset| rect.left() + offset)
}

fn check_height(pen: &Pen, rect: Rect, form: Form, check: &Check) -> f32 {
    let [_, _, text] = columns(rect, form);
    let width = rect.right() - form.margin() - text;
    let what = pen.height(width, Ink::text(Type::BODY), &check.what);
    let how = if says_how(form, check) { pen.height(width, Ink::text(Type::LABEL), &check.how) } else { 0.0 };
    match form {
        Form::Tight => (what + how + 18.0).max(42.0),
        Form::One => (what + how + 26.0).max(52.0),
        Form::Two | Form::Three => (what + how + 26.0).max(71.0),
    }
}

/// In a low window, what is ready needs no more words.
fn says_how(form: Form, check: &Check) -> bool {
    form != Form::Tight || check.state != CheckState::Ready
}

fn check_ui(pen: &Pen, row: Rect, form: Form, check: &Check, focused: bool) {
    if focused {
        pen.fill(row, Tone::Bg2);
        pen.fill(row.with_max_x(row.left() + size::HEAVY), Tone::Act);
    }
    let [name, state, text] = columns(row, form);
    let top = row.top() + if form == Form::Tight { 8.0 } else { 13.0 };
    let (icon, tone) = check.state.mark();
    pen.icon(pos2(row.left() + form.margin() + 15.0, top + 14.0), 26.0, check.icon, Tone::T2);
    pen.line(name, top, Ink::strong(Type::SENTENCE), check.name);
    pen.icon(pos2(state + 8.0, top + 11.0), 16.0, icon, tone);
    pen.line(state + 24.0, top + 1.0, Ink::strong(Type::BODY).tone(tone), check.state.word());
    let width = row.right() - form.margin() - text;
    let below = top + 1.0 + pen.paragraph(pos2(text, top + 1.0), width, Ink::text(Type::BODY), &check.what);
    if says_how(form, check) {
        pen.paragraph(pos2(text, below), width, Ink::text(Type::LABEL).tone(Tone::T2), &check.how);
    }
    pen.rule(row.left(), row.right(), row.bottom() - 1.0, Tone::Line);
}

fn digest_ui(ui: &mut Ui, rect: Rect, form: Form, digest: &Digest) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg0);
    pen.rule(rect.left(), rect.right(), rect.top(), Tone::Line);
    let x = rect.left() + form.margin() + 2.0;
    let top = rect.top() + if form.is_one() { 4.0 } else { gap::MEDIUM };
    pen.line(x, top, Ink::text(Type::LABEL).tone(Tone::T2), "Folder digest");
    if form.is_one() {
        for (row, chunk) in digest.groups().chunks(8).enumerate() {
            pen.line(
                x + 100.0,
                top + 18.0 * if row == 0 { 0.0 } else { 1.0 },
                Ink::data(Type::LABEL),
                &chunk.join(" "),
            );
        }
        return;
    }
    let mut block = AddressBlock::new(digest.groups(), Type::LABEL);
    block.per_row = 8;
    let at = pos2(x + 124.0, top);
    address_block(ui, at, &block);
}

fn bar_ui(ui: &mut Ui, bar: Rect, view: &OpenView) -> Option<Action> {
    let left = [ButtonView::quiet(Icon::Look, KeyCap::Letter('I'), "Only look at a request", Action::OnlyLook)
        .enabled(view.can_look)];
    let ready = view.missing() == 0;
    let primary = ButtonView::primary(Icon::Play, "Open the ceremony", Action::Primary).enabled(ready);
    buttons_ui(ui, bar, &left, if ready { "" } else { "Opens when nothing is missing" }, Some(&primary))
}
