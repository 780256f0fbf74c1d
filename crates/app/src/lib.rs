//! The Vitrine interface as a library: model, screens, workers and CPU rasteriser.

pub mod components;
pub mod fonts;
pub mod icons;
pub mod keys;
pub mod raster;
pub mod tokens;
