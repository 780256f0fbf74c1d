//! The process that draws and hears.
