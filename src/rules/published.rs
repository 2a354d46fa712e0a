//! The documentation of the rules, held to the code.

use super::{rule, rules};
use crate::diagnostic::Code;
use crate::testing::published;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const HEAD: &str = include_str!("head.md");

#[test]
fn every_code_has_one_rule() {
    let of_rules: BTreeSet<Code> = rules().map(|rule| rule.code).collect();
    assert_eq!(of_rules.len(), rules().count(), "a code stands in two families");
    let of_plan: BTreeSet<Code> = super::decided::RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(of_plan.len(), super::decided::RULES.len());
    assert!(of_rules.is_disjoint(&of_plan));
    let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    assert_eq!(of_rules.union(&of_plan).copied().collect::<BTreeSet<_>>(), all);
}

#[test]
fn the_documentation_is_the_rules() {
    let mut text = HEAD.to_owned();
    text.push_str("\n| rule | severity | meaning |\n| --- | --- | --- |\n");
    let all = || rules().map(|rule| rule.code).chain(super::decided::RULES.iter().map(|r| r.code));
    for code in all() {
        let (id, severity) = (code.id(), code.severity().id());
        writeln!(text, "| [`{id}`](#{id}) | {severity} | {} |", code.summary()).unwrap();
    }
    for code in all() {
        let rule = rule(code).unwrap();
        let (id, severity) = (code.id(), code.severity().id());
        writeln!(
            text,
            "\n## {id}\n\n*{severity}.* {}\n\n**Why it matters.** {}\n\n**Fix.** {}",
            code.summary(),
            rule.why,
            rule.fix
        )
        .unwrap();
    }
    published("docs/rules.md", &text);
}
