//! `/openapi.json`: the interface, for programs.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// The media type of the document.
const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.1";

/// The OpenAPI document; a test writes it from the pages and structs.
const DOCUMENT: &str = include_str!("../../../docs/schema/plumber-openapi.json");

/// Answers with the OpenAPI document.
pub(super) async fn get() -> impl IntoResponse {
    ([(CONTENT_TYPE, MEDIA_TYPE)], DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::super::health::Status;
    use super::super::list::{ListV1, PASSING};
    use super::super::{ChangesV1, Page, Problem, ResetV1, RevisionV1, problem, query};
    use crate::audit::document::{Document, SCHEMA_VERSION};
    use crate::testing::published;
    use schemars::SchemaGenerator;
    use serde_json::{Map, Value, json};

    /// Returns the schemas of everything that is answered; those that are named by hand differ
    /// from the structs in what a list leaves out.
    fn schemas() -> Map<String, Value> {
        let settings = schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into());
        let mut generator = SchemaGenerator::new(settings);
        generator.subschema_for::<Document>();
        generator.subschema_for::<ListV1>();
        generator.subschema_for::<Problem>();
        generator.subschema_for::<Status>();
        generator.subschema_for::<RevisionV1>();
        generator.subschema_for::<ChangesV1>();
        generator.subschema_for::<ResetV1>();
        let mut schemas = generator.take_definitions(true);
        for (name, fields, refers) in [
            ("Entry", PASSING, vec![("evidence", "EvidenceV1"), ("backup", "BackupV1")]),
            ("Entry", PASSING, vec![("restore_readiness", "RestoreReadiness")]),
            ("BackupV1", &["age_seconds"], vec![]),
            ("EvidenceV1", &["observed_at"], vec![]),
            ("FindingV1", &[], vec![("evidence", "EvidenceV1")]),
            ("RestoreReadiness", &[], vec![("findings", "FindingV1")]),
        ] {
            let known = schemas.get(&format!("Listed{name}")).unwrap_or(&schemas[name]);
            let mut schema = known.clone();
            for field in fields {
                schema["properties"].as_object_mut().unwrap().shift_remove(*field);
                schema["required"].as_array_mut().unwrap().retain(|name| name != field);
            }
            for (field, of) in refers {
                let property = &mut schema["properties"][field];
                let text = property.to_string();
                let listed = text.replace(&format!("schemas/{of}"), &format!("schemas/Listed{of}"));
                assert_ne!(text, listed, "{name}.{field}");
                *property = serde_json::from_str(&listed).unwrap();
            }
            schemas.insert(format!("Listed{name}"), schema);
        }
        let list = &mut schemas["ListV1"]["properties"];
        list["entries"]["items"] = reference("ListedEntry");
        list["findings"]["items"] = reference("ListedFindingV1");
        schemas
    }

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn content(media: &str, schema: &Value) -> Value {
        json!({media: {"schema": schema}})
    }

    /// What it is for, in one sentence.
    fn summary(page: Page) -> &'static str {
        match page {
            Page::Audit => "The whole document, as the operator serves it.",
            Page::List => "Volumes by filter, page by page.",
            Page::Volume => "One volume, with all its times.",
            Page::Events => "Server-sent events: one for each publication.",
            Page::OpenApi => "This description.",
            Page::Metrics => "Metrics, as OpenMetrics text.",
            Page::Live => "Whether the process lives.",
            Page::Health => "Whether the process lives, at the operator's address.",
            Page::Ready => "Whether everything that can be read was read once.",
            Page::Overview => "The page, for people; its filters stand in the address.",
            Page::Details => "The page of a volume, for people.",
            Page::Runbook => "The runbook, for people: what each code means, and what to do.",
            Page::Export => "The volumes of the page, to take away: volumes.csv or volumes.md.",
            Page::Asset => "A file that pages ask for.",
        }
    }

    /// Returns what a page answers well with.
    fn answers(page: Page) -> Value {
        let json = |name: &str| content("application/json", &reference(name));
        match page {
            Page::Audit => json("Document"),
            Page::List => json("ListV1"),
            Page::Volume => json("Entry"),
            Page::Live | Page::Health | Page::Ready => json("Status"),
            Page::Events => {
                let data = ["RevisionV1", "ChangesV1", "ResetV1"].map(reference);
                let mut content = content("text/event-stream", &json!({"type": "string"}));
                content["text/event-stream"]["x-event-data"] = json!({"anyOf": data});
                content
            }
            Page::Metrics => content("application/openmetrics-text", &json!({"type": "string"})),
            Page::Overview | Page::Details | Page::Runbook => {
                content("text/html", &json!({"type": "string"}))
            }
            Page::Export => {
                let text = json!({"type": "string"});
                json!({"text/csv": {"schema": text}, "text/markdown": {"schema": text}})
            }
            Page::Asset => content("*/*", &json!({"type": "string"})),
            Page::OpenApi => content(super::MEDIA_TYPE, &json!({"type": "object"})),
        }
    }

    fn parameters(page: Page) -> Vec<Value> {
        let one = |place: &str, name: &str, description: &str, schema: Value| {
            json!({
                "name": name, "in": place, "description": description,
                "required": place == "path", "schema": schema,
            })
        };
        let text = json!({"type": "string"});
        match page {
            Page::List => {
                let described = query::PARAMETERS.iter().map(|(name, description)| {
                    let number = json!({
                        "type": "integer", "minimum": 1, "maximum": query::MAX_LIMIT,
                        "default": query::LIMIT,
                    });
                    let schema = if *name == "limit" { number } else { text.clone() };
                    one("query", name, description, schema)
                });
                let header = "If-None-Match";
                let known = one("header", header, "The tag of a page that is known.", text.clone());
                described.chain([known]).collect()
            }
            Page::Volume | Page::Details => ["namespace", "pvc"]
                .map(|name| one("path", name, "As in Kubernetes.", text.clone()))
                .into(),
            Page::Export | Page::Asset => {
                vec![one("path", "file", "The name of the file.", text)]
            }
            Page::Events => {
                let about = "The id of the last event that was got.";
                vec![one("header", "Last-Event-ID", about, text)]
            }
            Page::Audit
            | Page::OpenApi
            | Page::Metrics
            | Page::Live
            | Page::Health
            | Page::Ready
            | Page::Overview
            | Page::Runbook => Vec::new(),
        }
    }

    fn described(page: Page) -> Value {
        let problem = json!({
            "description": "Why not, and what to do.",
            "content": content(problem::MEDIA_TYPE, &reference("Problem")),
        });
        let mut responses = json!({
            "200": {"description": summary(page), "content": answers(page)},
        });
        if page == Page::List {
            responses["304"] = json!({"description": "Nothing has happened since."});
        }
        if page == Page::Ready {
            let content = answers(page);
            responses["503"] = json!({"description": "What it waits for.", "content": content});
        }
        responses["default"] = problem;
        let operation = json!({
            "operationId": format!("{page:?}").to_lowercase(),
            "summary": summary(page),
            "parameters": parameters(page),
            "responses": responses,
        });
        json!({ "get": operation })
    }

    #[test]
    fn the_published_description_is_the_code() {
        let paths: Map<String, Value> =
            Page::ALL.iter().map(|page| (page.path().to_owned(), described(*page))).collect();
        let document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "plumber audit",
                "version": SCHEMA_VERSION,
                "description": "Would it come back? Everything is read; nothing can be changed.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "paths": paths,
            "components": {"schemas": schemas()},
        });
        let text = format!("{}\n", serde_json::to_string_pretty(&document).unwrap());
        published("docs/schema/plumber-openapi.json", &text);
    }
}
