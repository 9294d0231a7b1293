//! Same hits, same credits: whatever order they arrive in, however they are batched, whenever attribution runs.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Event {
    Click { partner: usize, visitor: Option<u128>, minute: i64 },
    Identify { customer: u8, visitor: Option<u128>, click: Option<usize> },
    Sale { visitor: Option<u128>, customer: Option<u8>, code: Option<usize>, click: Option<usize>, minute: i64 },
}

fn event() -> impl Strategy<Value = Event> {
    let visitor = || prop::option::weighted(0.7, 0..4_u128);
    let customer = || 0..2_u8;
    let click = || prop::option::weighted(0.4, 0..8_usize);
    prop_oneof![
        5 => (0..3_usize, visitor(), 0..300_i64).prop_map(|(partner, visitor, minute)| Event::Click { partner, visitor, minute }),
        2 => (customer(), visitor(), click()).prop_map(|(customer, visitor, click)| Event::Identify { customer, visitor, click }),
        3 => (visitor(), prop::option::of(customer()), prop::option::weighted(0.3, 0..3_usize), click(), 0..300_i64)
            .prop_map(|(visitor, customer, code, click, minute)| Event::Sale { visitor, customer, code, click, minute }),
    ]
}

/// The events as hits; a `click` counts the clicks, and beyond the last means one that never arrives.
fn hits(events: &[Event]) -> Vec<Hit<'static>> {
    let browser = |number: &Option<u128>| number.map(visitor);
    let mut clicks = Vec::new();
    for event in events {
        if let Event::Click { partner, visitor, minute } = event {
            clicks.push(click(*partner, browser(visitor), minute * MINUTE));
        }
    }
    let lost = TouchpointId::mint(at(0));
    let named = |place: &Option<usize>| {
        place.map_or(String::new(), |place| format!("&click_id={}", clicks.get(place).map_or(lost, click_id)))
    };
    let mut clicked = clicks.iter();
    let hit = |(number, event): (usize, &Event)| match event {
        Event::Click { .. } => clicked.next().unwrap().clone(),
        Event::Identify { customer, visitor, click } => {
            pixel(&format!("event=identify&customer_id=c{customer}{}", named(click)), browser(visitor), number as i64)
        }
        Event::Sale { visitor, customer, code, click, minute } => {
            let customer = customer.map_or(String::new(), |customer| format!("&customer_id=c{customer}"));
            let code = code.map_or(String::new(), |place| format!("&code={}", PARTNERS[place]));
            let query = format!("order_id={number}&amount=9.99&currency=EUR{customer}{code}{}", named(click));
            pixel(&query, browser(visitor), minute * MINUTE)
        }
    };
    events.iter().enumerate().map(hit).collect()
}

/// Which of two clicks of one browser on one link is the duplicate depends on the order by design, as a click is not judged
/// by what comes after it. So those come in the order of their time; everything else in any.
pub fn in_time(mut hits: Vec<Hit<'static>>) -> Vec<Hit<'static>> {
    let key = |hit: &Hit<'_>| match &hit.body {
        Body::Click(followed) => hit.visitor.map(|visitor| (visitor, followed.link)),
        _ => None,
    };
    let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (place, hit) in hits.iter().enumerate() {
        if let Some(key) = key(hit) {
            places.entry(key).or_default().push(place);
        }
    }
    for places in places.values() {
        let mut sorted: Vec<_> = places.iter().map(|&place| hits[place].clone()).collect();
        sorted.sort_by_key(|hit| (hit.at, hit.id));
        for (&place, hit) in places.iter().zip(sorted) {
            hits[place] = hit;
        }
    }
    hits
}

/// Credits and outcome of every conversion.
async fn outcome(hits: &[Hit<'static>], batches: &[(usize, bool)]) -> Vec<String> {
    let rig = Rig::new().await;
    let mut rest = hits;
    for &(size, attribute) in batches.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (batch, left) = rest.split_at(size.min(rest.len()));
        rig.feed(batch).await;
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
    fn credits_do_not_depend_on_the_order_of_arrival(
        (events, order) in prop::collection::vec(event(), 1..24).prop_flat_map(|events| {
            let order = Just((0..events.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(events), order)
        }),
        batches in prop::collection::vec((1..6_usize, any::<bool>()), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let hits = hits(&events);
            let one_batch = outcome(&in_time(hits.clone()), &[(usize::MAX, true)]).await;
            let shuffled = order.iter().map(|&place| hits[place].clone()).collect();
            prop_assert_eq!(outcome(&in_time(shuffled), &batches).await, one_batch);
            Ok(())
        })?;
    }
}

/// Partners' and teams' shares of the one order, in billionths and cents, and the policy's name. The same words on both stores.
const EXPECTED: [&str; 6] = [
    "partner ANNA 166666667 167",
    "partner BEN 333333333 333",
    "partner CLEO 500000000 500",
    "team marketing 1 142857143 143",
    "team partner 3 571428571 571",
    "team sales 1 285714286 286",
];

#[tokio::test]
async fn one_journey_has_one_outcome_on_both_stores_in_any_order_and_however_late() {
    for turn in 0..6 {
        let rig = Rig::new().await;
        // By position and the weight of kinds for partners; for the teams equal shares, of which a demo counts twice.
        rig.sql(&format!(
            "insert into policies (id, name, version, applies_from, created_at, rules) values
                ({}, 'sales', 1, 1, 1, '{{\"model\":\"position\",\"weights\":{{\"code\":1.5}},\"filters\":{{\"events\":[\"sale\"]}}}}'),
                ({}, 'teams', 2, 1, 1, '{{\"model\":\"linear\",\"scope\":\"teams\",\"weights\":{{\"demo\":2,\"code\":2}}}}')",
            hex(Uuid::from_u128(8)),
            hex(Uuid::from_u128(9))
        ))
        .await;
        let browser = Some(visitor(1));
        let mut hits = vec![
            click(1, browser, 0),
            click(0, browser, MINUTE),
            pixel("event=identify&customer_id=kim", browser, 0),
            pixel("order_id=1&amount=10&currency=EUR&customer_id=kim&code=cleo", None, 3 * MINUTE),
            click(2, browser, 4 * MINUTE),
        ];
        hits.rotate_left(turn % 5);
        if turn == 5 {
            hits.reverse();
        }
        let feeding = async {
            for hit in &hits {
                rig.feed(std::slice::from_ref(hit)).await;
            }
        };
        let entering = async {
            for (kind, team, minute) in [("demo", "sales", 1), ("webinar", "marketing", 2)] {
                enter(&rig, kind, team, minute).await;
            }
        };
        let attributing = async {
            for _ in 0..8 {
                attribute::tick(&rig.store, at(0), 100).await.unwrap();
            }
        };
        tokio::join!(feeding, entering, attributing);
        rig.attribute().await;
        rig.sound().await;
        let partners = "select 'partner ' || p.name || ' ' || k.share || ' ' || k.amount from credits k
            join partners p on p.id = k.partner_id where k.superseded_at is null order by p.name";
        let teams =
            "select 'team ' || team || ' ' || touchpoints || ' ' || share || ' ' || amount from team_credits order by team";
        let found: Vec<String> = rig.texts(partners).await.into_iter().chain(rig.texts(teams).await).collect();
        assert_eq!(found, EXPECTED, "turn {turn}");
    }
}

/// A touchpoint of our own team, as an admin enters it.
async fn enter(rig: &Rig, kind: &str, team: &str, minute: i64) {
    let id = TouchpointId::mint(at(minute * MINUTE));
    rig.sql(&format!(
        "insert into touchpoints (id, kind, team, occurred_at, verdict, customer_id, params)
         values ({}, '{kind}', '{team}', {}, 'valid', 'kim', '{{}}')",
        hex(id.uuid()),
        NOON + minute * MINUTE
    ))
    .await;
    let mut tx = rig.store.write().await.unwrap();
    tx.enqueue_for_touchpoints(&[id], at(0)).await.unwrap();
    tx.commit().await.unwrap();
}
