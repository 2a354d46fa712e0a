//! The same objects give the same report, in whatever order they are seen.

use crate::support::{Case, Seen, cases};
use proptest::prelude::*;
use std::sync::LazyLock;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_matter(
        case in 0..1000_usize,
        keys in prop::collection::vec(any::<u32>(), 64),
        again in any::<prop::sample::Index>(),
    ) {
        let case = &CASES[case % CASES.len()];
        let mut shuffled: Vec<_> = case.seen.objects.iter().zip(keys.iter().cycle()).collect();
        shuffled.sort_by_key(|(_, key)| **key);
        let mut objects: Vec<_> = shuffled.into_iter().map(|(object, _)| object.clone()).collect();
        if !objects.is_empty() {
            // A watch may deliver an object twice.
            objects.push(again.get(&objects).clone());
        }
        let seen = Seen { objects, kinds: case.seen.kinds.clone() };
        prop_assert_eq!(case.document(&seen), case.document(&case.seen), "{}", &case.name);
    }
}

#[test]
fn the_newer_of_two_states_counts() {
    let case = crate::support::named("restored-by-a-token");
    let mut old = case.seen.clone();
    let mut stale = case.seen.objects.clone();
    for object in &mut stale {
        if let Some(version) = object.pointer_mut("/metadata/resourceVersion") {
            *version = "9".into();
        }
        if let Some(status) = object.get_mut("status") {
            *status = serde_json::json!({});
        }
    }
    for objects in [
        [stale.clone(), case.seen.objects.clone()].concat(),
        [case.seen.objects.clone(), stale].concat(),
    ] {
        old.objects = objects;
        assert_eq!(case.document(&old), case.document(&case.seen));
    }
}
