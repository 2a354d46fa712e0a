//! Sizes in bytes: `1048576`, `512Mi`, `1G`.

use super::raw::RawSize;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// The units, largest first where one divides the other.
const UNITS: &[(&str, usize)] = &[
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
];

/// Reads a size.
pub(super) fn bytes(size: &RawSize) -> Option<usize> {
    let text = match size {
        RawSize::Bytes(bytes) => return Some(*bytes),
        RawSize::Text(text) => text,
    };
    let (number, unit) = UNITS
        .iter()
        .find_map(|(unit, bytes)| text.strip_suffix(unit).map(|number| (number, *bytes)))?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    number.parse::<usize>().ok().filter(|_| digits)?.checked_mul(unit)
}

/// Writes a size with the largest binary unit that divides it.
pub(super) fn raw(bytes: usize) -> RawSize {
    let unit = UNITS.iter().take(3).find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit));
    match unit {
        Some((name, unit)) => RawSize::Text(format!("{}{name}", bytes / unit)),
        None => RawSize::Bytes(bytes),
    }
}

impl fmt::Display for RawSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{bytes}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for RawSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => bytes.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RawSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = RawSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size")
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<RawSize, E> {
        Ok(usize::try_from(bytes).map_or_else(|_| RawSize::Text(bytes.to_string()), RawSize::Bytes))
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<RawSize, E> {
        Ok(usize::try_from(bytes).map_or_else(|_| RawSize::Text(bytes.to_string()), RawSize::Bytes))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawSize, E> {
        Ok(RawSize::Text(text.to_owned()))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for RawSize {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["integer", "string"],
            "pattern": "^[0-9]+(Ki|Mi|Gi|k|M|G)$",
            "minimum": 1,
            "maximum": crate::manifest::Limits::STREAM_MAX
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{RawSize, bytes, raw};

    #[test]
    fn sizes_are_read_and_written() {
        let read = |text: &str| bytes(&RawSize::Text(text.into()));
        assert_eq!(read("64Mi"), Some(64 << 20));
        assert_eq!(read("3G"), Some(3_000_000_000));
        for bad in ["", "Mi", "1.5Gi", "-1Mi", "+1Mi", "12", "1Ti", "99999999999999999999Gi"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(raw(64 << 20).to_string(), "64Mi");
        assert_eq!(raw(1_000_001).to_string(), "1000001");
    }
}
