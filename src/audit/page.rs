//! What a person looks at: the document as HTML, and as files to take away.
//!
//! Pure functions of what is known and of the address that was asked for: all choices live in the
//! address, so a copied one shows the same. The pages work without the script; with it they keep
//! themselves fresh. Nothing is loaded from elsewhere, and no style or script stands in a page.

mod asset;
mod chain;
mod export;
mod facts;
mod layout;
mod moments;
mod overview;
mod query;
mod runbook;
mod select;
mod sheet;
mod single;
mod status;
mod table;
mod volume;
mod words;

pub use asset::{Asset, CONTENT_SECURITY_POLICY, assets};
pub use export::{csv, markdown};
pub use facts::{Change, Condition, Daemon, Health, PageInput, Source, Watch};
pub use query::{PAGE_SIZE, Query, Sort, View};
pub use single::file;

use layout::Place;

/// Writes the page at `/`: the overview, or the sheet to sign.
pub fn page(input: &PageInput<'_>, query: &Query) -> String {
    let body = match (query.view, input.condition()) {
        (_, Condition::Starting) => status::starting(input),
        (View::List, _) => overview::overview(input, query, Place::Root),
        (View::Sheet, _) => sheet::sheet(input, query),
    };
    let title = overview::title(input, query);
    layout::page(input, query, Place::Root, &title, &body).into_string()
}

/// Writes the page at `/volumes/{namespace}/{pvc}`; none if there is no such volume, which
/// [`missing`] says to a person.
pub fn volume(input: &PageInput<'_>, namespace: &str, pvc: &str, query: &Query) -> Option<String> {
    let place = Place::Volume;
    let title = format!("{namespace}/{pvc}");
    if input.condition() == Condition::Starting {
        let body = status::starting(input);
        return Some(layout::page(input, query, place, &title, &body).into_string());
    }
    let rated = input.document.find(namespace, pvc)?;
    let body = volume::page(input, rated, query, place);
    Some(layout::page(input, query, place, &title, &body).into_string())
}

/// Writes the page of a volume that neither Git nor the cluster has.
pub fn missing(input: &PageInput<'_>, namespace: &str, pvc: &str, query: &Query) -> String {
    let place = Place::Volume;
    let body = status::missing(namespace, pvc, query, place);
    layout::page(input, query, place, "no such volume", &body).into_string()
}

/// Writes the page at `/runbook`.
pub fn runbook(input: &PageInput<'_>, query: &Query) -> String {
    let body = runbook::page(query, Place::Root);
    layout::page(input, query, Place::Root, "runbook", &body).into_string()
}
