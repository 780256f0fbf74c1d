//! Which key shall sign: `crypto-keypath` (BCR-2020-007), as requests hold it.

use std::fmt;

use vitrine_review::Span;

use super::cbor::Reader;
use super::error::{RequestError, RequestProblem};
use crate::{Field, limits};

/// Tag of a key path (BCR-2020-006).
const TAG: u64 = 304;
/// Where hardened indexes begin (BIP-32).
const HARDENED: u64 = 1 << 31;

/// One step of a path (BIP-32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// The index, below 2³¹.
    pub index: Field<u32>,
    /// Whether it is hardened.
    pub hardened: Field<bool>,
}

/// A derivation path with what the request says about its origin; nothing of it is proven here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPath {
    pub(super) components: Vec<Component>,
    pub(super) source_fingerprint: Option<Field<u32>>,
    pub(super) depth: Option<Field<u64>>,
}

impl KeyPath {
    /// The steps from the master key.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Fingerprint of the master key, as the request claims it.
    pub fn source_fingerprint(&self) -> Option<Field<u32>> {
        self.source_fingerprint
    }

    /// How deep the key lies, as the request claims it.
    pub fn depth(&self) -> Option<Field<u64>> {
        self.depth
    }

    /// The path as BIP-32 numbers: hardened ones have their highest bit set.
    pub fn to_bip32(&self) -> Vec<u32> {
        let number = |component: &Component| component.index.value | (u32::from(component.hardened.value) << 31);
        self.components.iter().map(number).collect()
    }

    /// From the first byte of the path to the last, if it has any.
    pub fn span(&self) -> Option<Span> {
        let (first, last) = (self.components.first()?, self.components.last()?);
        Some(Span::new(first.index.span.start, last.hardened.span.end))
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        for component in &self.components {
            write!(f, "/{}{}", component.index.value, if component.hardened.value { "'" } else { "" })?;
        }
        Ok(())
    }
}

/// Reads a key path with its tag.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<KeyPath, RequestError> {
    reader.tag(TAG)?;
    let (mut components, mut source_fingerprint, mut depth) = (None, None, None);
    let start = reader.at();
    for _ in 0..reader.map(3)? {
        let at = reader.at();
        match reader.key()? {
            1 => set(at, "components", &mut components, read_components(reader)?)?,
            2 => set(at, "source-fingerprint", &mut source_fingerprint, narrow(reader, "source-fingerprint")?)?,
            3 => set(at, "depth", &mut depth, reader.uint()?)?,
            key => return Err(RequestError { offset: at, problem: RequestProblem::UnknownKey { key } }),
        }
    }
    let missing = RequestError { offset: start, problem: RequestProblem::MissingKey { key: "components" } };
    let components = components.ok_or(missing)?;
    check_depth(components.len(), depth)?;
    Ok(KeyPath { components, source_fingerprint, depth })
}

/// Sets what was not yet set.
pub(super) fn set<T>(at: usize, key: &'static str, slot: &mut Option<T>, value: T) -> Result<(), RequestError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(RequestError { offset: at, problem: RequestProblem::DuplicateKey { key } }),
    }
}

fn read_components(reader: &mut Reader<'_>) -> Result<Vec<Component>, RequestError> {
    let start = reader.at();
    let items = reader.array(limits::PATH_COMPONENTS.saturating_mul(2))?;
    if !items.is_multiple_of(2) {
        return Err(RequestError { offset: start, problem: RequestProblem::Range { key: "components" } });
    }
    (0..items / 2).map(|_| read_component(reader)).collect()
}

fn read_component(reader: &mut Reader<'_>) -> Result<Component, RequestError> {
    let at = reader.at();
    if reader.is_array() {
        return Err(RequestError { offset: at, problem: RequestProblem::Wildcard });
    }
    let index = reader.uint()?;
    let out_of_range = RequestError { offset: at, problem: RequestProblem::Range { key: "components" } };
    let value = u32::try_from(index.value).ok().filter(|_| index.value < HARDENED).ok_or(out_of_range)?;
    Ok(Component { index: Field { value, span: index.span }, hardened: reader.bool()? })
}

fn narrow(reader: &mut Reader<'_>, key: &'static str) -> Result<Field<u32>, RequestError> {
    let Field { value, span } = reader.uint()?;
    let out_of_range = RequestError { offset: span.start, problem: RequestProblem::Range { key } };
    Ok(Field { value: u32::try_from(value).map_err(|_| out_of_range)?, span })
}

fn check_depth(components: usize, depth: Option<Field<u64>>) -> Result<(), RequestError> {
    match depth {
        Some(depth) if usize::try_from(depth.value) != Ok(components) => {
            let problem = RequestProblem::Depth { components, stated: depth.value };
            Err(RequestError { offset: depth.span.start, problem })
        }
        _ => Ok(()),
    }
}
