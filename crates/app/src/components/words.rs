//! A sentence with names, data, marks and badges in it.

use std::sync::Arc;

use egui::text::{CCursor, LayoutJob};
use egui::{Galley, Pos2, Rect};

use super::pen::{Ink, Pen};
use crate::fonts::Face;
use crate::icons::Icon;
use crate::tokens::{Tone, Type, gap, size};

/// Runs of text in one row pitch, broken between words where they must be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(Vec<Run>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    text: String,
    face: Face,
    /// The sentence's own tone, unless the run has one.
    tone: Option<Tone>,
    /// A filled ground with a mark before the text.
    badge: Option<(Icon, Ground)>,
}

/// The ground of a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    Caution,
    Refuse,
}

impl Words {
    /// A sentence that begins with plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::default().then(text)
    }

    /// A sentence that begins with a name.
    pub fn name(text: impl Into<String>) -> Self {
        Self::default().strong(text)
    }

    /// Adds plain text.
    #[must_use]
    pub fn then(self, text: impl Into<String>) -> Self {
        self.push(text.into(), Face::Text, None, None)
    }

    /// Adds a name.
    #[must_use]
    pub fn strong(self, text: impl Into<String>) -> Self {
        self.push(text.into(), Face::Strong, None, None)
    }

    /// Adds text in the data face.
    #[must_use]
    pub fn data(self, text: impl Into<String>) -> Self {
        self.push(text.into(), Face::Data, None, None)
    }

    /// Adds plain text in a tone.
    #[must_use]
    pub fn toned(self, tone: Tone, text: impl Into<String>) -> Self {
        self.push(text.into(), Face::Text, Some(tone), None)
    }

    /// Adds a name in a tone.
    #[must_use]
    pub fn strong_toned(self, tone: Tone, text: impl Into<String>) -> Self {
        self.push(text.into(), Face::Strong, Some(tone), None)
    }

    /// Adds a caution's badge: "NEW, never paid".
    #[must_use]
    pub fn caution(self, text: impl Into<String>) -> Self {
        self.push(text.into(), Face::Strong, Some(Tone::CautionInk), Some((Icon::Caution, Ground::Caution)))
    }

    /// Adds a refusal's badge.
    #[must_use]
    pub fn refusal(self, text: impl Into<String>) -> Self {
        self.push(text.into(), Face::Strong, Some(Tone::White), Some((Icon::Refuse, Ground::Refuse)))
    }

    fn push(mut self, text: String, face: Face, tone: Option<Tone>, badge: Option<(Icon, Ground)>) -> Self {
        self.0.push(Run { text, face, tone, badge });
        self
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|run| run.text.is_empty())
    }

    /// The sentence as a reader would say it.
    pub fn spoken(&self) -> String {
        self.0.iter().map(|run| run.text.as_str()).collect()
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

impl Pen {
    /// Writes a sentence no wider than `width`; returns its height.
    pub fn words(&self, at: Pos2, width: f32, kind: Type, tone: Tone, words: &Words) -> f32 {
        let laid = Laid::new(self, width, kind, tone, words);
        let height = laid.galley.size().y;
        laid.paint(self, at);
        height
    }

    /// Writes a sentence in one row; returns where it ends.
    pub fn words_line(&self, x: f32, top: f32, kind: Type, tone: Tone, words: &Words) -> f32 {
        let laid = Laid::new(self, f32::INFINITY, kind, tone, words);
        let end = x + laid.galley.size().x;
        laid.paint(self, egui::pos2(x, top));
        end
    }

    /// Writes a sentence in one row that ends at `right`; returns where it begins.
    pub fn words_right(&self, right: f32, top: f32, kind: Type, tone: Tone, words: &Words) -> f32 {
        let laid = Laid::new(self, f32::INFINITY, kind, tone, words);
        let x = right - laid.galley.size().x;
        laid.paint(self, egui::pos2(x, top));
        x
    }

    /// The width and height of a sentence no wider than `width`.
    pub fn words_size(&self, width: f32, kind: Type, tone: Tone, words: &Words) -> egui::Vec2 {
        Laid::new(self, width, kind, tone, words).galley.size()
    }
}

/// Text laid out, and the badges whose ground must be painted before it.
struct Laid {
    galley: Arc<Galley>,
    badges: Vec<Badge>,
}

struct Badge {
    ground: Ground,
    /// Places of the characters between which the badge stands.
    from: usize,
    to: usize,
}

const BADGE_PADDING: f32 = gap::SMALL;

impl Laid {
    fn new(pen: &Pen, width: f32, kind: Type, tone: Tone, words: &Words) -> Self {
        let mut job = LayoutJob::default();
        job.wrap.max_width = width;
        let mut badges = Vec::new();
        let (mut place, mut after_badge) = (0, false);
        for run in words.0.iter().filter(|run| !run.text.is_empty()) {
            let ink = Ink { face: run.face, kind, tone: run.tone.unwrap_or(tone), spacing: 0.0 };
            match run.badge {
                Some((icon, ground)) => {
                    append_badge(pen, &mut job, ink, icon, &run.text);
                    let from = place;
                    place += run.text.chars().count() + 1;
                    badges.push(Badge { ground, from, to: place });
                }
                None => {
                    let lead = if after_badge { BADGE_PADDING } else { 0.0 };
                    job.append(&run.text, lead, pen.format(ink));
                    place += run.text.chars().count();
                }
            }
            after_badge = run.badge.is_some();
        }
        Self { galley: pen.painter().layout_job(job), badges }
    }

    fn paint(self, pen: &Pen, at: Pos2) {
        for badge in &self.badges {
            pen.fill_round(self.ground_of(badge).translate(at.to_vec2()), size::RADIUS, badge.ground.tone());
        }
        pen.place(at, self.galley);
    }

    fn ground_of(&self, badge: &Badge) -> Rect {
        let first = self.galley.pos_from_cursor(CCursor { prefer_next_row: true, ..CCursor::new(badge.from) });
        let last = self.galley.pos_from_cursor(CCursor::new(badge.to));
        let left = first.left() - BADGE_PADDING;
        Rect::from_min_max(
            egui::pos2(left, first.top() + 1.0),
            egui::pos2(last.right() + BADGE_PADDING, last.bottom() - 1.0),
        )
    }
}

impl Ground {
    const fn tone(self) -> Tone {
        match self {
            Self::Caution => Tone::Caution,
            Self::Refuse => Tone::RefuseSolid,
        }
    }
}

/// A badge's text is a size smaller than its sentence; its mark stands before it.
fn append_badge(pen: &Pen, job: &mut LayoutJob, ink: Ink, icon: Icon, text: &str) {
    let kind = Type { size: (ink.kind.size - 3.0).max(Type::ORDINAL.size), pitch: ink.kind.pitch };
    let mark = Ink { face: icon.face(), kind: Type { size: kind.size + 1.0, ..kind }, ..ink };
    let lead = if job.is_empty() { BADGE_PADDING } else { 2.0 * BADGE_PADDING };
    job.append(icon.glyph().encode_utf8(&mut [0; 4]), lead, pen.format(mark));
    job.append(text, 6.0, pen.format(Ink { kind, ..ink }));
}
