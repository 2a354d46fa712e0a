//! A comparison finds nothing where there is nothing.

use super::render::{DEFAULT_NAMESPACE, cases, config, render, sources};
use super::streams::{Inputs, inputs, raw_inputs};
use plumber::api::mode::Mode;
use plumber::compare::{Application, Comparison, Consequence, Side, compare};
use plumber::edit::{Addition, Change};
use plumber::manifest::{Limits, read};
use plumber::plan::{VolumePlan, plan};
use proptest::prelude::*;

fn side(inputs: &Inputs) -> Side {
    side_by(inputs, true).0
}

/// A side, rendered or as it is, and the volumes that get a source.
fn side_by(inputs: &Inputs, is_rendered: bool) -> (Side, Vec<String>) {
    let mut reading = read(sources(&inputs.texts), Limits::default());
    let plan = plan(&mut reading, &config(Mode::Permissive));
    let mut side = Side::default();
    let application =
        Application { id: "", name: "x", namespace: Some(DEFAULT_NAMESPACE), is_rendered };
    side.add(&application, &reading, &plan);
    let gets_a_source = |volume: &&VolumePlan| {
        volume.is_applied()
            && volume.edits.iter().any(|edit| match &edit.change {
                Change::Add(added) => added.iter().any(|one| matches!(one, Addition::Source(_))),
                Change::Wire { .. } | Change::Update { .. } => false,
            })
    };
    (side, plan.volumes.iter().filter(gets_a_source).map(VolumePlan::id).collect())
}

/// Volumes that share an identity cannot be rendered; of all others nothing may be told.
fn told(comparison: &Comparison) -> Vec<String> {
    let changes = comparison
        .volumes
        .iter()
        .flat_map(|volume| volume.changes.iter().map(move |change| (volume, change)));
    changes
        .filter(|(_, change)| change.consequence != Consequence::WouldNotRender)
        .map(|(volume, change)| format!("{}: {}", volume.key, change.message))
        .collect()
}

proptest! {
    #![proptest_config(cases(300))]

    /// From a stream to itself nothing changes.
    #[test]
    fn a_stream_does_not_differ_from_itself(inputs in raw_inputs()) {
        let comparison = compare(side(&inputs), side(&inputs));
        if comparison.is_complete() {
            prop_assert_eq!(told(&comparison), Vec::<String>::new());
        } else {
            // What cannot be read is unknown on both sides, and nothing is gone or new.
            prop_assert!(comparison.volumes.is_empty());
        }
    }

    /// Whatever is backed up by rendering loses its backup where nothing is rendered.
    #[test]
    fn what_is_rendered_is_told_when_it_goes(inputs in inputs()) {
        let ((base, sources), (head, _)) = (side_by(&inputs, true), side_by(&inputs, false));
        let comparison = compare(base, head);
        for id in sources.iter().filter(|_| comparison.is_complete()) {
            let volume = comparison.volumes.iter().find(|volume| volume.key.to_string() == *id);
            let lost = [Consequence::BackupLost, Consequence::OneBackupLost];
            let told = volume
                .is_some_and(|volume| volume.changes.iter().any(|c| lost.contains(&c.consequence)));
            prop_assert!(told, "{id}: {volume:?}");
        }
    }

    /// What is rendered already is what would be rendered.
    #[test]
    fn a_stream_does_not_differ_from_its_output(inputs in inputs()) {
        if let Some(output) = render(&inputs).output {
            let comparison = compare(side(&inputs), side(&Inputs { texts: vec![output] }));
            if comparison.is_complete() {
                prop_assert_eq!(told(&comparison), Vec::<String>::new());
            }
        }
    }
}
