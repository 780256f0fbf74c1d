//! The icon glyphs. Neither text face has arrows, ticks or box drawing; these two do.

use crate::fonts::Face;

macro_rules! icons {
    ($($(#[$doc:meta])+ $icon:ident $face:ident $glyph:literal;)+) => {
        /// A glyph of the icon faces.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon { $($(#[$doc])+ $icon,)+ }

        impl Icon {
            /// Every icon.
            pub const ALL: &'static [Self] = &[$(Self::$icon,)+];

            /// The face that holds the glyph.
            pub const fn face(self) -> Face {
                match self { $(Self::$icon => Face::$face,)+ }
            }

            /// The glyph's character, in the private use area.
            pub const fn glyph(self) -> char {
                match self { $(Self::$icon => $glyph,)+ }
            }
        }
    };
}

icons! {
    /// Done, read, passed in a list.
    Tick Mark '\u{e182}';
    /// Known through a mixed part; more.
    Plus Mark '\u{e3d4}';
    /// Less.
    Minus Mark '\u{e32a}';
    /// Two things are equal.
    Equals Mark '\u{e21c}';
    /// Two things differ.
    Differs Mark '\u{eda6}';
    /// The key `Up`.
    Up Mark '\u{e08e}';
    /// The key `Down`; further down.
    Down Mark '\u{e03e}';
    /// The key `Left`.
    Left Mark '\u{e058}';
    /// The key `Right`.
    Right Mark '\u{e06c}';
    /// A call inside a call.
    Elbow Mark '\u{e046}';
    /// An open branch.
    CaretDown Mark '\u{e136}';
    /// A folded branch.
    CaretRight Mark '\u{e13a}';
    /// Pending; not chosen.
    Circle Mark '\u{e18a}';
    /// Move closer.
    Closer Mark '\u{e0a2}';
    /// Move away.
    Away Mark '\u{e09a}';
    /// Close, no.
    Cross Mark '\u{e4f6}';
    /// Look at.
    Look Mark '\u{e30c}';
    /// A hardware wallet.
    Usb Mark '\u{e956}';
    /// Caution.
    Caution State '\u{e4e0}';
    /// Refusal.
    Refuse State '\u{e4e4}';
    /// Done.
    Done State '\u{e184}';
    /// Proven.
    Proven State '\u{e186}';
    /// Unknown.
    Unknown State '\u{e3e8}';
    /// Claimed.
    Claimed State '\u{e660}';
    /// Locked.
    Lock State '\u{e2fa}';
    /// A person's seat.
    Person State '\u{e4c2}';
    /// A medium to write to.
    Disk State '\u{e248}';
    /// The camera.
    Camera State '\u{e10e}';
    /// The ceremony folder.
    Folder State '\u{e256}';
    /// The previous record.
    Link State '\u{e2e2}';
    /// The software image.
    Chip State '\u{e610}';
    /// No network.
    NoNetwork State '\u{e4f2}';
    /// Begin.
    Play State '\u{e3d0}';
    /// Stand still.
    Pause State '\u{e39e}';
    /// Needs a hand.
    Hand State '\u{ec90}';
    /// Verified.
    Seal State '\u{e606}';
    /// See.
    Eye State '\u{e220}';
    /// Hide.
    EyeSlash State '\u{e224}';
    /// A QR code.
    QrCode State '\u{e3e6}';
    /// Print.
    Printer State '\u{e3dc}';
    /// The record.
    Notebook State '\u{e34e}';
    /// Scan.
    Scan State '\u{e1d0}';
    /// Chosen.
    Chosen State '\u{eb08}';
    /// Failed.
    Failed State '\u{e4f8}';
    /// Once more.
    Again State '\u{e094}';
    /// Plug in.
    Plug State '\u{e946}';
    /// Brightness.
    Light State '\u{e472}';
}
