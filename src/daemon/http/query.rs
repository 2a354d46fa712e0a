//! The parameters of `/api/v1/audit`, read strictly: a filter that is misspelt and ignored would
//! show all volumes to someone who believes that these are the ones with a problem.

use super::problem::{Kind, Problem};
use crate::api::name::{hex, sha256};
use crate::api::suggest::nearest;
use crate::audit::code::{Code, Severity};
use crate::audit::document::Rated;
use axum::extract::Query as Pairs;
use axum::http::Uri;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How many volumes a page has where nothing is said.
pub(super) const LIMIT: usize = 100;

/// The most volumes of one page.
pub(super) const MAX_LIMIT: usize = 500;

/// The parameters, with what they take.
pub(super) const PARAMETERS: &[(&str, &str)] = &[
    ("namespace", "Only volumes of these namespaces, separated by commas."),
    ("verdict", "Only volumes of these verdicts, separated by commas."),
    ("severity", "Only volumes of these severities, separated by commas."),
    ("app", "Only volumes of these applications of Argo CD, separated by commas."),
    ("q", "Only volumes with this text in namespace/name, application or verdict."),
    ("limit", "How many volumes at most: 1 to 500, 100 where it is absent."),
    ("continue", "The token `continue` of the page before, with the same filters."),
];

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    namespaces: Vec<String>,
    verdicts: Vec<String>,
    severities: Vec<String>,
    apps: Vec<String>,
    text: Option<String>,
    /// How many volumes at most.
    pub limit: usize,
    /// The volume after which the page begins.
    pub after: Option<(String, String)>,
}

impl Query {
    /// Reads the part of an address after the question mark.
    pub(super) fn parse(query: &str) -> Result<Self, Problem> {
        let mut asked = Self { limit: LIMIT, ..Self::default() };
        let mut token = None;
        let mut single: Vec<String> = Vec::new();
        for (name, value) in pairs(query)? {
            // An empty field of a form asks for nothing.
            if value.is_empty() && PARAMETERS.iter().any(|(known, _)| *known == name) {
                continue;
            }
            if matches!(name.as_str(), "q" | "limit" | "continue") {
                if single.contains(&name) {
                    let seen = format!("{name} stands more than once");
                    return Err(Kind::InvalidValue.because(seen, format!("give {name}= once")));
                }
                single.push(name.clone());
            }
            match name.as_str() {
                "namespace" => asked.namespaces.extend(words(&value)),
                "app" => asked.apps.extend(words(&value)),
                "verdict" => {
                    let known = Code::ALL.iter().map(|code| code.id());
                    asked.verdicts.extend(known_words(&name, &value, known)?);
                }
                "severity" => {
                    let known = Severity::ALL.iter().map(|severity| severity.id());
                    asked.severities.extend(known_words(&name, &value, known)?);
                }
                "q" => asked.text = Some(value.to_lowercase()),
                "limit" => asked.limit = limit(&value)?,
                "continue" => token = Some(value),
                _ => return Err(unknown(&name, PARAMETERS.iter().map(|(known, _)| *known))),
            }
        }
        for words in
            [&mut asked.namespaces, &mut asked.verdicts, &mut asked.severities, &mut asked.apps]
        {
            words.sort();
            words.dedup();
        }
        if let Some(token) = token {
            asked.after = Some(asked.resume(&token)?);
        }
        Ok(asked)
    }

    /// Returns whether a volume is asked for, on whichever page.
    pub(super) fn takes(&self, rated: &Rated) -> bool {
        let among = |words: &[String], word: Option<&str>| {
            words.is_empty() || word.is_some_and(|word| words.iter().any(|known| known == word))
        };
        let app = rated.app.as_deref();
        let (verdict, severity) = (rated.verdict.id(), rated.severity.id());
        among(&self.namespaces, Some(rated.namespace()))
            && among(&self.verdicts, Some(verdict))
            && among(&self.severities, Some(severity))
            && among(&self.apps, app)
            && self.text.as_deref().is_none_or(|text| {
                let name = rated.key().to_string();
                name.contains(text)
                    || verdict.contains(text)
                    || app.is_some_and(|app| app.to_lowercase().contains(text))
            })
    }

    /// Returns whether a volume stands on this page or a later one.
    pub(super) fn is_reached(&self, rated: &Rated) -> bool {
        self.after.as_ref().is_none_or(|(namespace, pvc)| rated.name() > (namespace, pvc))
    }

    /// Makes the token of the page that begins after a volume. It names the volume and no number
    /// of volumes, so that what comes and goes before it moves nothing.
    pub(super) fn token(&self, last: &Rated) -> String {
        let (namespace, pvc) = last.name();
        let text = serde_json::json!([self.mark(), namespace, pvc]).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }

    fn resume(&self, token: &str) -> Result<(String, String), Problem> {
        let again =
            "ask without continue= for the first page, and take the token that comes with it";
        let read = URL_SAFE_NO_PAD.decode(token).ok();
        let read = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some((mark, namespace, pvc)): Option<(String, String, String)> = read else {
            return Err(Kind::InvalidToken.because("continue= is no token of this page", again));
        };
        if mark != self.mark() {
            return Err(Kind::InvalidToken.because("continue= is of other filters", again));
        }
        Ok((namespace, pvc))
    }

    /// Returns a digest of the filters.
    fn mark(&self) -> String {
        hex(&sha256(&self.filters())[..6])
    }

    fn filters(&self) -> String {
        let Self { namespaces, verdicts, severities, apps, text, limit: _, after: _ } = self;
        serde_json::json!([namespaces, verdicts, severities, apps, text]).to_string()
    }

    /// Returns a text that is the same for the same page of the same filters.
    pub(super) fn key(&self) -> String {
        format!("{} {} {:?}", self.filters(), self.limit, self.after)
    }
}

/// Refuses every parameter.
pub(super) fn none(query: Option<&str>) -> Result<(), Problem> {
    match pairs(query.unwrap_or_default())?.first() {
        Some((name, _)) => Err(unknown(name, [])),
        None => Ok(()),
    }
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, Problem> {
    let unreadable =
        |why: String| Kind::InvalidValue.because(why, "write parameters as ?name=value&name=value");
    let uri: Uri = format!("/?{query}")
        .parse()
        .map_err(|error: axum::http::uri::InvalidUri| unreadable(error.to_string()))?;
    let pairs = Pairs::try_from_uri(&uri).map_err(|error| unreadable(error.to_string()))?;
    Ok(pairs.0)
}

fn unknown<'k>(name: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Problem {
    let near = nearest(name, known.clone());
    let known: Vec<&str> = known.into_iter().collect();
    let fix = match near {
        Some(near) => format!("did you mean {near}=?"),
        None if known.is_empty() => format!("leave {name}= out: this page has no parameters"),
        None => format!("leave it out; this page has {}", known.join(", ")),
    };
    Kind::UnknownParameter.because(format!("there is no parameter {name}="), fix)
}

fn words(value: &str) -> impl Iterator<Item = String> + '_ {
    value.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
}

fn known_words<'k>(
    name: &str,
    value: &str,
    known: impl Iterator<Item = &'k str> + Clone,
) -> Result<Vec<String>, Problem> {
    let words: Vec<String> = words(value).collect();
    for word in &words {
        if !known.clone().any(|known| known == word) {
            let fix = match nearest(word, known.clone()) {
                Some(near) => format!("did you mean {name}={near}?"),
                None => format!("{name}= is one of {}", known.collect::<Vec<_>>().join(", ")),
            };
            return Err(Kind::InvalidValue.because(format!("there is no {name} `{word}`"), fix));
        }
    }
    Ok(words)
}

fn limit(value: &str) -> Result<usize, Problem> {
    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| {
        let seen = format!("limit=`{value}` is no number from 1 to {MAX_LIMIT}");
        Kind::InvalidValue.because(seen, "write limit=100, and follow `continue` for the rest")
    })
}
