//! Many objects.

use crate::daemon::{Subject, is_green};
use crate::fake::{FakeCluster, Trouble, Verb};
use crate::world::Namespace;
use plumber::audit::Kind;
use serde_json::json;
use std::time::Duration;

/// Objects that nobody asked about.
const OBJECTS: usize = 100_000;

#[tokio::test]
async fn a_hundred_thousand_objects_of_one_kind() {
    let cluster = FakeCluster::new();
    for index in 0..OBJECTS {
        cluster.apply(json!({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
            "metadata": {"namespace": format!("n{}", index % 500), "name": format!("s{index}")},
            "status": {"readyToUse": true},
        }));
    }
    let subject = Subject::start_with(cluster, &Namespace::new("media", 3), |options| {
        options.patience = Duration::from_mins(2);
    });
    let patience = Duration::from_mins(2);
    let all = |state: &plumber::daemon::State| {
        let watch = state.watches.iter().find(|it| it.kind == Kind::VolumeSnapshot).unwrap();
        is_green(state) && watch.objects == OBJECTS + 3
    };
    subject.until("all of them", patience, all).await;
    assert!(subject.cluster.count(Verb::List, "volumesnapshots") > 1, "in pages");
    // Everything is listed anew, and nothing is gone meanwhile.
    let lists = subject.cluster.count(Verb::List, "volumesnapshots");
    subject.cluster.expire_history();
    subject.cluster.strike(Some("volumesnapshots"), Trouble::Gone);
    let listed = async {
        while subject.cluster.count(Verb::List, "volumesnapshots") < 2 * lists {
            assert!(is_green(&subject.now()));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(patience, listed).await.unwrap();
    subject.end().await;
}
