//! The process that owns a hardware wallet: packets both ways, nothing else.
