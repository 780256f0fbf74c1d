//! The review document of an Ethereum request.

mod calls;
mod effects;
mod sentences;
mod values;

pub(crate) use calls::{CallSections, sections};
pub(crate) use effects::effects;
pub(crate) use sentences::Names;
