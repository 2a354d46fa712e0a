//! A schedule in which each volume gets a minute and an hour of its own.

use crate::api::{name, schedule};

const MINUTE: &str = "{minute}";
const HOUR: &str = "{hour}";

/// A cron expression that may hold `{minute}` and `{hour}`, checked for every volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron(String);

impl Cron {
    /// Reads a cron expression with placeholders.
    ///
    /// # Errors
    /// Says what is wrong with it, in words that fit after "the schedule".
    pub fn parse(template: &str) -> Result<Self, String> {
        if template.is_empty() {
            return Err("is empty".to_owned());
        }
        let rest = template.replace(MINUTE, "").replace(HOUR, "");
        if rest.contains(['{', '}']) {
            return Err(format!("`{template}` has braces that are neither {MINUTE} nor {HOUR}"));
        }
        // The corners show every error that some volume would meet: each field is bounded by its
        // smallest and largest number, and a range by which of its ends is larger.
        for (minute, hour) in [(0, 0), (59, 23), (0, 23), (59, 0)] {
            let cron = fill(template, minute, hour);
            schedule::check(&cron).map_err(|why| {
                if cron == template {
                    format!("`{template}` {why}")
                } else {
                    format!("`{template}` becomes `{cron}` for some volume, which {why}")
                }
            })?;
        }
        Ok(Self(template.to_owned()))
    }

    /// A built-in schedule, which a test holds to [`Self::parse`].
    pub(super) fn built_in(template: &str) -> Self {
        Self(template.to_owned())
    }

    /// Returns the expression as it was written.
    pub fn template(&self) -> &str {
        &self.0
    }

    /// Returns the schedule of one volume. It hangs on the volume's name alone, so that it stays
    /// the same for ever, and volumes spread over the hour and the day.
    pub fn for_volume(&self, namespace: &str, pvc: &str) -> String {
        self.for_volume_at(namespace, pvc, None, None)
    }

    /// Returns the schedule of one volume that may name its own minute and hour, each as a field
    /// of a cron expression. The result is unchecked.
    pub fn for_volume_at(
        &self,
        namespace: &str,
        pvc: &str,
        minute: Option<&str>,
        hour: Option<&str>,
    ) -> String {
        let hash = name::sha256(&format!("{namespace}/{pvc}"));
        let number = |at: usize| u32::from_be_bytes(std::array::from_fn(|n| hash[at + n]));
        let own = |text: Option<&str>, number: u32| {
            text.map_or_else(|| number.to_string(), str::to_owned)
        };
        let minute = own(minute, number(0) % 60);
        self.0.replace(MINUTE, &minute).replace(HOUR, &own(hour, number(4) % 24))
    }
}

fn fill(template: &str, minute: u32, hour: u32) -> String {
    template.replace(MINUTE, &minute.to_string()).replace(HOUR, &hour.to_string())
}

#[cfg(test)]
mod tests {
    use super::Cron;

    #[test]
    fn placeholders_hang_on_the_volume() {
        let at = |template: &str, ns: &str, pvc: &str| {
            Cron::parse(template).unwrap().for_volume(ns, pvc)
        };
        // printf media/library | sha256sum
        insta::assert_snapshot!(
            [
                at("{minute} * * * *", "media", "library"),
                at("{minute} {hour} * * 0", "media", "library"),
                at("{minute} 2 * * *", "media", "other"),
                at("5 2 * * *", "media", "library"),
                at("@daily", "media", "library"),
            ]
            .join("\n"),
            @r#"
15 * * * *
15 22 * * 0
45 2 * * *
5 2 * * *
@daily
"#
        );
    }

    #[test]
    fn a_schedule_is_checked_for_every_volume() {
        let refusals = [
            "{minute} * * *",
            "0 {minute} * * *",
            "0 0 {hour} * *",
            "{minute}-30 * * * *",
            "{hour}-{minute} * * * *",
            "*/{minute} * * * *",
            "{day} 2 * * *",
            "{ minute } * * * *",
            "99 2 * * *",
            "nightly",
            "",
        ]
        .map(|template| Cron::parse(template).unwrap_err());
        insta::assert_snapshot!(refusals.join("\n"), @r#"
`{minute} * * *` becomes `0 * * *` for some volume, which has 4 fields; VolSync takes five: minute hour day month weekday
`0 {minute} * * *` becomes `0 59 * * *` for some volume, which has hour `59`, outside 0 to 23
`0 0 {hour} * *` becomes `0 0 0 * *` for some volume, which has day of the month `0`, outside 1 to 31
`{minute}-30 * * * *` becomes `59-30 * * * *` for some volume, which has minute `59-30`, which ends before it starts
`{hour}-{minute} * * * *` becomes `23-0 * * * *` for some volume, which has minute `23-0`, which ends before it starts
`*/{minute} * * * *` becomes `*/0 * * * *` for some volume, which has minute `*/0`, whose step is not a number from 1
`{day} 2 * * *` has braces that are neither {minute} nor {hour}
`{ minute } * * * *` has braces that are neither {minute} nor {hour}
`99 2 * * *` has minute `99`, outside 0 to 59
`nightly` has 1 field; VolSync takes five: minute hour day month weekday
is empty
"#);
    }
}
