//! What is kept of deals says what a look at all their touchpoints finds, whatever happens in between, in any order.

use kudos::domain::account::Account;
use kudos::domain::deal::{Deal, DealStatus};
use kudos::domain::id::{AccountId, DealId, RegistrationId};
use kudos::domain::pipeline::PipelineBy;
use kudos::domain::policy::Rules;
use kudos::domain::registration::{Registration, RegistrationStatus};
use kudos::domain::touchpoint::{Team, Touchpoint};
use kudos::jobs::{months, standings};
use kudos::store::{Period, Tx};
use proptest::prelude::*;

use super::people::BY;
use super::*;

const CUSTOMERS: [&str; 4] = ["kim", "lee", "max", "ext-ANNA"];
const EMAILS: [&str; 3] = ["kim@example.com", "desk@example.com", "ben@partner.example"];
const KINDS: [&str; 3] = ["intro", "demo", "webinar"];
const POLICIES: [&str; 4] = [
    r#"{"model":"linear"}"#,
    r#"{"model":"linear","sourced_by":"last_touch_before_open","exclude_self_referral":false}"#,
    r#"{"model":"linear","sourced_by":"registration","kinds":["click","intro"]}"#,
    r#"{"model":"linear","lookback_days":{"click":1,"offline":1}}"#,
];

/// What may happen; places count from 0, and those of deals and touchpoints go round.
#[derive(Clone, Debug)]
enum Event {
    Click { partner: usize, visitor: u128, hour: i64 },
    Report { event: &'static str, visitor: Option<u128>, customer: Option<usize>, email: Option<usize>, heard: bool, hour: i64 },
    Merge(usize, usize),
    Split(usize),
    Open { customer: Option<usize>, account: Option<usize>, hour: i64 },
    Change { deal: usize, customer: Option<usize>, account: Option<usize>, opened: i64, lasted: Option<i64> },
    Touch { what: Entered, hour: i64 },
    Edit { touch: usize, what: Entered },
    Partner { place: usize, external: Option<usize>, email: Option<usize>, alias: bool },
    IsPartner { customer: usize, partner: Option<usize> },
    Account { place: usize, customer: Option<usize>, partner: Option<usize>, parent: Option<usize> },
    Approve { deal: usize, partner: usize },
    Policy(usize),
    Lookback(u32),
    Keep(i64),
}

/// A touchpoint that a person enters.
#[derive(Clone, Debug)]
struct Entered {
    kind: usize,
    partner: Option<usize>,
    customer: Option<usize>,
    deal: Option<usize>,
}

fn event() -> impl Strategy<Value = Event> {
    let place = |count: usize| prop::option::of(0..count);
    let entered = || {
        (0..3_usize, place(3), place(4), place(3)).prop_map(|(kind, partner, customer, deal)| Entered {
            kind,
            partner,
            customer,
            deal,
        })
    };
    let hour = || -60..60_i64;
    let report = (prop::sample::select(vec!["identify", "identify", "sale"]), prop::option::of(0..3_u128), place(4), place(3));
    prop_oneof![
        4 => (0..3_usize, 0..3_u128, hour()).prop_map(|(partner, visitor, hour)| Event::Click { partner, visitor, hour }),
        4 => (report, prop::bool::weighted(0.3), hour()).prop_map(|((event, visitor, customer, email), heard, hour)| {
            Event::Report { event, visitor, customer, email, heard, hour }
        }),
        1 => (0..4_usize, 0..4_usize).prop_map(|(a, b)| Event::Merge(a, b)),
        1 => (0..4_usize).prop_map(Event::Split),
        3 => (place(4), place(2), hour()).prop_map(|(customer, account, hour)| Event::Open { customer, account, hour }),
        2 => (0..3_usize, place(4), place(2), hour(), prop::option::of(0..60_i64)).prop_map(
            |(deal, customer, account, opened, lasted)| Event::Change { deal, customer, account, opened, lasted }
        ),
        4 => (entered(), hour()).prop_map(|(what, hour)| Event::Touch { what, hour }),
        2 => (0..8_usize, entered()).prop_map(|(touch, what)| Event::Edit { touch, what }),
        1 => (0..3_usize, place(4), place(3), any::<bool>())
            .prop_map(|(place, external, email, alias)| Event::Partner { place, external, email, alias }),
        1 => (0..4_usize, place(3)).prop_map(|(customer, partner)| Event::IsPartner { customer, partner }),
        1 => (0..2_usize, place(4), place(3), place(2))
            .prop_map(|(place, customer, partner, parent)| Event::Account { place, customer, partner, parent }),
        1 => (0..3_usize, 0..3_usize).prop_map(|(deal, partner)| Event::Approve { deal, partner }),
        1 => (0..POLICIES.len()).prop_map(Event::Policy),
        1 => (0..4_u32).prop_map(Event::Lookback),
        6 => hour().prop_map(Event::Keep),
    ]
}

/// A program in which things happen.
struct World {
    rig: Rig,
    deals: Vec<Deal>,
    touches: Vec<Touchpoint>,
    happened: u32,
}

fn customer(place: Option<usize>) -> Option<String> {
    place.map(|place| CUSTOMERS[place].to_owned())
}

fn account(place: usize) -> AccountId {
    Uuid::from_u128(0x60 + place as u128).into()
}

fn hours(hour: i64) -> Time {
    at(hour * 60 * MINUTE)
}

impl World {
    async fn new() -> World {
        let world = World { rig: Rig::new().await, deals: Vec::new(), touches: Vec::new(), happened: 0 };
        let mut tx = world.rig.store.write().await.unwrap();
        for place in 0..2 {
            let name = format!("Company {place}");
            let account = Account {
                id: account(place),
                name,
                domain: None,
                parent_id: None,
                customer_id: None,
                partner_id: None,
                created_at: at(0),
            };
            tx.add_account(BY, &account).await.unwrap();
        }
        for place in 0..3 {
            let partner = tx.partner(PartnerId::from(partner(place))).await.unwrap().unwrap();
            tx.save_partner(BY, &partner).await.unwrap();
        }
        tx.commit().await.unwrap();
        world
    }

    /// The touchpoint as it was entered, or as it was changed.
    fn entered(&self, before: Touchpoint, what: &Entered) -> Touchpoint {
        let deal = what.deal.filter(|_| !self.deals.is_empty()).map(|place| &self.deals[place % self.deals.len()]);
        Touchpoint {
            kind: KINDS[what.kind].to_owned(),
            team: if what.partner.is_some() { Team::Partner } else { Team::Sales },
            partner_id: what.partner.map(|place| PartnerId::from(partner(place))),
            customer_id: customer(what.customer).or(deal.and_then(|deal| deal.customer_id.clone())),
            deal_id: deal.map(|deal| deal.id),
            ..before
        }
    }

    async fn happen(&mut self, event: &Event) {
        self.happened += 1;
        match event {
            Event::Click { partner, visitor: v, hour } => {
                self.rig.feed(&[click(*partner, Some(visitor(*v)), hour * 60 * MINUTE)]).await;
            }
            Event::Report { event, visitor: v, customer, email, heard, hour } => {
                let mut query = format!("event={event}");
                if *event != "identify" {
                    query += &format!("&order_id={}&amount=9.99&currency=EUR", self.happened);
                } else if customer.is_none() && email.is_none() {
                    query += "&customer_id=kim";
                }
                query += &customer.map_or(String::new(), |place| format!("&customer_id={}", CUSTOMERS[place]));
                query += &email.map_or(String::new(), |place| format!("&email={}", EMAILS[place]));
                query += if *heard { "&heard_from=alias" } else { "" };
                self.rig.feed(&[pixel(&query, v.map(visitor), hour * 60 * MINUTE)]).await;
            }
            Event::Keep(hour) => while standings::tick(&self.rig.store, hours(*hour)).await.unwrap() {},
            other => {
                let mut tx = self.rig.store.write().await.unwrap();
                self.change(&mut tx, other).await;
                tx.commit().await.unwrap();
            }
        }
    }

    async fn change(&mut self, tx: &mut Tx, event: &Event) {
        let by = BY;
        match event {
            Event::Merge(a, b) if a != b => tx.merge_customers(by, CUSTOMERS[*a], CUSTOMERS[*b]).await.unwrap(),
            Event::Split(place) => drop(tx.split_customer(by, CUSTOMERS[*place]).await.unwrap()),
            Event::Policy(place) => {
                let rules: Rules = serde_json::from_str(POLICIES[*place]).unwrap();
                tx.add_policy(by, "standard", Time::from_millis(i64::from(self.happened)), rules).await.unwrap();
            }
            Event::Lookback(days) => {
                let kinds = tx.kinds().await.unwrap();
                let mut kind = kinds.into_iter().find(|kind| kind.name == KINDS[0]).unwrap();
                kind.lookback_days = Some(*days);
                tx.save_kind(by, &kind).await.unwrap();
            }
            Event::Partner { place, external, email, alias } => {
                let mut found = tx.partner(PartnerId::from(partner(*place))).await.unwrap().unwrap();
                // An external id is one partner's alone.
                found.external_id = customer(*external).map(|id| if *place == 0 { id } else { format!("{id}-{place}") });
                found.email = email.map(|place| EMAILS[place].to_owned());
                found.aliases = if *alias { vec!["alias".to_owned()] } else { Vec::new() };
                tx.save_partner(by, &found).await.unwrap();
            }
            Event::IsPartner { customer, partner: is } => {
                tx.name_customer(Some(CUSTOMERS[*customer]), None, at(0), at(0)).await.unwrap();
                let mut found = tx.customer(CUSTOMERS[*customer]).await.unwrap().unwrap();
                found.partner_id = is.map(|place| PartnerId::from(partner(place)));
                tx.save_customer(by, &found).await.unwrap();
            }
            Event::Account { place, customer: buys, partner: is, parent } => {
                let mut found = tx.account(account(*place)).await.unwrap().unwrap();
                // Only upwards, so that no account is a part of itself.
                found.parent_id = parent.filter(|parent| parent > place).map(account);
                found.customer_id = customer(*buys);
                found.partner_id = is.map(|place| PartnerId::from(partner(place)));
                tx.save_account(by, &found).await.unwrap();
            }
            Event::Open { .. } | Event::Change { .. } | Event::Approve { .. } => self.sell(tx, event).await,
            Event::Touch { what, hour } => {
                let id = TouchpointId::mint(hours(*hour));
                let touch = self.entered(Touchpoint::offline(id, String::new(), Team::Sales, hours(*hour)), what);
                tx.name_customer(touch.customer_id.as_deref(), None, at(0), at(0)).await.unwrap();
                tx.add_touchpoint(by, &touch).await.unwrap();
                tx.enqueue_for_touchpoints(&[touch.id], at(0)).await.unwrap();
                self.touches.push(touch);
            }
            Event::Edit { touch, what } if !self.touches.is_empty() => {
                let place = touch % self.touches.len();
                let (before, after) = (&self.touches[place], self.entered(self.touches[place].clone(), what));
                tx.name_customer(after.customer_id.as_deref(), None, at(0), at(0)).await.unwrap();
                tx.save_touchpoint(by, before, &after).await.unwrap();
                self.touches[place] = after;
            }
            _ => {}
        }
    }

    async fn sell(&mut self, tx: &mut Tx, event: &Event) {
        match event {
            Event::Open { customer: buyer, account: of, hour } => {
                let stage = tx.first_stage(DealStatus::Open).await.unwrap();
                let mut deal = Deal::new(DealId::mint(at(0)), "A deal".to_owned(), &stage, hours(*hour), at(0));
                (deal.customer_id, deal.account_id) = (customer(*buyer), of.map(account));
                tx.add_deal(BY, &deal, deal.opened_at).await.unwrap();
                self.deals.push(deal);
            }
            Event::Change { deal, customer: buyer, account: of, opened, lasted } if !self.deals.is_empty() => {
                let place = deal % self.deals.len();
                let mut after = self.deals[place].clone();
                let stage = tx.first_stage(if lasted.is_some() { DealStatus::Won } else { DealStatus::Open }).await.unwrap();
                (after.stage_id, after.stage, after.status) = (stage.id, stage.name, stage.kind);
                (after.customer_id, after.account_id) = (customer(*buyer), of.map(account));
                (after.opened_at, after.closed_at) = (hours(*opened), lasted.map(|lasted| hours(opened + lasted)));
                tx.save_deal(BY, &self.deals[place], &after, at(0)).await.unwrap();
                self.deals[place] = after;
            }
            Event::Approve { deal, partner: registers } if !self.deals.is_empty() => {
                let new = Registration {
                    id: RegistrationId::mint(at(i64::from(self.happened))),
                    partner_id: PartnerId::from(partner(*registers)),
                    account: "Acme".to_owned(),
                    domain: None,
                    amount: None,
                    currency: None,
                    note: None,
                    status: RegistrationStatus::Pending,
                    reason: None,
                    expires_at: at(DAY_MS),
                    claimed_until: None,
                    deal_id: None,
                    touchpoint_id: None,
                    created_at: at(0),
                };
                tx.add_registration(BY, &new).await.unwrap();
                let deal_id = Some(self.deals[deal % self.deals.len()].id);
                let approved = Registration { status: RegistrationStatus::Approved, deal_id, ..new };
                tx.save_registration(BY, "deal_registration.approve", &approved).await.unwrap();
            }
            _ => {}
        }
    }

    /// Asserts that what is kept is what a look finds.
    async fn kept_is_true(&self) {
        let mut tx = self.rig.store.read().await.unwrap();
        let from = tx.touchpoints_from().await.unwrap();
        assert_eq!(tx.check_standings(from).await.unwrap(), None);
    }

    /// The report by everything, as of a moment.
    async fn report(&self, now: Time) -> String {
        let period = Period { from: hours(-100), to: hours(100) };
        format!("{:?}", self.rig.store.read().await.unwrap().pipelines(PipelineBy::ALL, period, now, 1).await.unwrap())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn what_is_kept_of_deals_is_what_their_touchpoints_say(events in prop::collection::vec(event(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for event in &events {
                world.happen(event).await;
                world.kept_is_true().await;
            }
            let moments = [-70, -20, 0, 20, 70].map(hours);
            let mut kept = Vec::new();
            for now in moments {
                kept.push(world.report(now).await);
            }
            world.rig.sql("delete from deal_standings").await;
            for (now, kept) in moments.into_iter().zip(kept) {
                assert_eq!(world.report(now).await, kept, "as of {now}");
            }
            assert_listed();
        });
    }
}

/// A deal of kim's, with one intro of Anna's and a click through a browser of kim's.
async fn sold() -> World {
    let mut world = World::new().await;
    let what = Entered { kind: 0, partner: Some(0), customer: Some(0), deal: None };
    for event in [
        Event::Open { customer: Some(0), account: None, hour: 0 },
        Event::Touch { what, hour: -1 },
        Event::Click { partner: 1, visitor: 1, hour: -2 },
        Event::Report { event: "identify", visitor: Some(1), customer: Some(0), email: None, heard: false, hour: -2 },
    ] {
        world.happen(&event).await;
    }
    world
}

#[tokio::test]
async fn what_is_kept_is_read_and_goes_with_what_it_follows_from() {
    let mut world = sold().await;
    let kept = "select count(*) from deal_standings";
    let looked_at = world.report(at(0)).await;
    world.happen(&Event::Keep(0)).await;
    assert_eq!((world.rig.number(kept).await, world.report(at(0)).await), (1, looked_at.clone()));
    world.rig.sql("update deal_standings set kinds = '[\"demo\"]'").await;
    assert_ne!(world.report(at(0)).await, looked_at, "it is what the report reads");
    world.happen(&Event::Click { partner: 2, visitor: 2, hour: -1 }).await;
    assert_eq!(world.rig.number(kept).await, 1, "a stranger's click is nothing to it");
    world.happen(&Event::Click { partner: 2, visitor: 1, hour: -1 }).await;
    assert_eq!(world.rig.number(kept).await, 0);
    // What is yet to come does not count yet.
    world.happen(&Event::Click { partner: 0, visitor: 1, hour: 5 }).await;
    world.happen(&Event::Keep(4)).await;
    let (before, after) = (world.report(hours(4)).await, world.report(hours(5)).await);
    assert!(!standings::tick(&world.rig.store, hours(4)).await.unwrap(), "nothing is to be done");
    assert!(standings::tick(&world.rig.store, hours(5)).await.unwrap(), "it is time for another look");
    assert_eq!((world.report(hours(4)).await, world.report(hours(5)).await), (before, after));
    world.kept_is_true().await;
}

#[tokio::test]
async fn what_is_kept_goes_with_touchpoints_that_served_their_time() {
    let mut world = sold().await;
    world.happen(&Event::Keep(0)).await;
    let later = at(100 * DAY_MS);
    for _ in 0..2 {
        months::tick(&world.rig.store, later, Some(60)).await.unwrap();
    }
    assert_eq!(world.rig.number("select count(*) from deal_standings").await, 0);
    assert!(standings::tick(&world.rig.store, later).await.unwrap());
    months::tick(&world.rig.store, later, Some(60)).await.unwrap();
    assert_eq!(world.rig.number("select count(*) from deal_standings").await, 1);
    world.kept_is_true().await;
}
