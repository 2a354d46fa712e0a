//! The promises about the program: standard output is all or nothing, folders have one order.

use super::render::{cases, config, sources};
use super::streams::{Inputs, raw_inputs, soup};
use plumber::api::mode::Mode;
use plumber::manifest::{Limits, apply, read};
use plumber::plan::plan;
use proptest::prelude::*;
use std::process::Output;

fn plumber(args: &[&str], folder: &std::path::Path, stdin: &[u8]) -> Output {
    assert_cmd::Command::cargo_bin("plumber")
        .unwrap()
        .current_dir(folder)
        .env_clear()
        .args(["render", "--namespace", "apps", "--managed-namespace", "apps"])
        .args(["--managed-namespace", "web"])
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap()
}

/// What the library makes of the same bytes in strict mode; nothing where the run fails.
fn expected(text: &str) -> Option<String> {
    let mut reading = read(sources(&[text.to_owned()]), Limits::default());
    let plan = plan(&mut reading, &config(Mode::Strict));
    if plan.fails() {
        return None;
    }
    apply(&reading.stream, &plan.edits()).ok().map(|output| output.pieces.concat())
}

fn all_or_nothing(text: &str) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let run = plumber(&["-"], folder.path(), text.as_bytes());
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    match expected(text) {
        Some(expected) => {
            prop_assert_eq!(run.status.code(), Some(0), "{}", err);
            prop_assert_eq!(out.as_ref(), expected);
        }
        None => {
            prop_assert!(matches!(run.status.code(), Some(1 | 2)), "{:?}\n{err}", run.status);
            prop_assert_eq!(out.as_ref(), "");
            prop_assert!(!err.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(40))]

    /// Failing means an empty standard output, a code that is not 0, and a reason.
    #[test]
    fn output_is_all_or_nothing(inputs in raw_inputs()) {
        all_or_nothing(&inputs.texts[0])?;
    }

    /// The same for text that hardly means anything.
    #[test]
    fn output_of_soup_is_all_or_nothing(text in soup()) {
        all_or_nothing(&text)?;
    }

    /// A folder gives the same bytes in whatever order its files were made.
    #[test]
    fn folders_have_one_order(inputs in raw_inputs()) {
        let Inputs { texts } = inputs;
        let run = |order: &mut dyn Iterator<Item = usize>| {
            let folder = tempfile::tempdir().unwrap();
            for n in order {
                std::fs::write(folder.path().join(format!("{n}.yaml")), &texts[n]).unwrap();
            }
            plumber(&["--mode", "permissive", "."], folder.path(), b"")
        };
        let (one, two) = (run(&mut (0..texts.len())), run(&mut (0..texts.len()).rev()));
        prop_assert_eq!(one.status.code(), two.status.code());
        prop_assert_eq!(one.stdout, two.stdout);
        prop_assert_eq!(one.stderr, two.stderr);
    }
}
