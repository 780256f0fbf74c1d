//! Screens: kernel mode setting, or the framebuffer that firmware left.
