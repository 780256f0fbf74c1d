//! Scan: the camera's picture, what was read of the request, and what to change so that it is read.

use egui::{Color32, Rect, Stroke, TextureId, Ui, pos2, vec2};
use vitrine_qr::{PartState, Point, Quality, limits};

use super::Picture;
use super::frame::{counted, number, sentence};
use super::place::{Cut, Form};
use crate::components::{self as c, Ink, Pen, Words};
use crate::icons::Icon;
use crate::model::{Model, ScanState, TimeLeft};
use crate::tokens::{Tone, Type, gap, size};

/// Reading is reliable from so many camera pixels a module.
const MODULE_PX: f32 = 3.0;
/// An edge may be as wide as one module. Above that the picture is blurred.
const EDGE_MODULES: f32 = 1.0;
/// The code may be turned away by so many degrees.
const TILT: f32 = 40.0;
/// Brightness between these shares is neither too dark nor too bright.
const BRIGHT: (f32, f32) = (0.12, 0.88);
/// More than this share of clipped pixels is glare.
const CLIPPED: f32 = 0.35;

/// What a person should change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Guidance {
    icon: Icon,
    caution: bool,
    title: String,
    why: String,
}

/// One line about the request, with what vouches for it.
struct Fact {
    label: &'static str,
    value: Words,
    claimed: bool,
}

/// What the screen shows.
pub struct ScanView {
    camera: String,
    texture: Option<(TextureId, (u32, u32))>,
    corners: Vec<Point>,
    label: Option<usize>,
    guidance: Guidance,
    meters: Vec<c::Meter>,
    parts: Vec<c::PartCell>,
    read: usize,
    time: (String, String),
    facts: Vec<Fact>,
    zoomed: bool,
}

impl ScanView {
    /// The view of a model, with the texture of the latest picture.
    pub fn of(model: &Model, picture: &Picture) -> Self {
        let scan = &model.scan;
        let texture = picture.texture();
        Self {
            camera: scan.camera.clone().unwrap_or_else(|| "Opening the camera".to_owned()),
            texture,
            corners: scan.corners.clone(),
            label: scan.label(model.now_ms),
            guidance: guidance(scan, model.now_ms),
            meters: scan.quality.map(|quality| meters(&quality)).unwrap_or_default(),
            parts: scan.progress.parts.iter().map(cell).collect(),
            read: scan.parts().0,
            time: time(scan, model.now_ms),
            facts: facts(scan),
            zoomed: scan.zoomed,
        }
    }
}

const fn cell(part: &PartState) -> c::PartCell {
    match part {
        PartState::Read => c::PartCell::Read,
        PartState::Mixed => c::PartCell::Mixed,
        PartState::Missing => c::PartCell::Missing,
    }
}

fn guidance(scan: &ScanState, now_ms: u64) -> Guidance {
    let say = |icon, caution, title: &str, why: String| Guidance { icon, caution, title: title.to_owned(), why };
    if let Some(why) = &scan.ended {
        return say(Icon::Caution, true, "Nothing to review was read", sentence(why));
    }
    if let Some(why) = &scan.not_a_part {
        return say(Icon::QrCode, true, "This code is not a part of a request", sentence(why));
    }
    let Some(quality) = scan.quality.filter(|_| !scan.sees_nothing(now_ms)) else {
        let why = "The whole code must be in the picture, with its white border.".to_owned();
        return say(Icon::Scan, false, "Show the code to the camera", why);
    };
    match quality.module_px {
        Some(module) if module < MODULE_PX => {
            let why = format!("One module covers {module:.1} camera pixels. Reading is reliable from {MODULE_PX:.1}.");
            say(Icon::Closer, true, "Move closer", why)
        }
        _ if edge_modules(&quality) > EDGE_MODULES => {
            let why = "The edges of the code are blurred. Hold it still, or change the distance.".to_owned();
            say(Icon::Scan, true, "Hold it still", why)
        }
        _ if quality.brightness.clipped > CLIPPED => say(
            Icon::Light,
            true,
            "Less light on the code",
            "Parts of the code are pure white: glare hides it.".to_owned(),
        ),
        _ => say(Icon::Done, false, "Hold it so", "The code is large, sharp and bright enough.".to_owned()),
    }
}

fn meters(quality: &Quality) -> Vec<c::Meter> {
    let module = quality.module_px.unwrap_or_default();
    let good = module >= MODULE_PX;
    let edge = edge_modules(quality);
    let sharp = edge <= EDGE_MODULES;
    let light = quality.brightness;
    let (too_dark, too_bright) = (light.mean < BRIGHT.0, light.mean > BRIGHT.1 || light.clipped > CLIPPED);
    let brightness = match (too_dark, too_bright) {
        (true, _) => "too dark",
        (_, true) => "too bright",
        _ => "not clipped",
    };
    vec![
        c::Meter {
            label: "Module size".to_owned(),
            share: module / (MODULE_PX * 1.65),
            threshold: 1.0 / 1.65,
            reading: match (quality.module_px, good) {
                (None, _) => "no code seen".to_owned(),
                (Some(_), true) => format!("{module:.1} px"),
                (Some(_), false) => format!("{module:.1} of {MODULE_PX:.1} px"),
            },
            good: good || quality.module_px.is_none(),
        },
        c::Meter {
            label: "Sharpness".to_owned(),
            share: 0.6 * EDGE_MODULES / edge,
            threshold: 0.6,
            reading: if sharp { "sharp" } else { "blurred" }.to_owned(),
            good: sharp,
        },
        c::Meter {
            label: "Brightness".to_owned(),
            share: light.mean,
            threshold: BRIGHT.0,
            reading: brightness.to_owned(),
            good: !too_dark && !too_bright,
        },
        c::Meter {
            label: "Angle".to_owned(),
            share: 1.0 - quality.tilt.unwrap_or_default() / 90.0,
            threshold: 1.0 - TILT / 90.0,
            reading: quality.tilt.map_or("no code seen".to_owned(), |tilt| format!("{tilt:.0}° off axis")),
            good: quality.tilt.is_none_or(|tilt| tilt <= TILT),
        },
    ]
}

/// Width of an edge in modules; where no code was read, in sixths of the picture's own pixels.
fn edge_modules(quality: &Quality) -> f32 {
    let module = quality.module_px.unwrap_or(6.0);
    1.0 / (quality.sharpness.max(0.01) * module)
}

fn time(scan: &ScanState, now_ms: u64) -> (String, String) {
    let (seen, new, span_ms) = scan.pace(now_ms);
    let basis = format!("Last {} s: {}, {} new.", span_ms.div_ceil(1_000), counted(seen, "code"), number(new));
    match scan.time_left(now_ms) {
        _ if scan.parts().1 == 0 => {
            ("Nothing read yet".to_owned(), "The first part says how many there are.".to_owned())
        }
        TimeLeft::Unknown => ("Time left is not known yet".to_owned(), basis),
        TimeLeft::Between(least, most) => {
            (format!("{least} to {most} s left"), format!("{basis} The last part alone may take a whole loop."))
        }
    }
}

fn facts(scan: &ScanState) -> Vec<Fact> {
    let progress = &scan.progress;
    let unknown = || Words::default().toned(Tone::T2, "not known yet");
    let says = progress.says.clone().map_or_else(unknown, Words::plain);
    let size = progress.size.map_or_else(unknown, |bytes| {
        Words::plain(format!("{} bytes, limit {}", number(bytes), number(limits::MESSAGE_BYTES)))
    });
    let checksum = progress.checksum.map_or_else(unknown, |sum| {
        Words::default().data(sum.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
    });
    let format = progress.kind.clone().map_or_else(unknown, |kind| Words::default().data(kind));
    let refused = Words::plain(format!("{} of another message", counted(progress.refused, "part")));
    let claimed = progress.says.is_some();
    let fact = |label, value| Fact { label, value, claimed: false };
    vec![
        Fact { label: "Says it is", value: says, claimed },
        fact("Format", format),
        fact("Size", size),
        fact("Checksum", checksum),
        fact("Refused", refused),
    ]
}

/// Shows the screen.
pub fn scan_ui(ui: &mut Ui, body: Rect, form: Form, view: &ScanView) -> Option<crate::model::Action> {
    if view.zoomed {
        camera_ui(ui, body, view);
        return None;
    }
    let side = match form {
        Form::Three => 497.0,
        Form::Two => 392.0,
        Form::One => 268.0,
        Form::Tight => 236.0,
    };
    let (right, left) = body.cut_right(side);
    left_ui(ui, left, form, view);
    Pen::new(ui).fill(right, Tone::Bg1);
    Pen::new(ui).upright(right.left(), right.top(), right.bottom(), Tone::Line);
    right_ui(ui, right.inset(form.margin() + 4.0, gap::MEDIUM), form, view);
    None
}

fn left_ui(ui: &mut Ui, rect: Rect, form: Form, view: &ScanView) {
    let pen = Pen::new(ui);
    let inner = rect.inset(form.margin(), 0.0);
    let (head, rest) = inner.cut_top(match form {
        Form::Tight => gap::SMALL,
        Form::One => 32.0,
        Form::Two | Form::Three => 50.0,
    });
    head_ui(&pen, head, form, view);
    let below = guidance_height(form, rest.width(), view);
    let aspect = view.texture.map_or(9.0 / 16.0, |(_, (width, height))| height as f32 / width.max(1) as f32);
    let (picture, foot) = rest.cut_top((rest.width() * aspect).min(rest.height() - below));
    camera_ui(ui, picture, view);
    guidance_ui(ui, foot, form, view);
}

fn head_ui(pen: &Pen, head: Rect, form: Form, view: &ScanView) {
    if form == Form::Tight {
        return;
    }
    let title = if form.is_one() { Ink::strong(Type::BODY) } else { Ink::strong(Type { size: 18.0, pitch: 24.0 }) };
    let end =
        pen.line_at(head.left(), head.center().y + 2.0, title, "Hold the operator's screen in front of the camera");
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    let width = pen.width(quiet, &view.camera);
    if end + 40.0 + width <= head.right() {
        let x = pen.line_right(head.right(), head.center().y - 7.0, quiet, &view.camera);
        pen.icon(pos2(x - 11.0, head.center().y + 1.0), 14.0, Icon::Camera, Tone::T2);
    }
}

fn camera_ui(ui: &mut Ui, rect: Rect, view: &ScanView) {
    let pen = Pen::new(ui);
    pen.fill_colour(rect, Color32::BLACK);
    let Some((texture, (width, height))) = view.texture else {
        pen.line_centred(rect.center(), Ink::text(Type::SENTENCE).tone(Tone::White), "No picture");
        return;
    };
    let picture = vec2(width as f32, height as f32);
    let scale = (rect.width() / picture.x).min(rect.height() / picture.y);
    let shown = Rect::from_center_size(rect.center(), picture * scale);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    pen.painter().image(texture, shown, whole, Color32::WHITE);
    let at = |point: &Point| pos2(shown.left() + point.x * scale, shown.top() + point.y * scale);
    let corners: Vec<_> = view.corners.iter().map(at).collect();
    outline(&pen, &corners);
    if let (Some(part), Some(top)) = (view.label, corners.iter().min_by(|a, b| a.y.total_cmp(&b.y))) {
        let left = corners.iter().map(|corner| corner.x).fold(f32::INFINITY, f32::min);
        label(&pen, rect, pos2(left, top.y - 32.0), part);
    }
}

fn outline(pen: &Pen, corners: &[egui::Pos2]) {
    if corners.len() < 3 {
        return;
    }
    let stroke = Stroke::new(3.0, pen.colour(Tone::Act));
    pen.painter().add(egui::Shape::closed_line(corners.to_vec(), stroke));
}

/// A part just read, in words, beside its code.
fn label(pen: &Pen, within: Rect, at: egui::Pos2, index: usize) {
    let text = format!("part {} read", index.saturating_add(1));
    let ink = Ink::strong(Type::LABEL).tone(Tone::ActInk);
    let wide = pen.width(ink, &text) + 34.0;
    let corner = pos2(
        at.x.clamp(within.left() + 4.0, (within.right() - wide - 4.0).max(within.left())),
        at.y.max(within.top() + 4.0),
    );
    let card = Rect::from_min_size(corner, vec2(wide, 22.0));
    pen.fill_round(card, size::RADIUS, Tone::Act);
    pen.icon(pos2(card.left() + 14.0, card.center().y), 14.0, Icon::Tick, Tone::ActInk);
    pen.line_at(card.left() + 26.0, card.center().y, ink, &text);
}

fn guidance_ui(ui: &mut Ui, rect: Rect, form: Form, view: &ScanView) {
    let pen = Pen::new(ui);
    let tone = if view.guidance.caution { Tone::Caution } else { Tone::T1 };
    let one = form.is_one();
    pen.fill(rect.with_max_y(rect.top() + size::HEAVY), if view.guidance.caution { Tone::Caution } else { Tone::Edge });
    let (icon, title) = if one { (24.0, Type::SENTENCE) } else { (38.0, Type::TITLE) };
    pen.icon(
        pos2(rect.left() + icon / 2.0 + if one { 2.0 } else { 18.0 }, rect.top() + if one { 24.0 } else { 36.0 }),
        icon,
        view.guidance.icon,
        tone,
    );
    let x = rect.left() + if one { 36.0 } else { 72.0 };
    let top = rect.top() + if one { 8.0 } else { 12.0 };
    pen.line(x, top, Ink::strong(title), &view.guidance.title);
    let why = Ink::text(Type::LABEL).tone(Tone::T2);
    pen.paragraph(pos2(x, top + title.pitch), rect.right() - x, why, &view.guidance.why);
    if form == Form::Tight {
        return;
    }
    let columns = meter_columns(rect.width());
    let pitch = if one { 22.0 } else { 27.0 };
    let first = rect.top() + if one { 56.0 } else { 92.0 };
    for (place, meter) in view.meters.iter().enumerate() {
        let (column, row) = ((place % columns) as f32, (place / columns) as f32);
        let width = rect.width() / columns as f32;
        let corner = pos2(rect.left() + column * width, first + row * pitch);
        c::meter(ui, Rect::from_min_size(corner, vec2(width, pitch)), meter);
    }
}

const fn meter_columns(width: f32) -> usize {
    if width < 2.0 * 350.0 { 1 } else { 2 }
}

/// Height of the guidance and of the meters below it.
fn guidance_height(form: Form, width: f32, view: &ScanView) -> f32 {
    let rows = view.meters.len().max(4).div_ceil(meter_columns(width)) as f32;
    match form {
        Form::Tight => 82.0,
        Form::One => 60.0 + 22.0 * rows,
        Form::Two | Form::Three => 100.0 + 27.0 * rows,
    }
}

fn right_ui(ui: &mut Ui, rect: Rect, form: Form, view: &ScanView) {
    let one = form.is_one();
    let (head, rest) = rect.cut_top(if one { 132.0 } else { 170.0 });
    count_ui(ui, head, form, view);
    // In a low window the first facts stand alone, so that the parts have room.
    let facts = view.facts.get(..if form == Form::Tight { 1 } else { view.facts.len() }).unwrap_or_default();
    let (foot, map) = rest.cut_bottom(facts_height(ui, rect.width(), facts));
    facts_ui(ui, foot, facts);
    if view.parts.is_empty() {
        return;
    }
    let mixed = view.parts.iter().filter(|part| **part == c::PartCell::Mixed).count();
    let missing = view.parts.iter().filter(|part| **part == c::PartCell::Missing).count();
    let pen = Pen::new(ui);
    pen.rule(rect.left() - gap::MEDIUM, rect.right() + gap::MEDIUM, map.top(), Tone::Line);
    let remark = format!("{} missing, {} in a mixed part", number(missing), number(mixed));
    let head = match form {
        Form::Tight => 10.0,
        _ => 20.0 + c::panel_head(ui, pos2(map.left(), map.top() + 12.0), map.width(), "Part map", &remark),
    };
    let cells = map.cut_top(head).1.cut_bottom(if one { 4.0 } else { 34.0 }).1;
    let used = c::part_map(ui, cells, &view.parts);
    if !one {
        legend(&pen, cells.left(), cells.top() + used + 4.0);
    }
}

fn legend(pen: &Pen, left: f32, top: f32) {
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    pen.icon(pos2(left + 7.0, top + 9.0), 14.0, Icon::Tick, Tone::T1);
    let x = pen.line(left + 18.0, top, ink, "read");
    pen.icon(pos2(x + 18.0, top + 9.0), 12.0, Icon::Plus, Tone::T1);
    let x = pen.line(x + 27.0, top, ink, "known through a mixed part");
    pen.line(x + 12.0, top, ink, "blank: not seen yet");
}

fn count_ui(ui: &mut Ui, rect: Rect, form: Form, view: &ScanView) {
    let pen = Pen::new(ui);
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    pen.line(rect.left(), rect.top(), quiet, "Parts of this request");
    let baseline = rect.top() + 58.0;
    let total = view.parts.len();
    let read = if total == 0 { "0".to_owned() } else { number(view.read) };
    let x = pen.on_baseline(rect.left(), baseline, Ink::data(Type::PARTS), &read);
    if total > 0 {
        let of = Ink::data(Type::LEDGER).tone(Tone::T2);
        pen.on_baseline(x + 14.0, baseline, of, &format!("of {}", number(total)));
        let percent = format!("{} %", view.read.saturating_mul(100) / total);
        let ink = Ink::data(Type::TITLE);
        pen.on_baseline(rect.right() - pen.width(ink, &percent), baseline, ink, &percent);
    }
    let share = if total == 0 { 0.0 } else { view.read as f32 / total as f32 };
    let bar = Rect::from_min_size(pos2(rect.left(), rect.top() + 70.0), vec2(rect.width(), 8.0));
    c::progress_bar(ui, bar, share);
    let (title, basis) = &view.time;
    let top = rect.top() + if form.is_one() { 84.0 } else { 92.0 };
    pen.line(rect.left(), top, Ink::strong(Type::SENTENCE), title);
    pen.paragraph(pos2(rect.left(), top + 22.0), rect.width(), quiet, basis);
}

const FACT: f32 = 118.0;

fn fact_indent(width: f32) -> f32 {
    if width < 300.0 { 76.0 } else { FACT }
}

fn claim() -> c::ProofMark {
    c::ProofMark::new(c::Mark::Claimed, "by the QR, nothing decoded yet")
}

/// Whether the claim stands beside its value; below it otherwise.
fn claim_beside(pen: &Pen, room: f32, fact: &Fact) -> Option<f32> {
    let value = pen.words_size(f32::INFINITY, Type::LABEL, Tone::T1, &fact.value).x + gap::MEDIUM;
    (value + 276.0 <= room).then_some(value)
}

fn facts_height(ui: &mut Ui, width: f32, facts: &[Fact]) -> f32 {
    let pen = Pen::new(ui);
    let room = width - fact_indent(width);
    let height = |fact: &Fact| {
        let by = pen.height(room - 21.0, Ink::text(Type::LABEL), &claim().by) + Type::LABEL.pitch;
        let below = if fact.claimed && claim_beside(&pen, room, fact).is_none() { by } else { 0.0 };
        pen.words_size(room, Type::LABEL, Tone::T1, &fact.value).y + gap::TINY + below
    };
    facts.iter().map(height).sum::<f32>() + gap::LARGE
}

fn facts_ui(ui: &mut Ui, rect: Rect, facts: &[Fact]) {
    let pen = Pen::new(ui);
    pen.rule(rect.left() - gap::MEDIUM, rect.right() + gap::MEDIUM, rect.top(), Tone::Line);
    let indent = fact_indent(rect.width());
    let room = rect.width() - indent;
    let mut y = rect.top() + gap::MEDIUM;
    for fact in facts {
        let at = pos2(rect.left(), y);
        y += c::labelled_row(ui, at, rect.width(), indent, fact.label, &fact.value);
        if fact.claimed {
            match claim_beside(&pen, room, fact) {
                Some(x) => drop(c::proof_mark(ui, pos2(at.x + indent + x, at.y), room - x, &claim())),
                None => y += c::proof_mark(ui, pos2(at.x + indent, y), room, &claim()),
            }
        }
        y += gap::TINY;
    }
}
