//! Writes frames of a simulated film as PNG: `film_frame OUT_DIR [FRAMES] [hard]`.

use std::time::Instant;

use vitrine_camera::{Scene, SimulatedCamera};
use vitrine_qr::{FrameSource, Modules, picture};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or("film_frame OUT_DIR [FRAMES] [hard]")?;
    let frames: usize = arguments.next().map_or(Ok(8), |count| count.parse())?;
    let scene = if arguments.next().is_some() { Scene::hard() } else { Scene::default() };
    let texts: Vec<String> = (0..40).map(part).collect();
    let mut camera = SimulatedCamera::new(Modules::encode_all(&texts)?, scene);
    let mut spent = 0.0;
    for number in 0..frames {
        let start = Instant::now();
        let frame = camera.next_frame()?.ok_or("the film is over")?;
        spent += start.elapsed().as_secs_f64();
        std::fs::write(format!("{out}/{number:03}.png"), picture::png(&frame))?;
        println!("{number:03}.png {:?}", camera.filmed());
    }
    println!("{:.1} ms a frame", spent * 1000.0 / frames as f64);
    Ok(())
}

/// Text as long as a part of 400 bytes, different for each number.
fn part(number: u64) -> String {
    let letter = |place: u64| char::from(b'A' + ((place * place * 31 + number * 97 + place * number) % 26) as u8);
    format!("UR:BYTES/{number}-40/{}", (0..840).map(letter).collect::<String>())
}
