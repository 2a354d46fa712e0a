//! `/metrics`, read again as OpenMetrics.

use std::collections::{BTreeMap, BTreeSet};

/// Name → value.
pub(crate) type Labels = BTreeMap<String, String>;

/// A text of OpenMetrics, read strictly: every sample belongs to the family above it, no series
/// stands twice, and the text ends with its mark.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    /// Family → type.
    pub(crate) families: BTreeMap<String, String>,
    /// Name, labels, value; in the order of the text.
    pub(crate) samples: Vec<(String, Labels, f64)>,
}

pub(crate) fn parse(text: &str) -> Exposition {
    let mut read = Exposition::default();
    let body = text.strip_suffix("# EOF\n").expect("the mark at the end");
    let mut family = String::new();
    let mut seen = BTreeSet::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, family, "TYPE follows HELP");
            assert!(read.families.insert(name.to_owned(), kind.to_owned()).is_none(), "{name}");
        } else if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap().into();
        } else {
            let (name, labels, value) = sample(line);
            let suffix = name.strip_prefix(&family).unwrap_or_else(|| panic!("{line}"));
            let fits = match read.families[&family].as_str() {
                "gauge" => suffix.is_empty(),
                "counter" => suffix == "_total",
                "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
                other => panic!("{other}"),
            };
            assert!(fits, "{line}");
            assert!(seen.insert((name.clone(), labels.clone())), "twice: {line}");
            read.samples.push((name, labels, value));
        }
    }
    read
}

fn sample(line: &str) -> (String, Labels, f64) {
    let end = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (key, value) = rest.split_once("=\"").unwrap();
            let mut text = String::new();
            let mut chars = value.char_indices();
            let after = loop {
                match chars.next().unwrap() {
                    (_, '\\') => text.push(match chars.next().unwrap().1 {
                        'n' => '\n',
                        other => other,
                    }),
                    (at, '"') => break at + 1,
                    (_, other) => text.push(other),
                }
            };
            assert!(labels.insert(key.to_owned(), text).is_none(), "{line}");
            rest = &value[after..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').unwrap();
    }
    (name.to_owned(), labels, rest.trim_start().parse().unwrap())
}
