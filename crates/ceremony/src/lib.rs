//! One signing session: folder, approval policy, gates and hash-chained record.
