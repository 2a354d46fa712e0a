//! A cron expression → the longest time between two of its runs.
//!
//! The controller's time zone is not known, and shifts every run alike, so only the distance
//! between runs is used, never their place on the clock. Fields mean what they mean to
//! robfig/cron v3, which VolSync runs; no crate follows its rule for the two day fields.

use jiff::SignedDuration;
use jiff::civil::{Date, date};

/// The years that are looked at: they hold a leap day after the longest wait for one.
const YEARS: (i16, i16) = (2095, 2106);

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Returns the longest time between two runs of a cron expression; nothing where it cannot be
/// read or never runs.
pub(super) fn longest_gap(cron: &str) -> Option<SignedDuration> {
    let cron = cron.trim();
    if let Some(every) = cron.strip_prefix("@every ") {
        return super::time::parse_duration(every.trim()).filter(SignedDuration::is_positive);
    }
    let cron = match cron.split_once(' ') {
        Some((zone, rest)) if zone.starts_with("CRON_TZ=") || zone.starts_with("TZ=") => rest,
        Some(_) | None => cron,
    };
    let cron = match cron {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        other => other,
    };
    let fields: Vec<&str> = cron.split_ascii_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let minutes = Field::parse(minute, 0, 59, &[])?;
    let hours = Field::parse(hour, 0, 23, &[])?;
    let days = Days {
        day: Field::parse(day, 1, 31, &[])?,
        month: Field::parse(month, 1, 12, MONTHS)?,
        weekday: Field::parse(weekday, 0, 6, WEEKDAYS)?,
    };
    let times: Vec<i64> = (0..24 * 60)
        .filter(|at| hours.has(at / 60) && minutes.has(at % 60))
        .map(i64::from)
        .collect();
    let (first, last) = (*times.first()?, *times.last()?);
    let within = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
    let overnight = days.longest_gap()? * 24 * 60 - last + first;
    Some(SignedDuration::from_mins(within.max(overnight)))
}

/// The values a field allows.
struct Field {
    /// One bit a value.
    values: u64,
    /// Whether it is written as "any", which decides how the two day fields combine.
    any: bool,
}

impl Field {
    fn parse(text: &str, low: u32, high: u32, names: &[&str]) -> Option<Self> {
        let number = |text: &str| -> Option<u32> {
            let word = names.iter().position(|name| name.eq_ignore_ascii_case(text));
            let value = match word {
                Some(at) => low + u32::try_from(at).ok()?,
                None => text.parse().ok()?,
            };
            (low..=high).contains(&value).then_some(value)
        };
        let mut field = Self { values: 0, any: false };
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
                None => (part, 1_usize),
            };
            let (start, end) = match range.split_once('-') {
                _ if range == "*" || range == "?" => {
                    field.any |= step == 1;
                    (low, high)
                }
                Some((start, end)) => (number(start)?, number(end)?),
                None if part.contains('/') => (number(range)?, high),
                None => (number(range)?, number(range)?),
            };
            if start > end {
                return None;
            }
            for value in (start..=end).step_by(step) {
                field.values |= 1 << value;
            }
        }
        Some(field)
    }

    fn has(&self, value: u32) -> bool {
        self.values >> value & 1 == 1
    }
}

struct Days {
    day: Field,
    month: Field,
    weekday: Field,
}

impl Days {
    fn has(&self, date: Date) -> bool {
        let unsigned = |value: i8| u32::try_from(value).unwrap_or_default();
        let day = self.day.has(unsigned(date.day()));
        let weekday = self.weekday.has(unsigned(date.weekday().to_sunday_zero_offset()));
        // robfig: where one of the two is "any" both have to fit, else one is enough.
        let fits = if self.day.any || self.weekday.any { day && weekday } else { day || weekday };
        fits && self.month.has(unsigned(date.month()))
    }

    /// Returns the longest distance between two days that fit.
    fn longest_gap(&self) -> Option<i64> {
        if self.day.any && self.month.any && self.month.values.count_ones() == 12 {
            // Whole weeks repeat.
            if self.weekday.any {
                return Some(1);
            }
        }
        let mut previous: Option<i64> = None;
        let mut longest = None;
        let mut at = date(YEARS.0, 1, 1);
        let end = date(YEARS.1, 1, 1);
        let mut index = 0;
        while at < end {
            if self.has(at) {
                longest = longest.max(previous.map(|before| index - before));
                previous = Some(index);
            }
            index += 1;
            at = at.tomorrow().ok()?;
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::longest_gap;

    fn gap(cron: &str) -> String {
        longest_gap(cron).map_or("never".into(), |gap| format!("{gap:#}"))
    }

    #[test]
    fn gaps_are_those_of_robfig() {
        let told: Vec<String> = [
            "17 * * * *",
            "*/15 * * * *",
            "5,50 * * * *",
            "12 2 * * *",
            "0 6-18/4 * * *",
            "0 2 * * 0",
            "0 2 * * 1-5",
            "0 2 * * MON-FRI",
            "0 2 1 * *",
            "0 2 29 2 *",
            // Neither day field is "any": one of them is enough.
            "0 2 1 * 0",
            // A step makes a star an ordinary field.
            "0 2 */2 * 0",
            "@hourly",
            "@yearly",
            "@every 90m",
            "CRON_TZ=Europe/Berlin 0 2 * * *",
        ]
        .map(|cron| format!("{cron}: {}", gap(cron)))
        .into();
        insta::assert_snapshot!(told.join("\n"), @r"
17 * * * *: 1h
*/15 * * * *: 15m
5,50 * * * *: 45m
12 2 * * *: 24h
0 6-18/4 * * *: 12h
0 2 * * 0: 168h
0 2 * * 1-5: 72h
0 2 * * MON-FRI: 72h
0 2 1 * *: 744h
0 2 29 2 *: 70104h
0 2 1 * 0: 168h
0 2 */2 * 0: 48h
@hourly: 1h
@yearly: 8784h
@every 90m: 1h 30m
CRON_TZ=Europe/Berlin 0 2 * * *: 24h
");
    }

    #[test]
    fn what_cannot_be_read_has_none() {
        for cron in
            ["", "nightly", "0 2 * *", "60 * * * *", "0 2 31 2 *", "5-1 * * * *", "*/0 * * * *"]
        {
            assert_eq!(longest_gap(cron), None, "{cron}");
        }
    }
}
