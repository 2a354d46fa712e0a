//! One layer's raw keys → the configuration, over what lower layers said.

use super::layer::{Layer, OPENS, Origin, Trust};
use super::namespaces::{By, Rule};
use super::raw::{RawConfig, RawLimits, RawNamespaces, RawRestore, RawTier};
use super::{Config, Found, Tier, read, rules};
use crate::api::fields::{FIELDS, position};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Mark, Node, Value};
use crate::settings::{MAPPING, Settings, Wrong, expected};

/// Checks every key of a layer, and sets those that are right.
pub(super) fn apply(
    layer: &Layer,
    raw: RawConfig,
    config: &mut Config,
    found: &mut Found,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // The reader of the file has checked the first two.
    let RawConfig {
        api_version: _,
        kind: _,
        mode,
        cluster,
        app: _,
        repository: _,
        // Settings blocks are read from their nodes.
        defaults: _,
        profiles: _,
        classes: _,
        targets: _,
        tiers,
        volumes,
        namespaces,
        restore,
        limits,
        check,
        apps,
    } = raw;
    let mut keys = Keys { layer, found, diagnostics };
    keys.set(&["mode"], mode.as_deref(), rules::mode, &mut config.mode);
    keys.set(&["cluster"], cluster.as_deref(), rules::cluster, &mut config.cluster);
    let text = |key: &str| layer.tree.get(key).filter(|node| node.as_str().is_some());
    if let Some(node) = text("app") {
        config.app = keys.template(&["app"], node).or(config.app.take());
    }
    keys.defaults(text("repository"), config);
    keys.blocks(config);
    for (word, tier) in tiers.unwrap_or_default() {
        keys.tier(&word, tier, config);
    }
    if let Some(rules) = volumes {
        config.volumes = keys.rules_about_volumes(rules);
        keys.origin(&["volumes"]);
    }
    keys.namespaces(namespaces.unwrap_or_default(), config);
    let RawRestore { inject, annotate, refresh } = restore.unwrap_or_default();
    keys.set(&["restore", "inject"], inject, Ok, &mut config.restore.inject);
    keys.set(&["restore", "annotate"], annotate, Ok, &mut config.restore.annotate);
    let refresh = refresh.as_deref();
    keys.set(&["restore", "refresh"], refresh, rules::cron, &mut config.restore.refresh);
    let RawLimits { stream_size, document_size } = limits.unwrap_or_default();
    let (stream_size, document_size) = (stream_size.as_ref(), document_size.as_ref());
    keys.set(&["limits", "streamSize"], stream_size, rules::limit, &mut config.limits.stream_size);
    keys.set(
        &["limits", "documentSize"],
        document_size,
        rules::limit,
        &mut config.limits.document_size,
    );
    if let Some(allow) = check.unwrap_or_default().allow {
        config.allow.extend(keys.allow(allow));
        keys.origin(&["check", "allow"]);
    }
    if let Some(apps) = apps {
        config.apps = keys.apps(apps);
        keys.origin(&["apps"]);
    }
}

/// The keys of a layer on their way into the configuration.
pub(super) struct Keys<'a> {
    pub(super) layer: &'a Layer,
    found: &'a mut Found,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Keys<'_> {
    /// Checks a value and puts it into its slot, or reports it.
    fn set<R, T, S: From<T>>(
        &mut self,
        path: &[&str],
        raw: Option<R>,
        check: impl FnOnce(R) -> Result<T, Wrong>,
        slot: &mut S,
    ) {
        let Some(raw) = raw else { return };
        match check(raw) {
            Ok(value) => {
                *slot = value.into();
                self.origin(path);
            }
            Err(wrong) => self.wrong(path, self.layer.mark(path), wrong),
        }
    }

    /// Notes that this layer says what a path is.
    pub(super) fn origin(&mut self, path: &[&str]) {
        let key = path.join(".");
        self.found.places.remove(&key);
        if let Some(location) = self.layer.location(self.layer.mark(path)) {
            self.found.places.insert(key.clone(), location);
        }
        self.found.origins.insert(key, self.layer.describe(path));
    }

    /// Reports a key that does not exist.
    pub(super) fn unknown(&mut self, path: &[&str], mark: Mark, known: &[&str]) {
        self.diagnostics.push(read::unknown(self.layer, path, mark, known));
    }

    /// Returns where an item of a list stands.
    pub(super) fn item_mark(&self, path: &[&str], index: usize) -> Mark {
        let items = self.layer.tree.at(path).and_then(|node| node.items()).unwrap_or_default();
        items.get(index).map_or_else(|| self.layer.mark(path), |item| item.mark)
    }

    pub(super) fn wrong(&mut self, path: &[&str], mark: Mark, wrong: Wrong) {
        self.diagnostics.push(self.layer.wrong(path, mark, wrong));
    }

    /// Reads `defaults`, and `repository`, which is a key of it in short.
    fn defaults(&mut self, repository: Option<&Node>, config: &mut Config) {
        let block = self.block(&["defaults"], &[]);
        if block.field("repository").is_some() {
            // It is shown in its short form.
            let origin = self.layer.describe(&["defaults", "repository"]);
            self.found.origins.insert("repository".to_owned(), origin);
        }
        let is_there = block.field("repository").is_some();
        config.defaults.overlay(block);
        let (Some(node), Some(field)) = (repository, position("repository")) else { return };
        if is_there {
            let message = "it is written twice: here and in `defaults`";
            self.wrong(&["repository"], node.mark, Wrong::new(message, "remove one of them"));
            return;
        }
        let path = crate::settings::FieldPath { side: None, field, part: None };
        let mut short = Settings::default();
        self.value(&["repository"], &FIELDS[field], path, node, &mut short);
        config.defaults.overlay(short);
    }

    /// Reads the settings blocks that have names. A block of one name in two files is put together
    /// key by key.
    fn blocks(&mut self, config: &mut Config) {
        let layer = self.layer;
        let named = |list: &str| layer.tree.get(list).map_or(&[][..], Node::entries);
        for list in ["classes", "profiles", "targets"] {
            for entry in named(list) {
                if !(matches!(entry.value.value, Value::Mapping(_)) || entry.value.is_null()) {
                    let wrong = expected(MAPPING, &entry.value);
                    self.wrong(&[list, &entry.key], entry.value.mark, wrong);
                }
            }
        }
        for entry in named("classes") {
            let block = self.block(&["classes", &entry.key], &[]);
            config.classes.entry(entry.key.to_string()).or_default().overlay(block);
        }
        for entry in named("profiles") {
            let path = ["profiles", &entry.key];
            let block = self.block(&path, &["base"]);
            self.origin(&path);
            let profile = config.profiles.entry(entry.key.to_string()).or_default();
            profile.settings.overlay(block);
            if let Some(base) = entry.value.get("base").filter(|base| !base.is_null()) {
                let at = ["profiles", entry.key.as_str(), "base"];
                profile.base = self.name(&at, base).or(profile.base.take());
            }
        }
        for entry in named("targets") {
            let path = ["targets", &entry.key];
            if let Err(wrong) = rules::target(&entry.key) {
                self.wrong(&path, entry.mark, wrong);
                continue;
            }
            let block = self.block(&path, &["restore"]);
            self.origin(&path);
            let restores = entry.value.get("restore").filter(|node| !node.is_null());
            let restores =
                restores.and_then(|node| self.flag(&["targets", &entry.key, "restore"], node));
            config.target(&entry.key).put(block, restores);
        }
    }

    fn tier(&mut self, word: &str, raw: RawTier, config: &mut Config) {
        let path = ["tiers", word];
        let RawTier { schedule, retain } = raw;
        if let Err(wrong) = rules::tier_word(word) {
            let tiers = self.layer.tree.get("tiers");
            let mark = tiers.and_then(|tiers| tiers.entry(word)).map(|entry| entry.mark);
            return self.wrong(&path, mark.unwrap_or_default(), wrong);
        }
        let mut cron = None;
        let at = ["tiers", word, "schedule"];
        // A schedule that was written and could not be read has been reported.
        if schedule.is_none() && self.layer.tree.at(&at).is_none_or(crate::object::Node::is_null) {
            let wrong = Wrong::new("it has no schedule", "write `schedule: \"{minute} 2 * * *\"`");
            self.wrong(&path, self.layer.mark(&path), wrong);
        }
        self.set(&at, schedule.as_deref(), rules::cron, &mut cron);
        let at = ["tiers", word, "retain"];
        let written = self.layer.tree.at(&at).filter(|_| retain.is_some());
        let field = FIELDS.iter().find(|field| field.name == "retain");
        let kept = written.zip(field).and_then(|(node, field)| {
            if node.entries().is_empty() {
                // It would look like leaving it to `defaults.retain`.
                let help = "write a count such as `daily: 7`, or leave `retain` out for \
                            `defaults.retain`";
                self.wrong(&at, node.mark, Wrong::new("it names no count", help));
                return None;
            }
            self.origin(&at);
            self.typed(&at, field, node)
        });
        if let Some(cron) = cron {
            config.tiers.set(word, Tier::Scheduled { cron, retain: kept });
            self.origin(&path);
        }
    }

    fn namespaces(&mut self, raw: RawNamespaces, config: &mut Config) {
        let RawNamespaces { managed, excluded } = raw;
        if let Some(excluded) = excluded {
            // An application's own file may close more namespaces, and never opens one.
            config.namespaces.add_excluded(self.rules("excluded", &excluded));
        }
        let Some(managed) = managed else { return };
        let path = ["namespaces", "managed"];
        let trusted = match self.layer.origin {
            Origin::File { trust, .. } => trust == Trust::Trusted,
            Origin::Flag | Origin::Environment => false,
        };
        if trusted {
            config.namespaces.set_managed(self.rules("managed", &managed));
            return;
        }
        let message = "`namespaces.managed` is ignored here: an application's own file opens no \
                       namespace";
        let warning = Diagnostic::new(Code::UntrustedGate, message).help(OPENS);
        let location = self.layer.location(self.layer.mark(&path));
        self.diagnostics.push(Diagnostic { location, ..warning });
    }

    fn rules(&mut self, list: &str, globs: &[String]) -> Vec<Rule> {
        let path = ["namespaces", list];
        let items = self.layer.tree.at(&path).and_then(|node| node.items()).unwrap_or_default();
        // Items that are no text have been reported and left out.
        let texts = items.iter().filter(|item| item.as_str().is_some());
        let mut rules = Vec::new();
        for (glob, item) in globs.iter().zip(texts) {
            match (rules::glob(glob), self.layer.location(item.mark)) {
                (Ok(glob), Some(location)) => rules.push(Rule::new(&glob, By::File(location))),
                (Ok(_), None) => {}
                (Err(wrong), _) => self.wrong(&path, item.mark, wrong),
            }
        }
        rules
    }
}
