//! Variables that Argo CD fills in where an Application names them.

use std::collections::BTreeMap;

/// Fills in what is known.
///
/// # Errors
/// Names the first variable that is not.
pub(super) fn substituted(
    text: &str,
    known: &BTreeMap<&'static str, String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, after) = match after.strip_prefix('{') {
            Some(inside) => inside.split_once('}').unwrap_or((inside, "")),
            None => after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len())),
        };
        let value = known.get(name);
        out.push_str(
            value.ok_or_else(|| format!("`{text}` has ${name}, which is not known here"))?,
        );
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::substituted;
    use std::collections::BTreeMap;

    #[test]
    fn variables_are_filled_in() {
        let known = BTreeMap::from([("ARGOCD_APP_NAME", "media".to_owned())]);
        let of = |text| substituted(text, &known);
        assert_eq!(of("a"), Ok("a".to_owned()));
        assert_eq!(of("$ARGOCD_APP_NAME-x"), Ok("media-x".to_owned()));
        assert_eq!(of("x${ARGOCD_APP_NAME}y$$z"), Ok("xmediay$z".to_owned()));
        assert_eq!(of("a$B").unwrap_err(), "`a$B` has $B, which is not known here");
        assert!(of("a$").is_err() && of("a$ b").is_err());
    }
}
