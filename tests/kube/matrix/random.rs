//! Faults and changes in any order: what must always hold holds, and in the end the daemon says
//! what one that is started then says.

use super::{lose_snapshot, malformed, touch};
use crate::daemon::{Subject, populate, some};
use crate::fake::{FakeCluster, Times, Trouble, Verb};
use proptest::prelude::*;
use std::time::Duration;

/// Something that happens.
#[derive(Debug, Clone)]
enum Happens {
    Strike(Option<&'static str>, Trouble),
    Fault(Verb, Option<&'static str>, Trouble, usize),
    Heal,
    Forget,
    Touch(usize),
    /// Everything is as it was at first.
    Restore,
    LoseSnapshot(usize),
    LoseSource(usize),
    Malformed(usize),
    Wait(u64),
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        Just(Trouble::Close),
        Just(Trouble::Reset),
        Just(Trouble::Silence),
        Just(Trouble::Truncated),
        Just(Trouble::Gone),
        prop_oneof![Just(401), Just(403), Just(500), Just(503)].prop_map(Trouble::Status),
        (1_u32..20).prop_map(|retry_after| Trouble::TooMany { retry_after }),
        (1_u64..40).prop_map(|seconds| Trouble::Slow(Duration::from_secs(seconds))),
    ]
}

fn kind() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        Just(None),
        Just(Some("persistentvolumeclaims")),
        Just(Some("replicationsources")),
        Just(Some("replicationdestinations")),
        Just(Some("volumesnapshots")),
        Just(Some("namespaces")),
    ]
}

fn happens() -> impl Strategy<Value = Happens> {
    let verb = prop_oneof![Just(Verb::List), Just(Verb::Watch)];
    prop_oneof![
        3 => (kind(), trouble()).prop_map(|(kind, trouble)| Happens::Strike(kind, trouble)),
        3 => (verb, kind(), trouble(), 1_usize..6)
            .prop_map(|(verb, kind, trouble, times)| Happens::Fault(verb, kind, trouble, times)),
        1 => Just(Happens::Heal),
        2 => Just(Happens::Forget),
        2 => (0_usize..9).prop_map(Happens::Touch),
        1 => Just(Happens::Restore),
        1 => (0_usize..3).prop_map(Happens::LoseSnapshot),
        1 => (0_usize..3).prop_map(Happens::LoseSource),
        1 => (0_usize..3).prop_map(Happens::Malformed),
        4 => (1_u64..400).prop_map(Happens::Wait),
    ]
}

fn happen(subject: &Subject, what: &Happens) {
    let cluster = &subject.cluster;
    let volume = |index: usize| {
        let name = format!("volume-{index}");
        subject.let_go("media", &name);
        name
    };
    match what {
        Happens::Strike(kind, trouble) => cluster.strike(*kind, trouble.clone()),
        Happens::Fault(verb, kind, trouble, times) => {
            cluster.fault(*verb, *kind, trouble.clone(), Times::Times(*times));
        }
        Happens::Heal => cluster.heal(),
        Happens::Forget => cluster.expire_history(),
        Happens::Touch(index) => touch(cluster, *index),
        Happens::Restore => populate(cluster, &some()),
        Happens::LoseSnapshot(index) => lose_snapshot(cluster, &volume(*index)),
        Happens::LoseSource(index) => {
            let name = volume(*index);
            cluster.delete("volsync.backube", "replicationsources", "media", &name);
        }
        Happens::Malformed(index) => {
            cluster.apply(malformed(&volume(*index)));
        }
        Happens::Wait(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_answer_is_that_of_a_fresh_start(
        script in prop::collection::vec(happens(), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let subject = Subject::start(FakeCluster::new());
            for what in &script {
                if let Happens::Wait(seconds) = what {
                    tokio::time::sleep(Duration::from_secs(*seconds)).await;
                } else {
                    happen(&subject, what);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            subject.cluster.heal();
            subject.recovers(Duration::from_mins(10)).await;
        });
    }
}
