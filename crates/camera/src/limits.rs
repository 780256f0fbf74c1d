//! The bounds on files and cameras. Each is checked before memory is taken.
//!
//! The size of a single frame is bounded by [`vitrine_qr::limits`] as well.

/// Pixels on one side of a picture.
pub const SIDE_PX: u32 = vitrine_qr::limits::FRAME_SIDE_PX;

/// Pixels of a still: those of an 8K screen.
pub const STILL_AREA_PX: u64 = 7680 * 4320;

/// Pixels of a film's frame: a film keeps a whole picture to draw the next one on.
pub const FILM_AREA_PX: u64 = 4096 * 4096;

/// Bytes of a still. It is read into memory.
pub const STILL_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of a film: it is read piece by piece, so this only bounds the time.
pub const FILM_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// Frames of one file: twenty minutes at 30 frames a second.
pub const FILM_FRAMES: u64 = 36_000;

/// Pixels decoded from all files together: 36,000 frames of 1920 × 1080.
pub const TOTAL_AREA_PX: u64 = FILM_FRAMES * 1920 * 1080;

/// Files of one source, folders unpacked.
pub const FILES: usize = 20_000;

/// Bytes of a Y4M header line, or of one frame's.
pub const Y4M_LINE_BYTES: u64 = 1024;

/// Bytes that a picture's decoder may take for tables and single rows.
pub const DECODER_BYTES: usize = 4 * 1024 * 1024;

/// The most pixels that a byte of a JPEG can stand for: a block of 64 takes at least one bit.
pub const JPEG_PX_PER_BYTE: u64 = 512;

/// Bytes of one frame as a camera sends it: 4096 × 2160 in 24-bit colour.
pub const CAMERA_FRAME_BYTES: usize = 4096 * 2160 * 3;

/// Camera nodes looked at.
pub const CAMERA_NODES: usize = 64;

/// Formats of one camera tried before giving up.
pub const CAMERA_FORMATS_TRIED: usize = 6;
