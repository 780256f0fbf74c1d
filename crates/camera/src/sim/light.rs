//! From light to the camera's numbers: linear light, tone curve, lens shading and sensor noise.

use super::random::{GRAIN_SIGMA, Stream, grain_table, number};

/// Linear light that a well exposed white gives; a sensor takes four times as much before the table ends.
pub const WHITE: f64 = 4096.0;

const CURVE_LEN: usize = 16_384;

const GRAIN_LEN: usize = 1 << 16;

/// The luma that each amount of linear light gets: a square root, as near to a camera's curve as exact arithmetic comes.
pub fn tone_curve() -> Vec<u8> {
    (0..CURVE_LEN).map(|light| to_luma((light as f64 / WHITE).sqrt() * 255.0)).collect()
}

/// The linear light of a luma from 0 to 255, under an exposure where 1 is ordinary.
pub fn linear(luma: f64, exposure: f64) -> u16 {
    let share = luma / 255.0;
    (share * share * exposure * WHITE).clamp(0.0, (CURVE_LEN - 1) as f64) as u16
}

/// Clamps and cuts to a luma.
pub fn to_luma(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

/// What the lens and the sensor do to a finished picture: darker corners, a lamp from one side, noise.
#[derive(Debug)]
pub struct Sensor {
    seed: u64,
    /// Per column, in 512ths of the light that arrives; a row's share is added.
    columns: Vec<u16>,
    rows: Vec<u16>,
    /// Noise of each luma in 256ths of the table's numbers.
    gain: Vec<i32>,
    grain: Vec<i16>,
}

impl Sensor {
    /// For pictures of this size; `noise` is the standard deviation at middle grey, in luma.
    pub fn new(seed: u64, width: usize, height: usize, noise: f64) -> Self {
        let grain = if noise > 0.0 { grain_table(seed, GRAIN_LEN + width) } else { vec![0; GRAIN_LEN + width] };
        Self {
            seed,
            columns: shading(width, 0.10),
            rows: shading(height, -0.06),
            gain: (0..256).map(|luma| gain(f64::from(luma), noise)).collect(),
            grain,
        }
    }

    /// Exposes a picture in place. `frame` chooses the noise.
    pub fn expose(&self, luma: &mut [u8], width: usize, frame: u64) {
        for ((row, pixels), row_light) in (0u64..).zip(luma.chunks_exact_mut(width)).zip(&self.rows) {
            let index = frame.wrapping_mul(8192).wrapping_add(row);
            let start = (number(self.seed, Stream::Grain, index) % GRAIN_LEN as u64) as usize;
            let grain = self.grain.get(start..).unwrap_or(&[]);
            self.expose_row(pixels, u32::from(*row_light), grain);
        }
    }

    fn expose_row(&self, pixels: &mut [u8], row_light: u32, grain: &[i16]) {
        for ((pixel, column_light), grain) in pixels.iter_mut().zip(&self.columns).zip(grain) {
            let light = (u32::from(*pixel) * (row_light + u32::from(*column_light))) >> 9;
            let gain = self.gain.get(light as usize).copied().unwrap_or(0);
            let value = light as i32 + ((i32::from(*grain) * gain) >> 8);
            *pixel = value.clamp(0, 255) as u8;
        }
    }
}

/// Half of the light along one side of the picture: full in the middle, less at the ends, tilted by `slope`.
fn shading(len: usize, slope: f64) -> Vec<u16> {
    let middle = (len as f64 / 2.0).max(1.0);
    (0..len)
        .map(|place| {
            let way = (place as f64 + 0.5 - middle) / middle;
            (256.0 * (1.0 - 0.09 * way * way + slope * way)) as u16
        })
        .collect()
}

/// Read-out noise plus shot noise, which grows with the root of the light.
fn gain(luma: f64, noise: f64) -> i32 {
    let sigma = noise * (0.45 + 0.55 * luma / 128.0).sqrt();
    (sigma * 256.0 / GRAIN_SIGMA) as i32
}

#[cfg(test)]
mod tests {
    use super::{WHITE, linear, tone_curve};

    #[test]
    fn the_curve_gives_back_the_luma_it_was_made_from() {
        let curve = tone_curve();
        for luma in [0u8, 30, 128, 200, 255] {
            let back = curve[usize::from(linear(f64::from(luma), 1.0))];
            assert!(back.abs_diff(luma) <= 1, "{luma} became {back}");
        }
        assert_eq!(curve[WHITE as usize * 3], 255, "too much light is white");
    }
}
