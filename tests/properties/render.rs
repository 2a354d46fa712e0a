//! Inputs through the library, as `plumber render` does it.

use super::streams::Inputs;
use plumber::api::mode::Mode;
use plumber::config::{Config, Flags, Layer, Trust, parse_file, resolve};
use plumber::diagnostic::{Code, Diagnostic};
use plumber::edit::Edit;
use plumber::manifest::{
    Framing, Limits, Secrets, Source, Stream, apply, read, read_with, text_of,
};
use plumber::plan::{Plan, plan};
use proptest::test_runner::Config as Runner;

/// The namespace of manifests that state none.
pub(super) const DEFAULT_NAMESPACE: &str = "apps";

/// How many cases a property runs, unless `PROPTEST_CASES` says it.
pub(super) fn cases(default: u32) -> Runner {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    Runner {
        cases: cases.unwrap_or(default),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Runner::default()
    }
}

fn flags() -> Flags {
    Flags {
        app: None,
        namespace: Some(DEFAULT_NAMESPACE.into()),
        managed_namespaces: vec!["apps".into(), "web".into()],
    }
}

pub(super) fn config(mode: Mode) -> Config {
    Config { mode, ..resolve(&[], &flags()).unwrap().config }
}

/// A `plumber.yaml` without its first two lines, in permissive mode; nothing if it is refused.
pub(super) fn config_of(text: &str) -> Option<Config> {
    let name = "plumber.yaml".into();
    let text = format!("apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n{text}");
    let layer = Layer::file(&name, Trust::Trusted, parse_file(&name, &text).unwrap());
    let resolved = resolve(&[layer], &flags()).ok()?;
    Some(Config { mode: Mode::Permissive, ..resolved.config })
}

pub(super) fn sources(texts: &[String]) -> Vec<Source> {
    texts
        .iter()
        .enumerate()
        .map(|(n, text)| Source {
            name: format!("{n}.yaml").into(),
            text: text.clone(),
            framing: Framing::Stream,
        })
        .collect()
}

/// A stream that was rendered in permissive mode: volumes in trouble are left out, so that most
/// streams have an output to look at.
pub(super) struct Rendered {
    pub(super) stream: Stream,
    pub(super) plan: Plan,
    pub(super) edits: Vec<Edit>,
    /// What leaves; nothing if the stream is refused.
    pub(super) output: Option<String>,
    /// Why it is refused, and what else was said on documents.
    pub(super) said: Vec<Diagnostic>,
}

impl Rendered {
    pub(super) fn says(&self, code: Code) -> bool {
        self.said.iter().any(|found| found.code == code)
    }
}

pub(super) fn render(inputs: &Inputs) -> Rendered {
    render_with(inputs, &config(Mode::Permissive))
}

pub(super) fn render_with(inputs: &Inputs, config: &Config) -> Rendered {
    let secrets = if config.renders_secrets() { Secrets::Read } else { Secrets::PassedOver };
    let mut reading = read_with(sources(&inputs.texts), Limits::default(), secrets);
    let plan = plan(&mut reading, config);
    let edits: Vec<Edit> = plan.edits().into_iter().cloned().collect();
    let mut said = plan.diagnostics.clone();
    let mut output = None;
    if !plan.fails() {
        match apply(&reading.stream, &plan.edits()) {
            Ok(applied) => {
                said.extend(applied.diagnostics);
                output = Some(applied.pieces.concat());
            }
            Err(refusals) => said.extend(refusals),
        }
    }
    Rendered { stream: reading.stream, plan, edits, output, said }
}

/// Takes bytes all the way, for their own sake.
pub(super) fn survive(bytes: Vec<u8>, mode: Mode) {
    let name = "bytes".into();
    let Ok(text) = text_of(&name, bytes) else { return };
    let source = Source { name, text: text.text, framing: Framing::Stream };
    let mut reading = read(vec![source], Limits::default());
    let plan = plan(&mut reading, &config(mode));
    if plan.is_broken() {
        let located = plan.diagnostics.iter().all(|found| found.location.is_some());
        assert!(located, "{:?}", plan.diagnostics);
    } else {
        drop(apply(&reading.stream, &plan.edits()));
    }
}
