//! `plumber explain`: one volume told.

use super::Exit;
use super::args::ExplainArgs;
use super::output::{print, say};
use super::run::{self, Planned, refuse_with};
use crate::plan::VolumePlan;
use crate::report::explain::explain;
use crate::report::text;
use std::borrow::Cow;
use std::path::Path;

/// Runs the command.
pub(super) fn run(args: ExplainArgs) -> Exit {
    let ExplainArgs { mut what, plan } = args;
    // The volume is last; what stands before it is the path.
    let Some(volume) = what.pop() else {
        return refuse_with("no volume is named", "plumber explain PATH NAMESPACE/PVC");
    };
    if what.is_empty() && Path::new(&volume).exists() {
        let help = format!("plumber explain {volume} NAMESPACE/PVC");
        return refuse_with("no volume is named", &help);
    }
    let paths = match run::paths(what) {
        Ok(paths) => paths,
        Err(exit) => return exit,
    };
    let Planned { reading, plan } = match run::planned(&plan, &paths) {
        Ok(planned) => planned,
        Err(exit) => return exit,
    };
    for found in
        plan.diagnostics.iter().filter(|d| d.severity() > crate::diagnostic::Severity::Info)
    {
        say(&text::diagnostic(found, None));
    }
    if plan.is_broken() && plan.volumes.is_empty() {
        return Exit::CouldNotRun;
    }
    // Any namespace will do where only the name is given and it is the only one.
    let matching: Vec<_> = plan
        .volumes
        .iter()
        .filter(|candidate| candidate.id() == volume || candidate.name == volume)
        .collect();
    let told: Vec<Cow<'_, str>> =
        matching.iter().map(|volume| Cow::Owned(explain(volume, &reading.stream))).collect();
    if told.is_empty() {
        let mut known: Vec<String> = plan.volumes.iter().map(VolumePlan::id).collect();
        known.truncate(10);
        let help = if known.is_empty() {
            "the manifests hold no PVC and no volumeClaimTemplates".to_owned()
        } else {
            format!("the manifests hold {}", known.join(", "))
        };
        refuse_with(&format!("there is no volume {volume}"), &help);
        return Exit::Trouble;
    }
    match print(&told) {
        Ok(()) => Exit::Done,
        Err(error) => refuse_with(&format!("cannot write: {error}"), "check standard output"),
    }
}
