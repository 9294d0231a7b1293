//! Counters for Prometheus. Every handle is resolved at start, so the edge only adds to an atomic.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::http::app::App;
use crate::journal::Health;
use crate::store::Recorded;

type Labels = [(&'static str, &'static str); 1];

/// The counters that handlers raise.
pub struct Metrics {
    registry: Registry,
    /// Links followed.
    pub clicks: Counter,
    /// Banners shown.
    pub views: Counter,
    /// Pixels loaded.
    pub pixels: Counter,
    /// Postbacks received.
    pub postbacks: Counter,
    /// Beacons received.
    pub beacons: Counter,
    /// Conversions received by the API.
    pub reports: Counter,
    /// Hits that could not be recorded durably.
    pub unrecorded: Counter,
    /// Requests whose handler panicked.
    pub panics: Counter,
    /// Connections accepted.
    pub connections: Counter,
    stored: [Counter; 5],
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("kudos");
        let hits = Family::<Labels, Counter>::default();
        registry.register("hits", "Hits received, by kind", hits.clone());
        let hit = |kind| hits.get_or_create(&[("kind", kind)]).clone();
        let (clicks, views, pixels) = (hit("click"), hit("view"), hit("pixel"));
        let (postbacks, beacons, reports) = (hit("postback"), hit("beacon"), hit("api"));
        let stored = Family::<Labels, Counter>::default();
        registry.register("stored", "Rows that intake wrote, by kind", stored.clone());
        let stored = ["touchpoint", "duplicate", "conversion", "repeat", "rejected"]
            .map(|kind| stored.get_or_create(&[("kind", kind)]).clone());
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        Metrics {
            stored,
            clicks,
            views,
            pixels,
            postbacks,
            beacons,
            reports,
            unrecorded: counter("hits_unrecorded", "Hits that could not be recorded durably"),
            panics: counter("panics", "Requests whose handler panicked"),
            connections: counter("connections", "Connections accepted"),
            registry,
        }
    }
}

impl Metrics {
    /// Counts what intake wrote.
    pub fn count(&self, recorded: &Recorded) {
        let Recorded { touchpoints, duplicates, conversions, repeats, rejected, queued: _ } = *recorded;
        for (counter, by) in self.stored.iter().zip([touchpoints, duplicates, conversions, repeats, rejected]) {
            counter.inc_by(by);
        }
    }
}

/// The text that Prometheus scrapes.
pub fn text(app: &App) -> String {
    let status = app.journal.status();
    let mut now = Registry::with_prefix("kudos");
    let mut gauge = |name: &str, help: &str, value: i64| now.register(name, help, ConstGauge::new(value));
    gauge("journal_ok", "1 while hits can be recorded durably", i64::from(status.health == Health::Ok));
    gauge("journal_segments", "Segment files not yet drained", status.segments_live as i64);
    gauge("journal_undrained_bytes", "Bytes of hits not yet in the store", status.undrained_bytes as i64);
    gauge("journal_drain_lag_milliseconds", "Age of the oldest hit not yet in the store", app.progress.lag(app.clock.now()));
    gauge("journal_pending_bytes", "Bytes waiting for the disk", status.pending_bytes as i64);
    gauge("journal_last_batch_records", "Records of the last write", status.last_batch_records as i64);
    gauge("journal_last_sync_microseconds", "Time of the last write and fdatasync", status.last_sync_micros as i64);
    gauge("links", "Links in memory", app.directory.links().len() as i64);
    gauge("links_whole", "1 while every link is in memory", i64::from(app.directory.links().is_whole()));
    gauge("store_ok", "1 while the database answers and takes what there is", i64::from(app.store_is_well()));
    let mut counter = |name: &str, help: &str, value: u64| now.register(name, help, ConstCounter::new(value));
    counter("journal_records", "Records made durable", status.records_total);
    counter("journal_syncs", "Calls of fdatasync", status.syncs_total);
    counter("journal_quarantined", "Damaged stretches kept aside", status.quarantined_total);
    let (mut text, mut rest) = (String::new(), String::new());
    // Writing to a string does not fail.
    let _ = encode(&mut text, &app.metrics.registry);
    let _ = encode(&mut rest, &now);
    text.trim_end_matches("# EOF\n").to_owned() + &rest
}
