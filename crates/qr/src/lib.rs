//! QR symbols, UR, BBQr and the other part formats.
