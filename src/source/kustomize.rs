//! `kustomize build`, or `kubectl kustomize` where kustomize is not installed.

use super::files::Unreadable;
use super::program::{Deadline, Ran, run};
use std::path::Path;

/// The files that make a folder a kustomization.
pub(super) const FILES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The options that may be given: none of them runs a program or reads outside the folder.
const OPTIONS: &[&str] = &["--enable-helm", "--helm-api-versions", "--helm-kube-version"];

/// Builds a kustomization. Charts in it are inflated by Helm, which runs only where there are some.
///
/// # Errors
/// An option is not allowed, no program is installed, or it failed.
pub(super) fn build(
    root: &Path,
    options: &[String],
    deadline: Deadline,
) -> Result<(String, Vec<u8>), Unreadable> {
    for option in options {
        let name = option.split_once('=').map_or(option.as_str(), |(name, _)| name);
        if !OPTIONS.contains(&name) {
            return Err(Unreadable::Path {
                message: format!("the kustomize option {name} is not allowed"),
                help: format!("use {}, each as OPTION=VALUE", OPTIONS.join(", ")),
            });
        }
    }
    let shown = root.display();
    for (program, command) in [("kustomize", "build"), ("kubectl", "kustomize")] {
        let mut arguments = vec![command.to_owned(), "--enable-helm".to_owned()];
        arguments.extend(options.iter().filter(|option| *option != "--enable-helm").cloned());
        arguments.push(".".to_owned());
        match run(program, &arguments, root, "", deadline)? {
            Ran::Printed(printed) => return Ok((format!("{program} {command} {shown}"), printed)),
            Ran::Missing => {}
            Ran::Failed(why) => {
                return Err(Unreadable::Path {
                    message: format!("{shown}: {}", why.shown),
                    help: format!("see it alone: {program} {command} --enable-helm {shown}"),
                });
            }
        }
    }
    Err(Unreadable::Path {
        message: format!(
            "{shown} is a kustomization, and neither kustomize nor kubectl is installed"
        ),
        help: "install kustomize, or pipe its output in: … | plumber render -".into(),
    })
}
