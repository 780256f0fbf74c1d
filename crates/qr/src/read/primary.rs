//! The reader that is used first: rxing's port of the newer zxing-cpp detector, QR codes only.
//!
//! Its steps are called one by one, for three reasons: the bytes of the segments are taken before any guess at a
//! character set, the number of candidates is bounded (see [`finder`]), and nothing but QR codes is looked for.

use rxing::common::HybridBinarizer;
use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};
use rxing::qrcode::detector::QRCodeDetectorResult;
use rxing::{Binarizer, Luma8Source};

use crate::frame::LumaFrame;
use crate::limits::{FINDER_PATTERNS, FINDER_SETS, SYMBOLS};
use crate::read::{Point, Symbol, finder, module_px};

/// Reads all symbols of a picture. May panic on a crafted one.
pub(super) fn read(frame: &LumaFrame) -> Vec<Symbol> {
    let Ok(source) = Luma8Source::new_with_slice(frame.luma(), frame.width(), frame.height()) else {
        return Vec::new();
    };
    let binarizer = HybridBinarizer::new(source);
    match binarizer.get_black_matrix() {
        Ok(matrix) => read_matrix(matrix),
        Err(_) => Vec::new(),
    }
}

fn read_matrix(matrix: &BitMatrix) -> Vec<Symbol> {
    let mut patterns = finder::find(matrix);
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    patterns.truncate(FINDER_PATTERNS);
    let mut used = Vec::new();
    let mut symbols = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns).into_iter().take(FINDER_SETS) {
        if symbols.len() >= SYMBOLS || [set.bl, set.tl, set.tr].iter().any(|pattern| used.contains(pattern)) {
            continue;
        }
        if let Some(symbol) = read_set(matrix, &set) {
            used.extend([set.bl, set.tl, set.tr]);
            symbols.push(symbol);
        }
    }
    symbols
}

fn read_set(matrix: &BitMatrix, set: &FinderPatternSet) -> Option<Symbol> {
    let sampled: QRCodeDetectorResult = SampleQR(matrix, set).ok()?;
    let decoded = Decode(sampled.getBits()).ok().filter(|decoded| decoded.isValid())?;
    let &[top_left, top_right, bottom_left, bottom_right] = sampled.getPoints() else { return None };
    let corners = [top_left, top_right, bottom_right, bottom_left].map(|point| Point { x: point.x, y: point.y });
    let module_px = module_px(&corners, sampled.getBits().width() as usize);
    Some(Symbol { bytes: decoded.content().bytes().to_vec(), corners: corners.to_vec(), module_px })
}
