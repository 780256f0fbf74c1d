//! The screen that is left when the interface is not.
