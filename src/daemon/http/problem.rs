//! What is answered where a request cannot be: problem details, RFC 9457, with what to type.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The media type of a problem.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Problem {
    /// What kind of problem; stable.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The status of the response.
    pub status: u16,
    /// What was seen.
    pub detail: String,
    /// What to do.
    pub fix: String,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No page has this address.
    UnknownAddress,
    /// The page is only read.
    MethodNotAllowed,
    /// A parameter that no page has.
    UnknownParameter,
    /// A value that means nothing.
    InvalidValue,
    /// A token that belongs to nothing.
    InvalidToken,
    /// No such volume.
    UnknownVolume,
    /// Nothing was evaluated yet.
    NotReady,
    /// Too many are asking.
    TooBusy,
    /// It took too long.
    TimedOut,
    /// The request is too long.
    TooLarge,
    /// Our own fault.
    Internal,
}

impl Kind {
    fn parts(self) -> (&'static str, &'static str, StatusCode) {
        match self {
            Self::UnknownAddress => {
                ("unknown-address", "no page has this address", StatusCode::NOT_FOUND)
            }
            Self::MethodNotAllowed => {
                ("method-not-allowed", "only reading is possible", StatusCode::METHOD_NOT_ALLOWED)
            }
            Self::UnknownParameter => {
                ("unknown-parameter", "the parameter is not known", StatusCode::BAD_REQUEST)
            }
            Self::InvalidValue => {
                ("invalid-value", "the value has no meaning", StatusCode::BAD_REQUEST)
            }
            Self::InvalidToken => {
                ("invalid-token", "the token does not fit", StatusCode::BAD_REQUEST)
            }
            Self::UnknownVolume => {
                ("unknown-volume", "there is no such volume", StatusCode::NOT_FOUND)
            }
            Self::NotReady => {
                ("not-ready", "no volume was evaluated yet", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::TooBusy => {
                ("too-busy", "too many requests at once", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::TimedOut => {
                ("timed-out", "the answer took too long", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::TooLarge => {
                ("too-large", "the request is too long", StatusCode::PAYLOAD_TOO_LARGE)
            }
            Self::Internal => {
                ("internal", "the answer could not be written", StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Makes a problem of this kind.
    pub(super) fn because(self, detail: impl Into<String>, fix: impl Into<String>) -> Problem {
        let (id, title, status) = self.parts();
        Problem {
            kind: format!("urn:pvc-plumber:problem:{id}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            fix: fix.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        // Serialising plain strings does not fail.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
