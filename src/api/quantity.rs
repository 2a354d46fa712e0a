//! Kubernetes quantities as sizes that can be compared.

use super::name::is_quantity;

/// Returns how much a quantity is; nothing where it is none. Exact for every size below 2^53.
pub fn amount(text: &str) -> Option<f64> {
    if !is_quantity(text) {
        return None;
    }
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || *at == 0 && "+-".contains(*c)))
        .map_or(text.len(), |(at, _)| at);
    let number: f64 = text[..end].trim_end_matches('.').parse().ok()?;
    let binary = |power: i32| Some(number * 1024_f64.powi(power));
    let decimal = |power: i32| Some(number * 10_f64.powi(power));
    match &text[end..] {
        "" => Some(number),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        exponent => decimal(exponent.get(1..)?.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn sizes_compare_across_units() {
        assert_eq!(amount("1Gi"), amount("1024Mi"));
        assert_eq!(amount("10737418240"), amount("10Gi"));
        assert_eq!(amount("5."), Some(5.0));
        assert_eq!(amount("1e3"), amount("1k"));
        assert_eq!(amount("1E"), amount("1e18"));
        assert_eq!(amount(".5Gi"), amount("512Mi"));
        assert!(amount("100Gi") > amount("100G"));
        assert_eq!(amount("10 GB"), None);
    }
}
