//! Which kinds there are: `/version`, `/api`, `/apis` and what is below, plain and aggregated.

use super::request::Address;
use super::resource::Resource;
use super::respond::{answer, no_page};
use super::store::Store;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Answers what is asked about the API itself.
pub(crate) fn discover(address: &Address, store: &Store, headers: &HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let aggregated = accept.is_some_and(|accept| accept.contains(AGGREGATED));
    let groups = groups(store);
    match address {
        Address::Version => answer(
            200,
            &json!({
                "major": "1", "minor": "33", "gitVersion": "v1.33.0", "gitCommit": "0",
                "gitTreeState": "clean", "buildDate": "2025-04-23T13:43:15Z",
                "goVersion": "go1.24.2", "compiler": "gc", "platform": "linux/amd64",
            }),
        ),
        Address::Health => Response::new(Body::from("ok")),
        Address::Core if aggregated => all(&groups, str::is_empty),
        Address::Groups if aggregated => all(&groups, |group| !group.is_empty()),
        Address::Core => answer(
            200,
            &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        ),
        Address::Groups => {
            let named = groups.iter().filter(|(group, _)| !group.is_empty());
            let groups: Vec<Value> = named.map(|(group, kinds)| describe(group, kinds)).collect();
            answer(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        Address::Group(name) => match groups.get(name.as_str()) {
            Some(kinds) => {
                let mut group = describe(name, kinds);
                group["kind"] = "APIGroup".into();
                group["apiVersion"] = "v1".into();
                answer(200, &group)
            }
            None => no_page(),
        },
        Address::Kinds { group, version } => {
            let kinds = groups.get(group.as_str()).into_iter().flatten();
            let kinds: Vec<&Resource> = kinds.copied().filter(|k| k.version == *version).collect();
            let Some(first) = kinds.first() else { return no_page() };
            let resources: Vec<Value> = kinds.iter().map(|kind| kind.discovery()).collect();
            answer(
                200,
                &json!({
                    "kind": "APIResourceList", "apiVersion": "v1",
                    "groupVersion": first.api_version(), "resources": resources,
                }),
            )
        }
        Address::Objects(_) | Address::Unknown => no_page(),
    }
}

fn groups(store: &Store) -> BTreeMap<&str, Vec<&Resource>> {
    let mut groups: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for storage in store.storages() {
        groups.entry(&storage.resource.group).or_default().push(&storage.resource);
    }
    groups
}

fn describe(group: &str, kinds: &[&Resource]) -> Value {
    let version = &kinds[0].version;
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

fn all(groups: &BTreeMap<&str, Vec<&Resource>>, wanted: fn(&str) -> bool) -> Response {
    let wanted = groups.iter().filter(|(group, _)| wanted(group));
    let items: Vec<Value> = wanted
        .map(|(group, kinds)| {
            let resources: Vec<Value> = kinds.iter().map(|kind| kind.aggregated()).collect();
            json!({
                "metadata": {"name": group, "creationTimestamp": null},
                "versions": [{
                    "version": kinds[0].version, "resources": resources, "freshness": "Current",
                }],
            })
        })
        .collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": items,
    });
    let mut response = answer(200, &list);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
    response
}
