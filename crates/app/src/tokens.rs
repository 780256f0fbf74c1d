//! Colours and sizes: the one place where a look is decided.
//!
//! `docs/design-language.md` holds the same values; a test compares both and recomputes every contrast ratio.

use egui::Color32;

/// How the window is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Light text on a dark ground, the default.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
    /// The dark theme's luminance alone: every state must still be told apart.
    Monochrome,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::Monochrome];

    /// The word that names the theme on a command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Monochrome => "monochrome",
        }
    }
}

macro_rules! tones {
    ($($(#[$doc:meta])+ $tone:ident $name:literal $dark:literal $light:literal;)+) => {
        /// A colour by its use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Tone { $($(#[$doc])+ $tone,)+ }

        impl Tone {
            /// Every colour token.
            pub const ALL: &'static [Self] = &[$(Self::$tone,)+];

            /// The token's name in the design language.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$tone => $name,)+ }
            }

            const fn dark(self) -> u32 {
                match self { $(Self::$tone => $dark,)+ }
            }

            const fn light(self) -> u32 {
                match self { $(Self::$tone => $light,)+ }
            }
        }
    };
}

tones! {
    /// The window's ground.
    Bg0 "bg0" 0x0b_0e10 0xee_f1f1;
    /// A panel's ground.
    Bg1 "bg1" 0x12_171a 0xff_ffff;
    /// The focused row's ground.
    Bg2 "bg2" 0x1a_2125 0xf3_f5f5;
    /// Alternate groups of characters, and the selection.
    Bg3 "bg3" 0x27_3137 0xdf_e6e7;
    /// Rules between rows; they carry no meaning.
    Line "line" 0x2b_353b 0xcd_d6d8;
    /// Edges of controls and key caps; never on `bg3`.
    Edge "edge" 0x66_757d 0x6d_7b80;
    /// Values and sentences.
    T1 "t1" 0xee_f2f3 0x0f_1517;
    /// Labels and provenance.
    T2 "t2" 0xb7_c2c7 0x37_444a;
    /// Ordinals, trailing zeros, disabled controls.
    T3 "t3" 0x8f_9ca3 0x55_6268;
    /// Focus, lit bytes, the one primary action.
    Act "act" 0x8f_d3ff 0x00_598c;
    /// Text on `act`.
    ActInk "act_ink" 0x06_222f 0xff_ffff;
    /// Proof, passed, verified.
    Proven "proven" 0x66_d69a 0x0a_6a40;
    /// Somebody says so.
    Claimed "claimed" 0xb3_b8ff 0x3a_42b0;
    /// Inside a dashed frame: nothing is known, so it has no colour of its own.
    Unknown "unknown" 0xee_f2f3 0x0f_1517;
    /// Caution, NEW, difference.
    Caution "caution" 0xff_c44d 0x7d_4a00;
    /// Text on `caution`.
    CautionInk "caution_ink" 0x1d_1400 0xff_ffff;
    /// The ground of a caution card.
    CautionBg "caution_bg" 0x2a_200c 0xff_f2d4;
    /// Refusal, text and frame.
    Refuse "refuse" 0xff_7a6b 0xa8_1f16;
    /// The refusal's band, under white text.
    RefuseSolid "refuse_solid" 0xb8_281c 0xa8_1f16;
    /// The ground of a refusal card.
    RefuseBg "refuse_bg" 0x32_120f 0xfd_e8e5;
    /// Text on `refuse_solid`, and the light modules of a QR code.
    White "white" 0xff_ffff 0xff_ffff;
    /// The dark modules of a QR code, and a device's screen.
    Black "black" 0x00_0000 0x00_0000;
    /// What surrounds a QR code.
    QrSurround "qr_surround" 0x05_0607 0x05_0607;
}

impl Tone {
    /// The tone's colour in a theme.
    pub const fn colour(self, theme: Theme) -> Color32 {
        match theme {
            Theme::Dark => from_hex(self.dark()),
            Theme::Light => from_hex(self.light()),
            Theme::Monochrome => grey(from_hex(self.dark())),
        }
    }
}

const fn from_hex(rgb: u32) -> Color32 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// The colour's luminance as grey (ITU-R BT.601, rounded to nearest).
pub const fn grey(colour: Color32) -> Color32 {
    let luma = (299 * colour.r() as u32 + 587 * colour.g() as u32 + 114 * colour.b() as u32 + 500) / 1000;
    let [.., luma] = luma.to_be_bytes();
    Color32::from_gray(luma)
}

/// A size of text and the pitch of its rows, both in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Type {
    /// Height of the em square.
    pub size: f32,
    /// Distance from one row to the next.
    pub pitch: f32,
}

impl Type {
    const fn new(size: f32, pitch: f32) -> Self {
        Self { size, pitch }
    }

    /// Ordinals and hex.
    pub const ORDINAL: Self = Self::new(12.0, 18.0);
    /// Labels.
    pub const LABEL: Self = Self::new(13.0, 18.0);
    /// Body.
    pub const BODY: Self = Self::new(14.0, 20.0);
    /// An address in reference.
    pub const REFERENCE: Self = Self::new(15.0, 21.0);
    /// A sentence.
    pub const SENTENCE: Self = Self::new(16.0, 22.0);
    /// The address of a payee.
    pub const ADDRESS: Self = Self::new(18.0, 26.0);
    /// An amount in the ledger.
    pub const LEDGER: Self = Self::new(19.0, 24.0);
    /// A title.
    pub const TITLE: Self = Self::new(22.0, 28.0);
    /// The total, and a refusal.
    pub const TOTAL: Self = Self::new(28.0, 34.0);
    /// The device mirror.
    pub const MIRROR: Self = Self::new(28.0, 42.0);
    /// Comparison words.
    pub const WORDS: Self = Self::new(32.0, 42.0);
    /// The count of parts.
    pub const PARTS: Self = Self::new(40.0, 48.0);

    /// Every size with its use, in the design language's order.
    pub const ALL: [(&'static str, Self); 12] = [
        ("ordinals, hex", Self::ORDINAL),
        ("labels", Self::LABEL),
        ("body", Self::BODY),
        ("address in reference", Self::REFERENCE),
        ("sentence", Self::SENTENCE),
        ("address of a payee", Self::ADDRESS),
        ("amount in ledger", Self::LEDGER),
        ("title", Self::TITLE),
        ("total, refusal", Self::TOTAL),
        ("device mirror", Self::MIRROR),
        ("comparison words", Self::WORDS),
        ("part count", Self::PARTS),
    ];
}

/// Gaps between things, in points.
pub mod gap {
    /// The unit that every other gap is a multiple of.
    pub const UNIT: f32 = 4.0;
    /// Between a mark and its word.
    pub const TINY: f32 = 4.0;
    /// Between words of one thought.
    pub const SMALL: f32 = 8.0;
    /// Inside cards.
    pub const MEDIUM: f32 = 12.0;
    /// A panel's margin.
    pub const LARGE: f32 = 16.0;
    /// Between thoughts.
    pub const WIDE: f32 = 24.0;
}

/// Fixed measures of the window, in points.
pub mod size {
    /// Height of the title bar.
    pub const TITLE_BAR: f32 = 40.0;
    /// Height of the verdict strip.
    pub const VERDICT_STRIP: f32 = 84.0;
    /// Height of the gate bar.
    pub const GATE_BAR: f32 = 64.0;
    /// Height of the hint bar.
    pub const HINT_BAR: f32 = 30.0;
    /// Width of the review's rail at 1280.
    pub const RAIL: f32 = 148.0;
    /// Width of the review's ledger at 1280.
    pub const LEDGER: f32 = 740.0;
    /// Width of the review's inspector at 1280.
    pub const INSPECTOR: f32 = 392.0;
    /// Width of the ledger's column of amounts.
    pub const LEDGER_AMOUNTS: f32 = 158.0;
    /// Radius of small controls.
    pub const RADIUS: f32 = 3.0;
    /// Radius of cards and buttons.
    pub const CARD_RADIUS: f32 = 4.0;
    /// Width of an ordinary stroke.
    pub const STROKE: f32 = 1.0;
    /// Width of a focus ring, and its distance from the control.
    pub const FOCUS: f32 = 2.0;
    /// Width of a refusal's frame and of the bar before a focused row.
    pub const HEAVY: f32 = 3.0;
}
