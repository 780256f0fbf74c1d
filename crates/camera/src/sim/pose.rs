//! How the camera is held: tilt, drift and tremor of a hand, and the projection that follows.

use super::random::{Stream, signed_unit};

/// Where the camera is at one moment, relative to the plane of the screen.
#[derive(Debug, Clone, Copy)]
pub struct Pose {
    /// Turn about the vertical axis, in radians.
    pub yaw: f64,
    /// Turn about the horizontal axis, in radians.
    pub pitch: f64,
    /// Turn in the picture plane, in radians.
    pub roll: f64,
    /// Shift of the picture to the right, in pixels.
    pub shift_x: f64,
    /// Shift of the picture downwards, in pixels.
    pub shift_y: f64,
    /// Size of the picture; 1 is as drawn.
    pub zoom: f64,
}

/// A hand that holds a camera: slow drift and a fast tremor, both smooth functions of time.
#[derive(Debug, Clone, Copy)]
pub struct Hand {
    seed: u64,
    tilt: f64,
    shake: f64,
    height: f64,
}

const DRIFT_PERIOD_US: i64 = 1_900_000;
const TREMOR_PERIOD_US: i64 = 170_000;

impl Hand {
    /// `tilt` in radians off the axis, `shake` 1 for an ordinary hand, `height` of the picture in pixels.
    pub fn new(seed: u64, tilt: f64, shake: f64, height: f64) -> Self {
        Self { seed, tilt, shake, height }
    }

    /// The pose at a time in microseconds.
    pub fn pose(&self, time_us: i64) -> Pose {
        let sway = |motion: u8| self.shake * self.movement(motion, time_us);
        let step = 0.014 * self.height;
        Pose {
            yaw: -self.tilt + 0.025 * sway(0),
            pitch: 0.45 * self.tilt + 0.02 * sway(1),
            roll: 0.3 * self.tilt + 0.018 * sway(2),
            shift_x: step * sway(3),
            shift_y: step * 0.8 * sway(4),
            zoom: 1.0 + 0.012 * sway(5),
        }
    }

    /// How fast the picture moves across the sensor, right and down, in pixels a second.
    pub fn speed(&self, time_us: i64) -> (f64, f64) {
        const STEP_US: i64 = 4_000;
        let (before, after) = (self.pose(time_us - STEP_US), self.pose(time_us + STEP_US));
        let seconds = 2.0 * STEP_US as f64 / 1e6;
        ((after.shift_x - before.shift_x) / seconds, (after.shift_y - before.shift_y) / seconds)
    }

    fn movement(&self, motion: u8, time_us: i64) -> f64 {
        let drift = self.wander(Stream::Motion(motion), DRIFT_PERIOD_US, time_us);
        let tremor = self.wander(Stream::Motion(motion + 64), TREMOR_PERIOD_US, time_us);
        drift + 0.12 * tremor
    }

    /// Random values one period apart, joined smoothly.
    fn wander(&self, stream: Stream, period_us: i64, time_us: i64) -> f64 {
        let knot = time_us.div_euclid(period_us);
        let way = time_us.rem_euclid(period_us) as f64 / period_us as f64;
        let smooth = way * way * (3.0 - 2.0 * way);
        let at = |index: i64| signed_unit(self.seed, stream, index as u64);
        at(knot) + (at(knot + 1) - at(knot)) * smooth
    }
}

/// A projection of the picture back onto the plane of the screen, both with the origin at the top left, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Projection {
    rows: [[f64; 3]; 3],
}

impl Projection {
    /// From plane to picture, for a lens as wide as a webcam's (focal length 0.95 picture widths).
    pub fn of(pose: &Pose, width: f64, height: f64) -> Self {
        let focal = 0.95 * width;
        let turned = rotation(pose);
        let (cx, cy) = (width / 2.0, height / 2.0);
        let distance = focal / pose.zoom;
        let lens = [[focal, 0.0, cx + pose.shift_x], [0.0, focal, cy + pose.shift_y], [0.0, 0.0, 1.0]];
        let [[a, b, _], [d, e, _], [g, h, _]] = turned;
        let placed = [[a, b, -a * cx - b * cy], [d, e, -d * cx - e * cy], [g, h, distance - g * cx - h * cy]];
        Self { rows: product(&lens, &placed) }
    }

    /// The way back. The projection of a plane in front of the camera always has one.
    pub fn inverse(&self) -> Self {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.rows;
        // The adjugate is enough: a projection is the same at any scale.
        Self {
            rows: [
                [e * i - f * h, c * h - b * i, b * f - c * e],
                [f * g - d * i, a * i - c * g, c * d - a * f],
                [d * h - e * g, b * g - a * h, a * e - b * d],
            ],
        }
    }

    /// Where a point goes.
    pub fn map(&self, x: f64, y: f64) -> (f64, f64) {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.rows;
        let depth = g * x + h * y + i;
        ((a * x + b * y + c) / depth, (d * x + e * y + f) / depth)
    }
}

fn rotation(pose: &Pose) -> [[f64; 3]; 3] {
    let ((sa, ca), (sb, cb), (sc, cc)) = (turn(pose.pitch), turn(pose.yaw), turn(pose.roll));
    let about_x = [[1.0, 0.0, 0.0], [0.0, ca, -sa], [0.0, sa, ca]];
    let about_y = [[cb, 0.0, sb], [0.0, 1.0, 0.0], [-sb, 0.0, cb]];
    let about_z = [[cc, -sc, 0.0], [sc, cc, 0.0], [0.0, 0.0, 1.0]];
    product(&about_x, &product(&about_y, &about_z))
}

/// Sine and cosine by their series: the C library's differ in the last digit from one system to the next.
fn turn(angle: f64) -> (f64, f64) {
    let x = angle.clamp(-1.2, 1.2);
    let square = x * x;
    let sine = x * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0))));
    let cosine = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0)));
    (sine, cosine)
}

fn product(left: &[[f64; 3]; 3], right: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let [r0, r1, r2] = right;
    left.map(|[a, b, c]| {
        let mut row = [0.0; 3];
        for (((cell, x), y), z) in row.iter_mut().zip(r0).zip(r1).zip(r2) {
            *cell = a * x + b * y + c * z;
        }
        row
    })
}

#[cfg(test)]
mod tests {
    use super::{Hand, Projection, turn};

    #[test]
    fn there_and_back_again_is_the_same_point() {
        let pose = Hand::new(5, 0.2, 3.0, 720.0).pose(1_234_567);
        let forth = Projection::of(&pose, 1280.0, 720.0);
        let (u, v) = forth.map(300.0, 650.0);
        let (x, y) = forth.inverse().map(u, v);
        assert!((x - 300.0).abs() < 1e-6 && (y - 650.0).abs() < 1e-6, "{x} {y}");
    }

    #[test]
    fn an_upright_still_camera_changes_nothing() {
        let still = Hand::new(1, 0.0, 0.0, 720.0).pose(0);
        let (u, v) = Projection::of(&still, 1280.0, 720.0).map(17.0, 400.0);
        assert!((u - 17.0).abs() < 1e-9 && (v - 400.0).abs() < 1e-9, "{u} {v}");
    }

    #[test]
    fn the_series_agree_with_the_sine() {
        for step in -10..=10 {
            let angle = f64::from(step) * 0.08;
            let (sine, cosine) = turn(angle);
            assert!((sine - angle.sin()).abs() < 1e-6 && (cosine - angle.cos()).abs() < 1e-6);
        }
    }
}
