//! `plumber restore plan`: the safe order for one volume.

use super::Exit;
use super::args::RestorePlanArgs;
use super::audit::compared;
use super::output::{print, say};
use super::run::refuse_with;
use crate::audit::{RestorePlan, restore_plan};
use std::borrow::Cow;

/// Runs the command.
pub(super) fn run(args: RestorePlanArgs) -> Exit {
    let RestorePlanArgs { volume: wanted, compare } = args;
    compared(compare, |report, _| {
        let id = |namespace: &str, name: &str| format!("{namespace}/{name}");
        let volume = report
            .volumes
            .iter()
            .find(|volume| id(volume.case.namespace(), volume.case.name()) == wanted);
        let Some(volume) = volume else {
            let known: Vec<String> = report
                .volumes
                .iter()
                .take(10)
                .map(|volume| id(volume.case.namespace(), volume.case.name()))
                .collect();
            refuse_with(
                &format!("there is no volume {wanted} in the manifests or the cluster"),
                &format!("there are {}", known.join(", ")),
            );
            return Exit::Trouble;
        };
        match restore_plan(volume, report.now) {
            RestorePlan::Steps(steps) => match print(&[Cow::Owned(steps)]) {
                Ok(()) => Exit::Done,
                Err(error) => {
                    refuse_with(&format!("cannot write: {error}"), "check standard output")
                }
            },
            RestorePlan::Refused(reasons) => {
                for reason in reasons {
                    say(&format!("{reason}\n"));
                }
                say(&format!(
                    "plumber: no plan for {wanted}: deleting it could lose its data, see above\n"
                ));
                Exit::Trouble
            }
        }
    })
}
