//! Intake, attribution and the check over a real store: what a hit becomes, exactly once, in any order.

#[path = "intake/beside.rs"]
mod beside;
#[path = "intake/broken.rs"]
mod broken;
#[path = "intake/credit.rs"]
mod credit;
#[path = "intake/duplicates.rs"]
mod duplicates;
#[path = "intake/jobs.rs"]
mod jobs;
#[path = "intake/milestones.rs"]
mod milestones;
#[path = "intake/months.rs"]
mod months;
#[path = "intake/once.rs"]
mod once;
#[path = "intake/order.rs"]
mod order;
#[path = "intake/people.rs"]
mod people;
#[path = "intake/people_order.rs"]
mod people_order;
#[path = "intake/pump.rs"]
mod pump;
#[path = "intake/reattribute.rs"]
mod reattribute;
#[path = "intake/renewals.rs"]
mod renewals;
#[path = "intake/standings.rs"]
mod standings;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use kudos::domain::conversion::{Report, Source};
use kudos::domain::hit::{Body, Followed, Hit, Idempotency};
use kudos::domain::id::{self, ConversionId, LinkId, PartnerId, TouchpointId, VisitorId};
use kudos::domain::interpret::Agent;
use kudos::domain::time::{DAY_MS, Time};
use kudos::domain::touchpoint::Device;
use kudos::intake::batch::read_all;
use kudos::jobs::attribute;
use kudos::store::{Broken, Recorded, Store};
use uuid::Uuid;

use super::STORE;
use crate::database::{self, Hand, Kind, hex};
use crate::statements::assert_listed;

/// Noon of some day; hits are told in milliseconds after it.
pub const NOON: i64 = 1_780_000_000_000 - 1_780_000_000_000 % DAY_MS + DAY_MS / 2;
pub const MINUTE: i64 = 60_000;
/// The partners that every rig has, each with a link and a code of the same name.
pub const PARTNERS: [&str; 3] = ["ANNA", "BEN", "CLEO"];

pub fn at(offset_ms: i64) -> Time {
    Time::from_millis(NOON + offset_ms)
}

pub struct Rig {
    dir: tempfile::TempDir,
    pub store: Store,
    /// Past the house, for what only a hand would do.
    pub hand: Hand,
}

impl Rig {
    pub async fn new() -> Rig {
        let dir = tempfile::tempdir().unwrap();
        let url = STORE.url(dir.path());
        let store = database::open(&url).await;
        store.migrate().await.unwrap();
        let rig = Rig { dir, store, hand: Hand::to(&url).await };
        let mut sql = String::new();
        for (place, name) in PARTNERS.iter().enumerate() {
            let (partner, link, code) = (hex(partner(place)), hex(link(place)), hex(Uuid::from_u128(300 + place as u128)));
            let yes = if STORE == Kind::Sqlite { "1" } else { "true" };
            sql += &format!(
                "insert into partners (id, name, external_id, status, created_at)
                    values ({partner}, '{name}', 'ext-{name}', 'active', 0);
                insert into links (id, partner_id, slug, slug_key, destination, utm, status, append_click_id, created_at)
                    values ({link}, {partner}, '{name}', '{name}', 'https://example.com/', '{{}}', 'active', {yes}, 0);
                insert into codes (id, partner_id, code, status, created_at)
                    values ({code}, {partner}, '{name}', 'active', 0);"
            );
        }
        rig.sql(&sql).await;
        rig
    }

    pub fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Runs statements by hand, references unchecked.
    pub async fn sql(&self, sql: &str) {
        self.hand.sql(sql).await;
    }

    /// The one number of a query.
    pub async fn number(&self, sql: &str) -> i64 {
        self.hand.number(sql).await
    }

    /// The first column of every row.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        self.hand.texts(sql).await
    }

    /// Everything that is stored, as text; but for the marks, which count turns and say nothing.
    pub async fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let mut dump = BTreeMap::new();
        for table in self.hand.tables().await {
            dump.insert(table.clone(), self.hand.rows(&table).await);
        }
        dump
    }

    /// Makes the store refuse rows of a table for which the condition holds; as `new` they are known.
    pub async fn refuse(&self, table: &str, condition: &str, why: &str) {
        self.sql(&match STORE {
            Kind::Sqlite => format!(
                "create trigger broken before insert on {table} when {condition} begin select raise(abort, '{why}'); end"
            ),
            Kind::Postgres => format!(
                "create function broken() returns trigger language plpgsql as $$ begin if {condition} then
                    raise exception '{why}' using errcode = '23514'; end if; return new; end $$;
                create trigger broken before insert on {table} for each row execute function broken();
                alter table {table} enable always trigger broken"
            ),
        })
        .await;
    }

    pub async fn refuse_no_more(&self, table: &str) {
        match STORE {
            Kind::Sqlite => self.sql("drop trigger broken").await,
            Kind::Postgres => self.sql(&format!("drop trigger broken on {table}; drop function broken")).await,
        }
    }

    /// Writes hits as one batch.
    pub async fn feed(&self, hits: &[Hit<'_>]) -> Recorded {
        self.store.record(&read_all(&payloads(hits), agent), at(0)).await.unwrap()
    }

    /// Writes hits as one batch, and assigns credit until nothing is due.
    pub async fn settle(&self, hits: &[Hit<'_>]) -> Recorded {
        let recorded = self.feed(hits).await;
        self.attribute().await;
        recorded
    }

    pub async fn attribute(&self) -> usize {
        let mut done = 0;
        loop {
            match attribute::tick(&self.store, at(0), 100).await.unwrap() {
                0 => return done,
                some => done += some,
            }
        }
    }

    /// Shares in percent by partner, of the conversion with this order id.
    pub async fn credit(&self, order: &str) -> BTreeMap<String, i64> {
        let sql = format!(
            "select p.name || ' ' || cast(cast(sum(k.share) as bigint) / 10000000 as text) from credits k
            join conversions c on c.id = k.conversion_id join partners p on p.id = k.partner_id
            where c.order_id = '{order}' and k.superseded_at is null group by p.name"
        );
        let pair = |text: String| text.split_once(' ').map(|(name, percent)| (name.to_owned(), percent.parse().unwrap()));
        self.texts(&sql).await.into_iter().filter_map(pair).collect()
    }

    pub async fn verdicts(&self) -> Vec<String> {
        self.texts("select verdict from touchpoints order by occurred_at, verdict desc").await
    }

    pub async fn check(&self) -> Vec<Broken> {
        self.store.read().await.unwrap().check().await.unwrap()
    }

    /// Asserts that nothing is broken.
    pub async fn sound(&self) {
        assert_listed();
        assert_eq!(self.check().await, []);
    }

    /// Attributes what is due, and tells of every conversion what was found: a line a credit, in an order that does not depend on
    /// that of arrival.
    pub async fn who_earned_what(&self) -> Vec<String> {
        self.attribute().await;
        self.sound().await;
        self.texts(&format!(
            "select c.order_id || ' ' || c.summary || ': ' || coalesce(
                {} || ' ' || p.name || ' ' || k.share || ' ' || k.amount || ' ' || k.reason, '')
             from conversions c left join credits k on k.conversion_id = c.id and k.superseded_at is null
             left join partners p on p.id = k.partner_id order by c.order_id, k.touchpoint_id",
            STORE.id_hex("k.touchpoint_id")
        ))
        .await
    }
}

pub fn partner(place: usize) -> Uuid {
    Uuid::from_u128(100 + place as u128)
}

pub fn link(place: usize) -> Uuid {
    Uuid::from_u128(200 + place as u128)
}

/// "Robot" is one.
pub fn agent(user_agent: &str) -> Arc<Agent> {
    let device = Device { device: Some("desktop".into()), ..Device::default() };
    Arc::new(Agent { bot: user_agent == "Robot", device })
}

pub fn payloads(hits: &[Hit<'_>]) -> Vec<Bytes> {
    hits.iter().map(|hit| Bytes::from(hit.encode().unwrap())).collect()
}

/// A browser that was first seen long ago, so that it may have been here before.
pub fn visitor(number: u128) -> VisitorId {
    VisitorId::from(Uuid::from_u128(id::mint(at(-100 * DAY_MS)).as_u128() >> 80 << 80 | 7 << 76 | 2 << 62 | number))
}

fn hit(at: Time, visitor: Option<VisitorId>, body: Body<'_>) -> Hit<'_> {
    let agent = "Mozilla/5.0".into();
    Hit {
        id: id::mint(at),
        at,
        visitor,
        client: None,
        country: Some("DE".into()),
        user_agent: agent,
        referrer: None,
        mark: None,
        body,
    }
}

/// A click on the link of the partner at `place`.
pub fn click(place: usize, visitor: Option<VisitorId>, offset_ms: i64) -> Hit<'static> {
    hit(at(offset_ms), visitor, Body::Click(followed(place)))
}

pub fn view(place: usize, visitor: Option<VisitorId>, offset_ms: i64) -> Hit<'static> {
    hit(at(offset_ms), visitor, Body::View(followed(place)))
}

fn followed(place: usize) -> Followed<'static> {
    Followed {
        link: LinkId::from(link(place)),
        partner: PartnerId::from(partner(place)),
        campaign: None,
        query: "sub1=a".into(),
    }
}

pub fn pixel(query: &str, visitor: Option<VisitorId>, offset_ms: i64) -> Hit<'static> {
    hit(at(offset_ms), visitor, Body::Params { source: Source::Pixel, query: query.to_owned().into() })
}

/// A sale reported over the API under an idempotency key.
pub fn stated(order: &str, key: &str, request: u8, offset_ms: i64) -> Hit<'static> {
    let params = [("order_id", order), ("amount", "10"), ("currency", "EUR")];
    let report = Box::new(Report::from_params(&params).unwrap());
    let idempotency = Some(Idempotency { key: key.into(), request: [request; 32] });
    hit(at(offset_ms), None, Body::Stated { report, idempotency })
}

pub fn click_id(hit: &Hit<'_>) -> TouchpointId {
    TouchpointId::from(hit.id)
}

pub fn conversion_id(hit: &Hit<'_>) -> ConversionId {
    ConversionId::from(hit.id)
}

/// `BTreeMap` of names to percents.
pub fn percents<const N: usize>(shares: [(&str, i64); N]) -> BTreeMap<String, i64> {
    shares.map(|(name, percent)| (name.to_owned(), percent)).into()
}
