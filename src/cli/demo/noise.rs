//! Larger accounts, on which several teams work for weeks; and what no partner earns from: crawlers, stuffed cookies, a flood
//! of clicks, partners who buy from themselves, websites that report nonsense.

use super::journeys::{Cast, DAYS};
use super::person::{Act, Channel, Device, Order, Person, Way};
use super::program::{PARTNERS, customer_of};
use crate::domain::time::{DAY_MS, HOUR_MS};

const CRAWLERS: &str = include_str!("data/crawlers.txt");
const CRAWLER_HITS: usize = 45;
const STUFFED: usize = 150;
/// Within three seconds, from one address.
const FLOOD: i64 = 150;
/// Coupon Cove, whose checkout page loads its links in frames.
const STUFFER: usize = 3;
const STUFFED_SLUG: &str = "cove-checkout";
/// Partners who buy through their own links.
const SELF_BUYERS: [usize; 2] = [3, 7];

/// Customer, yearly contract in euro cents, partners whose links are followed, and what was done for it: partner, kind, note.
type Account = (&'static str, i64, [usize; 3], [(Option<usize>, &'static str, &'static str); 2]);
const ACCOUNTS: [Account; 12] = [
    ("Aldgate Foods", 1_190_000, [6, 10, 0], [(Some(6), "intro", "Intro to the CFO"), (None, "demo", "Demo for accounting")]),
    ("Bexley Freight", 840_000, [1, 6, 11], [(Some(6), "deal_registration", "40 seats"), (Some(11), "co_sell", "Joint call")]),
    ("Carrow Dental", 420_000, [0, 7, 2], [(Some(7), "referral", "A client of the studio"), (None, "demo", "Demo")]),
    (
        "Dunmore Hotels",
        2_400_000,
        [8, 10, 11],
        [(Some(8), "webinar", "Quote to cash"), (Some(11), "co_sell", "Payments rollout")],
    ),
    ("Elmira Solar", 640_000, [1, 8, 4], [(Some(8), "deal_registration", "Registered"), (None, "demo", "Second demo")]),
    ("Fujita Seiki", 980_000, [9, 1, 10], [(Some(9), "intro", "Intro at a fair"), (Some(9), "support", "Data migrated")]),
    ("Garnet Labs", 530_000, [10, 0, 5], [(Some(10), "webinar", "Automation"), (None, "demo", "Demo for finance")]),
    (
        "Hollin Press",
        310_000,
        [4, 2, 7],
        [(Some(4), "referral", "Reader asked for a contact"), (Some(7), "training", "Team trained")],
    ),
    (
        "Isarwerk",
        1_560_000,
        [6, 11, 1],
        [(Some(6), "deal_registration", "Group of three firms"), (Some(6), "support", "Rollout")],
    ),
    ("Juniper Rail", 2_200_000, [8, 6, 10], [(Some(8), "intro", "Intro to procurement"), (None, "demo", "Demo on site")]),
    ("Kilda Whisky", 270_000, [5, 3, 0], [(Some(5), "referral", "Heard episode 91"), (None, "demo", "Demo")]),
    ("Lindqvist Bygg", 760_000, [11, 7, 8], [(Some(11), "co_sell", "Joint offer"), (Some(7), "training", "Templates built")]),
];

/// Reports that cannot be used, as real websites send them.
const MISTAKES: [&str; 8] = [
    "/pixel.gif?event=sale&amount=49.00&currency=EUR",
    "/pixel.gif?event=sale&order_id=WP-1001&amount=49,00&currency=EUR",
    "/pixel.gif?event=sale&order_id=WP-1002&amount=49.00&currency=EURO",
    "/pixel.gif?event=sale&order_id=WP-1003&amount=49.00",
    "/pixel.gif?event=lead",
    "/pixel.gif?event=Big%20Sale&order_id=WP-1004&amount=%7B%7Btotal%7D%7D&currency=EUR",
    "/pixel.gif?order_id=WP-1005&click_id=undefined",
    "/view.gif?link=fern-old-banner",
];
const MISTAKES_EACH: usize = 4;

/// The order id of the contract with an account.
pub(super) fn contract(account: &str) -> String {
    format!("CONTRACT-{}", account.split(' ').next().unwrap_or(account).to_uppercase())
}

/// The accounts with a contract: name, amount in cents of EUR.
pub(super) fn contracts() -> Vec<(&'static str, i64)> {
    ACCOUNTS.iter().map(|(name, amount, ..)| (*name, *amount)).collect()
}

impl Cast {
    pub(super) fn noise(&mut self) {
        CRAWLERS.lines().for_each(|agent| self.crawler(agent));
        self.stuffed_cookies();
        self.flood();
        SELF_BUYERS.into_iter().for_each(|partner| self.self_buyer(partner));
        self.mistakes();
    }

    /// Two devices, three partners, two things done offline, one contract.
    pub(super) fn accounts(&mut self) {
        for (name, amount, partners, offline) in ACCOUNTS {
            let devices: Vec<Device> = (0..2).map(|_| Device { opted_out: false, ..self.device_in("DE") }).collect();
            let mut person = Person { devices, acts: Vec::new() };
            let mut at = self.moment(5..30);
            for (number, partner) in partners.into_iter().enumerate() {
                let device = number % 2;
                let click = self.click(device, partner, Way::Follow);
                person.acts.push((at, click));
                let order = Order { event: "identify", customer: Some(name.into()), ..Order::default() };
                person.acts.push((at + HOUR_MS / 6, Act::Report { device, channel: Channel::Tag, order }));
                at = at + self.dice.between(2 * DAY_MS, 9 * DAY_MS);
            }
            for (partner, kind, note) in offline {
                // Entered some days after it happened.
                let occurred_at = at;
                let entered = at + self.dice.between(HOUR_MS, 4 * DAY_MS);
                person.acts.push((entered, Act::Offline { partner, kind, customer: name.into(), occurred_at, note }));
                at = at + self.dice.between(DAY_MS, 6 * DAY_MS);
            }
            let (amount, customer) = (Some((amount, "EUR")), Some(name.to_owned()));
            let order = Order { event: "sale", id: Some(contract(name)), amount, customer, ..Order::default() };
            person.acts.push((at, Act::Report { device: 0, channel: Channel::Api, order }));
            self.people.push(person);
        }
    }

    fn crawler(&mut self, agent: &'static str) {
        let device = Device { agent, keeps_cookies: false, opted_out: false, ..self.device() };
        let mut person = Person { devices: vec![device], acts: Vec::new() };
        for _ in 0..CRAWLER_HITS {
            let partner = self.dice.below(PARTNERS.len());
            let click = self.click(0, partner, Way::Follow);
            person.acts.push((self.moment(0..DAYS), click));
        }
        self.people.push(person);
    }

    fn stuffed_cookies(&mut self) {
        for _ in 0..STUFFED {
            let person_of = self.device();
            let way = Way::Embedded(self.dice.pick(&["iframe", "image", "iframe"]));
            let click = Act::Click { device: 0, slug: STUFFED_SLUG, site: PARTNERS[STUFFER].site, way };
            let acts = vec![(self.moment(20..DAYS), click)];
            self.people.push(Person { devices: vec![person_of], acts });
        }
    }

    fn flood(&mut self) {
        let device = Device { keeps_cookies: false, opted_out: false, ..self.device() };
        let at = self.moment(60..61);
        let click = |number| {
            let click = Act::Click { device: 0, slug: "cove", site: PARTNERS[STUFFER].site, way: Way::Follow };
            (at + number * 20, click)
        };
        self.people.push(Person { devices: vec![device], acts: (0..FLOOD).map(click).collect() });
    }

    fn self_buyer(&mut self, partner: usize) {
        let device = Device { opted_out: false, ..self.device() };
        let at = self.moment(30..60);
        let order = Order {
            event: "sale",
            id: Some(format!("LS-OWN-{partner}")),
            amount: Some((19_000, "EUR")),
            customer: Some(customer_of(partner)),
            ..Order::default()
        };
        let click = self.click(0, partner, Way::Follow);
        let sale = Act::Report { device: 0, channel: Channel::Pixel, order };
        self.people.push(Person { devices: vec![device], acts: vec![(at, click), (at + HOUR_MS, sale)] });
    }

    fn mistakes(&mut self) {
        for target in MISTAKES.into_iter().cycle().take(MISTAKES.len() * MISTAKES_EACH) {
            let (device, at) = (self.device(), self.moment(0..DAYS));
            self.people.push(Person { devices: vec![device], acts: vec![(at, Act::Mistake { device: 0, target })] });
        }
    }
}
