//! How blocks are put over each other.

use super::template::Values;
use super::{Entry, Layer, Place, Settings, built_in, merge, path};
use crate::api::mover::{Mover, Side};
use serde_json::{Value, json};

fn block(fields: &[(&str, Value)], omit: &[&str]) -> Settings {
    let mut settings = Settings::default();
    for (at, value) in fields {
        let path = path(at).unwrap();
        settings.set(Entry { path, value: value.clone(), place: Place::default() });
    }
    settings.omit = omit.iter().map(|at| path(at).unwrap()).collect();
    settings
}

fn merged(layers: &[Layer<'_>], mover: Mover, side: Side, class: Option<&str>) -> Value {
    let capacity = json!("5Gi");
    let values = Values {
        pvc: "data",
        namespace: "media",
        app: Some("app"),
        target: None,
        cluster: None,
        capacity: Some(&capacity),
        storage_class: class,
        access_modes: &["ReadWriteOnce".to_owned()],
    };
    let merged = merge(layers, mover, side, &values);
    assert!(merged.problems.is_empty() && merged.missing.is_empty(), "{merged:?}");
    Value::Object(merged.fields)
}

#[test]
fn a_later_block_wins_and_a_side_wins_over_both() {
    let weak =
        block(&[("cacheCapacity", json!("1Gi")), ("source.capacity", json!("{capacity}"))], &[]);
    let strong =
        block(&[("cacheCapacity", json!("2Gi")), ("destination.cacheCapacity", json!("3Gi"))], &[]);
    let layers = [Layer::Block(&weak), Layer::Block(&strong)];
    let of = |side| merged(&layers, Mover::Kopia, side, None);
    assert_eq!(of(Side::Source), json!({"cacheCapacity": "2Gi", "capacity": "5Gi"}));
    assert_eq!(of(Side::Destination), json!({"cacheCapacity": "3Gi"}));
}

#[test]
fn what_is_left_out_stays_out_unless_a_stronger_block_sets_it() {
    let weak = block(
        &[
            ("retain", json!({"daily": 1})),
            ("compression", json!("none")),
            ("parallelism", json!(2)),
        ],
        &[],
    );
    let middle = block(&[], &["retain", "compression", "source.parallelism"]);
    let strong = block(&[("compression", json!("zstd"))], &[]);
    let layers = [Layer::Block(&weak), Layer::Block(&middle), Layer::Block(&strong)];
    assert_eq!(merged(&layers, Mover::Kopia, Side::Source, None), json!({"compression": "zstd"}));
}

#[test]
fn a_security_context_is_put_together_key_by_key() {
    let weak = block(
        &[("moverSecurityContext.fsGroup", json!(1)), ("moverSecurityContext.runAsUser", json!(1))],
        &[],
    );
    let strong =
        block(&[("moverSecurityContext.runAsUser", json!(2))], &["moverSecurityContext.fsGroup"]);
    let layers = [Layer::Block(&weak), Layer::Block(&strong)];
    assert_eq!(
        merged(&layers, Mover::Restic, Side::Source, None),
        json!({"moverSecurityContext": {"runAsUser": 2}})
    );
}

#[test]
fn the_default_class_is_for_volumes_that_name_none() {
    let class = block(&[("storageClassName", json!("longhorn"))], &[]);
    let of = |layer, class| {
        let layers = [Layer::Block(built_in(Mover::Restic)), layer];
        merged(&layers, Mover::Restic, Side::Source, class)["storageClassName"].clone()
    };
    assert_eq!(of(Layer::Defaults(&class), None), "longhorn");
    assert_eq!(of(Layer::Defaults(&class), Some("ceph")), "ceph");
    assert_eq!(of(Layer::Block(&class), Some("ceph")), "longhorn");
}

#[test]
fn fields_of_another_mover_are_passed_over_and_empty_mappings_left_out() {
    let both = block(
        &[("unlock", json!("u1")), ("compression", json!("none")), ("retain", json!({}))],
        &[],
    );
    let layers = [Layer::Block(&both)];
    let of = |mover| merged(&layers, mover, Side::Source, None);
    assert_eq!(of(Mover::Kopia), json!({"compression": "none"}));
    assert_eq!(of(Mover::Restic), json!({"unlock": "u1"}));
}

#[test]
fn ways_to_fields_are_read() {
    for good in ["retain", "source.accessModes", "moverSecurityContext.fsGroup"] {
        assert_eq!(path(good).unwrap().to_string(), good);
    }
    let refusals = ["sauce.retain", "destination.retain", "retain.dayly", "", "source."]
        .map(|text| path(text).unwrap_err().message);
    insta::assert_snapshot!(refusals.join("\n"), @r#"
the mover has no field `sauce`
a destination has no field `retain`
`retain` has no field `dayly`
the mover has no field ``
the mover has no field ``
"#);
}
