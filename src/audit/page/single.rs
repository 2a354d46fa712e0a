//! The report as one file that needs nothing beside it, for `audit once`.

use super::asset::STYLE;
use super::facts::PageInput;
use super::layout::{self, Place, name};
use super::overview;
use super::query::Query;
use super::select::{Shown, select};
use super::words::row_mark;
use super::{sheet, status, table, volume};
use crate::api::name::sha256;
use crate::audit::document::Rated;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Writes the whole report as one file: every volume, no script, the style sheet in it, and a policy
/// that lets nothing else in.
pub fn file(input: &PageInput<'_>) -> String {
    let query = Query::default();
    let place = Place::File;
    let volumes = select(input.document, &query);
    let total = volumes.len();
    let shown = Shown { volumes, total, page: 1, pages: 1 };
    let hash = STANDARD.encode(sha256(STYLE));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (overview::title(input, &query)) " – plumber audit" }
                // The text is the project's own, and holds no markup.
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the answer" }
                header { (layout::facts(input, &query, place)) }
                main #main tabindex="-1" {
                    (status::banner(input))
                    (overview::number(input, &query, place))
                    (overview::findings(input.document))
                    @if total > 0 {
                        section aria-labelledby="volumes" {
                            h2 #volumes { "Volumes" }
                            (table::list(input, &shown, &query, place))
                        }
                        section aria-labelledby="each" {
                            h2 #each { "Each volume" }
                            @for rated in &shown.volumes {
                                (one(input, rated, &query, place))
                            }
                        }
                    }
                    (status::sources(input))
                    (sheet::signatures())
                }
                (layout::foot(place))
            }
        }
    };
    page.into_string()
}

fn one(input: &PageInput<'_>, rated: &Rated, query: &Query, place: Place) -> Markup {
    let entry = &rated.entry();
    html! {
        details.volume {
            summary { (row_mark(entry, query.scenario)) " " (name(entry)) }
            // A link to what is in closed details opens them; to the details themselves not.
            div id={ "v/" (entry.namespace) "/" (entry.pvc) } {
                (volume::body(input, entry, &rated.past, place, 3))
            }
        }
    }
}
