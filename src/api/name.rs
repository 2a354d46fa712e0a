//! Names that Kubernetes accepts, and the hash forms used where a name does not fit.

use sha2::{Digest, Sha256};

/// The longest label value.
pub const LABEL_VALUE_MAX: usize = 63;
/// The longest object name.
pub const NAME_MAX: usize = 253;

/// Returns the sha256 of a text.
pub fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Returns a PVC's name as a label value: itself, or `pvc-` and 24 hex digits of its sha256
/// where it is longer than a label value may be.
pub fn label_value(pvc: &str) -> String {
    if pvc.len() <= LABEL_VALUE_MAX {
        return pvc.to_owned();
    }
    format!("pvc-{}", hex(&sha256(pvc)[..12]))
}

/// Returns bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut digits = String::new();
    for byte in bytes {
        // Writing to a String does not fail.
        write!(digits, "{byte:02x}").unwrap_or_default();
    }
    digits
}

/// Returns whether a text is a DNS subdomain, as object names are.
pub fn is_dns_subdomain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_MAX
        && name.split('.').all(|part| {
            let edge = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9'));
            let bytes = part.as_bytes();
            edge(bytes.first())
                && edge(bytes.last())
                && bytes.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
}

/// Returns whether a text is one label of a DNS name, as namespaces are.
pub fn is_dns_label(name: &str) -> bool {
    name.len() <= 63 && !name.contains('.') && is_dns_subdomain(name)
}

/// Returns whether a text fits VolSync's pattern for `kopia.username` and `kopia.hostname`:
/// letters, digits, `.`, `_` and `-`, with a letter or digit at both ends.
pub fn is_kopia_identity(text: &str) -> bool {
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Returns whether a text can be the value of a label: empty, or such as a kopia identity.
pub fn is_label_value(text: &str) -> bool {
    text.len() <= LABEL_VALUE_MAX && (text.is_empty() || is_kopia_identity(text))
}

/// Returns whether a text is a Kubernetes quantity such as `2Gi`, by the pattern that VolSync's
/// CRDs use.
pub fn is_quantity(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some(rest) = decimal(rest) else { return false };
    match rest {
        "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti"
        | "Pi" | "Ei" => true,
        exponent => exponent.strip_prefix(['e', 'E']).is_some_and(|digits| {
            decimal(digits.strip_prefix(['+', '-']).unwrap_or(digits)) == Some("")
        }),
    }
}

/// Returns what follows `1`, `1.`, `1.5` or `.5`, or nothing where no number starts the text.
fn decimal(text: &str) -> Option<&str> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    match text[whole..].strip_prefix('.') {
        Some(rest) => {
            let fraction = digits(rest);
            (whole + fraction > 0).then(|| &rest[fraction..])
        }
        None => (whole > 0).then(|| &text[whole..]),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_dns_label, is_dns_subdomain, is_kopia_identity, is_quantity, label_value};

    #[test]
    fn long_names_become_a_hash_in_label_values() {
        assert_eq!(label_value("data"), "data");
        let long = "a".repeat(64);
        let value = label_value(&long);
        assert_eq!(value.len(), 28);
        assert!(value.starts_with("pvc-ffe054fe7ae0cb6dc65c3af9"), "{value}");
    }

    #[test]
    fn names_follow_kubernetes() {
        assert!(is_dns_subdomain("my.app-1"));
        assert!(!is_dns_subdomain("My"));
        assert!(!is_dns_subdomain("a..b"));
        assert!(!is_dns_subdomain("-a"));
        assert!(!is_dns_label("a.b"));
    }

    #[test]
    fn identities_follow_the_crd_pattern() {
        assert!(is_kopia_identity("a"));
        assert!(is_kopia_identity("My_app.1-x"));
        assert!(!is_kopia_identity("immich/library"));
        assert!(!is_kopia_identity(""));
        assert!(!is_kopia_identity("a-"));
    }

    #[test]
    fn quantities_follow_the_crd_pattern() {
        for good in ["2Gi", "10", "1.5Ti", "1e3", "+.5", "5.", "100m", "12E"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "2gb", "Gi", "1 Gi", ".", "2GiB", "e3"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}
