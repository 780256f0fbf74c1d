//! What the camera has read, and how long it may still take.

use std::collections::VecDeque;
use std::sync::Arc;

use vitrine_qr::{LumaFrame, PartState, Point, Progress, Quality, Received};

use super::ScanReport;

/// Below so many new parts no time is named.
const PARTS_FOR_AN_ESTIMATE: usize = 5;
/// The pace is that of the last ten seconds.
const PACE_MS: u64 = 10_000;
/// How long the label of the last part stays.
const LABEL_MS: u64 = 1_200;

/// How long reading may still take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLeft {
    /// Too few parts to say.
    Unknown,
    /// Between so many seconds and so many.
    Between(u64, u64),
}

/// What was read of one request.
#[derive(Clone, Debug, Default)]
pub struct ScanState {
    /// What the camera says it is.
    pub camera: Option<String>,
    /// The latest picture and how many came before it.
    pub picture: Option<(u64, Arc<LumaFrame>)>,
    /// Corners of the code found in it.
    pub corners: Vec<Point>,
    /// How well the latest picture can be read.
    pub quality: Option<Quality>,
    /// What is known of the request.
    pub progress: Progress,
    /// Pictures read so far.
    pub pictures: u64,
    /// Why pictures stopped, or why what was read cannot be reviewed.
    pub ended: Option<String>,
    /// Why the last code was not a part.
    pub not_a_part: Option<String>,
    /// Whether the picture is shown as large as it gets.
    pub zoomed: bool,
    new_parts: VecDeque<u64>,
    seen: VecDeque<u64>,
    last_part: Option<(usize, u64)>,
    last_code_ms: Option<u64>,
}

impl ScanState {
    /// There are no more pictures: the last one, and what was foretold by it, does not stay.
    pub fn end(&mut self, why: String) {
        self.picture = None;
        self.corners.clear();
        self.quality = None;
        self.not_a_part = None;
        self.new_parts.clear();
        self.seen.clear();
        self.ended = Some(why);
    }

    /// Takes the report of one picture, at `now_ms`.
    pub fn hear(&mut self, report: ScanReport, now_ms: u64) {
        self.pictures = self.pictures.saturating_add(1);
        self.picture = Some((self.pictures, report.picture));
        self.corners = report.corners;
        self.quality = Some(report.quality);
        self.progress = report.progress;
        match report.received {
            Some(Received::New { index }) => {
                self.new_parts.push_back(now_ms);
                self.last_part = Some((index, now_ms));
                self.not_a_part = None;
            }
            Some(Received::NotAPart(error)) => self.not_a_part = Some(error.to_string()),
            Some(Received::Seen | Received::Complete) => self.not_a_part = None,
            Some(Received::OtherMessage) | None => {}
        }
        if !self.corners.is_empty() {
            self.seen.push_back(now_ms);
            self.last_code_ms = Some(now_ms);
        }
        self.forget(now_ms);
    }

    fn forget(&mut self, now_ms: u64) {
        let first = now_ms.saturating_sub(PACE_MS);
        for times in [&mut self.new_parts, &mut self.seen] {
            while times.front().is_some_and(|at| *at < first) {
                times.pop_front();
            }
        }
    }

    /// Parts known, and parts there are.
    pub fn parts(&self) -> (usize, usize) {
        let parts = &self.progress.parts;
        (parts.iter().filter(|part| **part == PartState::Read).count(), parts.len())
    }

    /// The part just read, from 1, while its label stands.
    pub fn label(&self, now_ms: u64) -> Option<usize> {
        let (index, at) = self.last_part?;
        (now_ms.saturating_sub(at) <= LABEL_MS).then_some(index)
    }

    /// Whether no code was seen for a second.
    pub fn sees_nothing(&self, now_ms: u64) -> bool {
        self.last_code_ms.is_none_or(|at| now_ms.saturating_sub(at) > 1_000)
    }

    /// Codes and new parts of the last ten seconds, and how long those seconds were, in milliseconds.
    pub fn pace(&self, now_ms: u64) -> (usize, usize, u64) {
        let first = self.seen.front().copied().unwrap_or(now_ms);
        (self.seen.len(), self.new_parts.len(), now_ms.saturating_sub(first))
    }

    /// How long reading may still take at the present pace. The upper end counts on chance: the last part alone may
    /// need a whole loop.
    pub fn time_left(&self, now_ms: u64) -> TimeLeft {
        let (read, total) = self.parts();
        let (_, new, span_ms) = self.pace(now_ms);
        if new < PARTS_FOR_AN_ESTIMATE || span_ms == 0 {
            return TimeLeft::Unknown;
        }
        let a_part_ms = span_ms / new as u64;
        let missing = total.saturating_sub(read) as u64;
        let least_ms = missing.saturating_mul(a_part_ms);
        let most_ms = least_ms.saturating_add((total as u64).saturating_mul(a_part_ms));
        TimeLeft::Between(least_ms.div_ceil(1_000), most_ms.div_ceil(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_qr::{Brightness, Quality};

    fn report(index: usize, total: usize) -> ScanReport {
        let parts = (0..total).map(|i| if i < index { PartState::Read } else { PartState::Missing }).collect();
        ScanReport {
            picture: Arc::new(LumaFrame::new(1, 1, vec![0]).unwrap()),
            corners: vec![Point { x: 0.0, y: 0.0 }],
            quality: Quality {
                module_px: None,
                sharpness: 0.5,
                brightness: Brightness { mean: 0.5, clipped: 0.0 },
                tilt: None,
            },
            received: Some(Received::New { index }),
            progress: Progress { parts, ..Progress::default() },
        }
    }

    #[test]
    fn no_time_is_named_before_five_new_parts() {
        let mut scan = ScanState::default();
        for index in 1..5 {
            scan.hear(report(index, 20), index as u64 * 500);
        }
        assert_eq!(scan.time_left(2_500), TimeLeft::Unknown);
        scan.hear(report(5, 20), 2_500);
        assert_eq!(scan.time_left(2_500), TimeLeft::Between(6, 14));
    }
}
