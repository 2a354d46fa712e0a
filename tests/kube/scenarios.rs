//! What every API server does. The fake one is put through this, and a real one where there is
//! one: see `real.rs`.

use crate::fake::FakeCluster;
use futures::{AsyncBufReadExt, StreamExt, TryStreamExt};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::watcher::{self, Event};
use serde_json::{Value, json};
use std::time::Duration;

/// A cluster that can be written to.
pub(crate) trait Server {
    /// Returns a client of it.
    fn client(&self) -> Client;
    /// Creates an object, or writes it anew.
    async fn apply(&self, object: Value);
    /// Deletes an object.
    async fn delete(&self, group: &str, plural: &str, namespace: &str, name: &str);
    /// Returns whether lists can be had as watches: a server before 1.27 knows nothing of it.
    fn streams(&self) -> bool {
        true
    }
}

impl Server for FakeCluster {
    fn client(&self) -> Client {
        self.client()
    }

    async fn apply(&self, object: Value) {
        self.apply(object);
    }

    async fn delete(&self, group: &str, plural: &str, namespace: &str, name: &str) {
        self.delete(group, plural, namespace, name);
    }
}

const SOURCES: &str = "/apis/volsync.backube/v1alpha1/namespaces/default/replicationsources";

/// Returns a source with a name.
pub(crate) fn source(name: &str) -> Value {
    json!({
        "apiVersion": "volsync.backube/v1alpha1", "kind": "ReplicationSource",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"sourcePVC": name, "trigger": {"schedule": "0 * * * *"}},
    })
}

/// Returns the kind of sources.
pub(crate) fn sources() -> ApiResource {
    ApiResource {
        group: "volsync.backube".to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: "volsync.backube/v1alpha1".to_owned(),
        kind: "ReplicationSource".to_owned(),
        plural: "replicationsources".to_owned(),
    }
}

/// Asks for an address.
pub(crate) async fn get(client: &Client, address: &str) -> kube::Result<Value> {
    client.request(http::Request::get(address).body(Vec::new()).unwrap()).await
}

/// Asks for an address that is refused, and returns the status and its reason.
pub(crate) async fn refused(client: &Client, address: &str) -> (u16, String) {
    match get(client, address).await {
        Err(kube::Error::Api(status)) => (status.code, status.reason),
        other => panic!("{address} is not refused: {other:?}"),
    }
}

/// Returns the names of listed objects.
pub(crate) fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

/// Opens a watch and reads it to its end, or to the line that ends the search.
pub(crate) async fn lines(
    client: &Client,
    address: &str,
    is_last: impl Fn(&Value) -> bool,
) -> Vec<Value> {
    let request = http::Request::get(address).body(Vec::new()).unwrap();
    let mut lines = std::pin::pin!(client.request_stream(request).await.unwrap().lines());
    let mut read = Vec::new();
    while let Some(line) = lines.try_next().await.unwrap() {
        let line: Value = serde_json::from_str(&line).unwrap();
        let last = is_last(&line);
        read.push(line);
        if last {
            break;
        }
    }
    read
}

/// Waits until a kind is served.
pub(crate) async fn served(client: &Client, address: &str) {
    for _ in 0..100 {
        if get(client, address).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{address} is not served");
}

/// Writes five sources, and nothing else of the kind is there.
async fn five(server: &impl Server) {
    server.apply(crate::fake::definition("replicationsources")).await;
    served(&server.client(), SOURCES).await;
    let there = get(&server.client(), SOURCES).await.unwrap();
    for name in names(&there) {
        server.delete("volsync.backube", "replicationsources", "default", &name).await;
    }
    for name in ["a", "b", "c", "d", "e"] {
        server.apply(source(name)).await;
    }
}

/// The pages of a list show one moment, whatever happens between them.
pub(crate) async fn pages_show_one_moment(server: &impl Server) {
    five(server).await;
    let client = server.client();
    let first = get(&client, &format!("{SOURCES}?limit=2")).await.unwrap();
    assert_eq!(names(&first), ["a", "b"]);
    server.apply(source("bb")).await;
    server.delete("volsync.backube", "replicationsources", "default", "d").await;
    let revision = &first["metadata"]["resourceVersion"];
    let mut goes_on = first["metadata"]["continue"].as_str().unwrap().to_owned();
    let mut rest = Vec::new();
    while !goes_on.is_empty() {
        let next = get(&client, &format!("{SOURCES}?limit=2&continue={goes_on}")).await.unwrap();
        assert_eq!(&next["metadata"]["resourceVersion"], revision);
        rest.extend(names(&next));
        next["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut goes_on);
    }
    assert_eq!(rest, ["c", "d", "e"]);
    let now = get(&client, SOURCES).await.unwrap();
    assert_eq!(names(&now), ["a", "b", "bb", "c", "e"]);
    let revision = revision.as_str().unwrap();
    let exact = format!("{SOURCES}?resourceVersion={revision}&resourceVersionMatch=Exact");
    assert_eq!(names(&get(&client, &exact).await.unwrap()), ["a", "b", "c", "d", "e"]);
}

/// Every write has a greater revision than the one before, and a list has that of the last.
pub(crate) async fn revisions_grow(server: &impl Server) {
    five(server).await;
    let client = server.client();
    let revision = |value: &Value| -> u64 {
        value["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
    };
    let list = get(&client, SOURCES).await.unwrap();
    let each: Vec<u64> = list["items"].as_array().unwrap().iter().map(revision).collect();
    assert!(each.windows(2).all(|pair| pair[0] < pair[1]), "{each:?}");
    assert!(revision(&list) >= each[4]);
    let mut changed = source("a");
    changed["spec"]["trigger"]["schedule"] = "1 * * * *".into();
    server.apply(changed).await;
    assert!(revision(&get(&client, &format!("{SOURCES}/a")).await.unwrap()) > revision(&list));
}

/// A watch from before what is remembered ends with an error that says so.
pub(crate) async fn an_old_revision_is_gone(server: &impl Server) {
    five(server).await;
    let address = format!("{SOURCES}?watch=true&resourceVersion=1&timeoutSeconds=5");
    let read = lines(&server.client(), &address, |_| true).await;
    assert_eq!(read[0]["type"], "ERROR");
    assert_eq!(read[0]["object"]["code"], 410);
    assert_eq!(read[0]["object"]["reason"], "Expired");
}

/// A revision that is none yet is not listed.
pub(crate) async fn a_revision_to_come_is_not_served(server: &impl Server) {
    five(server).await;
    let address = format!("{SOURCES}?resourceVersion=999999999");
    assert_eq!(refused(&server.client(), &address).await, (504, "Timeout".to_owned()));
}

/// What is asked for wrongly is refused.
pub(crate) async fn wrong_parameters_are_refused(server: &impl Server) {
    five(server).await;
    let client = server.client();
    for (parameters, code) in [
        ("continue=nonsense&limit=1", 400),
        ("fieldSelector=spec.sourcePVC%3Da", 400),
        ("watch=true&resourceVersion=0&resourceVersionMatch=NotOlderThan", 422),
        ("watch=true&sendInitialEvents=true", 422),
    ]
    .into_iter()
    .filter(|(parameters, _)| server.streams() || !parameters.contains("sendInitialEvents"))
    {
        let (seen, _) = refused(&client, &format!("{SOURCES}?{parameters}")).await;
        assert_eq!(seen, code, "{parameters}");
    }
}

/// A list can be had as a watch; a bookmark marks where it is complete.
pub(crate) async fn a_streamed_list_is_marked(server: &impl Server) {
    five(server).await;
    let address = format!(
        "{SOURCES}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan\
         &allowWatchBookmarks=true&timeoutSeconds=5"
    );
    let read = lines(&server.client(), &address, |line| line["type"] == "BOOKMARK").await;
    assert_eq!(read.len(), 6, "{read:?}");
    assert!(read[..5].iter().all(|line| line["type"] == "ADDED"));
    let metadata = &read[5]["object"]["metadata"];
    assert_eq!(metadata["annotations"]["k8s.io/initial-events-end"], "true");
    assert!(metadata["resourceVersion"].as_str().is_some());
}

/// Selectors choose objects, and a watch tells of those that come to be chosen or not.
pub(crate) async fn selectors_choose(server: &impl Server) {
    five(server).await;
    let client = server.client();
    for (selector, chosen) in [
        ("labelSelector=app%3Db", vec!["b"]),
        ("labelSelector=app%20in%20(a%2Cb)", vec!["a", "b"]),
        ("labelSelector=app%21%3Da%2Capp%21%3Db", vec!["c", "d", "e"]),
        ("labelSelector=%21app", vec![]),
        ("fieldSelector=metadata.name%3Dc", vec!["c"]),
    ] {
        let list = get(&client, &format!("{SOURCES}?{selector}")).await.unwrap();
        assert_eq!(names(&list), chosen, "{selector}");
    }
    let list = get(&client, SOURCES).await.unwrap();
    let revision = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let mut other = source("b");
    other["metadata"]["labels"]["app"] = "other".into();
    server.apply(other).await;
    server.apply(source("b")).await;
    let address = format!(
        "{SOURCES}?watch=true&labelSelector=app%3Db&resourceVersion={revision}&timeoutSeconds=5"
    );
    let read = lines(&client, &address, |line| line["type"] == "ADDED").await;
    let kinds: Vec<&str> = read.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["DELETED", "ADDED"]);
}

/// A kind is unknown until it is installed, and again when it is removed.
pub(crate) async fn a_kind_comes_and_goes(server: &impl Server) {
    let client = server.client();
    let address = "/apis/argoproj.io/v1alpha1/applications";
    assert_eq!(refused(&client, address).await.0, 404);
    server.apply(crate::fake::definition("applications")).await;
    served(&client, address).await;
    let groups = get(&client, "/apis").await.unwrap();
    let groups = groups["groups"].as_array().unwrap();
    assert!(groups.iter().any(|group| group["name"] == "argoproj.io"));
    let kinds = get(&client, "/apis/argoproj.io/v1alpha1").await.unwrap();
    assert_eq!(kinds["resources"][0]["name"], "applications");
    let name = "applications.argoproj.io";
    server.delete("apiextensions.k8s.io", "customresourcedefinitions", "", name).await;
    for _ in 0..100 {
        if get(&client, address).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(refused(&client, address).await.0, 404);
}

/// The metadata can be had without the rest.
pub(crate) async fn metadata_comes_alone(server: &impl Server) {
    five(server).await;
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let request = http::Request::get(SOURCES).header("accept", accept);
    let list: Value = server.client().request(request.body(Vec::new()).unwrap()).await.unwrap();
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!(names(&list).len(), 5);
    assert_eq!(list["items"][0]["kind"], "PartialObjectMetadata");
    assert_eq!(list["items"][0]["spec"], Value::Null);
}

/// kube's own watcher sees what is there, what changes, and what goes.
pub(crate) async fn the_watcher_follows(server: &impl Server, config: watcher::Config) {
    five(server).await;
    let api: Api<DynamicObject> = Api::namespaced_with(server.client(), "default", &sources());
    let mut events = std::pin::pin!(watcher::watcher(api, config));
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let name = |object: &DynamicObject| object.metadata.name.clone().unwrap();
        match event.unwrap() {
            Event::Init => seen.push("init".to_owned()),
            Event::InitApply(object) => seen.push(format!("+{}", name(&object))),
            Event::InitDone => {
                seen.push("done".to_owned());
                let mut changed = source("c");
                changed["spec"]["trigger"]["schedule"] = "2 * * * *".into();
                server.apply(changed).await;
                server.delete("volsync.backube", "replicationsources", "default", "a").await;
            }
            Event::Apply(object) => seen.push(format!("~{}", name(&object))),
            Event::Delete(object) => {
                seen.push(format!("-{}", name(&object)));
                break;
            }
        }
    }
    assert_eq!(seen, ["init", "+a", "+b", "+c", "+d", "+e", "done", "~c", "-a"]);
}

/// Asks for pages of two.
pub(crate) fn paged() -> watcher::Config {
    watcher::Config::default().page_size(2)
}

/// Asks for the list as a watch.
pub(crate) fn streamed() -> watcher::Config {
    watcher::Config::default().streaming_lists()
}
