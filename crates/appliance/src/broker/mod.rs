//! What the interface asks of the first process, and how.
