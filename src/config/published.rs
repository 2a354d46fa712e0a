//! The published schema and the documentation, held to the code.

use super::keys::{COMPOSITE, KEYS};
use super::raw::RawConfig;
use super::tests::{render, resolved};
use super::{Flags, Layer, SCHEMA, Trust, environment, parse_file, resolve, show};
use crate::api::fields::{FIELDS, position};
use crate::api::mover::{Mover, Side};
use serde_json::Value;
use std::collections::BTreeSet;

const DOCUMENTATION: &str = include_str!("../../docs/configuration.md");

/// The schema of what people write: a key that is there has a value.
fn generated() -> Value {
    let settings = schemars::generate::SchemaSettings::draft07().with(|s| {
        s.inline_subschemas = true;
    });
    let schema = settings.into_generator().into_root_schema_for::<RawConfig>();
    let mut schema = serde_json::to_value(schema).unwrap();
    publish(&mut schema);
    for (list, keys) in
        [("classes", &["base", "restore"][..]), ("profiles", &["restore"]), ("targets", &["base"])]
    {
        let path = format!("/properties/{list}/additionalProperties/properties");
        let properties = schema.pointer_mut(&path).unwrap().as_object_mut().unwrap();
        for key in keys {
            properties.shift_remove(*key).unwrap();
        }
    }
    schema["definitions"] = super::schema::definitions();
    schema
}

/// Takes away what tells optional fields and Rust's integers from others.
fn publish(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    map.insert("type".to_owned(), one);
                }
            }
            if let Some(Value::Array(branches)) = map.shift_remove("anyOf") {
                let branch = branches.into_iter().find(|b| b["type"] != "null").unwrap();
                let Value::Object(branch) = branch else { panic!("{branch}") };
                for (key, value) in branch {
                    map.entry(key).or_insert(value);
                }
            }
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace('\n', " ").replace('`', "");
            }
            map.shift_remove("format");
            map.values_mut().for_each(publish);
        }
        Value::Array(items) => items.iter_mut().for_each(publish),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 writes the published schema")]
fn the_published_schema_is_the_generated_one() {
    let text = format!("{}\n", serde_json::to_string_pretty(&generated()).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/plumber-config.schema.json");
        std::fs::write(path, text).unwrap();
    } else {
        assert_eq!(SCHEMA, text, "write it with UPDATE=1 cargo test --lib config");
    }
}

/// Walks the properties of a schema to those that have none.
fn leaves(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    let referred = schema["$ref"].as_str().and_then(|at| root.pointer(&at[1..]));
    let schema = referred.unwrap_or(schema);
    let is_field =
        path.strip_prefix("defaults.").and_then(|rest| position(rest.split('.').next()?));
    let is_documented_apart =
        is_field.is_some() && KEYS.iter().all(|key| !key.path.starts_with(path));
    match schema["properties"].as_object() {
        _ if is_documented_apart && !COMPOSITE.contains(&path) => {}
        Some(properties) if !COMPOSITE.contains(&path) => {
            for (key, value) in properties {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(root, value, &format!("{path}{dot}{key}"), found);
            }
        }
        Some(_) | None => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn the_key_table_is_the_schema() {
    let mut found = BTreeSet::new();
    let root = generated();
    leaves(&root, &root, "", &mut found);
    let table = KEYS.iter().map(|key| key.path).chain(COMPOSITE.iter().copied());
    let table: BTreeSet<_> =
        table.chain(["apiVersion", "kind"]).map(std::borrow::ToOwned::to_owned).collect();
    assert_eq!(table, found);
}

#[test]
fn the_schema_takes_what_is_right_and_refuses_what_is_wrong() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let schema = jsonschema::draft7::new(&schema).unwrap();
    let problems = |text: &str| {
        let json = parse_file(&"in".into(), text).unwrap().to_json();
        schema.iter_errors(&json).map(|error| error.to_string()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(problems(&show(&resolved(&[]))), "");
    assert_eq!(problems(&example()), "");
    let header = "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n";
    for body in [
        "tierz: {}",
        "mode: strct",
        "repository: 5",
        "repository: My",
        "defaults: {copyMethod: None}",
        "defaults: {cacheCapacity: 2GB}",
        "defaults: {parallelism: 0}",
        "defaults: {retain: {dayly: 1}}",
        "defaults: {moverSecurityContext: {fsGroup: 2147483648}}",
        "tiers: {manual: {schedule: 0 3 * * *}}",
        "tiers: {Nightly: {schedule: 0 3 * * *}}",
        "tiers: {nightly: {}}",
        "tiers: {nightly: {schedule: 0 3 * *}}",
        "tiers: {nightly: {schedule: 0 3 * * *, retain: {}}}",
        "namespaces: {managed: [Media]}",
        "restore: {inject: \"true\"}",
        "defaults: {mover: rclone}",
        "defaults: {source: {enableFileDeletion: true}}",
        "defaults: {identity: {username: a}}",
        "profiles: {a: {restore: true}}",
        "classes: {a: {base: b}}",
        "targets: {a: {names: {sauce: b}}}",
        "volumes: [{enabled: yes please}]",
        "limits: {streamSize: 0}",
        "limits: {streamSize: 1.5Gi}",
    ] {
        assert_ne!(problems(&format!("{header}{body}\n")), "", "{body}");
    }
}

/// The complete example of the documentation.
fn example() -> String {
    let block = DOCUMENTATION.split("```yaml\n").find(|block| block.starts_with("apiVersion: pvc"));
    block.and_then(|block| block.split("```").next()).unwrap().to_owned()
}

#[test]
fn the_documented_example_is_valid_and_complete() {
    let name = "docs".into();
    let tree = parse_file(&name, &example()).unwrap();
    for path in KEYS.iter().map(|key| key.path).chain(COMPOSITE.iter().copied()) {
        let parts: Vec<&str> = path.split('.').collect();
        assert!(tree.at(&parts).is_some(), "{path} is not in the example");
    }
    let layer = Layer::file(&name, Trust::Trusted, tree);
    let found = resolve(&[layer], &Flags::default()).map_err(|found| render(&found)).unwrap();
    assert_eq!(render(&found.diagnostics), "");
}

#[test]
fn every_documented_part_is_valid() {
    let parts = DOCUMENTATION.split("```yaml\n").skip(2);
    let parts: Vec<&str> = parts.filter_map(|part| part.split("```").next()).collect();
    assert!(parts.len() >= 5, "{}", parts.len());
    for part in parts {
        // A manifest is no configuration, and a whole file brings its own first lines.
        let part = part.strip_prefix(super::tests::HEADER).unwrap_or(part);
        if part.contains("kind: PersistentVolumeClaim") {
            continue;
        }
        // What a part refers to stands elsewhere.
        let known = ["profiles:", "  database: {cacheCapacity: 1Gi}\n"].join("\n");
        let refers = part.contains("profile: database") && !part.contains("profiles:");
        let rest = if refers { known } else { String::new() };
        let layer = super::tests::file("docs", Trust::Trusted, &format!("{part}{rest}"));
        let found = resolve(&[layer], &Flags::default());
        assert!(found.is_ok(), "{part}\n{}", render(&found.unwrap_err()));
    }
}

#[test]
fn every_variable_does_what_its_key_does() {
    let name = "docs".into();
    let tree = parse_file(&name, &example()).unwrap();
    let set = KEYS.iter().map(|key| {
        let parts: Vec<&str> = key.path.split('.').collect();
        let node = tree.at(&parts).unwrap();
        let value = node.as_str().map_or_else(|| node.to_json().to_string(), str::to_owned);
        (key.variable(), value)
    });
    let variables = resolved(&[environment(set).unwrap().unwrap()]);
    for key in KEYS {
        assert_eq!(variables.origin(key.path), format!("environment {}", key.variable()));
    }
    let mut config = variables.config;
    let file = resolved(&[Layer::file(&name, Trust::Trusted, tree)]).config;
    config.defaults.overlay(file.defaults.clone());
    config.app.clone_from(&file.app);
    config.classes.clone_from(&file.classes);
    config.profiles.clone_from(&file.profiles);
    config.targets.clone_from(&file.targets);
    config.volumes.clone_from(&file.volumes);
    config.tiers.clone_from(&file.tiers);
    config.namespaces.clone_from(&file.namespaces);
    config.allow.clone_from(&file.allow);
    config.apps.clone_from(&file.apps);
    assert_eq!(config, file);
}

#[test]
fn the_documented_table_is_the_key_table() {
    let (keys, _) = DOCUMENTATION.split_once("## Every field of the movers").unwrap();
    let (_, keys) = keys.split_once("## Every key").unwrap();
    let rows = keys.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeSet<(String, String)> = rows
        .filter_map(|row| {
            let mut cells = row.split(" | ");
            let key = cells.next()?.strip_suffix('`')?;
            let variable = cells.nth(1)?.trim_matches('`');
            Some((key.to_owned(), variable.to_owned()))
        })
        .collect();
    let scalar = KEYS.iter().map(|key| (key.path.to_owned(), key.variable()));
    let composite = COMPOSITE.iter().map(|path| ((*path).to_owned(), "–".to_owned()));
    assert_eq!(documented, scalar.chain(composite).collect());
}

/// The table of the fields of the movers.
#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 writes the published table")]
fn every_field_is_documented() {
    let (start, end) =
        ("<!-- fields: written by UPDATE=1 cargo test -->\n", "<!-- end of fields -->");
    let mut table = String::from("\n| field | of | what for |\n| --- | --- | --- |\n");
    for field in FIELDS {
        let of = Mover::ALL.iter().map(|mover| {
            let sides = Side::ALL.iter().filter(|side| field.is_of(*mover, **side));
            let sides: Vec<&str> =
                sides.map(|s| if *s == Side::Source { "RS" } else { "RD" }).collect();
            (mover.id().chars().next().unwrap(), sides.join(" "))
        });
        let of: Vec<String> = of
            .filter(|(_, sides)| !sides.is_empty())
            .map(|(mover, sides)| format!("{mover}: {sides}"))
            .collect();
        table = format!("{table}| `{}` | {} | {} |\n", field.name, of.join(", "), field.doc);
    }
    table.push('\n');
    let (before, rest) = DOCUMENTATION.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let text = format!("{before}{start}{table}{end}{after}");
    if std::env::var_os("UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
        std::fs::write(path, text).unwrap();
    } else {
        assert_eq!(DOCUMENTATION, text, "write it with UPDATE=1 cargo test --lib config");
    }
}

#[test]
fn the_documented_defaults_are_the_built_in_ones() {
    let defaults = show(&resolved(&[]));
    for key in KEYS {
        let row =
            DOCUMENTATION.lines().find(|line| line.starts_with(&format!("| `{}` |", key.path)));
        let documented = row.and_then(|row| row.split(" | ").nth(1)).unwrap().trim_matches('`');
        let last = key.path.rsplit('.').next().unwrap();
        let shown = format!("{last}: {documented}  # built-in default");
        let unset = format!("# {last}: (not set)");
        let expected = if documented == "–" { unset } else { shown };
        let parents_unset = "# moverSecurityContext: (not set)";
        let mover = key.path.contains("moverSecurityContext") && defaults.contains(parents_unset);
        // What nobody has to set is not shown.
        let mover = mover || documented == "–" && !defaults.contains(&format!("{last}: "));
        assert!(defaults.contains(&expected) || mover, "{}: {expected}", key.path);
    }
}
