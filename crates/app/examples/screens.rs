//! Plays the demo on simulated parts and writes a picture of each screen: `screens OUT [THEME] [WIDTH HEIGHT SCALE]`.

#[path = "../tests/support/mod.rs"]
mod support;

use vitrine_app::Theme;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let out = args.first().expect("a folder to write to");
    let word = args.get(1).map_or("dark", String::as_str);
    let theme = Theme::ALL.into_iter().find(|theme| theme.word() == word).expect("dark, light or monochrome");
    let number = |place: usize, or: f32| args.get(place).map_or(or, |text| text.parse().expect("a number"));
    let size = (number(2, 1280.0) as usize, number(3, 800.0) as usize, number(4, 1.0));
    std::fs::create_dir_all(out).expect("the folder can be made");
    let mut stage = support::demo_stage(theme, size);
    let played = stage.play(|name, png| {
        std::fs::write(format!("{out}/{name}.png"), png).expect("the picture can be written");
        println!("{name}");
    });
    if let Err(why) = played {
        println!("{why}");
        std::fs::write(format!("{out}/stuck.png"), stage.png()).expect("the picture can be written");
    }
}
