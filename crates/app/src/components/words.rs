//! A sentence with names, data, marks and badges in it.

use std::sync::Arc;

use egui::text::LayoutJob;
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

    /// Adds another sentence.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
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
    /// Places of the first character and of the one after the last, line breaks not counted.
    from: usize,
    to: usize,
}

const BADGE_PADDING: f32 = gap::SMALL;

impl Laid {
    /// A badge that would be broken begins a row of its own.
    fn new(pen: &Pen, width: f32, kind: Type, tone: Tone, words: &Words) -> Self {
        let mut on_own_row = vec![false; words.0.len()];
        loop {
            let laid = Self::with_breaks(pen, width, Ink { kind, tone, ..Ink::text(kind) }, words, &on_own_row);
            let badge_runs = words.0.iter().zip(&mut on_own_row).filter(|(run, _)| run.badge.is_some());
            let broken = badge_runs.zip(&laid.badges).find(|((_, own), badge)| !**own && laid.is_broken(badge));
            match broken {
                Some(((_, own), _)) => *own = true,
                None => return laid,
            }
        }
    }

    fn with_breaks(pen: &Pen, width: f32, plain: Ink, words: &Words, on_own_row: &[bool]) -> Self {
        let mut job = LayoutJob::default();
        job.wrap.max_width = width;
        let mut badges = Vec::new();
        let (mut place, mut after_badge) = (0, false);
        for (run, own_row) in words.0.iter().zip(on_own_row) {
            let ink = Ink { face: run.face, tone: run.tone.unwrap_or(plain.tone), ..plain };
            let from = place;
            place += run.text.chars().count();
            if let Some((icon, ground)) = run.badge {
                append_badge(pen, &mut job, ink, icon, &run.text, *own_row);
                place += 1;
                badges.push(Badge { ground, from, to: place });
            } else if !run.text.is_empty() {
                job.append(&run.text, if after_badge { BADGE_PADDING } else { 0.0 }, pen.format(ink));
            }
            after_badge = run.badge.is_some();
        }
        Self { galley: pen.painter().layout_job(job), badges }
    }

    fn is_broken(&self, badge: &Badge) -> bool {
        self.grounds(badge).count() > 1
    }

    fn paint(self, pen: &Pen, at: Pos2) {
        for badge in &self.badges {
            for ground in self.grounds(badge) {
                pen.fill_round(ground.translate(at.to_vec2()), size::RADIUS, badge.ground.tone());
            }
        }
        pen.place(at, self.galley);
    }

    /// The grounds of a badge, one in each row that it reaches.
    fn grounds(&self, badge: &Badge) -> impl Iterator<Item = Rect> {
        let mut start = 0;
        self.galley.rows.iter().filter_map(move |row| {
            let (first, after) = (badge.from.max(start), badge.to.min(start + row.glyphs.len()));
            let glyphs = row.glyphs.get(first.saturating_sub(start)..after.saturating_sub(start));
            start += row.glyphs.len();
            let (left, right) = glyphs.and_then(|glyphs| Some((glyphs.first()?.pos.x, glyphs.last()?.max_x())))?;
            let x = row.pos.x + left - BADGE_PADDING..=row.pos.x + right + BADGE_PADDING;
            Some(Rect::from_x_y_ranges(x, row.min_y() + 1.0..=row.max_y() - 1.0))
        })
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
fn append_badge(pen: &Pen, job: &mut LayoutJob, ink: Ink, icon: Icon, text: &str, own_row: bool) {
    let kind = Type { size: (ink.kind.size - 3.0).max(Type::ORDINAL.size), pitch: ink.kind.pitch };
    let mark = Ink { face: icon.face(), kind: Type { size: kind.size + 1.0, ..kind }, ..ink };
    let begins_row = own_row || job.is_empty();
    if own_row && !job.is_empty() {
        job.append("\n", 0.0, pen.format(ink));
    }
    let lead = if begins_row { BADGE_PADDING } else { 2.0 * BADGE_PADDING };
    job.append(icon.glyph().encode_utf8(&mut [0; 4]), lead, pen.format(mark));
    job.append(text, 6.0, pen.format(Ink { kind, ..ink }));
}
