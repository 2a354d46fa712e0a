//! A page of a list, read item by item: no more than one of its objects is held as a tree.

use crate::audit::Json;
use crate::object::Node;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A page of a list, with what its items were taken as.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) metadata: PageMetadata,
    pub(super) items: Vec<T>,
}

/// What a page says of its list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageMetadata {
    #[serde(default)]
    pub(super) resource_version: String,
    #[serde(default, rename = "continue")]
    pub(super) further: String,
}

/// Reads a page, and takes its items one after the other.
///
/// # Errors
/// Where the text is no page.
pub(super) fn read<T>(
    text: &[u8],
    take: &mut dyn FnMut(&Node) -> T,
) -> Result<Page<T>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let page = Whole(take).deserialize(&mut reader)?;
    reader.end()?;
    Ok(page)
}

struct Whole<'t, T>(&'t mut dyn FnMut(&Node) -> T);

impl<'de, T> DeserializeSeed<'de> for Whole<'_, T> {
    type Value = Page<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T> Visitor<'de> for Whole<'_, T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let mut page = Page { metadata: PageMetadata::default(), items: Vec::new() };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => page.metadata = map.next_value()?,
                "items" => page.items = map.next_value_seed(Items(&mut *self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(page)
    }
}

struct Items<'t, T>(&'t mut dyn FnMut(&Node) -> T);

impl<'de, T> DeserializeSeed<'de> for Items<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T> Visitor<'de> for Items<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the items of a list")
    }

    /// A list without items is written as `null` too.
    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut taken = Vec::new();
        while let Some(Json(node)) = items.next_element()? {
            taken.push((self.0)(&node));
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::object::Node;

    fn name(node: &Node) -> String {
        node.text_at(&["metadata", "name"]).unwrap_or_default().to_owned()
    }

    #[test]
    fn items_are_taken_in_their_order_and_null_is_none() {
        let text = r#"{"kind":"List","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}],
            "metadata":{"resourceVersion":"7","continue":"on"}}"#;
        let page = read(text.as_bytes(), &mut name).unwrap();
        assert_eq!(page.items, ["a", "b"]);
        assert_eq!((&*page.metadata.resource_version, &*page.metadata.further), ("7", "on"));
        assert!(read(br#"{"items":null}"#, &mut name).unwrap().items.is_empty());
        assert!(read(b"{}", &mut name).unwrap().items.is_empty());
        for no_page in ["[]", "{} x", r#"{"items":{}}"#, r#"{"items":[{]}"#, ""] {
            assert!(read(no_page.as_bytes(), &mut name).is_err(), "{no_page}");
        }
    }
}
