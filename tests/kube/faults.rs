//! What the fake API server can be made to do wrong, it does.

use crate::fake::{FakeCluster, Times, Trouble, Verb};
use crate::scenarios::{get, lines, names, refused, source};
use futures::{AsyncBufReadExt, StreamExt, TryStreamExt};
use http::Request;
use jiff::SignedDuration;
use kube::Client;
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const SOURCES: &str = "/apis/volsync.backube/v1alpha1/replicationsources";
const PVCS: &str = "/api/v1/persistentvolumeclaims";

fn cluster(names: &[&str]) -> FakeCluster {
    let cluster = FakeCluster::new();
    for name in names {
        cluster.apply(source(name));
    }
    cluster
}

fn watch_from(revision: u64) -> String {
    format!("{SOURCES}?watch=true&allowWatchBookmarks=true&resourceVersion={revision}")
}

/// Reads a watch until it ends or breaks.
async fn told(client: &Client, address: &str) -> (Vec<String>, Option<ErrorKind>) {
    let request = Request::get(address).body(Vec::new()).unwrap();
    let mut lines = std::pin::pin!(client.request_stream(request).await.unwrap().lines());
    let mut read = Vec::new();
    loop {
        match lines.try_next().await {
            Ok(Some(line)) => read.push(line),
            Ok(None) => return (read, None),
            Err(error) => return (read, Some(error.kind())),
        }
    }
}

#[tokio::test]
async fn a_list_whose_moment_is_forgotten_is_gone_and_can_go_on_without_it() {
    let cluster = cluster(&["a", "b", "c", "d"]);
    let client = cluster.client();
    let first = get(&client, &format!("{SOURCES}?limit=2")).await.unwrap();
    cluster.delete("volsync.backube", "replicationsources", "default", "c");
    cluster.expire_history();
    let goes_on = first["metadata"]["continue"].as_str().unwrap();
    let address = format!("{SOURCES}?limit=2&continue={goes_on}");
    let Err(kube::Error::Api(status)) = get(&client, &address).await else { panic!("not gone") };
    assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
    // The client's type has no field for the token; it stands in the answer itself.
    let response = client
        .send(Request::get(&address).body(kube::client::Body::empty()).unwrap())
        .await
        .unwrap();
    let body = response.into_body().collect_bytes().await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let other = body["metadata"]["continue"].as_str().unwrap();
    let rest = get(&client, &format!("{SOURCES}?limit=2&continue={other}")).await.unwrap();
    assert_eq!(names(&rest), ["d"]);
}

#[tokio::test]
async fn history_ends() {
    let cluster = cluster(&[]);
    cluster.remember(3);
    let before = cluster.revision();
    for name in ["a", "b", "c"] {
        cluster.apply(source(name));
    }
    let address = format!("{}&timeoutSeconds=1", watch_from(before));
    assert_eq!(told(&cluster.client(), &address).await.0.len(), 3);
    cluster.apply(source("d"));
    let read = lines(&cluster.client(), &address, |_| true).await;
    assert_eq!(read[0]["object"]["code"], 410);
    let address = format!("{}&timeoutSeconds=1", watch_from(before + 1));
    assert_eq!(told(&cluster.client(), &address).await.0.len(), 3);
}

#[tokio::test]
async fn requests_are_refused_as_scripted() {
    let cluster = cluster(&["a"]);
    let client = cluster.client();
    let sources = Some("replicationsources");
    cluster.fault(Verb::List, sources, Trouble::Status(503), Times::Times(2));
    assert_eq!(refused(&client, SOURCES).await.0, 503);
    assert!(get(&client, PVCS).await.is_ok(), "another kind");
    assert_eq!(refused(&client, SOURCES).await.0, 503);
    assert!(get(&client, SOURCES).await.is_ok(), "only twice");
    cluster.fault(None, sources, Trouble::Status(403), Times::Always);
    for _ in 0..3 {
        assert_eq!(refused(&client, SOURCES).await, (403, "Forbidden".to_owned()));
        assert_eq!(refused(&client, &watch_from(1000)).await.0, 403);
    }
    cluster.heal();
    cluster.fault(Verb::List, None, Trouble::Gone, Times::Times(1));
    assert_eq!(refused(&client, SOURCES).await.0, 410);
    cluster.fault(Verb::Watch, None, Trouble::Status(410), Times::Times(1));
    assert_eq!(refused(&client, &watch_from(1000)).await.0, 410);
    cluster.require_token("second");
    assert_eq!(refused(&client, SOURCES).await, (401, "Unauthorized".to_owned()));
    let request = Request::get(SOURCES).header("authorization", "Bearer second");
    assert!(client.request::<Value>(request.body(Vec::new()).unwrap()).await.is_ok());
}

#[tokio::test]
async fn too_many_requests_say_when_to_come_again() {
    let cluster = cluster(&[]);
    let trouble = Trouble::TooMany { retry_after: 7 };
    cluster.fault(Verb::List, None, trouble, Times::Times(1));
    cluster.skew(SignedDuration::from_hours(24 * 365));
    let request = Request::get(SOURCES).body(kube::client::Body::empty()).unwrap();
    let response = cluster.client().send(request).await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "7");
    let date = response.headers()["date"].to_str().unwrap();
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap();
    let ahead = date.duration_since(jiff::Timestamp::now());
    assert!(ahead > SignedDuration::from_hours(24 * 364), "{ahead}");
}

#[tokio::test(start_paused = true)]
async fn lists_are_late_or_broken_as_scripted() {
    let cluster = cluster(&["a", "b", "c"]);
    let client = cluster.client();
    let slow = Trouble::Slow(Duration::from_secs(30));
    cluster.fault(Verb::List, None, slow, Times::Times(1));
    let before = tokio::time::Instant::now();
    assert_eq!(names(&get(&client, SOURCES).await.unwrap()).len(), 3);
    assert!(before.elapsed() >= Duration::from_secs(30));
    cluster.fault(Verb::List, None, Trouble::Truncated, Times::Times(1));
    assert!(matches!(get(&client, SOURCES).await, Err(kube::Error::SerdeError(_))));
    cluster.fault(Verb::List, None, Trouble::Reset, Times::Times(1));
    assert!(get(&client, SOURCES).await.is_err());
    cluster.fault(Verb::List, None, Trouble::Silence, Times::Times(1));
    let hour = Duration::from_hours(1);
    assert!(tokio::time::timeout(hour, get(&client, SOURCES)).await.is_err(), "nothing arrives");
    assert!(get(&client, SOURCES).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn open_watches_break_as_scripted() {
    for (trouble, lines, error) in [
        (Trouble::Close, 1, None),
        (Trouble::Reset, 1, Some(ErrorKind::Other)),
        (Trouble::Truncated, 2, None),
        (Trouble::Gone, 2, None),
    ] {
        let cluster = cluster(&[]);
        let address = watch_from(cluster.revision());
        let client = cluster.client();
        let reader = tokio::spawn(async move { told(&client, &address).await });
        tokio::time::sleep(Duration::from_millis(10)).await;
        cluster.apply(source("a"));
        tokio::time::sleep(Duration::from_millis(10)).await;
        cluster.strike(Some("persistentvolumeclaims"), Trouble::Close);
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(!reader.is_finished(), "{trouble:?} of another kind");
        cluster.strike(Some("replicationsources"), trouble.clone());
        let (read, seen) = reader.await.unwrap();
        assert_eq!((read.len(), seen.is_some()), (lines, error.is_some()), "{trouble:?}: {read:?}");
        if trouble == Trouble::Gone {
            assert!(read[1].contains("\"code\":410"), "{read:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_half_open_watch_tells_nothing_more() {
    let cluster = cluster(&[]);
    let address = watch_from(cluster.revision());
    let client = cluster.client();
    let reader = tokio::spawn(async move { told(&client, &address).await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    cluster.strike(None, Trouble::Silence);
    cluster.apply(source("a"));
    tokio::time::sleep(Duration::from_hours(5)).await;
    assert!(!reader.is_finished());
    reader.abort();
}

#[tokio::test(start_paused = true)]
async fn bookmarks_carry_a_quiet_watch_over_the_end_of_history() {
    let cluster = cluster(&["a"]);
    let from = cluster.revision();
    let address = format!("{}&timeoutSeconds=10800", watch_from(from));
    let client = cluster.client();
    let busy = cluster.clone();
    let writer = tokio::spawn(async move {
        for index in 0..179 {
            busy.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("n{index}")}}));
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    });
    let (read, _) = told(&client, &address).await;
    writer.abort();
    assert!((175..=180).contains(&read.len()), "{}", read.len());
    let last: Value = serde_json::from_str(read.last().unwrap()).unwrap();
    assert_eq!(last["type"], "BOOKMARK");
    cluster.expire_history();
    let marked: u64 =
        last["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    assert!(marked > from + 170);
    cluster.bookmark(None);
    let address = format!("{}&timeoutSeconds=10800", watch_from(cluster.revision()));
    assert_eq!(told(&client, &address).await, (Vec::new(), None), "no bookmarks");
}

#[tokio::test]
async fn a_kind_that_is_removed_takes_its_objects_and_watches_along() {
    let cluster = cluster(&["a", "b"]);
    let address = watch_from(cluster.revision());
    let client = cluster.client();
    let reader = tokio::spawn(async move { told(&client, &address).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    cluster.uninstall("volsync.backube", "replicationsources");
    let (read, error) = reader.await.unwrap();
    assert!(error.is_none());
    let deleted = read.iter().filter(|line| line.starts_with("{\"type\":\"DELETED\""));
    assert_eq!((deleted.count(), read.len()), (2, 2));
    assert_eq!(refused(&cluster.client(), SOURCES).await.0, 404);
    cluster.install("replicationsources");
    assert_eq!(names(&get(&cluster.client(), SOURCES).await.unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn a_malformed_object_is_served_as_it_is() {
    let cluster = cluster(&["a"]);
    let mut malformed = source("b");
    malformed["metadata"]["creationTimestamp"] = "yesterday".into();
    malformed["spec"] = "none".into();
    cluster.apply(malformed);
    let list = get(&cluster.client(), SOURCES).await.unwrap();
    assert_eq!(list["items"][1]["metadata"]["creationTimestamp"], "yesterday");
    assert_eq!(list["items"][1]["spec"], "none");
}

#[tokio::test]
async fn writes_are_refused_and_written_down() {
    let cluster = cluster(&["a"]);
    let request = Request::delete(format!("{SOURCES}/a")).body(Vec::new()).unwrap();
    let Err(kube::Error::Api(status)) = cluster.client().request::<Value>(request).await else {
        panic!("not refused")
    };
    assert_eq!(status.code, 405);
    assert_eq!(cluster.count(Verb::Write, "a"), 0);
    let asked = cluster.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].verb, asked[0].address.as_str()),
        (Verb::Write, "/apis/volsync.backube/v1alpha1/replicationsources/a")
    );
    assert!(get(&cluster.client(), SOURCES).await.is_ok());
    assert_eq!(cluster.count(Verb::List, "replicationsources"), 1);
}

#[tokio::test]
async fn everything_can_be_discovered_at_once() {
    let cluster = cluster(&[]);
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let request = Request::get("/apis").header("accept", accept).body(Vec::new()).unwrap();
    let list: Value = cluster.client().request(request).await.unwrap();
    assert_eq!(list["kind"], "APIGroupDiscoveryList");
    let discovered = kube::discovery::Discovery::new(cluster.client()).run().await.unwrap();
    assert!(discovered.has_group("volsync.backube"));
}

/// Sends a request over TCP and reads until the connection ends or is silent.
fn over_tcp(address: std::net::SocketAddr, path: &str) -> (String, Result<(), ErrorKind>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: fake\r\n\r\n").unwrap();
    let mut read = Vec::new();
    let result = stream.read_to_end(&mut read).map(|_| ()).map_err(|error| error.kind());
    (String::from_utf8(read).unwrap(), result)
}

#[tokio::test]
async fn connections_end_on_a_socket_as_scripted() {
    let cluster = cluster(&["a"]);
    let address = cluster.listen().await;
    for (verb, path, trouble, end) in [
        (Verb::List, SOURCES.to_owned(), Trouble::LastAnswer, Ok(())),
        (Verb::List, SOURCES.to_owned(), Trouble::Reset, Err(ErrorKind::ConnectionReset)),
        (Verb::Watch, watch_from(1000), Trouble::Reset, Err(ErrorKind::ConnectionReset)),
        (Verb::Watch, watch_from(1000), Trouble::Silence, Err(ErrorKind::WouldBlock)),
    ] {
        cluster.fault(verb, None, trouble.clone(), Times::Times(1));
        let (read, seen) =
            tokio::task::spawn_blocking(move || over_tcp(address, &path)).await.unwrap();
        assert_eq!(seen, end, "{trouble:?}: {read}");
        assert_eq!(read.contains("connection: close"), trouble == Trouble::LastAnswer);
    }
}

#[tokio::test]
async fn a_large_cluster_is_listed_in_pages_and_streamed() {
    let cluster = FakeCluster::new();
    for index in 0..20_000 {
        cluster.apply(json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"namespace": format!("n{}", index % 100), "name": format!("v{index}")},
        }));
    }
    let client = cluster.client();
    let api: kube::Api<kube::api::DynamicObject> = kube::Api::all_with(client, &claims());
    for config in [
        kube::runtime::watcher::Config::default(),
        kube::runtime::watcher::Config::default().streaming_lists(),
    ] {
        let events = kube::runtime::watcher(api.clone(), config);
        let listed = events.take_while(|event| {
            let done = matches!(event, Ok(kube::runtime::watcher::Event::InitDone));
            futures::future::ready(!done)
        });
        assert_eq!(listed.count().await, 20_001);
    }
    assert_eq!(cluster.count(Verb::List, "persistentvolumeclaims"), 40);
}

fn claims() -> kube::api::ApiResource {
    kube::api::ApiResource::erase::<k8s_openapi::api::core::v1::PersistentVolumeClaim>(&())
}

#[tokio::test]
async fn an_older_server_streams_no_lists() {
    let cluster = cluster(&["a"]);
    cluster.stream_lists(false);
    let address =
        format!("{SOURCES}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    assert_eq!(refused(&cluster.client(), &address).await, (422, "Invalid".to_owned()));
}
