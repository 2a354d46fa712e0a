//! The style sheet's own colours, light and dark, are legible: WCAG 2.2, AA.

use plumber::audit::page::assets;
use std::collections::BTreeMap;

/// What text is written on.
const GROUNDS: [&str; 3] = ["page", "panel", "raised"];
/// What text is written in.
const INKS: [&str; 8] = ["text", "muted", "link", "empty", "hang", "unknown", "stale", "restore"];

type Colours = BTreeMap<String, [u8; 3]>;

/// Reads the colours of every `:root` block: light, dark, print.
fn blocks() -> (Vec<Colours>, String) {
    let style = assets()[0].text;
    let mut blocks = Vec::new();
    let mut rest = String::new();
    let mut parts = style.split(":root {");
    rest.push_str(parts.next().unwrap());
    for part in parts {
        let (block, tail) = part.split_once('}').unwrap();
        let pairs =
            block.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": "));
        let colour = |(name, value): (&str, &str)| {
            let hex = value.strip_prefix('#').unwrap().strip_suffix(';').unwrap();
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            (name.to_owned(), [byte(0), byte(2), byte(4)])
        };
        blocks.push(pairs.map(colour).collect());
        rest.push_str(tail);
    }
    (blocks, rest)
}

/// The relative luminance of WCAG 2.2.
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = |byte: u8| {
        let part = f64::from(byte) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let [one, other] = [one, other].map(luminance);
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_ink_is_legible_on_every_ground() {
    let (blocks, _) = blocks();
    assert_eq!(blocks.len(), 3);
    for (scheme, colours) in ["light", "dark", "print"].iter().zip(&blocks) {
        for ground in GROUNDS {
            for ink in INKS {
                let ratio = contrast(colours[ink], colours[ground]);
                assert!(ratio >= 4.5, "{scheme}: {ink} on {ground}: {ratio:.2}");
            }
            // The edge of a field is no text.
            let ratio = contrast(colours["edge"], colours[ground]);
            assert!(ratio >= 3.0 || *scheme == "print", "{scheme}: edge on {ground}: {ratio:.2}");
        }
    }
}

#[test]
fn colours_stand_in_one_place() {
    let (blocks, rest) = blocks();
    for word in ["#f", "#0", "#1", "rgb", "hsl", "white", "black"] {
        assert!(!rest.contains(&format!(": {word}")), "{word}");
    }
    for used in rest.split("var(--").skip(1) {
        let name = used.split(')').next().unwrap();
        assert!(blocks[0].contains_key(name), "{name}");
    }
    assert!(!rest.contains("url(") && !rest.contains("@import"));
}

#[test]
fn the_arithmetic_is_that_of_the_standard() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
    assert!((contrast([0x76, 0x76, 0x76], [255, 255, 255]) - 4.54).abs() < 0.01);
}
