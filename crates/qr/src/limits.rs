//! The bounds on everything that arrives. Each is checked before memory is taken.

/// Pixels on one side of a frame.
pub const FRAME_SIDE_PX: u32 = 8192;

/// Pixels of a frame: 8192 × 4096.
pub const FRAME_AREA_PX: u64 = 33_554_432;

/// Bytes of a message, from whatever transport: four times the largest PSBT that fits into a block.
pub const MESSAGE_BYTES: usize = 4 << 20;

/// Bytes of one part as text. A symbol holds 7,089 at most; a file may hold a whole message as one single-part UR,
/// two characters per byte.
pub const PART_BYTES: usize = 2 * MESSAGE_BYTES + 256;

/// Bytes of a file that may hold a request: a message in parts as text, some of them mixed.
pub const FILE_BYTES: usize = 24 << 20;

/// Lines of a file that holds parts: with mixed ones among them, three times the fragments of the longest message.
pub const FILE_LINES: usize = 3 * UR_FRAGMENTS as usize;

/// Fragments of a UR message.
pub const UR_FRAGMENTS: u32 = 16_384;

/// Parts of a BBQr message: two base-36 digits.
pub const BBQR_PARTS: usize = 1295;

/// Finder patterns located in one picture; a code has three, a noisy picture some dozens.
pub const FINDERS_FOUND: usize = 1000;

/// Places of one picture at which a finder pattern is looked for.
pub const FINDER_TRIES: usize = 200_000;

/// Finder patterns considered in one picture, the largest first.
pub const FINDER_PATTERNS: usize = 120;

/// Sets of three finder patterns tried in one picture, the most plausible first.
pub const FINDER_SETS: usize = 60;

/// Symbols taken from one picture.
pub const SYMBOLS: usize = 8;

/// Consecutive parts of one other message after which starting over is offered.
pub const OTHER_PARTS_BEFORE_RESTART: usize = 5;

/// Codes in one film.
pub const FILM_CODES: usize = 8192;

/// Pixels per module of a drawn code.
pub const MODULE_PX: usize = 32;
