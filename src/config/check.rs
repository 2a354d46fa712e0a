//! What a check lets pass, and which applications a repository has.

use super::apply::Keys;
use super::raw::{RawAllow, RawApp};
use super::rules;
use crate::diagnostic::Code;
use crate::settings::Wrong;
use globset::{Glob, GlobBuilder, GlobMatcher};
use std::sync::OnceLock;

/// A finding that is allowed.
#[derive(Debug, Clone)]
pub struct Allow {
    /// Its code.
    pub code: Code,
    /// Why.
    pub reason: String,
    namespace: Option<Pattern>,
    name: Option<Pattern>,
}

/// A glob that is made ready when something is first compared with it: every application of a
/// repository has its own, and most are never asked.
#[derive(Debug, Clone)]
struct Pattern {
    glob: Glob,
    matcher: OnceLock<GlobMatcher>,
}

impl Pattern {
    fn new(glob: Glob) -> Self {
        Self { glob, matcher: OnceLock::new() }
    }

    fn is_match(&self, text: &str) -> bool {
        self.matcher.get_or_init(|| self.glob.compile_matcher()).is_match(text)
    }
}

/// Applications of a repository: a glob of paths, and what their places say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apps {
    /// The glob, relative to the file that names it.
    pub path: String,
    /// The namespace of manifests that state none, with placeholders.
    pub namespace: Option<String>,
    /// The application of volumes that do not say theirs, with placeholders.
    pub app: Option<String>,
    /// The cluster, with placeholders.
    pub cluster: Option<String>,
}

impl Allow {
    /// Returns whether it covers an object. What is about no object is covered where no namespace
    /// and no name is asked for.
    pub fn covers(&self, code: Code, object: Option<(Option<&str>, &str)>) -> bool {
        let matches = |glob: &Option<Pattern>, text: Option<&str>| {
            glob.as_ref().is_none_or(|glob| text.is_some_and(|text| glob.is_match(text)))
        };
        self.code == code
            && matches(&self.namespace, object.and_then(|(namespace, _)| namespace))
            && matches(&self.name, object.map(|(_, name)| name))
    }

    /// Returns its globs, as they were written.
    pub(super) fn globs(&self) -> [Option<String>; 2] {
        [&self.namespace, &self.name]
            .map(|pattern| pattern.as_ref().map(|pattern| pattern.glob.glob().to_owned()))
    }
}

impl PartialEq for Allow {
    fn eq(&self, other: &Self) -> bool {
        let key = |allow: &Self| (allow.code, allow.reason.clone(), allow.globs());
        key(self) == key(other)
    }
}

impl Keys<'_> {
    /// Reads `check.allow`.
    pub(super) fn allow(&mut self, raw: Vec<RawAllow>) -> Vec<Allow> {
        let path = ["check", "allow"];
        let mut all = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            match allow(raw) {
                Ok(allow) => all.push(allow),
                Err(wrong) => self.wrong(&path, self.item_mark(&path, index), wrong),
            }
        }
        all
    }

    /// Reads `apps`.
    pub(super) fn apps(&mut self, raw: Vec<RawApp>) -> Vec<Apps> {
        let mut all = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            match apps(raw) {
                Ok(apps) => all.push(apps),
                Err(wrong) => self.wrong(&["apps"], self.item_mark(&["apps"], index), wrong),
            }
        }
        all
    }
}

fn allow(raw: RawAllow) -> Result<Allow, Wrong> {
    let RawAllow { code, reason, namespace, name } = raw;
    let code = code.ok_or_else(|| Wrong::new("no code is named", "write `code: CODE`"))?;
    let known = Code::parse(&code)
        .ok_or_else(|| Wrong::new(format!("there is no code `{code}`"), Code::suggest(&code)))?;
    if !known.can_be_allowed() {
        let message = format!("`{code}` cannot be allowed: nobody knows what it hides");
        return Err(Wrong::new(message, "correct what it is about"));
    }
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let reason = reason.ok_or_else(|| {
        Wrong::new(format!("`{code}` is allowed without a reason"), "write `reason: why`")
    })?;
    let namespace = namespace.as_deref().map(rules::glob).transpose()?;
    let name = name.as_deref().map(name_glob).transpose()?;
    Ok(Allow {
        code: known,
        reason,
        namespace: namespace.map(Pattern::new),
        name: name.map(Pattern::new),
    })
}

fn name_glob(text: &str) -> Result<Glob, Wrong> {
    Glob::new(text).map_err(|error| {
        Wrong::new(
            format!("`{text}` is no glob: {}", error.kind()),
            "write a glob such as `*-cache`",
        )
    })
}

/// Checks applications that a file or a flag names.
pub(super) fn apps(raw: RawApp) -> Result<Apps, Wrong> {
    let RawApp { path, namespace, app, cluster } = raw;
    let path = path.unwrap_or_default();
    let path = path.strip_prefix("./").unwrap_or(&path).trim_end_matches('/').to_owned();
    if path.is_empty() {
        return Err(Wrong::new("no path is named", "write `path: apps/*`"));
    }
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(Wrong::new(
            format!("`{path}` leads out of the folder of this file"),
            "write a path below it, such as `apps/*`",
        ));
    }
    if let Err(error) = GlobBuilder::new(&path).literal_separator(true).build() {
        let message = format!("`{path}` is no glob: {}", error.kind());
        return Err(Wrong::new(message, "write a glob such as `apps/*`"));
    }
    let wild = path.split('/').filter(|part| is_wild(part)).count();
    for template in [&namespace, &app, &cluster].into_iter().flatten() {
        if let Some(other) = placeholders(template).find(|p| !is_known(p, wild)) {
            return Err(Wrong::new(
                format!("`{template}` has {{{other}}}, which `{path}` gives no value"),
                "use {name}, or {1} for the first part of the path with a wildcard",
            ));
        }
    }
    Ok(Apps { path, namespace, app, cluster })
}

/// Returns whether a part of a path can match several names.
pub fn is_wild(part: &str) -> bool {
    part.contains(['*', '?', '[', '{'])
}

fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or(rest))
}

fn is_known(placeholder: &str, wild: usize) -> bool {
    placeholder == "name"
        || placeholder.parse::<usize>().is_ok_and(|index| (1..=wild).contains(&index))
}

impl Apps {
    /// Fills a template's placeholders: the name of the last part of a path, and what the parts
    /// with a wildcard matched.
    pub fn fill(template: &str, name: &str, matched: &[String]) -> String {
        let mut text = template.replace("{name}", name);
        for (index, part) in matched.iter().enumerate() {
            text = text.replace(&format!("{{{}}}", index + 1), part);
        }
        text
    }

    /// Makes applications of a glob and the templates that a command line gives.
    ///
    /// # Errors
    /// What is wrong with them, and what to type.
    pub fn given(
        path: &str,
        namespace: Option<&str>,
        app: Option<&str>,
    ) -> Result<Self, (String, String)> {
        let raw = RawApp {
            path: Some(path.to_owned()),
            namespace: namespace.map(str::to_owned),
            app: app.map(str::to_owned),
            cluster: None,
        };
        apps(raw).map_err(|Wrong { message, help }| (message, help))
    }
}
