//! Real pairs as a cluster has them before VolSync has said anything: nothing is green, and every
//! bad answer has its reason.

use crate::support::{Case, intent, seen};
use plumber::audit::Outcome;
use plumber::config::Config;
use plumber::manifest::{Framing, Source};
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn a_cluster_that_has_said_nothing_is_not_green() {
    let Some(root) = std::env::var_os("PLUMBER_CORPUS") else {
        println!("skipped: PLUMBER_CORPUS names no folder of real manifests");
        return;
    };
    let mut paths = Vec::new();
    files(&Path::new(&root).join("wired"), &mut paths);
    paths.sort();
    let mut count = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        let source = Source { name: "app".into(), text: text.clone(), framing: Framing::Stream };
        let config = Config { namespace: Some("default".to_owned()), ..Config::default() };
        let Some(intent) = intent(vec![source], &config) else { continue };
        let case = Case { name, intent, config, seen: seen(text) };
        for (key, outcomes) in case.outcomes(&case.seen) {
            count += 1;
            let green = outcomes.iter().any(|outcome| *outcome <= Outcome::Stale);
            assert!(!green, "{}: {key:?} {outcomes:?}", case.name);
        }
    }
    assert!(count > 100, "only {count} volumes");
}
