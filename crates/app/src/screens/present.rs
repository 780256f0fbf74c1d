//! Present: the verified result, as codes that were read back before they are shown.

use egui::{Rect, Ui, pos2, vec2};
use vitrine_ceremony::Signed;
use vitrine_qr::Modules;
use vitrine_review::{Effect, EffectKind, groups_of_four, sha256};

use super::frame::{capital, counted, is_bitcoin, number};
use super::place::{Cut, Form};
use crate::components::{self as c, Ink, Pen, Words};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Action, Model, PresentState};
use crate::tokens::{Tone, Type, gap};

/// Characters of a hash as it is written.
const HASH_CHARS: usize = 66;

/// What the screen shows.
pub struct PresentView<'a> {
    code: Option<&'a Modules>,
    caption: String,
    strip: Option<c::PartStrip>,
    waits: String,
    failed: Option<String>,
    headline: String,
    detail: String,
    checks: Vec<Words>,
    not_checked: Option<Words>,
    pays: Vec<&'a Effect>,
    density: usize,
    rate: u64,
    words: String,
    is_bitcoin: bool,
    /// "signed PSBT", "signature".
    what: &'static str,
    /// By what the result is known, with labels; not for Bitcoin, where the operator's machine says it.
    names: Vec<(String, String)>,
    largest: bool,
}

impl<'a> PresentView<'a> {
    /// The view of a model.
    pub fn of(model: &'a Model) -> Self {
        let present = &model.present;
        let shown = present.shown(model.now_ms);
        let prepared = present.prepared.as_ref();
        let signed = model.session.result();
        Self {
            code: shown.and_then(|shown| prepared?.codes.get(shown.code)),
            caption: caption(present, model.now_ms),
            strip: shown
                .zip(prepared)
                .map(|(shown, prepared)| c::PartStrip { parts: prepared.codes.len(), present: shown.code }),
            waits: "Each code is read back by a second decoder before it is shown.".to_owned(),
            failed: present.failed.clone(),
            headline: "Signed and verified".to_owned(),
            detail: detail(model),
            checks: checks(model),
            not_checked: signed.and_then(|signed| signed.not_checked()).map(|what| Words::plain(capital(what))),
            pays: model.session.review().map(|review| review.effects().list.iter().collect()).unwrap_or_default(),
            density: present.fragment_len(),
            rate: present.rate(),
            words: signed.map(|signed| sha256(&signed.payload().bytes).first_words()).unwrap_or_default(),
            is_bitcoin: model.session.review().is_none_or(is_bitcoin),
            what: signed.map_or("result", Signed::what),
            names: names(model),
            largest: present.largest,
        }
    }
}

fn caption(present: &PresentState, now_ms: u64) -> String {
    let (Some(shown), Some(prepared)) = (present.shown(now_ms), present.prepared.as_ref()) else {
        return String::new();
    };
    let modules = prepared.codes.get(shown.code).map_or(0, Modules::size);
    let size = format!("{modules} × {modules} modules");
    if prepared.codes.len() < 2 {
        return format!("1 of 1 part, {size}");
    }
    let what = match shown.code.checked_sub(prepared.pure) {
        None => format!("{} of {} parts", shown.code.saturating_add(1), prepared.pure),
        Some(mixed) => {
            format!("{} of {} mixed parts", mixed.saturating_add(1), prepared.codes.len().saturating_sub(prepared.pure))
        }
    };
    let still = if present.paused { ", standing still" } else { "" };
    format!("{what}, loop {}, {size}{still}", shown.round)
}

fn detail(model: &Model) -> String {
    let review = model.session.review();
    let (chain, network) = review.map_or(("", ""), |review| (review.chain(), review.network()));
    let device = model.session.result().map_or("", |signed| signed.device());
    format!("{chain} {network}. Signed by {device}.")
}

/// Hash of the transaction or `safeTxHash`, and who signed; a signature itself is in the code.
fn names(model: &Model) -> Vec<(String, String)> {
    let is_bitcoin = model.session.review().is_none_or(is_bitcoin);
    let names = model.session.result().filter(|_| !is_bitcoin).map(Signed::names).unwrap_or_default();
    names.iter().filter(|(_, name)| name.len() <= HASH_CHARS).cloned().collect()
}

fn checks(model: &Model) -> Vec<Words> {
    let Some(signed) = model.session.result() else { return Vec::new() };
    let mut checks: Vec<Words> = signed.checks().iter().map(|check| Words::plain(capital(check))).collect();
    if let Some(prepared) = &model.present.prepared {
        let parts = prepared.read_back.parts;
        let what = if parts == 1 { "its one part".to_owned() } else { format!("all {} parts", number(parts)) };
        checks.push(Words::name("This QR was read back").then(format!(" by a second decoder, {what}")));
    }
    checks
}

/// Shows the screen.
pub fn present_ui(ui: &mut Ui, body: Rect, form: Form, view: &PresentView<'_>) -> Option<Action> {
    if view.largest {
        code_ui(ui, body, form, view);
        return None;
    }
    let side = match form {
        Form::Three => (body.width() - (body.height() - 28.0)).clamp(480.0, 640.0),
        Form::Two => 414.0,
        Form::One => 276.0,
        Form::Tight => 226.0,
    };
    let (right, left) = body.cut_right(side);
    code_ui(ui, left, form, view);
    Pen::new(ui).fill(right, Tone::Bg1);
    Pen::new(ui).upright(right.left(), right.top(), right.bottom(), Tone::Line);
    let one = form.is_one();
    let margin = if form == Form::Three { 20.0 } else { form.margin() };
    right_ui(ui, right.inset(margin, if one { 8.0 } else { gap::LARGE }), form, view);
    None
}

fn code_ui(ui: &mut Ui, rect: Rect, form: Form, view: &PresentView<'_>) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::QrSurround);
    let (foot, room) = rect.cut_bottom(if form.is_one() { 26.0 } else { 44.0 });
    let margin = if form.is_one() { 4.0 } else { 10.0 };
    let Some(code) = view.code else {
        let (head, tone) =
            if view.failed.is_some() { ("No code is shown", Tone::Refuse) } else { ("Reading back", Tone::White) };
        let text = view.failed.as_ref().unwrap_or(&view.waits);
        pen.line_centred(room.center() - vec2(0.0, 30.0), Ink::strong(Type::TOTAL).tone(tone), head);
        let width = room.width() - 64.0;
        let ink = Ink::text(Type::SENTENCE).tone(Tone::White);
        pen.paragraph(pos2(room.left() + 32.0, room.center().y + 8.0), width, ink, text);
        return;
    };
    let (square, module_px) = c::qr_panel(ui, room.inset(margin, margin), &c::QrPanel { modules: code });
    let pen = Pen::new(ui);
    let y = foot.center().y - 2.0;
    let caption = format!("{} of {module_px} px", view.caption);
    let ink = Ink::text(Type::LABEL).tone(Tone::White);
    let end = pen.line_at(square.left().max(rect.left() + 8.0), y, ink, &caption);
    let right = square.right().min(rect.right() - 8.0);
    if let Some(strip) = view.strip.filter(|strip| strip.parts > 1) {
        let room = Rect::from_min_max(pos2(end + gap::LARGE, foot.top()), pos2(right, foot.bottom() - 4.0));
        if room.width() > 4.0 * strip.parts as f32 {
            c::part_strip(ui, room, strip);
        }
    }
}

fn right_ui(ui: &mut Ui, rect: Rect, form: Form, view: &PresentView<'_>) {
    let one = form.is_one();
    let mut y = rect.top();
    y += head_ui(ui, pos2(rect.left(), y), rect.width(), one, view) + if one { 6.0 } else { gap::MEDIUM };
    let pen = Pen::new(ui);
    let foot = foot_height(&pen, rect.width(), view);
    let bottom = rect.bottom() - foot;
    // First, for a check that does not fit is still one that passed.
    if let Some(what) = &view.not_checked {
        let at = pos2(rect.left() + 27.0, y + 1.0);
        pen.icon(pos2(rect.left() + 9.0, y + 10.0), 18.0, Icon::Unknown, Tone::Unknown);
        y += pen.words(at, rect.width() - 27.0, Type::LABEL, Tone::T1, what) + 8.0;
    }
    for (place, check) in view.checks.iter().enumerate() {
        let height = pen.words_size(rect.width() - 27.0, Type::LABEL, Tone::T1, check).y + 8.0;
        let rest = view.checks.len().saturating_sub(place);
        if y + height + if rest > 1 { 18.0 } else { 0.0 } > bottom {
            let ink = Ink::text(Type::LABEL).tone(Tone::T2);
            pen.line(rect.left() + 27.0, y, ink, &format!("and {rest} more, all passed"));
            break;
        }
        pen.icon(pos2(rect.left() + 9.0, y + 10.0), 18.0, Icon::Proven, Tone::Proven);
        let at = pos2(rect.left() + 27.0, y + 1.0);
        y += pen.words(at, rect.width() - 27.0, Type::LABEL, Tone::T1, check) + 8.0;
    }
    foot_ui(ui, rect.with_min_y(bottom), view);
    let names = names_height(&pen, rect.width(), view);
    let names_fit = !one && y + names < bottom;
    if names_fit && names > 0.0 {
        names_ui(ui, pos2(rect.left(), y + 4.0), rect.width(), view);
        y += names;
    }
    let names_hidden = !names_fit && names > 0.0;
    let rest_top = bottom - Type::LABEL.pitch - 2.0;
    let pays_bottom = if names_hidden { rest_top } else { bottom - gap::SMALL };
    let pays_fit = !one && y + PAYS_LEAST < pays_bottom;
    if pays_fit {
        pays_ui(ui, Rect::from_min_max(pos2(rect.left(), y + 4.0), pos2(rect.right(), pays_bottom)), view);
    }
    if (names_hidden || !pays_fit) && y <= rest_top {
        let effects = (!pays_fit).then(|| counted(view.pays.len(), "effect"));
        let accounts = names_hidden.then(|| "hashes and accounts".to_owned());
        rest_ui(&pen, pos2(rect.left(), rest_top), rect.width(), &[accounts, effects]);
    }
}

/// What has no room here, and the key that shows it.
fn rest_ui(pen: &Pen, at: egui::Pos2, width: f32, hidden: &[Option<String>]) {
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    let what: Vec<&str> = hidden.iter().flatten().map(String::as_str).collect();
    let long = format!("Further down: {}. V shows all.", what.join(", "));
    let lines = [long.as_str(), "What was signed: V shows all.", "V shows all."];
    if let Some(line) = lines.into_iter().find(|line| pen.width(ink, line) <= width) {
        pen.line(at.x, at.y, ink, line);
    }
}

/// Room for the head of what was signed, and a line.
const PAYS_LEAST: f32 = 60.0;

fn head_ui(ui: &mut Ui, at: egui::Pos2, width: f32, one: bool, view: &PresentView<'_>) -> f32 {
    let pen = Pen::new(ui);
    let icon = if one { 28.0 } else { 40.0 };
    pen.icon(pos2(at.x + icon / 2.0, at.y + icon / 2.0 + 2.0), icon, Icon::Seal, Tone::Proven);
    let x = at.x + icon + 10.0;
    let title = if one { Ink::strong(Type { size: 18.0, pitch: 22.0 }) } else { Ink::strong(Type::TITLE) };
    pen.line(x, at.y, title, &view.headline);
    let below = at.y + title.kind.pitch;
    let detail = pen.paragraph(pos2(x, below), at.x + width - x, Ink::text(Type::LABEL).tone(Tone::T2), &view.detail);
    below + detail - at.y
}

/// A label, and below it the hash or address in groups; addresses stand side by side.
fn names_ui(ui: &mut Ui, at: egui::Pos2, width: f32, view: &PresentView<'_>) {
    Pen::new(ui).rule(at.x, at.x + width, at.y, Tone::Line);
    let mut y = at.y + 8.0;
    let kind = name_kind(&Pen::new(ui), width);
    for row in name_rows(view, kind) {
        let columns = row.len().max(1) as f32;
        let mut height: f32 = 0.0;
        for (place, (label, name)) in row.iter().enumerate() {
            let x = at.x + place as f32 * width / columns;
            Pen::new(ui).line(x, y, Ink::text(Type::LABEL).tone(Tone::T2), label);
            height = height.max(name_ui(ui, pos2(x, y + Type::LABEL.pitch), kind, name));
        }
        y += Type::LABEL.pitch + height + 6.0;
    }
}

/// How addresses stand: their size, and how many side by side.
#[derive(Clone, Copy)]
struct NameKind {
    kind: Type,
    columns: usize,
}

/// The largest size in which two addresses stand side by side, else one below the other.
fn name_kind(pen: &Pen, width: f32) -> NameKind {
    let fits = |kind: &Type| c::address_width(pen, *kind) <= width / 2.0;
    match [Type::REFERENCE, Type::LABEL].into_iter().find(fits) {
        Some(kind) => NameKind { kind, columns: 2 },
        None => NameKind { kind: Type::REFERENCE, columns: 1 },
    }
}

/// Hashes alone, addresses as they fit.
fn name_rows<'a>(view: &'a PresentView<'_>, kind: NameKind) -> Vec<Vec<&'a (String, String)>> {
    let (hashes, others): (Vec<_>, Vec<_>) = view.names.iter().partition(|(_, name)| name.len() == HASH_CHARS);
    let pairs = others.chunks(kind.columns.max(1)).map(<[_]>::to_vec);
    hashes.into_iter().map(|hash| vec![hash]).chain(pairs).collect()
}

fn name_ui(ui: &mut Ui, at: egui::Pos2, kind: NameKind, name: &str) -> f32 {
    match name.strip_prefix("0x") {
        Some(hash) if name.len() == HASH_CHARS => {
            let groups: Vec<String> = groups_of_four(hash).into_iter().map(str::to_owned).collect();
            c::digest_groups(ui, at, Type::LABEL, 8, &groups)
        }
        _ => c::address_block(ui, at, &c::AddressBlock::new(groups_of_four(name), kind.kind)).y,
    }
}

fn names_height(pen: &Pen, width: f32, view: &PresentView<'_>) -> f32 {
    let kind = name_kind(pen, width);
    let height = |row: &Vec<&(String, String)>| {
        let is_hash = row.iter().any(|(_, name)| name.len() == HASH_CHARS);
        let rows = if is_hash { 2.0 * (Type::LABEL.pitch + 2.0) } else { 3.0 * kind.kind.pitch };
        Type::LABEL.pitch + rows + 6.0
    };
    if view.names.is_empty() { 0.0 } else { 12.0 + name_rows(view, kind).iter().map(height).sum::<f32>() }
}

/// What was signed pays: whole rows, then how many are further down.
fn pays_ui(ui: &mut Ui, rect: Rect, view: &PresentView<'_>) {
    let pen = Pen::new(ui);
    pen.rule(rect.left(), rect.right(), rect.top(), Tone::Line);
    let mut y = rect.top() + 10.0;
    y += c::panel_head(ui, pos2(rect.left(), y), rect.width(), "What was signed does", "verified against the review")
        + 8.0;
    for (place, effect) in view.pays.iter().enumerate() {
        let rest = view.pays.len().saturating_sub(place);
        let more = if rest > 1 { 22.0 } else { 0.0 };
        let kind = pay_kind(&pen, rect.width(), effect);
        let height =
            if view.is_bitcoin { pay_height(effect, kind) } else { sentence_height(&pen, rect.width(), effect) };
        if y + height + more > rect.bottom() {
            let ink = Ink::text(Type::LABEL).tone(Tone::T2);
            Pen::new(ui).line(rect.left(), y, ink, &format!("Further down: {rest} more. V shows all."));
            return;
        }
        if view.is_bitcoin {
            pay_ui(ui, pos2(rect.left(), y), effect, kind);
        } else {
            sentence_ui(&pen, pos2(rect.left(), y), rect.width(), effect);
        }
        y += height;
    }
}

/// The effect's own sentence: amount, token and both accounts, whole.
fn sentence_ui(pen: &Pen, at: egui::Pos2, width: f32, effect: &Effect) {
    pen.line(at.x, at.y, Ink::text(Type::LABEL).tone(Tone::T2), &effect.role);
    pen.paragraph(pos2(at.x, at.y + Type::LABEL.pitch), width, Ink::text(Type::LABEL), &effect.sentence);
}

fn sentence_height(pen: &Pen, width: f32, effect: &Effect) -> f32 {
    Type::LABEL.pitch + pen.height(width, Ink::text(Type::LABEL), &effect.sentence) + 8.0
}

fn pay_height(effect: &Effect, kind: Type) -> f32 {
    match &effect.address {
        Some(address) => address.groups().len().div_ceil(4) as f32 * kind.pitch + 10.0,
        None => 42.0,
    }
    .max(46.0)
}

fn pay_column(pen: &Pen) -> f32 {
    pen.width(Ink::data(Type::BODY), "00.00000000 tBTC") + gap::LARGE
}

/// The largest size in which the four groups of a row fit.
fn pay_kind(pen: &Pen, width: f32, effect: &Effect) -> Type {
    let room = width - pay_column(pen) - 18.0;
    let fits = |kind: &Type| 4.0 * (4.0 * pen.advance(*kind) + 0.76 * kind.size) <= room;
    match effect.kind {
        EffectKind::Pays | EffectKind::Transfers => {
            [Type::ADDRESS, Type::REFERENCE].into_iter().find(fits).unwrap_or(Type::LABEL)
        }
        _ => Type::LABEL,
    }
}

fn pay_ui(ui: &mut Ui, at: egui::Pos2, effect: &Effect, kind: Type) {
    let pen = Pen::new(ui);
    let amount = effect.amount.map_or("cannot be known".to_owned(), |amount| amount.to_string());
    pen.line(at.x, at.y, Ink::data(Type::BODY), &amount);
    pen.line(at.x, at.y + 21.0, Ink::text(Type::LABEL).tone(Tone::T2), &effect.role);
    if let Some(address) = &effect.address {
        let column = at.x + pay_column(&pen);
        c::address_block(ui, pos2(column, at.y), &c::AddressBlock::new(address.groups(), kind));
    }
}

fn foot_height(pen: &Pen, width: f32, view: &PresentView<'_>) -> f32 {
    46.0 + 20.0 + 18.0 + pen.height(width - 26.0, Ink::data(Type::BODY), &view.words) + 10.0
}

fn foot_ui(ui: &mut Ui, rect: Rect, view: &PresentView<'_>) {
    let half = rect.width() / 2.0;
    let (less, more) = (KeyCap::Sign('-'), KeyCap::Sign('+'));
    let density = Knob { label: "Density", less, more, value: view.density.to_string(), unit: "bytes a part" };
    let (less, more) = (KeyCap::Sign('<'), KeyCap::Sign('>'));
    let rate = Knob { label: "Rate", less, more, value: view.rate.to_string(), unit: "a second" };
    knob_ui(ui, rect.min, half, &density);
    knob_ui(ui, pos2(rect.left() + half, rect.top()), half, &rate);
    let card = rect.with_min_y(rect.top() + 52.0);
    let pen = Pen::new(ui);
    pen.card(card, Tone::Bg1, Tone::Line);
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    let label = "The operator's machine must show these words: SHA-256, 1 to 6 of 32";
    let of_what = format!("Words of the {}, 1 to 6", view.what);
    let labels = [label, of_what.as_str(), "Words 1 to 6 of 32"];
    let label = labels.into_iter().find(|label| pen.width(ink, label) <= card.width() - 26.0).unwrap_or("Words");
    pen.line(card.left() + 13.0, card.top() + 8.0, ink, label);
    pen.paragraph(pos2(card.left() + 13.0, card.top() + 29.0), card.width() - 26.0, Ink::data(Type::BODY), &view.words);
}

/// A value and the keys that change it.
struct Knob {
    label: &'static str,
    less: KeyCap,
    more: KeyCap,
    value: String,
    unit: &'static str,
}

fn knob_ui(ui: &mut Ui, at: egui::Pos2, room: f32, knob: &Knob) {
    let pen = Pen::new(ui);
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    pen.line(at.x, at.y, quiet, knob.label);
    let y = at.y + 30.0;
    let x = c::key_cap(ui, pos2(at.x, y), knob.less) + gap::SMALL;
    let mut x = pen.line_at(x, y, Ink::data(Type::SENTENCE), &knob.value) + gap::SMALL;
    if x + pen.width(quiet, knob.unit) + 40.0 <= at.x + room {
        x = pen.line_at(x, y, quiet, knob.unit) + gap::SMALL;
    }
    c::key_cap(ui, pos2(x, y), knob.more);
}
