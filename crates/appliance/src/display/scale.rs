//! How large a point is, so that text is as large on every screen.

/// Windows need at least so many points across for three columns' worth of reading at the smallest form.
const LEAST_POINTS: (usize, usize) = (1_024, 600);
/// Pixels an inch at which a point is a pixel.
const DENSITY: u32 = 96;
/// Densities outside are mistakes of the screen: projectors and televisions state sizes that they do not have.
const BELIEVABLE: std::ops::RangeInclusive<u32> = 60..=400;

/// Sizes that are the proportions of a screen, stated where its size belongs.
const PROPORTIONS: [(u32, u32); 4] = [(16, 9), (16, 10), (160, 90), (160, 100)];

/// Pixels a point for a screen of so many pixels and millimetres: 1 to 3, in quarters.
///
/// Never so large that fewer than 1,024 by 600 points are left: a projector of 1,024 by 768 pixels has 1.
pub fn pixels_per_point(size_px: (usize, usize), size_mm: Option<(u32, u32)>) -> f32 {
    let wanted = size_mm.and_then(|mm| by_density(size_px, mm)).unwrap_or_else(|| by_height(size_px.1));
    let room = |pixels: usize, points: usize| pixels.saturating_mul(4) / points;
    let most = room(size_px.0, LEAST_POINTS.0).min(room(size_px.1, LEAST_POINTS.1));
    let quarters = wanted.min(most).clamp(4, 12);
    f32::from(u8::try_from(quarters).unwrap_or(4)) / 4.0
}

/// Quarters of a pixel a point, by the density that the screen states.
fn by_density((width, height): (usize, usize), (width_mm, height_mm): (u32, u32)) -> Option<usize> {
    let density =
        |pixels: usize, mm: u32| Some(u32::try_from(pixels).ok()?.checked_mul(254)? / mm.checked_mul(10)?.max(1));
    let (across, down) = (density(width, width_mm)?, density(height, height_mm)?);
    let square = across.abs_diff(down) * 5 <= across;
    let stated = !PROPORTIONS.contains(&(width_mm, height_mm));
    let believed = stated && BELIEVABLE.contains(&across) && BELIEVABLE.contains(&down) && square;
    let quarters = down.saturating_mul(4).saturating_add(DENSITY / 2) / DENSITY;
    believed.then(|| usize::try_from(quarters).ok())?
}

/// Quarters of a pixel a point, where the screen states no size: from 1,440 rows on they are small.
const fn by_height(rows: usize) -> usize {
    match rows {
        2_160.. => 8,
        1_440.. => 6,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(size_px: (usize, usize), size_mm: Option<(u32, u32)>) -> f32 {
        pixels_per_point(size_px, size_mm)
    }

    #[test]
    fn a_point_is_as_large_on_every_screen() {
        assert_eq!(scale((1_920, 1_080), Some((510, 287))), 1.0);
        assert_eq!(scale((3_840, 2_160), Some((600, 340))), 1.75);
        assert_eq!(scale((3_840, 2_160), Some((344, 194))), 3.0);
        assert_eq!(scale((2_560, 1_600), Some((301, 188))), 2.25);
        assert_eq!(scale((2_560, 1_440), None), 1.5);
        assert_eq!(scale((3_840, 2_160), None), 2.0);
    }

    #[test]
    fn a_projector_keeps_its_points() {
        assert_eq!(scale((1_024, 768), None), 1.0);
        assert_eq!(scale((1_024, 768), Some((60, 45))), 1.0);
        assert_eq!(scale((1_920, 1_080), Some((125, 70))), 1.75);
        assert_eq!(scale((640, 480), Some((100, 75))), 1.0);
    }

    #[test]
    fn a_size_that_cannot_be_is_not_believed() {
        for mm in [(0, 0), (16, 9), (160, 90), (160, 100), (1, 1_000), (u32::MAX, u32::MAX)] {
            assert_eq!(scale((1_280, 800), Some(mm)), 1.0, "{mm:?}");
        }
    }
}
