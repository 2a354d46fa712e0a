//! Settings blocks as they are written: mappings whose keys the table of fields knows, and which
//! are read from their nodes.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// The keys of a settings block beside the fields of the mover, in the order of the documentation.
pub(super) const KEYS: &[&str] = &[
    "mover",
    "tier",
    "names",
    "identity",
    "backupOnly",
    "restoreTrigger",
    "source",
    "destination",
    "omit",
    "unchecked",
    "labels",
    "annotations",
    "repositorySecret",
    "targets",
];

macro_rules! opaque {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Default)]
            pub(super) struct $name(pub(super) Value);

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_map(Mapping).map(|()| Self::default())
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    self.0.serialize(serializer)
                }
            }
        )+
    };
}

opaque! {
    /// A settings block.
    RawBlock;
    /// Settings blocks by name.
    RawBlocks;
    /// How many backups are kept.
    RawRetain;
}

/// A mapping whose keys are read elsewhere.
struct Mapping;

impl<'de> Visitor<'de> for Mapping {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::settings::MAPPING)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
