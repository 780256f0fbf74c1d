//! Bounds on what a ceremony folder and a record may hold.

/// Most files in a folder.
pub(crate) const MAX_FILES: usize = 256;
/// Largest file of a folder, in bytes.
pub(crate) const MAX_FILE_BYTES: usize = 1 << 20;
/// Most registered wallets.
pub(crate) const MAX_WALLETS: usize = 64;
/// Most entries of an address book.
pub(crate) const MAX_ADDRESSES: usize = 10_000;
/// Most exceptions a folder may name.
pub(crate) const MAX_EXCEPTIONS: usize = 256;
/// Most characters in a title, name or label.
pub(crate) const MAX_NAME_CHARS: usize = 80;
/// Most owners of a Safe.
pub(crate) const MAX_OWNERS: usize = 64;
/// Most steps of a key's path.
pub(crate) const MAX_PATH_STEPS: usize = 10;
/// Most tokens that an approval policy may limit.
pub(crate) const MAX_TOKENS: usize = 256;
/// Most entries of a record.
pub(crate) const MAX_RECORD_ENTRIES: usize = 100_000;
/// Longest line of a record file, in bytes.
pub(crate) const MAX_RECORD_LINE: usize = 1 << 16;
