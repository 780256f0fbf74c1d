//! Sign: what the device shows now, beside what it should show.

use egui::{Rect, Ui, pos2};
use vitrine_ceremony::Askings;
use vitrine_device::DeviceScreen;

use super::bars::{ButtonView, buttons_ui};
use super::frame::{self, capital};
use super::leaving::{leaving_line, moved};
use super::place::{Cut, Form};
use crate::components::{self as c, Ink, Pen};
use crate::fonts::Face;
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Action, Failed, Model};
use crate::tokens::{Tone, Type, gap, size};

/// Why the device is asked twice.
const TWICE: &str = "The device is asked twice for the same signatures, as the ceremony folder says: one whose nonces vary can leak its key. Compare every screen both times.";
const DATA: &str = "The device shows what is signed, and calls within it as bytes: compare them with the review, here and on the second machine.";
const PROVEN_CHANGE: &str = "Change that is proven ours is not asked: the device proves it by itself.";

/// What the screen shows.
pub struct SignView {
    strip: Option<c::VerdictStrip>,
    steps: Vec<c::DeviceStep>,
    current: Option<usize>,
    screens: Vec<DeviceScreen>,
    model: String,
    firmware: String,
    asks: Option<String>,
    askings: Askings,
    again: bool,
    is_bitcoin: bool,
    seconds: u64,
    failed: Option<Failed>,
    cancelling: bool,
    can_retry: bool,
    approved: Vec<(String, String)>,
    label: String,
}

/// What runs on the device: `firmware 2.11.1`, `app Ethereum 1.23.0`.
fn versions(identity: &vitrine_device::Identity) -> String {
    let firmware = Some(&identity.firmware).filter(|text| !text.is_empty()).map(|text| format!("firmware {text}"));
    let app = identity.app.as_ref().map(|app| format!("app {app}"));
    [firmware, app].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl SignView {
    /// The view of a model.
    pub fn of(model: &Model) -> Self {
        let sign = &model.sign;
        let identity = sign.identity.as_ref();
        Self {
            strip: frame::verdict_strip(model),
            steps: steps(&sign.screens, sign.current),
            current: sign.current,
            screens: sign.screens.clone(),
            model: identity.map_or("The hardware wallet".to_owned(), |identity| identity.model.clone()),
            firmware: identity.map_or(String::new(), versions),
            label: identity.map_or(String::new(), |identity| identity.label.clone()),
            asks: sign.asks.clone(),
            askings: sign.askings.unwrap_or_else(|| model.session.askings()),
            again: sign.again,
            is_bitcoin: model.session.review().is_none_or(frame::is_bitcoin),
            seconds: sign.seconds(model.now_ms),
            failed: sign.failed.clone(),
            cancelling: sign.cancelling,
            can_retry: model.session.stage() == vitrine_ceremony::Stage::Approved,
            approved: approved(model),
        }
    }

    /// "Asking 1 of 2", where the device is asked twice.
    fn asking(&self) -> Option<&'static str> {
        match (self.askings, self.again) {
            (Askings::Once, _) => None,
            (Askings::Twice, false) => Some("Asking 1 of 2"),
            (Askings::Twice, true) => Some("Asking 2 of 2"),
        }
    }

    fn screen(&self) -> Option<&DeviceScreen> {
        self.screens.get(self.current?)
    }
}

fn steps(screens: &[DeviceScreen], current: Option<usize>) -> Vec<c::DeviceStep> {
    let state = |place: usize| match current {
        Some(current) if place < current => c::StepState::Done,
        Some(current) if place == current => c::StepState::Present,
        _ => c::StepState::Pending,
    };
    let step =
        |(place, screen): (usize, &DeviceScreen)| c::DeviceStep { label: screen.step.clone(), state: state(place) };
    screens.iter().enumerate().map(step).collect()
}

fn approved(model: &Model) -> Vec<(String, String)> {
    let Some(review) = model.session.review() else { return Vec::new() };
    let effects = review.effects();
    let line = |effect: &vitrine_review::Effect| {
        let what = moved(effect).unwrap_or_else(|| "no amount: V shows it".to_owned());
        (effect.role.clone(), what)
    };
    let mut lines: Vec<(String, String)> = effects.list.iter().map(line).collect();
    lines.push((frame::leaving_label(review).to_owned(), leaving_line(effects)));
    lines
}

/// Shows the screen.
pub fn sign_ui(ui: &mut Ui, body: Rect, form: Form, view: &SignView) -> Option<Action> {
    let (strip, rest) = body.cut_top(frame::strip_height(form));
    if let Some(strip_view) = &view.strip {
        frame::strip_ui(ui, strip, form, strip_view);
    }
    if let Some(why) = &view.failed {
        return failed_ui(ui, rest, form, view, why);
    }
    match form {
        Form::One | Form::Tight => main_ui(ui, rest, form, view),
        Form::Two => {
            let (left, main) = rest.cut_left(248.0);
            steps_ui(ui, left, view);
            main_ui(ui, main, form, view);
        }
        Form::Three => {
            let (left, main) = rest.cut_left(276.0);
            let (right, main) = main.cut_right(275.0);
            steps_ui(ui, left, view);
            main_ui(ui, main, form, view);
            approved_ui(ui, right, view);
        }
    }
    None
}

fn steps_ui(ui: &mut Ui, rect: Rect, view: &SignView) {
    let pen = Pen::new(ui);
    pen.upright(rect.right() - size::STROKE, rect.top(), rect.bottom(), Tone::Line);
    let inner = rect.inset(18.0, 14.0);
    let head = view.asking().unwrap_or("Steps on the device");
    pen.line(inner.left(), inner.top(), Ink::strong(Type::BODY), head);
    let here = view.current.map_or(0, |current| current.saturating_add(1));
    let count = format!("{here} of {}", view.steps.len());
    pen.line_right(inner.right(), inner.top(), Ink::data(Type::LABEL).tone(Tone::T2), &count);
    let shown = if view.is_bitcoin { PROVEN_CHANGE } else { DATA };
    let note = match view.askings {
        Askings::Once => shown.to_owned(),
        Askings::Twice => format!("{TWICE} {shown}"),
    };
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    let height = pen.height(inner.width(), ink, &note);
    pen.paragraph(pos2(inner.left(), inner.bottom() - height), inner.width(), ink, &note);
    let room = Rect::from_min_max(
        pos2(rect.left() + 10.0, inner.top() + 30.0),
        pos2(rect.right() - 10.0, inner.bottom() - height - 8.0),
    );
    let (first, shown) = window(&view.steps, here, room.height());
    let height = c::device_steps(ui, room.min, room.width(), shown);
    let rest = view.steps.len().saturating_sub(first.saturating_add(shown.len()));
    if rest > 0 {
        let what = format!("Further down: {rest} more");
        Pen::new(ui).line(inner.left(), room.top() + height, Ink::text(Type::LABEL).tone(Tone::T2), &what);
    }
}

/// The steps that fit, the present one among them.
fn window(steps: &[c::DeviceStep], here: usize, height: f32) -> (usize, &[c::DeviceStep]) {
    const ROW: f32 = 38.0;
    let mut fit = 1;
    while (fit as f32 + 2.0) * ROW <= height && fit < steps.len() {
        fit += 1;
    }
    let first = (here.saturating_sub(1) / fit).saturating_mul(fit);
    let end = first.saturating_add(fit).min(steps.len());
    (first, steps.get(first..end).unwrap_or_default())
}

/// How wide the picture of the device's screen gets.
const MIRROR_WIDTH: f32 = 450.0;

fn main_ui(ui: &mut Ui, rect: Rect, form: Form, view: &SignView) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let one = form.is_one();
    let inner = rect.inset(if one { gap::MEDIUM } else { gap::WIDE }, if one { 6.0 } else { gap::LARGE });
    let title = if one { Ink::strong(Type::SENTENCE) } else { Ink::strong(Type::TOTAL) };
    let (headline, how) = headline(view, one);
    pen.line(inner.left(), inner.top(), title, &headline);
    let mut top = inner.top() + title.kind.pitch;
    if !one {
        pen.line(inner.left(), top, Ink::text(Type::SENTENCE).tone(Tone::T2), how);
        top += 30.0;
    }
    let (wait, rest) = inner.with_min_y(top).cut_bottom(if one { 46.0 } else { 74.0 });
    waiting_ui(ui, wait, form, view);
    let rest = rest.with_max_y(rest.bottom() - if one { 6.0 } else { gap::LARGE });
    let next = if one { 0.0 } else { 84.0 };
    let (next_room, mirror_room) = rest.cut_bottom(next);
    let aside = if one { 200.0 } else { 230.0 };
    // In a wide window, what is said of the picture stays beside it.
    let widest = mirror_room.left() + MIRROR_WIDTH + gap::WIDE + aside;
    let (side, mirror) = mirror_room.with_max_x(mirror_room.right().min(widest)).cut_right(aside);
    mirror_ui(ui, mirror.with_max_x(mirror.right() - gap::WIDE), form, view);
    aside_ui(ui, side, form, view);
    if !one {
        next_ui(ui, next_room, view);
    }
}

fn headline(view: &SignView, one: bool) -> (String, &'static str) {
    match (view.screen(), view.current) {
        (Some(screen), Some(current)) if one => {
            let asking = view.asking().map(|asking| format!("{asking}: ")).unwrap_or_default();
            (
                capital(&format!(
                    "{asking}step {} of {}: {}",
                    current.saturating_add(1),
                    view.steps.len(),
                    screen.step
                )),
                "",
            )
        }
        (Some(screen), _) if screen.address => (
            "Compare, then confirm on the device".to_owned(),
            "All rows, group by group. Only the device's own screen counts.",
        ),
        (Some(_), _) => {
            ("Compare, then confirm on the device".to_owned(), "Every character. Only the device's own screen counts.")
        }
        (None, Some(_)) => ("The device asks for you".to_owned(), "Its screen was not foretold. Read it with care."),
        (None, None) if view.again => (
            "The same request, a second time".to_owned(),
            "Its signatures must be the same again: one whose nonces vary can leak its key.",
        ),
        (None, None) => ("Opening the hardware wallet".to_owned(), "It compares its own key with the folder first."),
    }
}

fn mirror_ui(ui: &mut Ui, rect: Rect, form: Form, view: &SignView) {
    let tall = if form.is_one() { rect.height() } else { rect.height().min(320.0) };
    let rect = rect.cut_top(tall).0;
    let mirror = match view.screen() {
        Some(screen) => c::DeviceMirror {
            title: screen.title.clone(),
            rows: screen.lines.clone(),
            address: screen.address,
            left: String::new(),
            right: String::new(),
        },
        None => c::DeviceMirror {
            title: view.asks.clone().unwrap_or_default(),
            rows: Vec::new(),
            address: false,
            left: String::new(),
            right: String::new(),
        },
    };
    c::device_mirror(ui, rect.with_max_x(rect.left() + rect.width().min(MIRROR_WIDTH)), &mirror);
}

fn aside_ui(ui: &mut Ui, rect: Rect, form: Form, view: &SignView) {
    let pen = Pen::new(ui);
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    let mut y = rect.top();
    y += pen.paragraph(pos2(rect.left(), y), rect.width(), quiet, "Expected on");
    y += pen.paragraph(pos2(rect.left(), y), rect.width(), Ink::strong(Type::SENTENCE), &view.model);
    y += pen.paragraph(pos2(rect.left(), y), rect.width(), quiet, &view.firmware);
    if !view.label.is_empty() {
        y += pen.paragraph(pos2(rect.left(), y), rect.width(), quiet, &format!("its owner calls it “{}”", view.label));
    }
    y += if form.is_one() { 6.0 } else { gap::WIDE };
    y +=
        pen.paragraph(pos2(rect.left(), y), rect.width(), Ink::strong(Type::BODY), "If the device shows anything else");
    let what = "Press Cancel on the device, then X here. Do not try again.";
    pen.paragraph(pos2(rect.left(), y), rect.width(), Ink::text(Type::BODY).tone(Tone::T2), what);
}

fn next_ui(ui: &mut Ui, rect: Rect, view: &SignView) {
    let from = view.current.map_or(0, |current| current.saturating_add(1));
    let next = |(place, screen): (usize, &DeviceScreen)| c::NextScreen {
        number: place.saturating_add(1),
        title: screen.step.clone(),
        summary: summary(screen),
    };
    let screens: Vec<c::NextScreen> = view.screens.iter().enumerate().skip(from).take(3).map(next).collect();
    if screens.is_empty() {
        return;
    }
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    Pen::new(ui).line(rect.left(), rect.top(), ink, "The device shows next");
    c::next_screens(ui, rect.with_min_y(rect.top() + 24.0), &screens);
}

/// What a later screen is about; its characters stand there whole once it is the present one.
fn summary(screen: &DeviceScreen) -> String {
    match (screen.address, screen.lines.as_slice()) {
        (false, [line]) => line.clone(),
        (_, []) => screen.title.clone(),
        (_, [_]) => "1 row".to_owned(),
        (_, lines) => format!("{} rows", lines.len()),
    }
}

fn waiting_ui(ui: &mut Ui, rect: Rect, form: Form, view: &SignView) {
    let pen = Pen::new(ui);
    pen.frame(rect, size::FOCUS, size::CARD_RADIUS, Tone::Act);
    let one = form.is_one();
    let (icon, title) = if one { (24.0, Ink::strong(Type::BODY)) } else { (40.0, Ink::strong(Type::TITLE)) };
    pen.icon(pos2(rect.left() + icon, rect.center().y), icon, Icon::Hand, Tone::Act);
    let x = rect.left() + icon * 1.9;
    let (what, detail) = match view.current {
        _ if view.cancelling => {
            ("Ending the exchange", "Nothing leaves. If the device does not let go, pull its plug.")
        }
        _ if view.again => ("Waiting for you at the device, again", "Nothing has left. Pulling the plug now is safe."),
        Some(_) => ("Waiting for you at the device", "Nothing is signed yet. Pulling the plug now is safe."),
        None => ("Waiting for the device", "Nothing is signed yet. Unlock it, if it is locked."),
    };
    let top = rect.center().y - (title.kind.pitch + 18.0) / 2.0;
    pen.line(x, top, title, what);
    let end = pen.line(x, top + title.kind.pitch, Ink::text(Type::LABEL).tone(Tone::T2), detail);
    let (minutes, seconds) = (view.seconds / 60, view.seconds % 60);
    let clock = Ink::data(if one { Type::BODY } else { Type::TITLE });
    pen.line_right(rect.right() - 18.0, top, clock, &format!("{minutes}:{seconds:02}"));
    let locks = Ink::text(Type::LABEL).tone(Tone::T2);
    let note = "device locks itself at 10:00";
    if end + gap::LARGE + pen.width(locks, note) <= rect.right() - 18.0 {
        pen.line_right(rect.right() - 18.0, top + title.kind.pitch, locks, note);
    }
}

fn approved_ui(ui: &mut Ui, rect: Rect, view: &SignView) {
    let pen = Pen::new(ui);
    pen.upright(rect.left(), rect.top(), rect.bottom(), Tone::Line);
    let inner = rect.inset(gap::LARGE, 14.0);
    pen.line(inner.left(), inner.top(), Ink::strong(Type::BODY), "Approved, for reference");
    let note =
        "The approved digest stays frozen. Signatures are checked against it, not against what the device returns.";
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    let height = pen.height(inner.width(), ink, note);
    pen.paragraph(pos2(inner.left(), inner.bottom() - height), inner.width(), ink, note);
    let top = inner.top() + 30.0;
    let room = inner.bottom() - height - gap::LARGE - top - 20.0;
    let width = inner.width() - 26.0;
    let heights: Vec<f32> = view.approved.iter().map(|(_, amount)| approved_height(&pen, width, amount)).collect();
    let (mut fit, mut used) = (0usize, 0.0);
    for height in &heights {
        if used + height > room {
            break;
        }
        (fit, used) = (fit.saturating_add(1), used + height);
    }
    let card = Rect::from_min_size(pos2(inner.left(), top), egui::vec2(inner.width(), used + 4.0));
    pen.card(card, Tone::Bg1, Tone::Line);
    let mut y = card.top() + 6.0;
    for (place, ((role, amount), height)) in view.approved.iter().zip(&heights).take(fit).enumerate() {
        pen.line(card.left() + 13.0, y, ink, role);
        pen.paragraph(pos2(card.left() + 13.0, y + 20.0), width, approved_ink(&pen, width, amount), amount);
        if place > 0 {
            pen.rule(card.left() + 13.0, card.right() - 13.0, y - 4.0, Tone::Line);
        }
        y += height;
    }
    let rest = view.approved.len().saturating_sub(fit);
    if rest > 0 {
        pen.line(inner.left(), card.bottom() + 2.0, ink, &format!("Further down: {rest} more. V shows all."));
    }
}

/// The largest size in which an amount stands in one row; the smallest where it needs several.
fn approved_ink(pen: &Pen, width: f32, amount: &str) -> Ink {
    let sizes = [Type::SENTENCE, Type::BODY, Type::LABEL].map(Ink::data);
    sizes.into_iter().find(|ink| pen.width(*ink, amount) <= width).unwrap_or(Ink::data(Type::ORDINAL))
}

fn approved_height(pen: &Pen, width: f32, amount: &str) -> f32 {
    let text = pen.height(width, approved_ink(pen, width, amount), amount);
    20.0 + text.max(Type::SENTENCE.pitch) + 13.0
}

fn failed_ui(ui: &mut Ui, rest: Rect, form: Form, view: &SignView, why: &Failed) -> Option<Action> {
    let (bar, room) = rest.cut_bottom(form.gate_bar());
    let room = room.inset(form.margin(), form.margin());
    let pen = Pen::new(ui);
    // A device that is locked or was unplugged needs a hand; red is for one that cannot be trusted.
    let needs_hand = view.can_retry && !why.breach;
    let (ground, tone, icon) = match needs_hand {
        true => (Tone::Bg1, Tone::Act, Icon::Hand),
        false => (Tone::RefuseBg, Tone::Refuse, Icon::Refuse),
    };
    pen.card(room, ground, tone);
    pen.frame(room, if needs_hand { size::FOCUS } else { size::HEAVY }, size::CARD_RADIUS, tone);
    let inner = room.inset(gap::WIDE, if form == Form::Tight { gap::SMALL } else { gap::WIDE });
    let headline = if view.can_retry && !view.again { "Nothing was signed" } else { "Nothing leaves" };
    pen.icon(pos2(inner.left() + 20.0, inner.top() + 17.0), 40.0, icon, tone);
    pen.line(inner.left() + 56.0, inner.top(), Ink::strong(Type::TOTAL), headline);
    let mut y = inner.top() + if form.is_one() { 42.0 } else { 56.0 };
    let ink = if form.is_one() { Ink::text(Type::BODY) } else { Ink::text(Type::SENTENCE) };
    y += pen.paragraph(pos2(inner.left(), y), inner.width(), ink, &frame::sentence(&why.reason)) + gap::SMALL;
    if let Some(next) = &why.next {
        let next = frame::sentence(&format!("Next: {next}"));
        y += pen.paragraph(pos2(inner.left(), y), inner.width(), Ink { face: Face::Strong, ..ink }, &next) + gap::SMALL;
    }
    let next = match view.can_retry {
        true => {
            "The review and its approval still stand. R asks the device once more, U takes another one; Enter records what happened and closes."
        }
        false => "Nothing of what the device returned is used or shown. Enter records what happened and closes.",
    };
    pen.paragraph(pos2(inner.left(), y), inner.width(), Ink::text(Type::BODY).tone(Tone::T2), next);
    let mut left = vec![ButtonView::quiet(Icon::Eye, KeyCap::Letter('V'), "Review", Action::ReadReview)];
    if view.can_retry {
        left.insert(0, ButtonView::quiet(Icon::Again, KeyCap::Letter('R'), "Once more", Action::ScanAgain));
        if !form.is_one() {
            left.push(ButtonView::quiet(Icon::Usb, KeyCap::Letter('U'), "Hardware wallets", Action::ListDevices));
        }
    }
    let primary = ButtonView::primary(Icon::Notebook, "Record and close", Action::Primary);
    buttons_ui(ui, bar, &left, "", Some(&primary))
}
