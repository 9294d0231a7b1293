//! The table alone: memory and lookups, beside a bare one that holds the same as separate strings.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use kudos::domain::id::{LinkId, PartnerId};
use kudos::domain::target::{Target, TargetParts};
use kudos::intake::links::{Known, Links};
use uuid::Uuid;

/// Lookups of a measurement.
const LOOKUPS: usize = 4_000_000;
/// Bytes of a destination.
const DESTINATION_BYTES: usize = 60;

/// Numbers that depend on the seed alone.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What the table held before: every text a piece of memory of its own.
#[expect(dead_code, reason = "it is there to take room")]
struct Loose {
    id: LinkId,
    partner: PartnerId,
    campaign: Option<Uuid>,
    destination: Box<str>,
    defaults: Box<str>,
    fallback: Option<Box<str>>,
    expires_at: Option<i64>,
    active: bool,
    append_click_id: bool,
}

pub fn measure(count: usize) {
    let slugs: Vec<String> = (0..count).map(slug).collect();
    let before = resident();
    let links = Links::new(count * 2);
    for (number, slug) in slugs.iter().enumerate() {
        links.put(target(number, slug), 1);
    }
    links.set_whole(true);
    let bytes = (resident() - before) / count as f64;
    println!("{count} links in memory: {bytes:.0} bytes each, destinations of {DESTINATION_BYTES} (budget 250)");
    let before = resident();
    let bare: papaya::HashMap<Box<str>, Arc<Loose>, foldhash::fast::RandomState> = papaya::HashMap::default();
    for (number, slug) in slugs.iter().enumerate() {
        bare.pin().insert(slug.as_str().into(), Arc::new(loose(number)));
    }
    println!("  a bare table of the same: {:.0} bytes each", (resident() - before) / count as f64);

    for round in 1..=2 {
        for (what, among) in [("any of them", &slugs[..]), ("one of a hundred", &slugs[..100])] {
            // Up to the destination, which is what a lookup is for.
            let ours = nanoseconds(among, |slug| match links.find(slug, |target| target.destination().as_bytes()[50]) {
                Known::Target(byte) => byte,
                _ => 0,
            });
            let theirs = nanoseconds(among, |slug| match bare.pin().get(slug).cloned() {
                Some(target) => target.destination.as_bytes()[50],
                None => 0,
            });
            println!("a lookup of {what}, round {round}: {ours:.0} ns, in the bare table {theirs:.0} ns");
        }
    }
    let begun = Instant::now();
    let mut seen = 0;
    let count_bytes = |target: &Target| {
        seen += target.slug_key().len();
        Ok::<_, ()>(())
    };
    links.visit(count_bytes).unwrap();
    assert!(seen >= count);
    println!("a walk over all: {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
}

fn nanoseconds(slugs: &[String], find: impl Fn(&str) -> u8) -> f64 {
    let mut dice = Dice(88_172_645_463_325_252);
    let begun = Instant::now();
    for _ in 0..LOOKUPS {
        assert!(black_box(find(&slugs[dice.below(slugs.len() as u64) as usize])) > 0);
    }
    begun.elapsed().as_secs_f64() * 1e9 / LOOKUPS as f64
}

/// As random as those that are minted, and as long.
fn slug(number: usize) -> String {
    kudos::domain::link::random_slug((number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes())
}

fn destination(number: usize) -> String {
    let text = format!("https://shop.example.com/collections/summer/items/{number:010}");
    assert_eq!(text.len(), DESTINATION_BYTES);
    text
}

fn target(number: usize, slug: &str) -> Target {
    let id = Uuid::from_u128(number as u128);
    Target::from(TargetParts {
        id: id.into(),
        partner: id.into(),
        campaign: Some(id.into()),
        slug_key: slug,
        destination: &destination(number),
        defaults: "",
        fallback: None,
        expires_at: None,
        active: true,
        append_click_id: true,
    })
}

fn loose(number: usize) -> Loose {
    let id = Uuid::from_u128(number as u128);
    Loose {
        id: id.into(),
        partner: id.into(),
        campaign: Some(id),
        destination: destination(number).into(),
        defaults: "".into(),
        fallback: None,
        expires_at: None,
        active: true,
        append_click_id: true,
    }
}

/// Bytes of this process in memory.
fn resident() -> f64 {
    super::server::resident_bytes("self")
}
