//! `/metrics`: OpenMetrics text, read from the last state when it is asked for, so that a volume
//! which is gone, or a verdict which was, leaves nothing behind.

use super::coding::Coding;
use super::problem::Problem;
use super::{Server, audit::unwritten};
use crate::audit::Scenario;
use crate::audit::document::Rated;
use crate::daemon::{Health, Source, State, Tally, Watch};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt::Error;
use std::sync::Arc;
use std::time::Duration;

/// The media type of the text.
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// What is measured while the daemon runs. Clones share what they have measured.
#[derive(Debug, Clone)]
pub struct Meters {
    answers: Family<Labels<2>, Histogram, fn() -> Histogram>,
    evaluations: Histogram,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            answers: Family::new_with_constructor(short as fn() -> Histogram),
            evaluations: Histogram::new([0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0, 30.0]),
        }
    }
}

fn short() -> Histogram {
    Histogram::new([0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 2.0, 10.0])
}

impl Meters {
    /// Counts an evaluation of all volumes that took so long.
    pub fn evaluated(&self, took: Duration) {
        self.evaluations.observe(took.as_secs_f64());
    }

    /// Counts a request whose answer began after so long.
    pub(super) fn answered(&self, route: &'static str, status: StatusCode, took: Duration) {
        let status = match status.as_u16() {
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        let labels = [("route", route), ("status", status)];
        self.answers.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// Answers with the metrics.
pub(super) async fn get(
    Shared(server): Shared<Arc<Server>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let coding = Coding::of(&headers);
    let (state, meters) = (server.state(), server.options.meters.clone());
    let writing = tokio::task::spawn_blocking(move || {
        let text = text(state, &meters).map_err(|error| unwritten(&error))?;
        coding.apply(text.into_bytes()).map_err(|error| unwritten(&error))
    });
    let body = writing.await.map_err(|error| unwritten(&error))??;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    coding.tell(headers);
    Ok(response)
}

fn text(state: Arc<State>, meters: &Meters) -> Result<String, Error> {
    let mut registry = Registry::default();
    let Meters { answers, evaluations } = meters.clone();
    let help = "How long evaluating all volumes took";
    registry.register("plumber_audit_evaluation_duration_seconds", help, evaluations);
    let help = "How long answers took to begin";
    registry.register("plumber_audit_http_request_duration_seconds", help, answers);
    let capacity = 16 * 1024 + state.document.entries.len() * 512;
    registry.register_collector(Box::new(Snapshot(state)));
    let mut text = String::with_capacity(capacity);
    encode(&mut text, &registry)?;
    Ok(text)
}

/// The metrics of one state.
#[derive(Debug)]
struct Snapshot(Arc<State>);

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut out = Families { encoder: &mut encoder };
        process(&mut out, &self.0)?;
        totals(&mut out, &self.0)?;
        volumes(&mut out, &self.0.document.entries)?;
        watches(&mut out, &self.0.watches)?;
        sources(&mut out, &self.0.sources)
    }
}

struct Families<'e, 'w> {
    encoder: &'e mut DescriptorEncoder<'w>,
}

impl Families<'_, '_> {
    /// Writes a family of gauges; its name goes after `plumber_audit_`.
    fn gauges<'l, const N: usize, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = ([(&'static str, &'l str); N], V)>,
    ) -> Result<(), Error> {
        let name = format!("plumber_audit_{name}");
        let mut family = self.encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?;
        for (labels, value) in series {
            if N == 0 {
                family.encode_gauge(&value)?;
            } else {
                family.encode_family(&labels)?.encode_gauge(&value)?;
            }
        }
        Ok(())
    }

    fn counters<'l>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = ([(&'static str, &'l str); 2], u64)>,
    ) -> Result<(), Error> {
        let name = format!("plumber_audit_{name}");
        let mut family = self.encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
        for (labels, value) in series {
            ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn process(out: &mut Families<'_, '_>, state: &State) -> Result<(), Error> {
    let version = [([("version", env!("CARGO_PKG_VERSION"))], 1_i64)];
    out.gauges("build_info", "Which version runs", version)?;
    let ready = i64::from(state.is_ready());
    out.gauges("ready", "Whether everything was read once", [([], ready)])?;
    let evaluated = (state.revision > 0).then(|| ([], state.evaluated_at.as_second()));
    out.gauges("evaluation_timestamp_seconds", "When the volumes were evaluated last", evaluated)
}

fn totals(out: &mut Families<'_, '_>, state: &State) -> Result<(), Error> {
    let readiness = &state.document.readiness;
    let by = &readiness.by_outcome;
    let both = [(Scenario::Rebuild, &by.rebuild), (Scenario::Recreate, &by.pvc_recreate)];
    let series = both.into_iter().flat_map(|(scenario, counts)| {
        counts.iter().map(move |(outcome, count)| {
            ([("outcome", *outcome), ("scenario", scenario.id())], *count)
        })
    });
    out.gauges("volumes", "Volumes that are to come back, by what would happen", series)?;
    let not = &readiness.not_protected;
    let series = [
        ("exempt", not.exempt),
        ("native", not.native),
        ("not_wanted", not.not_wanted),
        ("undecided", not.undecided),
        ("not_in_git", not.not_in_git),
    ];
    let series = series.map(|(reason, count)| ([("reason", reason)], count));
    out.gauges("volumes_not_protected", "Volumes that are not to come back, by the reason", series)
}

fn name(rated: &Rated) -> [(&'static str, &str); 2] {
    [("namespace", rated.namespace()), ("persistentvolumeclaim", rated.pvc())]
}

fn volumes(out: &mut Families<'_, '_>, all: &[Arc<Rated>]) -> Result<(), Error> {
    let verdicts = all.iter().map(|rated| {
        let [namespace, pvc] = name(rated);
        let (verdict, severity) = (rated.verdict.id(), rated.severity.id());
        ([namespace, pvc, ("verdict", verdict), ("severity", severity)], 1_i64)
    });
    out.gauges("volume_verdict", "The verdict on a volume", verdicts)?;
    let times = |time: fn(&Rated) -> Option<Timestamp>| {
        all.iter().filter_map(move |rated| Some((name(rated), time(rated)?.as_second())))
    };
    let help = "When a volume's last backup succeeded";
    let backups = times(|rated| rated.last_success);
    out.gauges("backup_last_success_timestamp_seconds", help, backups)?;
    let help = "From when a volume's data would be if the cluster were rebuilt";
    let points = times(|rated| rated.restore_point);
    out.gauges("restore_point_timestamp_seconds", help, points)
}

fn watches(out: &mut Families<'_, '_>, watches: &[Watch]) -> Result<(), Error> {
    let tally = |of: fn(&Watch) -> Tally| {
        watches.iter().flat_map(move |watch| {
            let Tally { ok, failed } = of(watch);
            [("success", ok), ("error", failed)]
                .map(|(result, count)| ([("kind", watch.kind.id()), ("result", result)], count))
        })
    };
    out.counters("watch_list", "Lists of a kind", tally(|watch| watch.lists))?;
    out.counters("watch_watch", "Watches of a kind", tally(|watch| watch.watches))?;
    let health = watches
        .iter()
        .map(|watch| ([("kind", watch.kind.id()), ("health", word(watch.health))], 1_i64));
    out.gauges("watch_health", "How a kind is watched", health)?;
    let objects = watches.iter().map(|watch| ([("kind", watch.kind.id())], watch.objects));
    out.gauges("watch_objects", "Objects of a kind that are known", objects)?;
    let malformed = watches.iter().map(|watch| ([("kind", watch.kind.id())], watch.malformed));
    out.gauges("watch_malformed_objects", "Objects of a kind that cannot be read", malformed)?;
    let seen = watches.iter().filter_map(|watch| {
        watch.seen_at.map(|seen| ([("kind", watch.kind.id())], seen.as_second()))
    });
    let help = "When the API server last gave a sign of life on a kind";
    out.gauges("watch_last_seen_timestamp_seconds", help, seen)
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Starting => "starting",
        Health::Live => "live",
        Health::Broken => "broken",
        Health::Forbidden => "forbidden",
        Health::Absent => "absent",
    }
}

fn sources(out: &mut Families<'_, '_>, sources: &[Source]) -> Result<(), Error> {
    let labels = |source: &'_ Source| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        (text(&source.app), text(&source.repo), source.path.clone())
    };
    let named: Vec<_> = sources.iter().map(|source| (labels(source), source)).collect();
    let all = || {
        named.iter().map(|((app, repo, path), source)| {
            ([("app", app.as_str()), ("repo", repo.as_str()), ("path", path.as_str())], *source)
        })
    };
    let rendered =
        all().filter_map(|(labels, source)| Some((labels, source.rendered_at?.as_second())));
    let help = "When a part of Git last rendered";
    out.gauges("source_last_success_timestamp_seconds", help, rendered)?;
    let failing = all().map(|(labels, source)| (labels, i64::from(source.error.is_some())));
    out.gauges("source_failing", "Whether a part of Git does not render", failing)
}
