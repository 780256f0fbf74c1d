//! The simulated camera is hard in the ways that real ones are, and always the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use vitrine_camera::{FilmedFrame, Scene, Showing, SimulatedCamera};
use vitrine_qr::{FrameSource, LumaFrame, Modules};

fn small(seed: u64) -> Scene {
    Scene { seed, width: 320, height: 240, ..Scene::default() }
}

fn codes(count: usize) -> Vec<Modules> {
    let texts: Vec<String> = (0..count).map(|number| format!("PART {number}")).collect();
    Modules::encode_all(&texts).unwrap()
}

fn film(scene: Scene, parts: usize, frames: usize) -> Vec<(LumaFrame, FilmedFrame)> {
    let mut camera = SimulatedCamera::new(codes(parts), scene);
    (0..frames).map(|_| (camera.next_frame().unwrap().unwrap(), camera.filmed().unwrap().clone())).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let first = film(small(4), 5, 12);
    assert!(first == film(small(4), 5, 12));
    assert!(first.iter().zip(film(small(5), 5, 12)).all(|(a, b)| a.0 != b.0));
}

#[test]
fn half_drawn_frames_occur() {
    let scene = Scene { noise: 0.0, shake: 0.0, drop_per_mille: 0, ..small(1) };
    let shown = film(scene, 4, 60);
    let whole = |part: usize| shown.iter().find(|(_, truth)| truth.is_whole() && truth.parts[0].0 == part);
    let (mixed, truth) = shown
        .iter()
        .find(|(_, truth)| {
            truth.parts.len() == 2 && truth.parts.iter().all(|(part, share)| *share > 0.2 && whole(*part).is_some())
        })
        .expect("a frame that the change of the screen cuts");
    let (new, old) = (&whole(truth.parts[1].0).unwrap().0, &whole(truth.parts[0].0).unwrap().0);
    let rows = |other: &LumaFrame| -> Vec<bool> {
        mixed.luma().chunks(320).zip(other.luma().chunks(320)).map(|(a, b)| a == b).collect()
    };
    let (as_old, as_new) = (rows(old), rows(new));
    let first_difference = as_old.iter().position(|same| !same).unwrap();
    let last_difference = as_new.iter().rposition(|same| !same).unwrap();
    assert!(as_old[..first_difference].len() > 30, "the upper rows are of the old code");
    assert!(as_new[last_difference + 1..].len() > 10, "the lower rows are of the new code");
    let blended = as_old.iter().zip(&as_new).filter(|(old, new)| !**old && !**new).count();
    assert!(blended > 5, "between them are rows of both: {blended}");
}

#[test]
fn lost_frames_occur_as_often_as_asked() {
    let shown = film(Scene { drop_per_mille: 200, ..small(2) }, 3, 160);
    let last = shown.last().unwrap().1.frame + 1;
    let lost = last - 160;
    assert!((20..80).contains(&lost), "{lost} of {last}");
    let none = film(Scene { drop_per_mille: 0, ..small(2) }, 3, 20);
    assert_eq!(none.last().unwrap().1.frame, 19);
}

#[test]
fn every_code_is_shown_in_its_order() {
    let scene = Scene { drop_per_mille: 0, ..small(3) };
    let mut order: Vec<usize> = film(scene, 6, 60).iter().map(|(_, truth)| truth.parts.last().unwrap().0).collect();
    order.dedup();
    assert!(order.len() > 12 && order.windows(2).all(|pair| pair[1] == (pair[0] + 1) % 6), "{order:?}");
}

#[test]
fn a_film_shown_once_ends() {
    let mut camera = SimulatedCamera::new(codes(4), Scene { showing: Showing::Once, ..small(1) });
    let frames = std::iter::from_fn(|| camera.next_frame().unwrap()).count();
    assert!((10..=16).contains(&frames), "half a second: {frames}");
    assert_eq!(camera.next_frame(), Ok(None));
    assert_eq!(SimulatedCamera::new(Vec::new(), Scene { showing: Showing::Once, ..small(1) }).next_frame(), Ok(None));
}

#[test]
fn the_picture_is_a_dim_room_with_one_bright_screen() {
    let (frame, _) = film(Scene { width: 640, height: 360, ..Scene::default() }, 2, 1).remove(0);
    let bright = frame.luma().iter().filter(|luma| **luma > 180).count();
    let dim = frame.luma().iter().filter(|luma| **luma < 70).count();
    let all = frame.luma().len();
    assert!(bright * 100 > all * 8 && bright * 100 < all * 30, "{bright} of {all} are bright");
    assert!(dim * 100 > all * 60, "{dim} of {all} are dim");
}

#[test]
fn the_card_ends_as_sharply_as_the_lens_allows_however_large_it_is() {
    let dense = vec![Modules::encode_at_version("DENSE", 25).unwrap()];
    for fill in [0.54, 0.55, 0.56, 0.57, 0.58, 0.59, 0.60, 0.61] {
        let scene = Scene { noise: 0.0, tilt: 18.0, fill, ..Scene::default() };
        let frame = SimulatedCamera::new(dense.clone(), scene).next_frame().unwrap().unwrap();
        for (y, row) in frame.luma().chunks(1280).enumerate().skip(200).take(300) {
            let edge = row.iter().rposition(|luma| *luma > 170).unwrap();
            let fade = row[edge..].iter().position(|luma| *luma < 60).unwrap();
            assert!(fade <= 4, "fill {fill}, row {y}: {fade} pixels from light to dark");
        }
    }
}

#[test]
fn absurd_scenes_are_brought_into_range() {
    let absurd = Scene {
        width: 0,
        height: 90_000,
        camera_fps: 0,
        parts_per_second: 0,
        tilt: f32::NAN,
        fill: -1.0,
        blur: 1e9,
        noise: f32::INFINITY,
        drop_per_mille: 5000,
        exposure_ms: 0,
        brightness: f32::NEG_INFINITY,
        shake: f32::NAN,
        ..Scene::default()
    };
    let mut camera = SimulatedCamera::new(codes(2), absurd);
    let frame = camera.next_frame().unwrap().unwrap();
    assert_eq!((frame.width(), frame.height()), (64, 2160));
    for tilt in [0.0, 20.0, 40.0] {
        let scene = Scene { tilt, fill: 0.95, shake: 10.0, ..small(9) };
        assert_eq!(film(scene, 3, 20).len(), 20);
    }
}
