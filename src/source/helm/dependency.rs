//! `helm dependency build` for charts that are not in `charts/`, where nobody ran `helm repo add`.

use crate::source::files::{Unreadable, unreadable};
use crate::source::program::{Deadline, Ran, run};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

/// What Helm says of a locked dependency whose repository nobody added.
const UNKNOWN_REPOSITORY: &str = "no repository definition for";

/// The files that name repositories.
const FILES: &[&str] = &["Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"];

/// Builds what is missing. Repositories that Helm does not know are made known for this run alone,
/// as Argo CD adds them; those that Helm knows, with their credentials, come first.
///
/// # Errors
/// Helm cannot be started or is late, or the list of repositories cannot be written.
pub(super) fn build(root: &Path, deadline: Deadline) -> Result<Ran, Unreadable> {
    let mut arguments = vec!["dependency".to_owned(), "build".to_owned()];
    let ran = run("helm", &arguments, root, "", deadline)?;
    let unknown = matches!(&ran, Ran::Failed(why) if why.says(UNKNOWN_REPOSITORY));
    let repositories = if unknown { repositories(root) } else { BTreeMap::new() };
    if repositories.is_empty() {
        return Ok(ran);
    }
    let path =
        std::env::temp_dir().join(format!("plumber-{}-repositories.json", std::process::id()));
    // A process of this number that was killed may have left its own.
    drop(std::fs::remove_file(&path));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| file.write_all(list(&repositories).as_bytes()));
    arguments.extend(["--repository-config".to_owned(), path.display().to_string()]);
    let ran = written
        .map_err(|error| unreadable(&path.display().to_string(), &error))
        .and_then(|()| run("helm", &arguments, root, "", deadline));
    drop(std::fs::remove_file(&path));
    ran
}

/// Returns the repositories that a chart names, by a name of each that is its own: Helm keeps what
/// it downloads under that name, also for other charts that are built at the same time.
fn repositories(root: &Path) -> BTreeMap<String, String> {
    let texts = FILES.iter().filter_map(|file| std::fs::read_to_string(root.join(file)).ok());
    texts.flat_map(|text| addresses(&text)).map(|address| (name(&address), address)).collect()
}

/// Returns the addresses in a list of dependencies. Others, such as `oci://`, need no name.
fn addresses(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("repository:"))
        .map(|value| value.trim().trim_matches(['"', '\'']))
        .filter(|value| value.starts_with("https://") || value.starts_with("http://"))
        .map(str::to_owned)
        .collect()
}

fn name(address: &str) -> String {
    let hash = Sha256::digest(address.as_bytes());
    let hash: Vec<String> = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("plumber-{}", hash.concat())
}

/// Writes the list as Helm reads it, which takes JSON for YAML.
fn list(repositories: &BTreeMap<String, String>) -> String {
    let all: Vec<_> =
        repositories.iter().map(|(name, url)| json!({"name": name, "url": url})).collect();
    json!({"apiVersion": "", "repositories": all}).to_string()
}

#[cfg(test)]
mod tests {
    use super::{addresses, list, name};

    #[test]
    fn addresses_are_found_in_charts_and_locks() {
        let chart = "dependencies:\n- name: a\n  repository: \"https://a.example.com/charts\"\n\
                     - repository: 'http://b.example.com' \n  name: b\n- name: c\n  repository: \
                     oci://c.example.com\n- name: d\n  repository: file://../d\n";
        assert_eq!(addresses(chart), ["https://a.example.com/charts", "http://b.example.com"]);
    }

    #[test]
    fn a_repository_keeps_its_name() {
        let address = "https://a.example.com";
        assert_eq!(name(address), name(address));
        assert_ne!(name(address), name("https://b.example.com"));
        let known = [("a".to_owned(), address.to_owned())].into();
        let expected =
            r#"{"apiVersion":"","repositories":[{"name":"a","url":"https://a.example.com"}]}"#;
        assert_eq!(list(&known), expected);
    }
}
