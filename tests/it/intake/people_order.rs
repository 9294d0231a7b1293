//! Same facts, same credits: hits, identities, addresses, merges, renewals and milestones in any order, however they are batched.

use super::milestones::open_deal;
use super::order::in_time;
use super::people::merge;
use super::renewals::policy;
use super::*;
use proptest::prelude::*;

/// Whom an event is about; the last of the customers is a partner's own id, the last of the addresses a partner's own.
#[derive(Clone, Debug)]
struct Who {
    visitor: Option<u128>,
    customer: Option<usize>,
    email: Option<usize>,
}

#[derive(Clone, Debug)]
enum Event {
    Click { partner: usize, visitor: u128, minute: i64 },
    Report { event: &'static str, who: Who, heard: Option<&'static str>, minute: i64 },
    Merge(usize, usize),
    Deal { customer: usize, minute: i64 },
}

const CUSTOMERS: [&str; 4] = ["kim", "lee", "max", "ext-ANNA"];
const EMAILS: [&str; 3] = ["kim@example.com", "desk@example.com", "ben@partner.example"];

fn event() -> impl Strategy<Value = Event> {
    let who = (
        prop::option::weighted(0.6, 0..3_u128),
        prop::option::weighted(0.7, 0..4_usize),
        prop::option::weighted(0.4, 0..3_usize),
    );
    let who = who.prop_map(|(visitor, customer, email)| Who { visitor, customer, email });
    let names = prop::sample::select(vec!["identify", "identify", "sale", "sale", "renewal", "lead"]);
    let heard = prop::option::weighted(0.2, prop::sample::select(vec!["anna", "C.L.E.O.", "somebody"]));
    prop_oneof![
        4 => (0..3_usize, 0..3_u128, 0..300_i64).prop_map(|(partner, visitor, minute)| Event::Click { partner, visitor, minute }),
        5 => (names, who, heard, 0..300_i64).prop_map(|(event, who, heard, minute)| Event::Report { event, who, heard, minute }),
        1 => (0..3_usize, 0..3_usize).prop_map(|(a, b)| Event::Merge(a, b)),
        1 => (0..3_usize, 0..300_i64).prop_map(|(customer, minute)| Event::Deal { customer, minute }),
    ]
}

#[derive(Clone)]
enum Fact {
    Hit(Box<Hit<'static>>),
    Merge(usize, usize),
    Deal(usize, i64),
}

fn facts(events: &[Event]) -> Vec<Fact> {
    let fact = |(number, event): (usize, &Event)| match event {
        Event::Click { partner, visitor: v, minute } => Fact::Hit(click(*partner, Some(visitor(*v)), minute * MINUTE).into()),
        Event::Merge(a, b) => Fact::Merge(*a, *b),
        Event::Deal { customer, minute } => Fact::Deal(*customer, *minute),
        Event::Report { event, who, heard, minute } => {
            let mut query = format!("event={event}");
            if *event != "identify" {
                query += &format!("&order_id={number}&amount=9.99&currency=EUR");
            } else if who.customer.is_none() && who.email.is_none() {
                query += "&customer_id=kim";
            }
            query += &who.customer.map_or(String::new(), |place| format!("&customer_id={}", CUSTOMERS[place]));
            query += &who.email.map_or(String::new(), |place| format!("&email={}", EMAILS[place]));
            query += &heard.map_or(String::new(), |heard| format!("&heard_from={heard}"));
            Fact::Hit(pixel(&query, who.visitor.map(visitor), minute * MINUTE).into())
        }
    };
    events.iter().enumerate().map(fact).collect()
}

/// The facts in another order, but for clicks that may be duplicates of each other: those come in the order of their time.
fn shuffled(facts: &[Fact], order: &[usize]) -> Vec<Fact> {
    let hits = order.iter().filter_map(|&place| match &facts[place] {
        Fact::Hit(hit) => Some(Hit::clone(hit)),
        Fact::Merge(..) | Fact::Deal(..) => None,
    });
    let mut hits = in_time(hits.collect()).into_iter();
    let fact = |&place: &usize| match &facts[place] {
        Fact::Hit(_) => Fact::Hit(hits.next().unwrap().into()),
        other => other.clone(),
    };
    order.iter().map(fact).collect()
}

async fn outcome(model: &str, facts: &[Fact], batches: &[(usize, bool)]) -> Vec<String> {
    let rig = Rig::new().await;
    policy(&rig, &format!(r#"{{"model":"{model}","renewal_follows":"first_sale","self_reported":"count"}}"#)).await;
    let mut tx = rig.store.write().await.unwrap();
    for place in 0..3 {
        let mut partner = tx.partner(PartnerId::from(partner(place))).await.unwrap().unwrap();
        partner.email = (place == 1).then(|| EMAILS[2].to_owned());
        tx.save_partner(people::BY, &partner).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut rest = facts;
    for &(size, attribute) in batches.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (batch, left) = rest.split_at(size.min(rest.len()));
        let mut hits = Vec::new();
        for fact in batch {
            match fact {
                Fact::Hit(hit) => hits.push(Hit::clone(hit)),
                Fact::Merge(a, b) => {
                    rig.feed(&std::mem::take(&mut hits)).await;
                    merge(&rig, CUSTOMERS[*a], CUSTOMERS[*b]).await;
                }
                Fact::Deal(customer, minute) => {
                    rig.feed(&std::mem::take(&mut hits)).await;
                    open_deal(&rig, CUSTOMERS[*customer], minute * MINUTE).await;
                }
            }
        }
        rig.feed(&hits).await;
        if attribute {
            rig.attribute().await;
        }
        rest = left;
    }
    rig.who_earned_what().await
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn who_is_who_does_not_depend_on_the_order_of_arrival(
        model in prop::sample::select(vec!["linear", "w_shaped", "full_path"]),
        (events, order) in prop::collection::vec(event(), 1..24).prop_flat_map(|events| {
            let order = Just((0..events.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(events), order)
        }),
        batches in prop::collection::vec((1..6_usize, any::<bool>()), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let facts = facts(&events);
            let in_order: Vec<usize> = (0..facts.len()).collect();
            let one_batch = outcome(model, &shuffled(&facts, &in_order), &[(usize::MAX, true)]).await;
            prop_assert_eq!(outcome(model, &shuffled(&facts, &order), &batches).await, one_batch);
            Ok(())
        })?;
    }
}
