//! What is kept up to date equals what is looked at from the start: objects that come, change and
//! go in any order, kinds that are listed again or can no longer be seen.

use crate::evidence::{WRONG, spoil};
use crate::support::{Case, NOW, Seen, cases};
use plumber::audit::{Engine, Kept, Key, Kind, Packer, keep};
use plumber::manifest::decode;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);
static PACKER: LazyLock<Packer> = LazyLock::new(Packer::default);

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    /// An object goes, or comes back as it was.
    Toggle(prop::sample::Index),
    /// One thing is wrong with the objects of a kind, each as a change of its own.
    Spoil(usize),
    /// A kind is listed again, after changes of its objects that were not told.
    List(usize, Option<usize>),
    /// A kind can no longer be seen.
    Unlist(usize),
    /// What Git intends is rendered again: as it was, or as it is in another case.
    Render(Option<prop::sample::Index>),
    /// The answer is asked for.
    Ask,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kinds = 0..Kind::ALL.len();
    let step = prop_oneof![
        4 => any::<prop::sample::Index>().prop_map(Step::Toggle),
        4 => (0..WRONG.len()).prop_map(Step::Spoil),
        2 => (kinds.clone(), prop::option::of(0..WRONG.len())).prop_map(|(k, w)| Step::List(k, w)),
        1 => kinds.prop_map(Step::Unlist),
        1 => prop::option::of(any::<prop::sample::Index>()).prop_map(Step::Render),
        4 => Just(Step::Ask),
    ];
    prop::collection::vec(step, 1..24)
}

/// The kind of an object that is looked at and has a name.
fn kind(object: &Value) -> Option<Kind> {
    let is_named = object.pointer("/metadata/name").is_some_and(Value::is_string);
    Kind::ALL.iter().copied().find(|kind| is_named && object["kind"] == kind.id())
}

pub(crate) fn kept(object: &Value) -> (Kind, (Key, Kept)) {
    let kind = kind(object).unwrap();
    let text = object.to_string();
    let node = decode(&"observed".into(), 1, &text).unwrap().node.unwrap();
    let version = object["apiVersion"].as_str().unwrap();
    let now = NOW.parse().unwrap();
    (kind, keep(kind, version, &PACKER, &node, now).0.unwrap())
}

fn key(object: &Value) -> Key {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    Key::new(text("/metadata/namespace"), text("/metadata/name"))
}

/// The world as it is, and the engine that is told of it.
struct World<'c> {
    case: &'c Case,
    /// The case whose manifests stand in Git.
    intended: &'c Case,
    /// What is there, by kind and name.
    objects: BTreeMap<(Kind, Key), Value>,
    kinds: Vec<Kind>,
    engine: Engine,
    version: u64,
}

impl<'c> World<'c> {
    fn new(case: &'c Case) -> Self {
        let mut engine = Engine::new(case.config.clone(), NOW.parse().unwrap());
        engine.intend(case.intent.clone(), case.config.clone());
        let mut world = Self {
            case,
            intended: case,
            objects: BTreeMap::new(),
            kinds: Vec::new(),
            engine,
            version: 1_000_000,
        };
        for object in case.seen.objects.iter().filter(|object| kind(object).is_some()) {
            world.objects.insert((kind(object).unwrap(), key(object)), object.clone());
        }
        for kind in &case.seen.kinds {
            world.list(*kind);
        }
        world
    }

    fn of(&self, kind: Kind) -> Vec<Value> {
        let of = self.objects.iter().filter(|((other, _), _)| *other == kind);
        of.map(|(_, object)| object.clone()).collect()
    }

    fn list(&mut self, kind: Kind) {
        let objects = self.of(kind).iter().map(|object| kept(object).1).collect();
        self.engine.reset(kind, objects);
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    fn put(&mut self, mut object: Value, is_told: bool) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let kind = kind(&object).unwrap();
        if is_told && self.kinds.contains(&kind) {
            let (key, object) = kept(&object).1;
            self.engine.apply(kind, key, object);
        }
        self.objects.insert((kind, key(&object)), object);
    }

    fn spoil(&mut self, wrong: usize, only: Option<Kind>, is_told: bool) {
        let wrong = WRONG[wrong];
        if only.is_some_and(|kind| kind.id() != wrong.0) {
            return;
        }
        let before: Vec<Value> = self.objects.values().cloned().collect();
        for object in before.into_iter().filter(|object| object["kind"] == wrong.0) {
            let old = key(&object);
            let mut one = Seen { objects: vec![object.clone()], kinds: Vec::new() };
            spoil(&mut one, wrong);
            let object = one.objects.remove(0);
            if key(&object) != old {
                let kind = kind(&object).unwrap();
                self.objects.remove(&(kind, old.clone()));
                if is_told && self.kinds.contains(&kind) {
                    self.engine.remove(kind, &old);
                }
            }
            self.put(object, is_told);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Toggle(index) => {
                let all: Vec<&Value> =
                    self.case.seen.objects.iter().filter(|object| kind(object).is_some()).collect();
                if all.is_empty() {
                    return;
                }
                let object = (*index.get(&all)).clone();
                let (kind, key) = (kind(&object).unwrap(), key(&object));
                if self.objects.remove(&(kind, key.clone())).is_some() {
                    self.engine.remove(kind, &key);
                } else {
                    self.put(object, true);
                }
            }
            Step::Spoil(wrong) => self.spoil(*wrong, None, true),
            Step::List(at, wrong) => {
                let kind = Kind::ALL[*at];
                if let Some(wrong) = wrong {
                    self.spoil(*wrong, Some(kind), false);
                }
                self.list(kind);
            }
            Step::Unlist(at) => {
                let kind = Kind::ALL[*at];
                self.kinds.retain(|other| *other != kind);
                self.engine.unlist(kind);
            }
            Step::Render(other) => {
                self.intended = other.map_or(self.intended, |index| index.get(&CASES));
                self.engine.intend(self.intended.intent.clone(), self.intended.config.clone());
            }
            Step::Ask => drop(self.told()),
        }
    }

    /// What is kept up to date.
    fn told(&mut self) -> String {
        let now = NOW.parse().unwrap();
        self.engine.evaluate(now, now, |_, _, _| {});
        serde_json::to_string(&self.engine.document(now, &[])).unwrap()
    }

    /// What is looked at from the start.
    fn fresh(&self) -> String {
        let listed = |object: &&Value| self.kinds.contains(&kind(object).unwrap());
        let objects = self.objects.values().filter(listed).cloned().collect();
        let seen = Seen { objects, kinds: self.kinds.clone() };
        let mut document: Value = serde_json::from_str(&self.intended.document(&seen)).unwrap();
        document["findings"] = Value::Array(Vec::new());
        document.to_string()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_equals_what_is_looked_at_anew(case in 0..1000_usize, steps in steps()) {
        let mut world = World::new(&CASES[case % CASES.len()]);
        for step in &steps {
            world.step(step);
            if matches!(step, Step::Ask) {
                prop_assert_eq!(world.told(), world.fresh(), "{} {:?}", world.case.name, step);
            }
        }
        prop_assert_eq!(world.told(), world.fresh(), "{}", world.case.name);
    }
}

#[test]
fn a_pair_with_names_of_the_configuration_is_followed() {
    for case in CASES.iter().filter(|case| {
        ["reference-left-to-another-tool", "names-of-the-configuration"].contains(&&*case.name)
    }) {
        for (at, wrong) in WRONG.iter().enumerate() {
            let mut world = World::new(case);
            world.told();
            world.spoil(at, None, true);
            assert_eq!(world.told(), world.fresh(), "{} {wrong:?}", case.name);
        }
    }
}

#[test]
fn every_case_is_answered_alike() {
    for case in &*CASES {
        let mut world = World::new(case);
        assert_eq!(world.told(), world.fresh(), "{}", case.name);
    }
}

#[test]
fn a_repository_of_which_all_sources_fail_is_told_of_all_until_one_succeeds() {
    let case = CASES.iter().find(|case| case.name == "all-volumes-of-a-repository-fail").unwrap();
    let mut world = World::new(case);
    let failing = world.of(Kind::ReplicationSource).remove(0);
    let with = |name: &str, result: &str| {
        let mut source = failing.clone();
        source["metadata"]["name"] = name.into();
        source["spec"]["sourcePVC"] = name.into();
        source["status"]["latestMoverStatus"]["result"] = result.into();
        source
    };
    let own = failing["metadata"]["name"].as_str().unwrap();
    // Of how many sources it is told that all fail; nothing where it is told of none.
    let told = |world: &mut World<'_>| {
        let told = world.told();
        assert_eq!(told, world.fresh());
        let (before, _) = told.split_once(" volumes that use ")?;
        before.rsplit(' ').next()?.parse::<usize>().ok()
    };
    let all = case.seen.objects.iter().filter(|it| it["kind"] == "ReplicationSource").count();
    assert_eq!(told(&mut world), Some(all));
    // One more that succeeds comes, and goes.
    world.put(with("another", "Successful"), true);
    assert_eq!(told(&mut world), None);
    let another = key(&with("another", ""));
    world.objects.remove(&(Kind::ReplicationSource, another.clone()));
    world.engine.remove(Kind::ReplicationSource, &another);
    assert_eq!(told(&mut world), Some(all));
    // One more that fails is counted; one of them succeeds, and fails again.
    world.put(with("another", "Failed"), true);
    assert_eq!(told(&mut world), Some(all + 1));
    world.put(with(own, "Successful"), true);
    assert_eq!(told(&mut world), None);
    world.put(with(own, "Failed"), true);
    assert_eq!(told(&mut world), Some(all + 1));
}
