//! Input that is no UTF-8, or not quite.

use crate::support::{Folder, OPEN, VOLUME};
use insta::assert_snapshot;

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once('\u{feff}')
        .chain(text.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(bytes)
        .collect()
}

#[test]
fn a_binary() {
    let folder =
        Folder::with("plumber", b"\x7fELF\x02\x01\x01\0\0\0").file("a.png", b"\x89PNG\r\n");
    assert_snapshot!(folder.run(&["render", "plumber"]).said(), @"
    exit 2
    plumber:1:8: error[invalid-encoding]: the input holds a NUL byte; it is binary, or UTF-16 without a byte order mark
      help: give a YAML or JSON file; save it as UTF-8
    plumber: nothing was written: see the errors above
    ");
    assert_snapshot!(folder.run(&["render", "a.png"]).said(), @"
    exit 2
    a.png:1:1: error[invalid-encoding]: the byte 0x89 is not UTF-8
      help: save the file as UTF-8
    plumber: nothing was written: see the errors above
    ");
}

#[test]
fn latin_1() {
    let folder = Folder::with("a.yaml", b"# f\xfcr Medien\nkind: x\n");
    assert_snapshot!(folder.run(&["render", "a.yaml"]).said(), @"
    exit 2
    a.yaml:1:4: error[invalid-encoding]: the byte 0xfc is not UTF-8
      help: save the file as UTF-8
    plumber: nothing was written: see the errors above
    ");
}

#[test]
fn utf_16_is_converted() {
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let folder = Folder::with("a.yaml", utf16(VOLUME, bytes)).file("b.yaml", VOLUME);
        let run = folder.run(&["render", "a.yaml", OPEN]);
        insta::allow_duplicates! {
            assert_snapshot!(run.said(), @"
            exit 0
            a.yaml:1:1: warning[encoding-converted]: the input is UTF-16 and leaves as UTF-8
              help: save the file as UTF-8
            plumber: 1 volume: 1 wired
            ");
        }
        assert_eq!(run.stdout, folder.run(&["render", "b.yaml", OPEN]).stdout);
    }
}

#[test]
fn utf_16_without_a_mark_is_refused() {
    let marked = utf16(VOLUME, u16::to_le_bytes);
    assert_snapshot!(Folder::with("a.yaml", &marked[2..]).run(&["render", "a.yaml"]).said(), @"
    exit 2
    a.yaml:1:2: error[invalid-encoding]: the input holds a NUL byte; it is binary, or UTF-16 without a byte order mark
      help: give a YAML or JSON file; save it as UTF-8
    plumber: nothing was written: see the errors above
    ");
}

#[test]
fn a_byte_order_mark_stays_at_the_start() {
    let marked = format!("\u{feff}{VOLUME}");
    let folder = Folder::with("a.yaml", &marked).file("b.yaml", "kind: x\n");
    let run = folder.run(&["render", "a.yaml", OPEN]);
    assert!(run.stdout.starts_with("\u{feff}---\napiVersion: v1\n"), "{}", run.stdout);
    assert_eq!(run.stdout.matches('\u{feff}').count(), 1);
    assert_eq!(folder.run(&["render", "a.yaml", "--mode=audit"]).stdout, marked);
    // In the middle of a stream it would be a character like any other.
    let run = folder.run(&["render", "b.yaml", "a.yaml", OPEN]);
    assert_eq!(run.stdout.matches('\u{feff}').count(), 0, "{}", run.stdout);
}
