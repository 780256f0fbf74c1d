//! Simulated devices: public test seeds, a small screen that remembers, and faults to switch on.
