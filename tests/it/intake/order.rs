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
    rig.attribute().await;
    rig.sound().await;
    rig.texts(&format!(
        "select c.order_id || ' ' || c.summary || ': ' || coalesce(
            {} || ' ' || p.name || ' ' || k.share || ' ' || k.amount || ' ' || k.reason, '')
         from conversions c left join credits k on k.conversion_id = c.id and k.superseded_at is null
         left join partners p on p.id = k.partner_id order by c.order_id, k.touchpoint_id",
        STORE.id_hex("k.touchpoint_id")
    ))
    .await
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
