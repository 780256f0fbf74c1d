//! The files that the image's system consists of.

use std::collections::BTreeMap;

use crate::BuildError;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A folder.
    Folder,
    /// A file that may be read, and run if `runs`.
    File {
        /// Its content.
        bytes: Vec<u8>,
        /// Whether it is a program.
        runs: bool,
    },
    /// A character device.
    Device {
        /// Its major number.
        major: u32,
        /// Its minor number.
        minor: u32,
    },
}

/// Files by path, without a leading `/`. Folders of a path are there before what stands in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, Node>);

impl Tree {
    /// Adds what stands at `path`, and the folders above it.
    ///
    /// # Errors
    /// [`BuildError::Malformed`] if the path is none, or taken.
    pub fn add(&mut self, path: &str, node: Node) -> Result<(), BuildError> {
        let well_formed = path.split('/').all(|step| !step.is_empty() && step != "." && step != "..");
        if !well_formed || !path.is_ascii() {
            return Err(BuildError::malformed("the image's files", format!("“{path}” is no path")));
        }
        for (end, _) in path.match_indices('/') {
            let above = path.get(..end).unwrap_or_default();
            if *self.0.entry(above.to_owned()).or_insert(Node::Folder) != Node::Folder {
                return Err(BuildError::malformed("the image's files", format!("{above} is no folder")));
            }
        }
        match self.0.insert(path.to_owned(), node.clone()) {
            Some(before) if before != node => {
                Err(BuildError::malformed("the image's files", format!("{path} stands twice")))
            }
            _ => Ok(()),
        }
    }

    /// Every path with what stands there, in byte order: folders before what stands in them.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(path, node)| (path.as_str(), node))
    }
}
