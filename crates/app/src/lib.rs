//! The Vitrine interface as a library: model, screens, workers and CPU rasteriser.
