//! Cameras, wallets and files, through the broker.
