//! What a volume is populated from, by its spec.

use crate::api::volume;
use crate::inventory::referred_destination;
use crate::object::Node;

/// What a volume is populated from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference<'a> {
    /// Nothing: it starts empty.
    None,
    /// A destination in its namespace.
    Destination(&'a str),
    /// Something else.
    Elsewhere(String),
}

/// Reads what a volume's spec is populated from.
pub(super) fn reference<'n>(pvc: Option<&'n Node>, namespace: &str) -> Reference<'n> {
    let Some(spec) = pvc.and_then(|node| node.get("spec")) else { return Reference::None };
    if let Some(name) = referred_destination(spec, Some(namespace)) {
        return Reference::Destination(name);
    }
    [volume::DATA_SOURCE_REF, volume::DATA_SOURCE]
        .into_iter()
        .find_map(|key| spec.get(key).filter(|node| !node.is_null()))
        .map_or(Reference::None, |node| {
            let text = |key: &str| node.text_at(&[key]).unwrap_or("?");
            Reference::Elsewhere(format!("{} {}", text("kind"), text("name")))
        })
}
