//! `/openapi.json`: what it says is what is answered.

use crate::support::{Served, report, serve, starting, state};
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn description(served: &Served) -> Value {
    let answer = served.get("/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

fn assert_valid(description: &Value, schema: &Value, instance: &Value) {
    let mut schema = schema.clone();
    schema["components"] = description["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(instance).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fills the placeholders of an address with a volume that is there.
fn filled(path: &str) -> String {
    let path = path.replace("{namespace}", "media").replace("{pvc}", "films");
    let file = if path.starts_with("/export") { "volumes.csv" } else { "style.css" };
    path.replace("{file}", file)
}

#[tokio::test]
async fn every_page_answers_as_it_is_described() {
    let served = serve(state(1, report("several-volumes")));
    let description = description(&served).await;
    let paths = description["paths"].as_object().unwrap();
    let mut checked = 0;
    for (path, page) in paths {
        let request = axum::http::Request::get(filled(path));
        let response = served.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let media = response.headers()["content-type"].to_str().unwrap().to_owned();
        let content = page["get"]["responses"]["200"]["content"].as_object().unwrap();
        let (described, schema) = content.iter().next().unwrap();
        let fits = described == "*/*" || media.starts_with(described);
        assert!(fits, "{path}: {media}");
        if described == "application/json" {
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let instance = serde_json::from_slice(&body).unwrap();
            assert_valid(&description, &schema["schema"], &instance);
            checked += 1;
        }
    }
    assert_eq!((paths.len(), checked), (14, 6));
}

#[tokio::test]
async fn every_parameter_is_known_and_no_other() {
    let served = serve(state(1, report("several-volumes")));
    let description = description(&served).await;
    let parameters = description["paths"]["/api/v1/audit"]["get"]["parameters"].clone();
    let parameters = parameters.as_array().unwrap().iter();
    let query = parameters.filter(|parameter| parameter["in"] == "query");
    let mut names = Vec::new();
    for parameter in query {
        let name = parameter["name"].as_str().unwrap();
        let answer = served.get(&format!("/api/v1/audit?{name}=")).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        names.push(name);
    }
    assert_eq!(names, ["namespace", "verdict", "severity", "app", "q", "limit", "continue"]);
}

#[tokio::test]
async fn problems_are_as_they_are_described() {
    let served = serve(starting());
    let description = description(&served).await;
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    for path in ["/audit", "/api/v1/audit?x=1", "/api/v1/audit/a/b", "/nowhere"] {
        let answer = served.get(path).await;
        assert!(!answer.status.is_success(), "{path}");
        assert_valid(&description, &schema, &answer.json());
        assert_eq!(answer.json()["status"], answer.status.as_u16());
    }
}
