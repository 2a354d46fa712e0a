//! One change to a stream, as data. No other change can be expressed.
//!
//! Takes nothing from the text of documents; the manifest writer turns edits into text.

use crate::api::compact::Compact;
use crate::api::volsync::{ReplicationDestination, ReplicationSource};
use serde_json::Value;
use std::sync::Arc;

/// One change to a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The document it changes, or that it follows (index into the stream's documents).
    pub document: usize,
    /// The change.
    pub change: Change,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Sets the restore reference, the annotation that shows it, or both, on a PVC.
    Wire {
        /// The way to the PVC inside the document, see [`crate::object::Object::route`].
        route: Vec<usize>,
        /// The destination that `spec.dataSourceRef` is to name, where it is to be set.
        reference: Option<String>,
        /// The value of the annotation `restore-source`, where it is to be set.
        annotation: Option<String>,
    },
    /// Brings an object of ours up to date.
    Update {
        /// The way to the object inside the document.
        route: Vec<usize>,
        /// The object as it is to be.
        object: Value,
    },
    /// Adds objects after the document.
    Add(Vec<Addition>),
}

/// An object that is added.
#[derive(Debug, Clone, PartialEq)]
pub enum Addition {
    /// "Back this up".
    Source(Arc<ReplicationSource>),
    /// "Restore it".
    Destination(Arc<ReplicationDestination>),
    /// The Secret or `ExternalSecret` of a repository.
    Secret(Box<Value>),
    /// A volume of a `StatefulSet`, rendered before its controller makes it.
    Volume(Box<Value>),
}

impl Addition {
    /// Converts to the value that is written.
    pub fn to_compact(&self) -> Compact {
        match self {
            Self::Source(rs) => rs.to_compact(),
            Self::Destination(rd) => rd.to_compact(),
            Self::Volume(object) | Self::Secret(object) => Compact::from(&**object),
        }
    }

    /// Converts to JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Source(rs) => rs.to_json(),
            Self::Destination(rd) => rd.to_json(),
            Self::Volume(object) | Self::Secret(object) => Value::clone(object),
        }
    }
}
