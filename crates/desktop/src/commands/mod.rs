//! One command each.

pub(crate) mod ceremony;
pub(crate) mod combine;
pub(crate) mod inspect;
pub(crate) mod lists;
pub(crate) mod media;
pub(crate) mod record;
pub(crate) mod scan;
pub(crate) mod show;
pub(crate) mod sign;
pub(crate) mod verify;
pub(crate) mod wallet;
