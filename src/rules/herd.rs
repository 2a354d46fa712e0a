//! Many backups that start at once.

use super::finding::Finding;
use super::member::Member;
use super::view::View;
use super::{Family, Rule};
use crate::api::volsync;
use crate::config::Cron;
use crate::diagnostic::Code;
use std::collections::BTreeMap;

/// How many backups in one minute are worth a word: from about here on storage systems have been
/// seen to run out of snapshots or bandwidth.
const MANY: usize = 8;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::SchedulesBunched,
        why: "VolSync limits nothing: each backup takes a snapshot, a copy and a pod at that \
              minute. Storage fills up or slows down, and backups fail together.",
        fix: "Give every volume a minute of its own. A rendered schedule has one, by the hash of \
              the volume's name.",
    }],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Ok(own) = Cron::parse("{minute} * * * *") else { return };
    // Minutes are made anew whenever they are looked at: a day of each backup would be much to hold.
    let mut clusters: BTreeMap<Option<&str>, Vec<(&Member, &str)>> = BTreeMap::new();
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        let schedule = rs.text(&["spec", "trigger", "schedule"]);
        let paused = rs.is_true(&["spec", "paused"]);
        if let Some(cron) = schedule.filter(|cron| !paused && minutes_of_day(cron).is_some()) {
            clusters.entry(rs.cluster()).or_default().push((rs, cron));
        }
    }
    for sources in clusters.values() {
        let minutes = |cron: &str| minutes_of_day(cron).unwrap_or_default();
        let (at, count) = busiest(sources.iter().map(|(_, cron)| minutes(cron)));
        if count < MANY {
            continue;
        }
        let together: Vec<&Member> = sources
            .iter()
            .filter(|(_, cron)| minutes(cron).contains(&at))
            .map(|(member, _)| *member)
            .collect();
        let Some(first) = together.first() else { continue };
        let spread = busiest(sources.iter().map(|(member, cron)| {
            let pvc = member.text(&["spec", "sourcePVC"]).unwrap_or(member.name());
            let schedule = own.for_volume(member.namespace().unwrap_or_default(), pvc);
            // What runs in an hour runs in it still, at the minute of the volume.
            let minute = minutes_of_day(&schedule).and_then(|all| all.first().copied());
            let minute = minute.unwrap_or_default();
            let mut hours: Vec<u16> = minutes(cron).iter().map(|at| at / 60).collect();
            hours.dedup();
            hours.into_iter().map(|hour| hour * 60 + minute).collect()
        }));
        // Where there are many, some minutes are shared whatever the minutes are.
        if count <= spread.1 * 2 {
            continue;
        }
        let mut names: Vec<&str> = together.iter().skip(1).take(3).map(|m| m.name()).collect();
        names.sort_unstable();
        found.push(
            first
                .finding(
                    Code::SchedulesBunched,
                    format!(
                        "{count} backups start in the same minute, {:02}:{:02}, this one, {} and \
                         {} more among them",
                        at / 60,
                        at % 60,
                        names.join(", "),
                        count.saturating_sub(1 + names.len())
                    ),
                )
                .at(first.at(&["spec", "trigger", "schedule"]))
                .help(format!(
                    "give each a minute of its own; with the minutes that labels render, at most \
                     {} would start together",
                    spread.1
                )),
        );
    }
}

/// The minute of the day in which most start, and how many do.
fn busiest(sources: impl Iterator<Item = Vec<u16>>) -> (u16, usize) {
    let mut counts = vec![0_usize; 24 * 60];
    for minutes in sources {
        for minute in minutes {
            if let Some(count) = counts.get_mut(usize::from(minute)) {
                *count += 1;
            }
        }
    }
    let busiest = counts.iter().enumerate().max_by_key(|(at, count)| (**count, usize::MAX - at));
    busiest.map_or((0, 0), |(at, count)| (u16::try_from(at).unwrap_or_default(), *count))
}

/// The minutes of a day at which a schedule starts, on a day on which it does; nothing for one
/// that cannot be read.
fn minutes_of_day(cron: &str) -> Option<Vec<u16>> {
    let (minutes, hours) = match cron {
        "@hourly" => (vec![0], (0..24).collect()),
        cron if cron.starts_with('@') => (vec![0], vec![0]),
        cron => {
            let mut fields = cron.split_ascii_whitespace();
            let minutes = values(fields.next()?, 60)?;
            (minutes, values(fields.next()?, 24)?)
        }
    };
    Some(
        hours
            .iter()
            .flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute))
            .collect(),
    )
}

fn values(field: &str, end: u16) -> Option<Vec<u16>> {
    let mut all = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u16>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match (range, range.split_once('-')) {
            ("*", _) => (0, end - 1),
            (_, Some((first, last))) => (first.parse().ok()?, last.parse().ok()?),
            (one, None) => {
                let one: u16 = one.parse().ok()?;
                (one, if part.contains('/') { end - 1 } else { one })
            }
        };
        all.extend((first..=last.min(end - 1)).step_by(usize::from(step)));
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::{busiest, minutes_of_day};

    #[test]
    fn schedules_that_overlap_are_counted_together() {
        let crons = ["0 * * * *", "0 */6 * * *", "@daily", "0 12,18 * * *", "30 0 * * *"];
        let (at, count) = busiest(crons.iter().map(|cron| minutes_of_day(cron).unwrap()));
        assert_eq!((at, count), (0, 3));
        assert_eq!(minutes_of_day("5/20 1-2 * * *").unwrap(), [65, 85, 105, 125, 145, 165]);
        assert_eq!(minutes_of_day("${MINUTE} 2 * * *"), None);
    }
}
