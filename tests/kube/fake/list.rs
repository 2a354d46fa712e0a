//! Lists: whole or in pages, at the revision asked for.

use super::request::{Objects, Parameters, Selection, View, text};
use super::respond::{item, list as write, refuse, status, too_large};
use super::store::{Key, Storage, Store};
use axum::body::Bytes;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::ops::Bound;

/// Where a list goes on, and the revision it shows; none for whatever is there by then.
struct Continue {
    revision: Option<u64>,
    after: Key,
}

impl Continue {
    fn read(token: &str) -> Option<Self> {
        let json: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (namespace, name) = json["start"].as_str()?.split_once('/')?;
        let revision = u64::try_from(json["rv"].as_i64()?).ok();
        Some(Self { revision, after: (namespace.to_owned(), name.to_owned()) })
    }

    fn write(&self) -> String {
        let revision = self.revision.map_or(-1, |revision| i64::try_from(revision).unwrap());
        let start = format!("{}/{}", self.after.0, self.after.1);
        let json = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": start});
        URL_SAFE_NO_PAD.encode(json.to_string())
    }
}

/// Lists objects.
///
/// # Errors
/// Gives the refusal.
pub(crate) fn list(
    store: &Store,
    storage: &Storage,
    objects: &Objects,
    parameters: &Parameters,
    view: View,
) -> Result<Bytes, Box<Response>> {
    let bad = |message: &str| Box::new(refuse(400, "BadRequest", message));
    let selection = Selection::of(objects, parameters).map_err(|why| bad(&why))?;
    let number = |name: &str| match text(parameters, name) {
        None => Ok(None),
        Some(value) => {
            value.parse::<u64>().map(Some).map_err(|_e| bad(&format!("invalid {name}: {value}")))
        }
    };
    let asked = number("resourceVersion")?;
    let limit = number("limit")?.filter(|limit| *limit > 0);
    let matching = text(parameters, "resourceVersionMatch");
    let goes_on = match text(parameters, "continue") {
        Some(_) if asked.is_some_and(|asked| asked > 0) => {
            return Err(bad("specifying resource version is not allowed when using continue"));
        }
        Some(token) => Some(Continue::read(token).ok_or_else(|| bad("continue key is not valid"))?),
        None => None,
    };
    if matching.is_some() && (asked.is_none() || (matching == Some("Exact") && asked == Some(0))) {
        return Err(bad("resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    if let Some(asked) = asked.filter(|asked| *asked > store.revision) {
        return Err(Box::new(too_large(asked, store.revision)));
    }
    // What is served from the watch cache comes whole.
    let limit = limit.filter(|_| goes_on.is_some() || asked != Some(0));
    let exact = matching == Some("Exact") || (matching.is_none() && limit.is_some());
    let revision = match (&goes_on, asked) {
        (Some(goes_on), _) => goes_on.revision.unwrap_or(store.revision),
        (None, Some(asked)) if exact && asked > 0 => asked,
        (None, _) => store.revision,
    };
    if revision < storage.compacted {
        return Err(Box::new(expired(goes_on)));
    }
    let start = goes_on.map(|goes_on| goes_on.after);
    let first = selection.start();
    let from = match &start {
        Some(after) => Bound::Excluded(after),
        None => Bound::Included(&first),
    };
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut items = Vec::new();
    let mut more = None;
    let mut last: Option<&Key> = None;
    let wanted = storage
        .at(revision, from)
        .take_while(|object| !selection.is_past(object))
        .filter(|object| selection.takes(object));
    for object in wanted {
        if items.len() == limit {
            more = last.cloned();
            break;
        }
        items.push(item(view, object));
        last = Some(&object.key);
    }
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    if let Some(after) = more {
        metadata["continue"] = Continue { revision: Some(revision), after }.write().into();
    }
    Ok(write(view, &storage.resource, &metadata, &items))
}

/// Says that a revision can be listed no more; of a list that was begun, how to go on without it.
fn expired(goes_on: Option<Continue>) -> Response {
    let Some(goes_on) = goes_on else {
        let message = "The resourceVersion for the provided list is too old.";
        return refuse(410, "Expired", message);
    };
    let mut body = status(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can \
         start a new list without the continue parameter, or use the continue token in this \
         response to retrieve the remainder of the results. Continuing with the provided token \
         results in an inconsistent list - objects that were created, modified, or deleted \
         between the time the first chunk was returned and now may show up in the list.",
    );
    body["metadata"]["continue"] = Continue { revision: None, ..goes_on }.write().into();
    super::respond::answer(410, &body)
}
