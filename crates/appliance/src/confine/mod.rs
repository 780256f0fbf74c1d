//! What a process of the appliance may still do.
