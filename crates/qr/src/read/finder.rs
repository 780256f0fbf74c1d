//! Where finder patterns are: the three squares in a code's corners.
//!
//! A line through the middle of one crosses dark, light, dark, light and dark in the proportion 1 : 1 : 3 : 1 : 1. Rows
//! are searched for that, and rxing then says whether it is so in the other directions too. Its own search compares
//! each finding with all before it, without end; a picture tiled with finder patterns keeps it busy for seconds.

use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{ConcentricPattern, LocateConcentricPattern};
use rxing::point;

use crate::limits::{FINDER_TRIES, FINDERS_FOUND};

/// Rows from one searched to the next: a finder pattern's middle is at least as high.
const STEP: usize = 3;

/// Modules of dark, light, dark, light, dark.
const PROPORTION: [u16; 5] = [1, 1, 3, 1, 1];

/// Lengths of the last five runs of equal pixels, the latest last.
type Runs = [u32; 5];

/// Finds finder patterns, as many as the limits allow.
pub(super) fn find(matrix: &BitMatrix) -> Vec<ConcentricPattern> {
    let mut found = Vec::new();
    let mut tries = 0;
    for y in (2..matrix.height()).step_by(STEP) {
        search_row(matrix, y, &mut |x, runs| {
            tries += 1;
            if tries <= FINDER_TRIES && found.len() < FINDERS_FOUND {
                found.extend(locate(matrix, &found, x, y, runs));
            }
        });
        if tries > FINDER_TRIES || found.len() >= FINDERS_FOUND {
            break;
        }
    }
    found
}

/// Calls for every place where the row crosses something like a finder pattern, with where that ends.
fn search_row(matrix: &BitMatrix, y: u32, seen: &mut impl FnMut(u32, &Runs)) {
    let (mut runs, mut dark): (Runs, bool) = ([0; 5], false);
    for x in 0..matrix.width() {
        let [first, second, third, fourth, latest] = runs;
        if matrix.get(x, y) == dark {
            runs = [first, second, third, fourth, latest.saturating_add(1)];
            continue;
        }
        if dark && is_like_finder(&runs) {
            seen(x, &runs);
        }
        (runs, dark) = ([second, third, fourth, latest, 1], !dark);
    }
    if dark && is_like_finder(&runs) {
        seen(matrix.width(), &runs);
    }
}

/// Dark and light are measured apart: too much or too little light makes all dark runs longer, or all light ones.
fn is_like_finder(&[first, second, third, fourth, fifth]: &Runs) -> bool {
    if first == 0 || third < 3 || third < 2 * first.max(fifth) || third < second.max(fourth) {
        return false;
    }
    let dark = (first + third + fifth) as f32 / 5.0;
    let light = (second + fourth) as f32 / 2.0;
    let near = |run: u32, expected: f32, tolerance: f32| (run as f32 - expected).abs() <= tolerance;
    let (dark_by, light_by) = (0.75 * dark + 0.5, light / 3.0 + 0.5);
    dark.max(light) <= 4.0 * dark.min(light)
        && near(first, dark, dark_by)
        && near(third, 3.0 * dark, dark_by)
        && near(fifth, dark, dark_by)
        && near(second, light, light_by)
        && near(fourth, light, light_by)
}

/// Looks at a place in the other directions, unless it is inside of a pattern already found.
fn locate(matrix: &BitMatrix, found: &[ConcentricPattern], end: u32, y: u32, runs: &Runs) -> Option<ConcentricPattern> {
    let &[_, _, third, fourth, fifth] = runs;
    let middle = point(end as f32 - (fifth + fourth) as f32 - third as f32 / 2.0, y as f32 + 0.5);
    let inside = |old: &ConcentricPattern| (middle.x - old.p.x).hypot(middle.y - old.p.y) < old.size as f32 / 2.0;
    if found.iter().any(inside) {
        return None;
    }
    let width = i32::try_from(runs.iter().sum::<u32>()).unwrap_or(i32::MAX / 4);
    LocateConcentricPattern::<true, 5, 7>(matrix, &PROPORTION, middle, width.saturating_mul(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finder patterns side by side, one light module between them.
    fn tiled(width: u32, height: u32, module_px: u32) -> BitMatrix {
        let mut matrix = BitMatrix::new(width, height).unwrap();
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
            let (column, row) = (x / module_px % 8, y / module_px % 8);
            let ring = column.abs_diff(3).max(row.abs_diff(3));
            if ring == 3 || ring <= 1 {
                matrix.set(x, y);
            }
        }
        matrix
    }

    #[test]
    fn finder_patterns_are_found_in_their_middle() {
        let found = find(&tiled(40, 40, 5));
        let places: Vec<(f32, f32)> = found.iter().map(|pattern| (pattern.p.x, pattern.p.y)).collect();
        assert_eq!(places, [(17.5, 17.5)]);
    }

    #[test]
    fn a_picture_tiled_with_finder_patterns_is_given_up_after_a_thousand() {
        assert_eq!(find(&tiled(1280, 720, 1)).len(), FINDERS_FOUND);
    }

    #[test]
    fn other_proportions_are_not_finder_patterns() {
        for runs in
            [[0, 4, 12, 4, 4], [4, 4, 4, 4, 4], [1, 1, 2, 1, 1], [9, 4, 12, 4, 4], [4, 40, 12, 40, 4], [1, 9, 3, 9, 1]]
        {
            assert!(!is_like_finder(&runs), "{runs:?}");
        }
        for runs in [[4, 4, 12, 4, 4], [1, 1, 3, 1, 1], [5, 3, 13, 3, 5], [3, 5, 11, 5, 3]] {
            assert!(is_like_finder(&runs), "{runs:?}");
        }
    }
}
