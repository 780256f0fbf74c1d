//! What covers a screen: all words, the explanation, the folder's files, the reason of an abort.

use egui::{Rect, Ui, pos2, vec2};

use super::devices::{DevicesView, devices_ui};
use super::frame::number;
use super::machine::{notices_ui, power_off_ui, self_test_ui};
use super::place::{Cut, Form};
use crate::components::{self as c, Ink, Pen};
use crate::icons::Icon;
use crate::model::{Action, Ask, Model, Overlay, Route, screen_hints};
use crate::tokens::{Tone, Type, gap};

/// Shows what lies over the screen.
pub fn overlay_ui(ui: &mut Ui, body: Rect, form: Form, model: &Model, overlay: &Overlay) -> Option<Action> {
    let pen = Pen::new(ui);
    pen.fill(body, Tone::Bg1);
    let margin = if form.is_one() { gap::MEDIUM } else { 48.0 };
    let room = body.inset(margin, if form.is_one() { 8.0 } else { 36.0 });
    match overlay {
        Overlay::Words => words_ui(ui, room, form, model),
        Overlay::Help => help_ui(ui, room, form, model),
        Overlay::Files => files_ui(ui, room, model),
        Overlay::SelfTest => self_test_ui(ui, room, form, model),
        Overlay::Notices => notices_ui(ui, room, form, model),
        Overlay::PowerOff => power_off_ui(ui, room),
        Overlay::Devices => return devices_ui(ui, room, form, &DevicesView::of(model)),
        Overlay::Abort(reason) => return abort_ui(ui, room, model, reason),
    }
    None
}

pub(super) fn title_ui(ui: &mut Ui, room: Rect, title: &str, detail: &str) -> Rect {
    let pen = Pen::new(ui);
    let mut y = room.top();
    y += pen.paragraph(pos2(room.left(), y), room.width(), Ink::strong(Type::TITLE), title) + 2.0;
    y += pen.paragraph(pos2(room.left(), y), room.width(), Ink::text(Type::BODY).tone(Tone::T2), detail);
    room.with_min_y(y + gap::MEDIUM)
}

fn words_ui(ui: &mut Ui, room: Rect, form: Form, model: &Model) {
    let Some(review) = model.session.review() else { return };
    let detail = "The digest stands for the request, the ceremony folder and everything that the review says.";
    let room = match form {
        Form::Tight => room,
        _ => title_ui(ui, room, "All 32 words", detail),
    };
    let digest = review.digest();
    let words: Vec<String> = digest.words().into_iter().map(str::to_owned).collect();
    let width = room.width().min(720.0);
    let used = c::digest_words(ui, room.min, width, &words) + gap::MEDIUM;
    let mut y = room.top() + used;
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    let digests = [("Digest of the review", digest), ("SHA-256 of the request alone", review.request_digest())];
    for (label, digest) in digests {
        let height = 22.0 + 2.0 * Type::LABEL.pitch;
        if y + height > room.bottom() + 8.0 {
            return;
        }
        Pen::new(ui).line(room.left(), y, quiet, label);
        y += 20.0;
        y += c::digest_groups(ui, pos2(room.left(), y), Type::LABEL, 8, &digest.groups()) + gap::SMALL;
    }
}

fn help_ui(ui: &mut Ui, room: Rect, form: Form, model: &Model) {
    let (title, sentences) = model.ask.as_ref().map_or_else(|| help(model.route), help_with);
    let one = form.is_one();
    let detail = if one { "" } else { "What this screen is for, and what to look at." };
    let room = title_ui(ui, room, title, detail);
    let pen = Pen::new(ui);
    let (kind, below) = if one { (Type::LABEL, gap::TINY) } else { (Type::SENTENCE, gap::SMALL) };
    let mut y = if one { room.top() - 24.0 } else { room.top() };
    for (place, sentence) in sentences.iter().enumerate() {
        let number = place.saturating_add(1).to_string();
        pen.line(room.left(), y, Ink::data(kind).tone(Tone::T3), &number);
        let at = pos2(room.left() + 26.0, y);
        y += pen.paragraph(at, (room.width() - 26.0).min(720.0), Ink::text(kind), sentence) + below;
    }
    keys_ui(ui, room.with_min_y(y + gap::SMALL), model);
}

/// Every key of the screen below: the hint bar may not have room for all.
fn keys_ui(ui: &mut Ui, room: Rect, model: &Model) {
    let (columns, pitch) = (3, 24.0);
    let column = (room.width() / columns as f32).min(240.0);
    for (place, hint) in screen_hints(model).iter().enumerate() {
        let (across, down) = ((place % columns) as f32, (place / columns) as f32);
        let (mut x, y) = (room.left() + across * column, room.top() + down * pitch + pitch / 2.0);
        for cap in &hint.caps {
            x = c::key_cap(ui, pos2(x, y), cap.key) + gap::TINY;
        }
        Pen::new(ui).line_at(x + 2.0, y, Ink::text(Type::LABEL).tone(Tone::T2), hint.verb);
    }
}

/// What a device asks, and what each answer means.
const fn help_with(ask: &Ask) -> (&'static str, &'static [&'static str]) {
    match ask {
        Ask::Pin(_) => (
            "PIN",
            &[
                "The device alone shows where each digit stands. Press the places; this machine never learns digits.",
                "A wrong PIN is said by the device, and it waits longer after each. Esc leaves the question.",
            ],
        ),
        Ask::PassphraseWhere | Ask::Passphrase { .. } => (
            "Passphrase",
            &[
                "Each passphrase opens another wallet. The device's key is compared with the folder before anything is signed.",
                "Entered on the device it stays there. Typed here, this machine knows it.",
                "Esc leaves the question; nothing is signed.",
            ],
        ),
        Ask::Advisories { .. } => (
            "What is known against a device",
            &[
                "Each card is a fault of this model, firmware or app that its maker or others wrote down.",
                "A goes on with the device all the same, once every card was on the screen. The record says so.",
                "Esc leaves the device; the approval stands. Newer firmware, or another device, may have no such fault.",
            ],
        ),
        Ask::Pairing(_) => (
            "Pairing",
            &[
                "The device and this machine made the code together. Only if both show the same one is nobody between them.",
                "Y says that they are the same. N stops: nothing is signed.",
            ],
        ),
    }
}

const fn help(route: Route) -> (&'static str, &'static [&'static str]) {
    match route {
        Route::Open => (
            "Open",
            &[
                "Every line says what it needs. The ceremony opens when nothing is missing.",
                "Compare the folder digest with the printed sheet, group by group. Another digest is another folder.",
                "Only looking at a request signs nothing.",
            ],
        ),
        Route::Scan => (
            "Scan",
            &[
                "Hold the operator's screen in front of the camera until every part is read. The order does not matter.",
                "A part of another message is refused and counted. R forgets everything read so far.",
                "What the QR says it is proves nothing. The review does.",
            ],
        ),
        Route::Review => (
            "Review",
            &[
                "Effects come first: who gets what. Then every field, then every byte. Each field must be looked at once.",
                "The mark beside a value says what vouches for it: Proven, Claimed, or Unknown.",
                "Each caution is acknowledged by itself with A. A refusal cannot be overridden.",
                "Compare every address with a document that did not come through this request.",
            ],
        ),
        Route::Refused => (
            "Refused",
            &[
                "A rule or a finding forbids this request. Nobody can sign it in this session.",
                "V shows every decoded field, for those who investigate.",
            ],
        ),
        Route::Compare => (
            "Compare",
            &[
                "Every machine that reviewed this request shows the same six words. One different letter means another request.",
                "Hold Space for two seconds to approve exactly this digest. Letting go earlier does nothing.",
                "A key that was already down when this screen opened does not count.",
            ],
        ),
        Route::Sign => (
            "Sign",
            &[
                "The device shows what it is about to sign. Compare its own screen with the picture here, row by row.",
                "If they differ, press Cancel on the device and X here. Do not try again.",
                "Pulling the plug is safe as long as nothing is signed.",
            ],
        ),
        Route::Present => (
            "Present",
            &[
                "The codes carry the request with its signatures and nothing else. A second decoder read each of them back.",
                "If the operator's camera struggles, make the parts smaller with - or slower with <.",
                "The operator's machine must show the six words at the lower right.",
            ],
        ),
        Route::Record => (
            "Record",
            &[
                "Each entry binds the one before it. The head vouches for all of them.",
                "Write the head down and bring it to the next ceremony.",
            ],
        ),
    }
}

fn files_ui(ui: &mut Ui, room: Rect, model: &Model) {
    let Some(folder) = model.session.folder() else { return };
    let detail = format!("{} files, all known. The digest covers every path and every byte.", folder.files().len());
    let room = title_ui(ui, room, "The ceremony folder", &detail);
    let pen = Pen::new(ui);
    let mut y = room.top();
    for (place, (path, bytes)) in folder.files().iter().enumerate() {
        if y + 44.0 > room.bottom() {
            let rest = folder.files().len().saturating_sub(place);
            pen.line(room.left(), y, Ink::text(Type::LABEL).tone(Tone::T2), &format!("Further down: {rest} more"));
            return;
        }
        pen.line(room.left(), y, Ink::data(Type::BODY), path);
        let size = format!("{} bytes", number(*bytes));
        pen.line_right(room.left() + room.width().min(560.0), y, Ink::data(Type::LABEL).tone(Tone::T2), &size);
        y += 22.0;
    }
}

fn abort_ui(ui: &mut Ui, room: Rect, model: &Model, reason: &str) -> Option<Action> {
    let what = match model.route {
        Route::Sign => "Nothing is signed as long as the device waits. It is left alone; press Cancel on it, too.",
        Route::Present => "The result is signed and verified. Closing stops showing it.",
        _ => "Nothing is signed. The request and everything so far stay in the record.",
    };
    let room = title_ui(ui, room, "Abort, and why?", what);
    let pen = Pen::new(ui);
    pen.icon(pos2(room.left() + 9.0, room.top() + 10.0), 18.0, Icon::Notebook, Tone::T2);
    let label = "One sentence for the record, then Enter. Esc goes back.";
    pen.line(room.left() + 26.0, room.top(), Ink::text(Type::BODY), label);
    let field =
        Rect::from_min_size(pos2(room.left() + 4.0, room.top() + 34.0), vec2(room.width().min(640.0) - 8.0, 40.0));
    let mut text = reason.to_owned();
    let response = c::group_field(ui, field, "reason", &mut text);
    if !response.has_focus() {
        response.request_focus();
    }
    if let Some(note) = &model.note {
        let ink = Ink::strong(Type::BODY).tone(Tone::Caution);
        Pen::new(ui).line(room.left(), field.bottom() + gap::MEDIUM, ink, note);
    }
    let text: String = text.chars().take(REASON_CHARS).collect();
    (text != reason).then_some(Action::Reason(text))
}

/// Longest reason that the record takes.
const REASON_CHARS: usize = 160;
