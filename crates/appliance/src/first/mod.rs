//! The first process: starts everything, lets USB devices in, supervises.
