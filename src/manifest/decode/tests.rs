//! Documents as Argo CD reads them, and what is refused.

use super::decode;
use serde_json::json;

fn json(text: &str) -> serde_json::Value {
    decode(&"in".into(), 1, text).unwrap().node.unwrap().to_json()
}

fn refusal(text: &str) -> String {
    let d = decode(&"in".into(), 1, text).unwrap_err();
    format!("{} {}: {}", d.code.id(), d.location.unwrap(), d.message)
}

#[test]
fn documents_are_read_as_argo_cd_reads_them() {
    assert_eq!(json("a: &x {b: yes}\nc: *x\n"), json!({"a": {"b": true}, "c": {"b": true}}));
    assert_eq!(json("? a\n: - 1\n  - 0x10\n"), json!({"a": [1, 16]}));
    assert_eq!(json("1: a\ntrue: b\n"), json!({"1": "a", "true": "b"}));
    assert_eq!(json("a: 1\nb: 2\na: 3\n"), json!({"b": 2, "a": 3}));
    assert_eq!(json("a: |\n  x"), json!({"a": "x"}));
    assert_eq!(json("a: |\n  ---\n  x\n"), json!({"a": "---\nx\n"}));
    assert!(decode(&"in".into(), 1, "---\n# nothing\n").unwrap().node.is_none_or(|n| n.is_null()));
}

#[test]
fn merge_keys_take_what_is_not_there() {
    let base = "x: &x {a: 1, b: 2}\n";
    let z = |rest: &str| json(&format!("{base}{rest}"))["z"].clone();
    assert_eq!(z("z:\n  <<: *x\n  a: 5\n"), json!({"a": 5, "b": 2}));
    assert_eq!(z("z:\n  <<: [*x, {c: 3}]\n"), json!({"a": 1, "b": 2, "c": 3}));
    assert_eq!(z("z:\n  a: 1\n  <<: *x\n"), json!({"a": 1, "b": 2}));
    assert_eq!(z("z:\n  \"<<\": 1\n"), json!({"<<": 1}));
}

#[test]
fn what_readers_disagree_on_is_refused_with_its_place() {
    insta::assert_snapshot!(
        [
            "a: 1\n...\nb: 2\n",
            "x: &x {a: 1}\ny: {a: 2, <<: *x}\n",
            "a: 1 # \u{2028}kind: x\n",
            "{{ .Values }}: x\n",
            "a: &x [*x]\n",
            "a: *nobody\n",
            "a: \"open\n",
            "a:\n\t- b\n",
            "a: .inf\n",
            "a: !!int x\n",
        ]
        .map(refusal)
        .join("\n"),
    @r#"
    content-after-document-end in:3:1: a second document starts here without a `---` line; Argo CD drops it
    ambiguous-merge in:2:15: `a` stands before the merge key `<<` with another value than in it; Argo CD and kustomize keep different ones
    ambiguous-line-break in:1:8: the character U+2028, which YAML readers take for different things
    invalid-document in:1:2: the key is a mapping, which Kubernetes does not read
    invalid-document in:1:8: the alias stands inside what it stands for
    invalid-document in:1:4: not valid YAML: while parsing node, found unknown anchor
    invalid-document in:1:4: not valid YAML: unclosed quote
    invalid-document in:2:2: not valid YAML: tabs disallowed within this context (block indentation)
    invalid-document in:1:4: `.inf` has no form in JSON, which Kubernetes reads
    invalid-document in:1:10: `x` is not a value of the tag !!int
    "#
    );
}

#[test]
fn bombs_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..8 {
        let many = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb = format!("{bomb}a{n}: &a{n} [{many}]\n");
    }
    assert!(refusal(&bomb).starts_with("limit-exceeded"));
    assert!(refusal(&"[".repeat(100_000)).contains(" in:1:"));
    let mut deep = String::from("a0: &a0 [x]\n");
    for n in 1..300 {
        deep = format!("{deep}a{n}: &a{n} [*a{}]\n", n - 1);
    }
    assert!(refusal(&deep).starts_with("limit-exceeded"));
}
