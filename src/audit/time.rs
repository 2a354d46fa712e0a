//! Times and how long ago they were.

use jiff::{SignedDuration, Timestamp};

/// Reads an RFC 3339 time as the cluster's API writes it.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Reads a duration as Go writes it: `1h2m3.5s`.
pub(super) fn parse_duration(text: &str) -> Option<SignedDuration> {
    text.parse().ok()
}

/// Writes a duration for people: its largest unit, or two where that is coarse.
pub(super) fn ago(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours @ 1..10, minutes) if minutes % 60 > 0 => format!("{hours}h{}m", minutes % 60),
        (0, hours, _) => format!("{hours}h"),
        (days @ 1..10, hours, _) if hours % 24 > 0 => format!("{days}d{}h", hours % 24),
        (days, _, _) => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ago, parse, parse_duration};
    use jiff::SignedDuration;

    #[test]
    fn reads_what_the_api_writes() {
        let early = parse("2026-11-02T02:18:00Z").unwrap();
        let late = parse("2026-11-02T04:18:00+01:00").unwrap();
        assert_eq!(late.duration_since(early), SignedDuration::from_hours(1));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse_duration("1m30.5s"), Some(SignedDuration::new(90, 500_000_000)));
        assert_eq!(parse_duration("1h0m2s"), Some(SignedDuration::from_secs(3602)));
        assert_eq!(parse_duration(""), None);
    }

    #[test]
    fn tells_how_long_ago() {
        let told: Vec<String> = [5, 90, 3700, 40_000, 100_000, 3_000_000]
            .map(|seconds| ago(SignedDuration::from_secs(seconds)))
            .into();
        assert_eq!(told, ["5s", "1m", "1h1m", "11h", "1d3h", "34d"]);
    }
}
