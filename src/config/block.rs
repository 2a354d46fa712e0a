//! A settings block of a file → [`Settings`], with every wrong key and value reported.

use super::apply::Keys;
use super::blocks;
use crate::api::fields::{FIELDS, Kind, position};
use crate::api::mover::{Mover, Side};
use crate::object::{Entry, Node, Value};
use crate::settings::{
    self, FLAG, FieldPath, IdentityRule, LIST, MAPPING, Place, Problem, Settings, TEXT, Template,
    What, Wrong, expected, template,
};
use serde_json::Value as Json;

impl Keys<'_> {
    /// Reads the block at a path; keys in `beside` are read elsewhere.
    pub(super) fn block(&mut self, path: &[&str], beside: &[&'static str]) -> Settings {
        let layer = self.layer;
        let mut settings = Settings::default();
        let Some(node) = layer.tree.at(path) else { return settings };
        for entry in node.entries() {
            let Entry { key, value, .. } = entry;
            let mut at = path.to_vec();
            at.push(key);
            if beside.contains(&key.as_str()) || value.is_null() {
                continue;
            }
            if let Some(field) = position(key) {
                self.field(&at, FieldPath { side: None, field, part: None }, value, &mut settings);
            } else if !self.own(&at, value, &mut settings) {
                let fields = FIELDS.iter().map(|field| field.name);
                let known: Vec<&str> =
                    beside.iter().chain(blocks::KEYS).copied().chain(fields).collect();
                self.unknown(&at, entry.mark, &known);
            }
        }
        settings
    }

    /// Reads a key that is no field of the mover.
    fn own(&mut self, at: &[&str], node: &Node, to: &mut Settings) -> bool {
        let key = at.last().copied().unwrap_or_default();
        match key {
            "mover" => to.mover = self.checked(at, node, mover),
            "tier" => to.tier = self.checked(at, node, |node| text(node).map(str::to_lowercase)),
            "names" => self.names(at, node, to),
            "identity" => self.identity(at, node, to),
            "backupOnly" => to.backup_only = self.checked(at, node, flag),
            "restoreTrigger" => to.restore_trigger = self.template(at, node),
            "source" => self.side(at, Side::Source, node, to),
            "destination" => self.side(at, Side::Destination, node, to),
            "omit" => {
                for item in self.checked(at, node, texts).unwrap_or_default() {
                    match settings::omit(&item) {
                        Ok(path) => to.omit.push(path),
                        Err(wrong) => self.wrong(at, node.mark, wrong),
                    }
                }
                self.origin(at);
            }
            "unchecked" => {
                for (key, value) in self.mapping(at, node, &["source", "destination"]) {
                    let side = if key == "source" { Side::Source } else { Side::Destination };
                    let fields = self.unchecked(&[at, &[key]].concat(), side, value);
                    match side {
                        Side::Source => to.unchecked_source = fields,
                        Side::Destination => to.unchecked_destination = fields,
                    }
                }
            }
            "labels" => to.extra.labels = self.metadata(at, node),
            "annotations" => to.extra.annotations = self.metadata(at, node),
            "repositorySecret" => to.repository_secret = self.secret(at, node),
            "targets" => to.targets = self.checked(at, node, texts),
            _ => return false,
        }
        true
    }

    /// Checks a value, and notes where it came from.
    fn checked<T>(
        &mut self,
        at: &[&str],
        node: &Node,
        check: impl FnOnce(&Node) -> Result<T, Wrong>,
    ) -> Option<T> {
        match check(node) {
            Ok(value) => {
                self.origin(at);
                Some(value)
            }
            Err(wrong) => {
                self.wrong(at, node.mark, wrong);
                None
            }
        }
    }

    pub(super) fn place(&self, at: &[&str]) -> Place {
        Place(format!("{} in {}", at.join("."), self.layer.describe(at)).into())
    }

    pub(super) fn template(&mut self, at: &[&str], node: &Node) -> Option<Template> {
        let place = self.place(at);
        self.checked(at, node, |node| {
            let text = text(node)?;
            let known = template::PLACEHOLDERS.iter().map(|word| format!("`{{{word}}}`"));
            let known = known.collect::<Vec<_>>().join(", ");
            template::check(text)
                .map_err(|why| Wrong::new(why, format!("there are {known}")))
                .map(|()| Template { text: text.to_owned(), place })
        })
        .filter(|template| !template.text.is_empty())
    }

    /// Reads a text.
    pub(super) fn name(&mut self, at: &[&str], node: &Node) -> Option<String> {
        self.checked(at, node, |node| text(node).map(str::to_owned))
    }

    /// Reads `true` or `false`.
    pub(super) fn flag(&mut self, at: &[&str], node: &Node) -> Option<bool> {
        self.checked(at, node, flag)
    }

    fn names(&mut self, at: &[&str], node: &Node, to: &mut Settings) {
        for (key, entry) in self.mapping(at, node, &["source", "destination"]) {
            let path = [at, &[key]].concat();
            let name = self.template(&path, entry);
            let slot = if key == "source" { &mut to.source_name } else { &mut to.destination_name };
            *slot = name;
        }
    }

    fn identity(&mut self, at: &[&str], node: &Node, to: &mut Settings) {
        let help =
            "write `explicit`, `inherit`, or `{username: \"{pvc}\", hostname: \"{namespace}\"}`";
        to.identity = match (&node.value, node.as_str()) {
            (_, Some("explicit")) => Some(IdentityRule::Explicit),
            (_, Some("inherit")) => Some(IdentityRule::Inherit),
            (Value::Mapping(_), _) => {
                let mut halves = [None, None];
                for (key, entry) in self.mapping(at, node, &["username", "hostname"]) {
                    let path = [at, &[key]].concat();
                    halves[usize::from(key == "hostname")] = self.template(&path, entry);
                }
                let missing =
                    ["username", "hostname"].into_iter().find(|key| node.get(key).is_none());
                if let Some(key) = missing {
                    let message = format!("it has no {key}; VolSync takes both or neither");
                    self.wrong(at, node.mark, Wrong::new(message, help));
                }
                match halves {
                    [Some(username), Some(hostname)] => {
                        Some(IdentityRule::Named { username, hostname })
                    }
                    [_, _] => None,
                }
            }
            (_, Some(word)) => {
                self.wrong(at, node.mark, Wrong::new(format!("`{word}` is no identity"), help));
                None
            }
            (_, None) => {
                self.wrong(at, node.mark, expected(TEXT, node));
                None
            }
        };
        self.origin(at);
    }

    /// Returns the entries of a mapping that has these keys alone.
    fn mapping<'n>(
        &mut self,
        at: &[&str],
        node: &'n Node,
        known: &[&'static str],
    ) -> Vec<(&'static str, &'n Node)> {
        if !matches!(node.value, Value::Mapping(_)) {
            self.wrong(at, node.mark, expected(MAPPING, node));
        }
        let mut found = Vec::new();
        for entry in node.entries() {
            match known.iter().find(|key| **key == entry.key) {
                Some(_) if entry.value.is_null() => {}
                Some(key) => found.push((*key, &entry.value)),
                None => self.unknown(&[at, &[&entry.key]].concat(), entry.mark, known),
            }
        }
        found
    }

    /// Reads the fields of one side.
    fn side(&mut self, at: &[&str], side: Side, node: &Node, to: &mut Settings) {
        let known = FIELDS.iter().filter(|field| field.is_of_side(side)).map(|field| field.name);
        let known: Vec<&'static str> = known.chain(["labels", "annotations"]).collect();
        let all: Vec<&'static str> = FIELDS.iter().map(|field| field.name).collect();
        let is_elsewhere = |entry: &&Entry| {
            all.contains(&entry.key.as_str()) && !known.contains(&entry.key.as_str())
        };
        for entry in node.entries().iter().filter(is_elsewhere) {
            let message = format!("a {} has no such field", side.id());
            let other = if side == Side::Source { Side::Destination } else { Side::Source };
            let help = format!("write it under `{}`, or under `unchecked`", other.id());
            self.wrong(&[at, &[&entry.key]].concat(), entry.mark, Wrong::new(message, help));
        }
        let known =
            if node.entries().iter().any(|entry| is_elsewhere(&entry)) { all } else { known };
        for (key, value) in self.mapping(at, node, &known) {
            let path = [at, &[key]].concat();
            let extra = match side {
                Side::Source => &mut to.source_extra,
                Side::Destination => &mut to.destination_extra,
            };
            match key {
                "labels" => extra.labels = self.metadata(&path, value),
                "annotations" => extra.annotations = self.metadata(&path, value),
                _ => {}
            }
            if let Some(field) = position(key) {
                self.field(&path, FieldPath { side: Some(side), field, part: None }, value, to);
            }
        }
    }

    /// Reads a field of the mover. A security context is put together key by key.
    fn field(&mut self, at: &[&str], path: FieldPath, node: &Node, to: &mut Settings) {
        let field = &FIELDS[path.field];
        if field.name == "moverSecurityContext"
            && let Kind::Group(parts) = field.kind
        {
            let known: Vec<&'static str> = parts.iter().map(|part| part.name).collect();
            for (key, value) in self.mapping(at, node, &known) {
                let part = parts.iter().find(|part| part.name == key);
                let at = [at, &[key]].concat();
                self.value(
                    &at,
                    part.unwrap_or(field),
                    FieldPath { part, ..path.clone() },
                    value,
                    to,
                );
            }
            return;
        }
        self.value(at, field, path, node, to);
    }

    pub(super) fn value(
        &mut self,
        at: &[&str],
        field: &crate::api::fields::Field,
        path: FieldPath,
        node: &Node,
        to: &mut Settings,
    ) {
        if let Some(value) = self.typed(at, field, node) {
            if field.name == "copyMethod"
                && path.side == Some(Side::Destination)
                && value == "Clone"
            {
                let message =
                    "a ReplicationDestination refuses `Clone`, after it has copied the data";
                self.wrong(at, node.mark, Wrong::new(message, "write `Snapshot`"));
                return;
            }
            let place = self.place(at);
            self.origin(at);
            to.set(settings::Entry { path, value, place });
        }
    }

    /// Reads a value of a field; nothing where something is wrong.
    pub(super) fn typed(
        &mut self,
        at: &[&str],
        field: &crate::api::fields::Field,
        node: &Node,
    ) -> Option<Json> {
        let owned: Vec<String> = at.iter().map(|key| (*key).to_owned()).collect();
        let mut problems = Vec::new();
        let value = settings::field(field, node, &owned, &mut problems);
        let is_right = problems.is_empty();
        self.problems(problems);
        value.filter(|_| is_right)
    }

    pub(super) fn problems(&mut self, problems: Vec<Problem>) {
        for Problem { path, mark, what } in problems {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match what {
                What::UnknownKey(known) => self.unknown(&path, mark, &known),
                What::Wrong(wrong) => self.wrong(&path, mark, wrong),
            }
        }
    }
}

fn text(node: &Node) -> Result<&str, Wrong> {
    node.as_str().ok_or_else(|| expected(TEXT, node))
}

fn flag(node: &Node) -> Result<bool, Wrong> {
    match node.value {
        Value::Bool(flag) => Ok(flag),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => Err(expected(FLAG, node)),
    }
}

fn texts(node: &Node) -> Result<Vec<String>, Wrong> {
    let items = node.items().ok_or_else(|| expected(LIST, node))?;
    items.iter().map(|item| text(item).map(str::to_owned)).collect()
}

fn mover(node: &Node) -> Result<Mover, Wrong> {
    let word = text(node)?;
    if let Some(mover) = Mover::parse(word) {
        return Ok(mover);
    }
    let known = Mover::ALL.iter().map(|mover| mover.id());
    let near = crate::api::suggest::nearest(word, known);
    let help = near.map_or_else(
        || "write `kopia` or `restic`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let message = match Mover::refusal(word) {
        Some(why) => format!("the mover `{word}` is not rendered: {why}"),
        None => format!("unknown mover `{word}`"),
    };
    Err(Wrong::new(message, help))
}
