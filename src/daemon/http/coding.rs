//! Content codings: gzip for who accepts it.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// How a body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coding {
    /// As it is.
    Identity,
    /// Compressed.
    Gzip,
}

impl Coding {
    /// Returns what a client is given: gzip where it accepts that.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut any = false;
        let mut gzip = None;
        let lists = headers.get_all(header::ACCEPT_ENCODING);
        let names = lists.iter().filter_map(|list| list.to_str().ok());
        for item in names.flat_map(|list| list.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let quality = parts.find_map(|part| part.strip_prefix("q="));
            let accepted = quality.is_none_or(|q| q.parse::<f32>().is_ok_and(|q| q > 0.0));
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                gzip = Some(accepted);
            } else if name == "*" {
                any = accepted;
            }
        }
        if gzip.unwrap_or(any) { Self::Gzip } else { Self::Identity }
    }

    /// Codes a body.
    pub(super) fn apply(self, body: Vec<u8>) -> io::Result<Bytes> {
        match self {
            Self::Identity => Ok(body.into()),
            Self::Gzip => {
                let mut encoder = encoder(body.len() / 8);
                encoder.write_all(&body)?;
                Ok(encoder.finish()?.into())
            }
        }
    }

    /// Says in the headers how the body is coded.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if self == Self::Gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
}

/// How well is compressed. The documents are repetitive: here they shrink to a thirtieth, at the
/// fastest level, which takes half the time, to a thirteenth.
const LEVEL: Compression = Compression::new(5);

/// Makes an encoder.
pub(super) fn encoder(capacity: usize) -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::with_capacity(capacity), LEVEL)
}

#[cfg(test)]
mod tests {
    use super::Coding::{self, Gzip, Identity};
    use axum::http::{HeaderMap, header};

    #[test]
    fn gzip_is_for_who_accepts_it() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, text.parse().unwrap());
            Coding::of(&headers)
        };
        assert_eq!(Coding::of(&HeaderMap::new()), Identity);
        assert_eq!(
            ["gzip", "deflate, GZIP;q=0.5", "*", "br, *;q=0.1"].map(of),
            [Gzip, Gzip, Gzip, Gzip]
        );
        assert_eq!(["identity", "gzip;q=0", "*, gzip;q=0", "br"].map(of), [Identity; 4]);
    }
}
