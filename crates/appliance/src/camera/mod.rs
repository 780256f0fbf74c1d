//! The process that owns a camera: frames out, nothing in.
