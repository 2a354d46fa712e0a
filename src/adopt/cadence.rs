//! Schedules → tiers with names that say what they are.

use crate::config::{Tier, Tiers};
use std::collections::{BTreeMap, BTreeSet};

/// Whether the minute of a schedule is kept where volumes differ in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minutes {
    /// The volumes are spread over the hour.
    Spread,
    /// Each volume keeps its own.
    Kept,
}

/// The tier of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cadence {
    /// The tier's word.
    pub(super) word: String,
    /// The minute, where the tier leaves it to the volume and it is kept.
    pub(super) minute: Option<u32>,
}

/// Tiers, and the tier of each source, by the key of its caller.
#[derive(Debug, Default)]
pub(super) struct Cadences<K> {
    /// The schedule of each tier.
    pub(super) tiers: BTreeMap<String, String>,
    /// The tier of each source.
    pub(super) of: BTreeMap<K, Cadence>,
}

/// One source with its schedule.
#[derive(Debug, Clone)]
pub(super) struct Scheduled<K> {
    /// What the caller knows it by.
    pub(super) key: K,
    /// Its target: sources of one share the choice between one minute for all and one for each.
    pub(super) target: usize,
    /// The schedule.
    pub(super) cron: String,
    /// The tier that a label of another time gives its volume, if it has one.
    pub(super) legacy: Option<String>,
}

/// Finds tiers.
pub(super) fn cadences<K: Ord + Clone>(sources: &[Scheduled<K>], minutes: Minutes) -> Cadences<K> {
    let several = sources.iter().any(|source| source.target > 0);
    // By what stands behind the minute and by set; then by minute.
    let mut groups: BTreeMap<(String, usize), BTreeMap<u32, Vec<K>>> = BTreeMap::new();
    let mut whole: BTreeMap<String, Vec<K>> = BTreeMap::new();
    for Scheduled { key, target, cron, .. } in sources {
        match split(cron) {
            Some((minute, rest)) => groups
                .entry((rest.to_owned(), *target))
                .or_default()
                .entry(minute)
                .or_default()
                .push(key.clone()),
            None => whole.entry(cron.clone()).or_default().push(key.clone()),
        }
    }
    let mut crons: BTreeMap<String, Vec<(K, Option<u32>)>> = BTreeMap::new();
    let mut add = |cron: String, keys: Vec<(K, Option<u32>)>| {
        crons.entry(cron).or_default().extend(keys);
    };
    for (cron, keys) in whole {
        add(cron, keys.into_iter().map(|key| (key, None)).collect());
    }
    for ((rest, _), by_minute) in groups {
        let count: usize = by_minute.values().map(Vec::len).sum();
        // A few minutes are tiers of their own; many are a knob beside each volume, and so are
        // those of several targets, which one knob says.
        let few = !several && (by_minute.len() <= 3 || by_minute.len() * 3 <= count);
        let exact = by_minute.len() == 1 || minutes == Minutes::Kept && few;
        for (minute, keys) in by_minute {
            if exact {
                add(format!("{minute} {rest}"), keys.into_iter().map(|key| (key, None)).collect());
            } else {
                let kept = (minutes == Minutes::Kept).then_some(minute);
                let keys = keys.into_iter().map(|key| (key, kept)).collect();
                add(format!("{{minute}} {rest}"), keys);
            }
        }
    }
    let legacy: BTreeMap<&K, &str> = sources
        .iter()
        .filter_map(|source| Some((&source.key, source.legacy.as_deref()?)))
        .collect();
    let words = words(&crons, &legacy);
    let mut found = Cadences { tiers: BTreeMap::new(), of: BTreeMap::new() };
    for (cron, keys) in crons {
        let word = &words[&cron];
        if !is_built_in(word, &cron) {
            found.tiers.insert(word.clone(), cron);
        }
        for (key, minute) in keys {
            found.of.insert(key, Cadence { word: word.clone(), minute });
        }
    }
    found
}

/// Returns a schedule's minute and what stands behind it, where the minute is a number.
fn split(cron: &str) -> Option<(u32, &str)> {
    let (minute, rest) = cron.split_once(' ')?;
    let minute = minute.parse().ok().filter(|minute| *minute < 60)?;
    (rest.split(' ').count() == 4).then_some((minute, rest))
}

fn is_built_in(word: &str, cron: &str) -> bool {
    let tiers = Tiers::default();
    matches!(tiers.get(word), Some(Tier::Scheduled { cron: known, .. }) if known.template() == cron)
}

/// Names every schedule, each with a word of its own. A word that most volumes of a schedule carry
/// already is kept for it.
fn words<K: Ord>(
    crons: &BTreeMap<String, Vec<(K, Option<u32>)>>,
    legacy: &BTreeMap<&K, &str>,
) -> BTreeMap<String, String> {
    let mut votes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (cron, keys) in crons {
        for word in keys.iter().filter_map(|(key, _)| legacy.get(key)) {
            *votes.entry((cron, word)).or_default() += 1;
        }
    }
    let mut votes: Vec<((&str, &str), usize)> = votes.into_iter().collect();
    votes.sort_by_key(|(pair, count)| (std::cmp::Reverse(*count), *pair));
    let mut taken = BTreeSet::from(["manual".to_owned(), "disabled".to_owned()]);
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    for ((cron, word), _) in votes {
        if !words.contains_key(cron) && taken.insert(word.to_owned()) {
            words.insert(cron.to_owned(), word.to_owned());
        }
    }
    for cron in crons.keys() {
        if words.contains_key(cron) {
            continue;
        }
        let short = word(cron, false);
        let clash = crons.keys().filter(|other| word(other, false) == short).count() > 1;
        let mut name = if clash { word(cron, true) } else { short };
        let mut n = 2;
        while !taken.insert(name.clone()) {
            name = if n == 2 { word(cron, true) } else { format!("{}-{n}", word(cron, true)) };
            n += 1;
        }
        words.insert(cron.clone(), name);
    }
    words
}

/// A word for a schedule; `exact` says the minute where it can.
fn word(cron: &str, exact: bool) -> String {
    let tiers = Tiers::default();
    for known in ["hourly", "daily", "weekly"] {
        if is_built_in_of(&tiers, known, cron) {
            return known.to_owned();
        }
    }
    let parts: Vec<&str> = cron.split(' ').collect();
    let [minute, hour, day, month, weekday] = parts.as_slice() else {
        return slug(cron);
    };
    let number = |text: &str| text.parse::<u32>().ok();
    let minute_number = number(minute);
    let at = |hour: u32| match minute_number {
        Some(minute) => format!("{hour:02}{minute:02}"),
        None => format!("{hour:02}"),
    };
    let behind = match minute_number {
        Some(minute) if exact => format!("-at-{minute:02}"),
        Some(_) | None => String::new(),
    };
    match (*hour, *day, *month, *weekday) {
        ("*", "*", "*", "*") if minute_number.is_some() || *minute == "{minute}" => {
            format!("hourly{behind}")
        }
        ("*", "*", "*", "*") => match minute.strip_prefix("*/").and_then(number) {
            Some(step) => format!("every-{step}m"),
            None => slug(cron),
        },
        (hour, "*", "*", "*") if hour.starts_with("*/") && number(&hour[2..]).is_some() => {
            format!("every-{}h{behind}", &hour[2..])
        }
        (hour, "*", "*", "*") => match number(hour) {
            Some(hour) => format!("daily-{}", at(hour)),
            None if hour.split(',').all(|hour| number(hour).is_some()) => {
                let count = hour.split(',').count();
                let hours: Vec<String> = hour.split(',').map(str::to_owned).collect();
                let often =
                    if count == 2 { "twice-daily".to_owned() } else { format!("{count}x-daily") };
                format!("{often}-{}{behind}", hours.join("-"))
            }
            None => slug(cron),
        },
        (hour, "*", "*", weekday) => match (number(hour), number(weekday)) {
            (Some(hour), Some(day)) if day < 7 => {
                let day = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][day as usize];
                format!("weekly-{day}-{}", at(hour))
            }
            _ => slug(cron),
        },
        (hour, day, "*", "*") => match (number(hour), number(day)) {
            (Some(hour), Some(day)) => format!("monthly-{day}-{}", at(hour)),
            _ => slug(cron),
        },
        _ => slug(cron),
    }
}

fn is_built_in_of(tiers: &Tiers, word: &str, cron: &str) -> bool {
    matches!(tiers.get(word), Some(Tier::Scheduled { cron: known, .. }) if known.template() == cron)
}

/// A schedule as a word, where nothing better is known.
fn slug(cron: &str) -> String {
    let mut out = String::from("cron");
    let mut gap = true;
    for c in cron.chars() {
        let text = match c {
            '*' => "any".to_owned(),
            '/' => "by".to_owned(),
            ',' => "and".to_owned(),
            '-' => "to".to_owned(),
            c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase().to_string(),
            _ => {
                gap = true;
                continue;
            }
        };
        if gap {
            out.push('-');
        }
        gap = false;
        out.push_str(&text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Minutes, Scheduled, cadences};

    fn told(crons: &[&str], minutes: Minutes) -> String {
        let sources: Vec<Scheduled<usize>> = crons
            .iter()
            .enumerate()
            .map(|(key, cron)| {
                let cron = (*cron).to_owned();
                Scheduled { key, target: 0, cron, legacy: None }
            })
            .collect();
        let found = cadences(&sources, minutes);
        let of = found.of.values().map(|c| match c.minute {
            Some(minute) => format!("{}:{minute}", c.word),
            None => c.word.clone(),
        });
        format!("{:?} {}", found.tiers, of.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn one_minute_is_kept_and_many_are_spread() {
        let same = ["0 * * * *", "0 * * * *", "30 8 * * *"];
        insta::assert_snapshot!(told(&same, Minutes::Spread),
            @r#"{"daily-0830": "30 8 * * *", "hourly": "0 * * * *"} hourly hourly daily-0830"#);
        let many = ["1 2 * * *", "7 2 * * *", "9 2 * * *", "4 5 * * *"];
        insta::assert_snapshot!(told(&many, Minutes::Spread),
            @r#"{"daily-0504": "4 5 * * *"} daily daily daily daily-0504"#);
        insta::assert_snapshot!(told(&many, Minutes::Kept),
            @r#"{"daily-0201": "1 2 * * *", "daily-0207": "7 2 * * *", "daily-0209": "9 2 * * *", "daily-0504": "4 5 * * *"} daily-0201 daily-0207 daily-0209 daily-0504"#);
    }

    #[test]
    fn words_say_what_a_schedule_is() {
        let crons = [
            "0 */6 * * *",
            "15 */6 * * *",
            "0 4,16 * * *",
            "5 3 * * 0",
            "@daily",
            "*/10 * * * *",
            "0 2 1 * *",
            "0 1-5 * * *",
        ];
        assert_eq!(
            told(&crons, Minutes::Kept).rsplit_once('}').unwrap().1,
            " every-6h-at-00 every-6h-at-15 twice-daily-4-16 weekly-sun-0305 cron-daily every-10m \
             monthly-1-0200 cron-0-1to5-any-any-any"
        );
    }
}
