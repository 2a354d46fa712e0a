//! What a volume's objects are where nothing is configured.

use super::block::{Block, Item, Scope, Setting};
use super::extract::Volume;
use super::infer::{BuiltIn, Inferred, Marks};
use super::knobs::Knobs;
use super::profiles::Profile;
use super::proof::{Rendered, render};
use super::subject::field;
use crate::api::mover::Mover;
use crate::api::volsync;
use crate::manifest::Stream;
use serde_json::{Value, json};

/// Learns the built-in shape by rendering the volumes with a configuration that says nothing but
/// names: what is built in is spelled in one place, and this is not it.
pub(super) fn built_in(stream: &Stream, volumes: &[Volume], inferred: &Inferred) -> Vec<BuiltIn> {
    let kopia = shape(stream, volumes, inferred, None);
    // Without a retention restic is refused, so its built-in shape has none.
    let restic = shape(stream, volumes, inferred, Some(&json!({"daily": 1})));
    volumes
        .iter()
        .zip(kopia.into_iter().zip(restic))
        .map(|(volume, (kopia, restic))| {
            let mover = volume.originals().next().map(|original| original.mover);
            if mover == Some(Mover::Restic) { restic } else { kopia }
        })
        .collect()
}

fn shape(
    stream: &Stream,
    volumes: &[Volume],
    inferred: &Inferred,
    retain: Option<&Value>,
) -> Vec<BuiltIn> {
    let mut shape = inferred.configuration.clone();
    shape.inject = true;
    let several = !shape.targets.is_empty();
    let repository = if several { "{namespace}-{pvc}-{target}" } else { "{namespace}-{pvc}" };
    let fields = [("repository", Some(Value::from(repository))), (field::RETAIN, retain.cloned())];
    for (field, value) in fields {
        if let Some(value) = value {
            shape.defaults.set(Item {
                scope: Scope::Both,
                field: field.to_owned(),
                setting: Setting::Value(value),
            });
        }
    }
    // A volume of the less common mover has its shape by a profile.
    for mover in Mover::ALL {
        let mut block = Block::default();
        block.set(Item {
            scope: Scope::Both,
            field: field::MOVER.to_owned(),
            setting: Setting::Value(Value::from(mover.id())),
        });
        shape.profiles.push(Profile { name: mover.id().to_owned(), block });
    }
    let knobs: Vec<Knobs> = volumes
        .iter()
        .zip(&inferred.marks)
        .map(|(volume, marks)| {
            let mover = volume.originals().next().map(|original| original.mover.id().to_owned());
            let app = marks.app.clone();
            super::knobs::knobs(&Marks { app, profile: mover, ..Marks::default() })
        })
        .collect();
    let text = shape.to_text();
    let nothing = vec![Rendered::default(); volumes.len()];
    let mut rendered = render(stream, volumes, &knobs, &text).unwrap_or(nothing);
    // Names that are not told apart yet are no reason to know nothing of a volume.
    for (at, rendered) in rendered.iter_mut().enumerate() {
        if rendered.objects.is_empty()
            && let Ok(alone) = render(stream, &volumes[at..=at], &knobs[at..=at], &text)
        {
            *rendered = alone.into_iter().next().unwrap_or_default();
        }
    }
    let fields = |object: &Value| {
        let mover = |mover: &Mover| object["spec"].get(mover.id())?.as_object().cloned();
        let mut fields = Mover::ALL.iter().find_map(mover).unwrap_or_default();
        fields.shift_remove("repository");
        if retain.is_some() {
            fields.shift_remove(field::RETAIN);
        }
        fields
    };
    rendered
        .into_iter()
        .map(|rendered| {
            let mut built_in = BuiltIn::default();
            for object in &rendered.objects {
                if object["kind"] == volsync::REPLICATION_SOURCE {
                    built_in.source = fields(object);
                } else if object["kind"] == volsync::REPLICATION_DESTINATION {
                    built_in.destination = fields(object);
                }
            }
            built_in
        })
        .collect()
}
