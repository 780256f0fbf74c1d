//! Keyboards, pointers and touch screens.
