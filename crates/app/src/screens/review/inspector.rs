//! The inspector: findings, bytes, what others can change, what the device shows.

use egui::{Pos2, Rect, Ui, pos2};
use vitrine_review::{Finding, Severity};

use super::bytes::{BytesView, bytes_height, bytes_ui};
use crate::components::{self as c, Ink, Pen, Words};
use crate::icons::Icon;
use crate::model::{Action, Model, Tab};
use crate::screens::bars::further_ui;
use crate::screens::frame::{counted, is_bitcoin};
use crate::screens::place::{Cut, Form};
use crate::tokens::{Tone, Type, gap, size};

/// Something that stands in the inspector whole, or on the next page.
enum Item {
    Card(c::FindingCard),
    Fact(Words, &'static str),
    Screen { number: usize, title: String, lines: Vec<String> },
}

/// What the inspector shows.
pub struct InspectorView {
    tab: Tab,
    findings: usize,
    worst: Option<Icon>,
    items: Vec<Item>,
    /// The item that must be on the page if none was chosen.
    wanted: usize,
    page: Option<usize>,
    bytes: Option<BytesView>,
    walks: bool,
}

impl InspectorView {
    /// The view of a model.
    pub fn of(model: &Model) -> Self {
        let tab = model.review.tab;
        let items = match tab {
            Tab::Findings => findings(model),
            Tab::Bytes => Vec::new(),
            Tab::OthersCan => others(model),
            Tab::DeviceShows => screens(model),
        };
        let wanted = items.iter().position(|item| matches!(item, Item::Card(card) if card.acknowledge));
        let review = model.session.review();
        Self {
            tab,
            findings: review.map_or(0, |review| review.findings().len()),
            worst: review.and_then(|review| review.findings().worst()).and_then(icon),
            items,
            wanted: wanted.unwrap_or_default(),
            page: model.review.page,
            bytes: BytesView::of(model),
            walks: model.review.inspector_open,
        }
    }
}

const fn icon(worst: Severity) -> Option<Icon> {
    match worst {
        Severity::Fact => None,
        Severity::Caution => Some(Icon::Caution),
        Severity::Restricted | Severity::Refuse => Some(Icon::Refuse),
    }
}

fn findings(model: &Model) -> Vec<Item> {
    let Some(review) = model.session.review() else { return Vec::new() };
    let cautions = model.session.cautions();
    let open = cautions.iter().find(|finding| !model.session.acknowledged(**finding));
    let may = model.review.back.is_none() && !model.is_refused();
    let item = |(index, finding): (usize, &Finding)| {
        let place = cautions.iter().position(|caution| *caution == index);
        let (kind, title) = match (finding.severity, place) {
            (Severity::Fact, _) => return Item::Fact(truth(finding), finding.code),
            (_, Some(place)) => {
                let done = model.session.acknowledged(index);
                let kind = if done { c::FindingKind::Acknowledged } else { c::FindingKind::Caution };
                (kind, format!("Caution {} of {}", place.saturating_add(1), cautions.len()))
            }
            (Severity::Refuse, None) => (c::FindingKind::Refuse, "Refused".to_owned()),
            (_, None) => (c::FindingKind::Restricted, "Refused, not allowed by the folder".to_owned()),
        };
        Item::Card(c::FindingCard {
            kind,
            title,
            code: finding.code.to_owned(),
            truth: truth(finding),
            action: Words::plain(finding.action.clone()),
            acknowledge: may && open == Some(&index),
            focused: false,
        })
    };
    let mut items: Vec<Item> = review.findings().iter().enumerate().map(item).collect();
    if items.is_empty() {
        items.push(Item::Fact(Words::plain("No finding. Nothing about this request asked for a remark."), ""));
    }
    items
}

/// What is true, and what follows from it.
pub fn truth(finding: &Finding) -> Words {
    match finding.consequence.is_empty() {
        true => Words::plain(finding.truth.clone()),
        false => Words::plain(format!("{} {}", finding.truth, finding.consequence)),
    }
}

fn others(model: &Model) -> Vec<Item> {
    let Some(review) = model.session.review() else { return Vec::new() };
    let sentences = &review.effects().others_can_change;
    if sentences.is_empty() {
        return vec![Item::Fact(Words::plain("Nothing. After signing nobody can change what this does."), "")];
    }
    sentences.iter().map(|sentence| Item::Fact(Words::plain(sentence.clone()), "")).collect()
}

const PAYEES: &str =
    "It shows each payee's address and amount, and at the end the total with the fee. Compare them with this review.";
const CHANGE: &str = "Change that it proves its own by itself is not shown by it.";
const DATA: &str = "It shows a transaction's receiver, amount and largest fee, and of typed data every field. Calls within data it shows as bytes: compare them, and the hashes, with this review.";
const BLIND: &str = "What it cannot decode it does not explain. The meaning stands here alone, so a witness decodes the same codes on a second machine.";

fn screens(model: &Model) -> Vec<Item> {
    if model.sign.screens.is_empty() {
        let who = model.open.device().map_or("The hardware wallet".to_owned(), |device| device.name.clone());
        let asked = format!("{who} is asked after the hold. Its screens are foretold then, row by row.");
        let is_bitcoin = model.session.review().is_none_or(is_bitcoin);
        let [shown, not_shown] = if is_bitcoin { [PAYEES, CHANGE] } else { [DATA, BLIND] };
        let sentences = [asked, shown.to_owned(), not_shown.to_owned()];
        return sentences.into_iter().map(|sentence| Item::Fact(Words::plain(sentence), "")).collect();
    }
    let screen = |(place, screen): (usize, &vitrine_device::DeviceScreen)| Item::Screen {
        number: place.saturating_add(1),
        title: format!("{}: {}", screen.step, screen.title),
        lines: screen.lines.clone(),
    };
    model.sign.screens.iter().enumerate().map(screen).collect()
}

/// Shows the inspector.
pub fn inspector_ui(ui: &mut Ui, rect: Rect, form: Form, view: &InspectorView) -> Option<Action> {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let (head, rest) = rect.cut_top(if form.is_one() { 30.0 } else { 36.0 });
    let asked = tabs_ui(ui, head, view);
    if view.walks && form == Form::Three {
        pen.frame(rest.shrink(2.0), size::FOCUS, size::CARD_RADIUS, Tone::Act);
    }
    let room = rest.inset(gap::MEDIUM, if form.is_one() { 8.0 } else { 11.0 });
    if view.tab == Tab::Bytes {
        if let Some(bytes) = &view.bytes {
            let height = bytes_height(ui, room.width(), bytes).min(room.height());
            bytes_ui(ui, room.cut_top(height).0, bytes);
        }
        return asked;
    }
    items_ui(ui, room, form, view).or(asked)
}

fn tabs_ui(ui: &mut Ui, rect: Rect, view: &InspectorView) -> Option<Action> {
    let tab = |tab: Tab| c::Tab {
        label: if tab == Tab::Findings { format!("{} {}", tab.word(), view.findings) } else { tab.word().to_owned() },
        icon: if tab == Tab::Findings { view.worst } else { None },
    };
    let chosen = Tab::ALL.iter().position(|tab| *tab == view.tab).unwrap_or_default();
    let clicked = c::tab_bar(ui, rect, &Tab::ALL.map(tab), chosen)?;
    Tab::ALL.get(clicked).filter(|tab| **tab != view.tab).map(|tab| Action::Show(*tab))
}

fn items_ui(ui: &mut Ui, room: Rect, form: Form, view: &InspectorView) -> Option<Action> {
    let further = if form == Form::Tight { FURTHER_TIGHT } else { FURTHER };
    let place = (room.width(), room.height() - further);
    let heights: Vec<f32> =
        view.items.iter().map(|item| c::measure(ui, |ui| item_ui(ui, Pos2::ZERO, place, item))).collect();
    let all: f32 = heights.iter().sum();
    let bytes = view.bytes.as_ref().filter(|bytes| {
        form == Form::Three && all + gap::SMALL + bytes_height(ui, room.width(), bytes) <= room.height()
    });
    let pages = pages(&heights, room.height(), further);
    let wanted = pages.iter().position(|page| page.contains(&view.wanted)).unwrap_or_default();
    let last = pages.len().saturating_sub(1);
    let page = view.page.unwrap_or(wanted);
    let shown = pages.get(page.min(last)).cloned().unwrap_or_default();
    let mut top = room.top();
    for (item, height) in view.items.iter().zip(&heights).take(shown.end).skip(shown.start) {
        item_ui(ui, pos2(room.left(), top), place, item);
        top += height;
    }
    if shown.end < view.items.len() {
        let what = format!("{} more", counted(view.items.len().saturating_sub(shown.end), "entry"));
        let line = room.cut_bottom(further).0;
        further_ui(ui, line, &what.replace("entrys", "entries"), "");
    } else if let Some(bytes) = bytes {
        let rest = room.with_min_y(top + gap::SMALL);
        bytes_ui(ui, rest.cut_top(bytes_height(ui, room.width(), bytes)).0, bytes);
    }
    (page > last).then_some(Action::LastPage(last))
}

const FURTHER: f32 = 30.0;
const FURTHER_TIGHT: f32 = 20.0;

/// Items by page; a page that is not the last leaves room for the line that says so.
fn pages(heights: &[f32], room: f32, further: f32) -> Vec<std::ops::Range<usize>> {
    if heights.iter().sum::<f32>() <= room {
        return std::iter::once(0..heights.len()).collect();
    }
    let mut pages = Vec::new();
    let (mut start, mut used) = (0usize, 0.0);
    for (place, height) in heights.iter().enumerate() {
        if place > start && used + height > room - further {
            pages.push(start..place);
            (start, used) = (place, 0.0);
        }
        used += height;
    }
    pages.push(start..heights.len());
    pages
}

fn item_ui(ui: &mut Ui, at: Pos2, (width, room): (f32, f32), item: &Item) -> f32 {
    match item {
        Item::Card(card) => c::finding_card_within(ui, at, (width, room - gap::SMALL), card) + gap::SMALL,
        Item::Fact(words, code) => {
            let pen = Pen::new(ui);
            let mut height = pen.words(pos2(at.x + 2.0, at.y + 6.0), width - 4.0, Type::LABEL, Tone::T1, words) + 13.0;
            if !code.is_empty() {
                pen.line(at.x + 2.0, at.y + height - 7.0, Ink::data(Type::ORDINAL).tone(Tone::T2), code);
                height += Type::ORDINAL.pitch;
            }
            pen.rule(at.x, at.x + width, at.y + height - size::STROKE, Tone::Line);
            height
        }
        Item::Screen { number, title, lines } => {
            let pen = Pen::new(ui);
            let ink = Ink::text(Type::LABEL).tone(Tone::T2);
            let mut y = at.y + 6.0;
            y += pen.paragraph(pos2(at.x, y), width, ink, &format!("{number}  {title}"));
            for line in lines {
                y += pen.paragraph(pos2(at.x + 18.0, y), width - 18.0, Ink::data(Type::LABEL), line);
            }
            pen.rule(at.x, at.x + width, y + 6.0, Tone::Line);
            y + 7.0 - at.y
        }
    }
}
