//! The parts that screens are made of.
//!
//! Each takes a small plain view and paints it at the place it is given; nothing here decides, remembers or moves.
//! Components with a fixed place take a rectangle. Components in a list take a corner and a width and return their height;
//! [`measure`] tells that height beforehand.

mod address;
mod amount;
mod button;
mod bytes;
mod digest;
mod effect_row;
mod finding;
mod gates;
mod hints;
mod hold;
mod meter;
mod mirror;
mod part_map;
mod pen;
mod proof;
mod qr_panel;
mod rail;
mod record;
mod steps;
mod table;
mod tabs;
mod title_bar;
mod verdict_strip;
mod words;

pub use address::{AddressBlock, Comparison, address_block, address_width, compared_addresses};
pub use amount::{Amount, amount};
pub use button::{Button, Weight, button, group_field};
pub use bytes::{ByteMap, ByteOwnerView, HexRow, byte_map, hex_rows};
pub use digest::{digest_groups, digest_words, six_words};
pub use effect_row::{EffectRow, EffectState, effect_row, effect_row_within};
pub use finding::{
    FactList, FindingCard, FindingKind, RefusalBand, fact_list, finding_card, finding_card_within, refusal_band,
};
pub use gates::{GateView, gate_bar};
pub use hints::{Hint, hint_bar, key_cap};
pub use hold::{HoldView, hold_button};
pub use meter::{Meter, meter, progress_bar};
pub use mirror::{DeviceMirror, NextScreen, device_mirror, next_screens};
pub use part_map::{PartCell, PartStrip, part_map, part_map_height, part_strip};
pub use pen::{Ink, Pen, measure};
pub use proof::{Mark, ProofMark, proof_mark};
pub use qr_panel::{QrPanel, qr_module_px, qr_panel};
pub use rail::{Rail, RailItem, rail};
pub use record::{RecordRow, RecordState, record_head, record_row};
pub use steps::{DeviceStep, StepState, device_steps};
pub use table::{labelled_row, panel_head};
pub use tabs::{Tab, tab_bar};
pub use title_bar::{Step, TitleBar, title_bar};
pub use verdict_strip::{Cell, Leaving, State, VerdictStrip, verdict_strip};
pub use words::Words;
