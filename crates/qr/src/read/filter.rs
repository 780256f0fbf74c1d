//! Pictures made easier to read.

use crate::frame::LumaFrame;

/// Pixels of the surroundings on each side of a pixel.
const RADIUS: usize = 24;

/// How much a pixel's difference from its surroundings is stretched.
const GAIN: i32 = 8;

/// Smooths with the 3 × 3 binomial kernel.
pub(super) fn smoothed(frame: &LumaFrame) -> LumaFrame {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let mut luma = Vec::with_capacity(frame.luma().len());
    for y in 0..height {
        let (above, below) = (frame.row(y.saturating_sub(1)), frame.row((y + 1).min(height - 1)));
        let column: Vec<u16> = frame
            .row(y)
            .iter()
            .zip(above.iter().zip(below))
            .map(|(&here, (&above, &below))| 2 * u16::from(here) + u16::from(above) + u16::from(below))
            .collect();
        luma.extend(smooth_row(&column));
    }
    LumaFrame::fitted(width, height, luma)
}

fn smooth_row(column: &[u16]) -> impl Iterator<Item = u8> + '_ {
    let left = column.first().into_iter().chain(column);
    let right = column.iter().skip(1).chain(column.last());
    column.iter().zip(left.zip(right)).map(|(here, (left, right))| ((2 * here + left + right) / 16) as u8)
}

/// Shows each pixel against the mean of its surroundings, stretched around the middle grey.
pub(super) fn local_contrast(frame: &LumaFrame) -> LumaFrame {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let mut columns = vec![0_u32; width];
    let mut luma = Vec::with_capacity(frame.luma().len());
    let mut rows = 0_u32;
    let add = |columns: &mut [u32], y: usize| {
        columns.iter_mut().zip(frame.row(y)).for_each(|(sum, &pixel)| *sum += u32::from(pixel));
    };
    let remove = |columns: &mut [u32], y: usize| {
        columns.iter_mut().zip(frame.row(y)).for_each(|(sum, &pixel)| *sum -= u32::from(pixel));
    };
    for y in 0..RADIUS.min(height) {
        add(&mut columns, y);
        rows += 1;
    }
    for y in 0..height {
        if y + RADIUS < height {
            add(&mut columns, y + RADIUS);
            rows += 1;
        }
        if let Some(gone) = y.checked_sub(RADIUS + 1) {
            remove(&mut columns, gone);
            rows -= 1;
        }
        contrast_row(frame.row(y), &columns, rows, &mut luma);
    }
    LumaFrame::fitted(width, height, luma)
}

/// One row: `columns` are the sums of `rows` pixels above and below.
fn contrast_row(row: &[u8], columns: &[u32], rows: u32, luma: &mut Vec<u8>) {
    let (mut sum, mut count) = (columns.iter().take(RADIUS).sum::<u32>(), RADIUS.min(columns.len()) as u32);
    let entering = columns.iter().skip(RADIUS).map(Some).chain(std::iter::repeat(None));
    let leaving = std::iter::repeat_n(None, RADIUS + 1).chain(columns.iter().map(Some));
    for (&pixel, (entering, leaving)) in row.iter().zip(entering.zip(leaving)) {
        if let Some(column) = entering {
            sum += column;
            count += 1;
        }
        if let Some(column) = leaving {
            sum -= column;
            count -= 1;
        }
        let mean = sum / (count * rows).max(1);
        let stretched = 128 + GAIN * (i32::from(pixel) - mean as i32);
        luma.push(stretched.clamp(0, 255) as u8);
    }
}

/// Halves both sides, each pixel the mean of four.
pub(super) fn half(frame: &LumaFrame) -> LumaFrame {
    let (width, height) = ((frame.width() / 2).max(1) as usize, (frame.height() / 2).max(1) as usize);
    let mut luma = Vec::with_capacity(width * height);
    for y in 0..height {
        let pairs = frame.row(2 * y).chunks_exact(2).zip(frame.row(2 * y + 1).chunks_exact(2));
        luma.extend(pairs.map(|(upper, lower)| {
            let sum: u16 = upper.iter().chain(lower).map(|&pixel| u16::from(pixel)).sum();
            (sum / 4) as u8
        }));
    }
    LumaFrame::fitted(width, height, luma)
}

/// Turns light into dark.
pub(super) fn inverted(frame: &LumaFrame) -> LumaFrame {
    let luma = frame.luma().iter().map(|pixel| 255 - pixel).collect();
    LumaFrame::fitted(frame.width() as usize, frame.height() as usize, luma)
}
