//! The Vitrine interface as a library: model, screens and workers.
//!
//! A shell brings [`Ports`] and calls [`App::ui`] for each frame. The model knows and decides, screens show plain views
//! and return what a person asks for, workers do what may take long. No window, and no system call outside the workers.

mod app;
pub mod components;
pub mod fonts;
pub mod headless;
pub mod icons;
pub mod keys;
pub mod model;
mod ports;
mod screens;
pub mod tokens;
mod workers;

pub use app::{App, AppOptions};
pub use model::DemoPace;
pub use ports::Ports;
pub use screens::safe_stop_ui;
pub use tokens::Theme;
pub use vitrine_raster as raster;
