//! Frames from cameras, stills, films and the simulated camera.
