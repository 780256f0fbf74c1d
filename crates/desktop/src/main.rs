//! Vitrine on the desktop: command line and window.

fn main() {}
