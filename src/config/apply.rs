//! One layer's raw keys → the configuration, over what lower layers said.

use super::layer::{Layer, OPENS, Origin, Trust};
use super::namespaces::{By, Rule};
use super::raw::{RawConfig, RawDefaults, RawLimits, RawNamespaces, RawRestore, RawTier};
use super::rules::{self, Wrong};
use super::{Config, Origins, Tier};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::Mark;

/// Checks every key of a layer, and sets those that are right.
pub(super) fn apply(
    layer: &Layer,
    raw: RawConfig,
    config: &mut Config,
    origins: &mut Origins,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // The reader of the file has checked the first two.
    let RawConfig {
        api_version: _,
        kind: _,
        mode,
        repository,
        defaults,
        tiers,
        namespaces,
        restore,
        limits,
    } = raw;
    let mut keys = Keys { layer, origins, diagnostics };
    keys.set(&["mode"], mode.as_deref(), rules::mode, &mut config.mode);
    keys.set(&["repository"], repository.as_deref(), rules::object_name, &mut config.repository);
    keys.defaults(defaults.unwrap_or_default(), config);
    for (word, tier) in tiers.unwrap_or_default() {
        keys.tier(&word, tier, config);
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
}

struct Keys<'a> {
    layer: &'a Layer,
    origins: &'a mut Origins,
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

    fn origin(&mut self, path: &[&str]) {
        self.origins.insert(path.join("."), self.layer.describe(path));
    }

    fn wrong(&mut self, path: &[&str], mark: Mark, wrong: Wrong) {
        self.diagnostics.push(self.layer.wrong(path, mark, wrong));
    }

    fn defaults(&mut self, raw: RawDefaults, config: &mut Config) {
        let RawDefaults {
            storage_class_name,
            volume_snapshot_class_name,
            cache_capacity,
            copy_method,
            compression,
            parallelism,
            retain,
            mover_security_context,
        } = raw;
        let to = &mut config.defaults;
        let class = storage_class_name.as_deref();
        let path = ["defaults", "storageClassName"];
        self.set(&path, class, rules::object_name, &mut to.storage_class_name);
        let class = volume_snapshot_class_name.as_deref();
        let path = ["defaults", "volumeSnapshotClassName"];
        self.set(&path, class, rules::object_name, &mut to.volume_snapshot_class_name);
        let capacity = cache_capacity.as_deref();
        let path = ["defaults", "cacheCapacity"];
        self.set(&path, capacity, rules::quantity, &mut to.cache_capacity);
        let method = copy_method.as_deref();
        self.set(&["defaults", "copyMethod"], method, rules::copy_method, &mut to.copy_method);
        let algorithm = compression.as_deref();
        let path = ["defaults", "compression"];
        self.set(&path, algorithm, rules::compression, &mut to.compression);
        let path = ["defaults", "parallelism"];
        self.set(&path, parallelism, rules::parallelism, &mut to.parallelism);
        self.set(&["defaults", "retain"], retain.as_ref(), rules::retain, &mut to.retain);
        let mover = &mut to.mover_security_context;
        let slots = [&mut mover.run_as_user, &mut mover.run_as_group, &mut mover.fs_group];
        let ids = rules::mover(&mover_security_context.unwrap_or_default());
        for ((key, id), slot) in ids.into_iter().zip(slots) {
            self.set(&["defaults", "moverSecurityContext", key], id, |id| id, slot);
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
        let mut kept = None;
        let retain = retain.as_ref();
        self.set(&["tiers", word, "retain"], retain, rules::tier_retain, &mut kept);
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
