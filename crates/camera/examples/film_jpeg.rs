//! Films a request as a camera on USB sends it, a JPEG for each frame: `film_jpeg REQUEST OUT_DIR [FRAMES [WIDTH HEIGHT]]`.
//!
//! The operator shows three codes a second, the camera takes ten pictures. Colours are sampled as cameras do (4:2:2). What plays the frames may begin again with the first after the last.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use vitrine_camera::{Scene, SimulatedCamera};
use vitrine_qr::{FrameSource, Modules, PartStream, Payload, Transport};

/// Bytes in a part: a code that 640 × 480 pixels still show well.
const FRAGMENT: usize = 100;
const QUALITY: u8 = 85;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [request, out, sizes @ ..] = arguments.as_slice() else {
        return Err("film_jpeg REQUEST OUT_DIR [FRAMES [WIDTH HEIGHT]]".into());
    };
    let number = |place: usize, or: u32| sizes.get(place).map_or(Ok(or), |text| text.parse::<u32>());
    let (width, height) = (number(1, 640)?, number(2, 480)?);
    let scene = Scene { width, height, camera_fps: 10, parts_per_second: 3, fill: 0.85, blur: 0.4, ..Scene::default() };
    let mut camera = SimulatedCamera::new(codes(&std::fs::read(request)?)?, scene);
    std::fs::create_dir_all(out)?;
    for place in 0..number(0, 120)? {
        let frame = camera.next_frame()?.ok_or("the film is over")?;
        let pixels: Vec<u8> = frame.luma().iter().flat_map(|luma| [*luma; 3]).collect();
        let mut encoder = Encoder::new_file(format!("{out}/{place:04}.jpg"), QUALITY)?;
        encoder.set_sampling_factor(SamplingFactor::R_4_2_2);
        encoder.encode(&pixels, u16::try_from(frame.width())?, u16::try_from(frame.height())?, ColorType::Rgb)?;
    }
    Ok(())
}

/// The codes of a request, as `vitrine show` draws them: each pure part and as many mixed ones.
fn codes(request: &[u8]) -> Result<Vec<Modules>, Box<dyn std::error::Error>> {
    let payload = Payload::from_file(request)?;
    let transport = Transport::Ur { ur_type: payload.kind.ur_type() };
    let mut stream = PartStream::new(&payload, &transport, FRAGMENT)?;
    let parts: Vec<String> = (0..stream.pure_count() * 2).map(|_| stream.next_part()).collect();
    Ok(Modules::encode_all(&parts)?)
}
