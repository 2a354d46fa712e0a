//! Cron as VolSync accepts it: five fields that both robfig/cron v3, which the controller runs,
//! and the pattern of the CRD, which the API server checks, take for the same thing.
//!
//! The pattern alone lets `99 99 * * *` through; robfig alone takes `MON`, `@every` and double
//! blanks, which the pattern rejects.

/// The descriptors that the pattern of the CRD knows.
const DESCRIPTORS: &[&str] = &["@annually", "@yearly", "@monthly", "@weekly", "@daily", "@hourly"];

/// The fields in order, with the values robfig allows.
const FIELDS: &[(&str, u32, u32)] = &[
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 6),
];

/// Checks a cron expression.
///
/// # Errors
/// Says what is wrong with it, in words that fit after "the schedule".
pub fn check(cron: &str) -> Result<(), String> {
    if cron.starts_with('@') {
        return if DESCRIPTORS.contains(&cron) {
            Ok(())
        } else {
            Err(format!(
                "is no descriptor that VolSync takes; use one of {}",
                DESCRIPTORS.join(" ")
            ))
        };
    }
    let fields: Vec<&str> = cron.split(' ').collect();
    if fields.iter().any(|field| field.is_empty()) {
        return Err("has blanks that VolSync rejects; put one blank between the fields".into());
    }
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "has {} {}; VolSync takes five: minute hour day month weekday",
            fields.len(),
            if fields.len() == 1 { "field" } else { "fields" }
        ));
    }
    for (field, (name, low, high)) in fields.iter().zip(FIELDS) {
        check_field(field, *low, *high).map_err(|why| format!("has {name} `{field}`, {why}"))?;
    }
    Ok(())
}

fn check_field(field: &str, low: u32, high: u32) -> Result<(), String> {
    let number = |text: &str| {
        let value = text
            .parse::<u32>()
            .ok()
            .filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
            .ok_or_else(|| {
            "which VolSync does not take; use *, */5, 5, 1,2 or 1-5".to_owned()
        })?;
        if (low..=high).contains(&value) {
            Ok(value)
        } else {
            Err(format!("outside {low} to {high}"))
        }
    };
    let step = |text: &str| match text.parse::<u32>() {
        Ok(step) if step > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(()),
        Ok(_) | Err(_) => Err("whose step is not a number from 1".to_owned()),
    };
    if let Some(rest) = field.strip_prefix('*') {
        return match rest.strip_prefix('/') {
            Some(every) => step(every),
            None if rest.is_empty() => Ok(()),
            None => number(field).map(drop),
        };
    }
    if let Some((start, every)) = field.split_once('/') {
        number(start)?;
        return step(every);
    }
    if let Some((start, end)) = field.split_once('-') {
        return if number(start)? <= number(end)? {
            Ok(())
        } else {
            Err("which ends before it starts".into())
        };
    }
    field.split(',').try_for_each(|part| number(part).map(drop))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn takes_what_both_readers_take() {
        for cron in
            ["0 2 * * *", "*/15 * * * *", "5/15 0 * * *", "0 4,16 * * *", "1-5 0 1 1 0", "@daily"]
        {
            assert_eq!(check(cron), Ok(()), "{cron}");
        }
    }

    #[test]
    fn refuses_what_one_of_them_refuses() {
        for cron in [
            "",
            "* * * *",
            "0 0 2 * * *",
            "99 99 * * *",
            "60 * * * *",
            "0 0 * * 7",
            "0 0 * * SUN",
            "@every 1h",
            "@midnight",
            "0  2 * * *",
            " 0 2 * * *",
            "0-6/2 * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "H * * * *",
            "CRON_TZ=UTC 0 2 * * *",
            "0 0 0 * *",
            "1, * * * *",
            "+1 * * * *",
            "? * * * *",
        ] {
            assert!(check(cron).is_err(), "{cron}");
        }
    }
}
