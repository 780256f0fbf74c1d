//! Hardware wallets over a packet link, and simulated devices.
