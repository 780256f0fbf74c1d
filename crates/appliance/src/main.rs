//! The appliance. What it becomes is said by its process number and its first argument.

fn main() {}
