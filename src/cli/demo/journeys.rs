//! Ninety days of visitors, from one seed: the same seed gives the same people, who do the same at the same times after the
//! start. Weekends fall on the same places whatever the day, so that counts do not depend on the calendar.

use super::dice::Dice;
use super::person::{Act, Channel, Device, Order, Person, Way};
use super::program::PARTNERS;
use crate::domain::time::{DAY_MS, HOUR_MS, Time};

/// How many days the program has been running.
pub(super) const DAYS: i64 = 90;

const PASSERS_BY: usize = 2_900;
const BANNER_READERS: usize = 800;
const CUSTOMERS: usize = 380;
const LISTENERS: usize = 60;
const REFUNDS: usize = 11;
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

const BROWSERS: &str = include_str!("data/browsers.txt");
const COUNTRIES: [(&str, &str); 12] = [
    ("DE", "EUR"),
    ("US", "USD"),
    ("GB", "GBP"),
    ("FR", "EUR"),
    ("NL", "EUR"),
    ("ES", "EUR"),
    ("CA", "USD"),
    ("JP", "JPY"),
    ("AT", "EUR"),
    ("CH", "EUR"),
    ("SE", "EUR"),
    ("IN", "USD"),
];
const COUNTRY_WEIGHTS: [usize; 12] = [22, 20, 14, 9, 7, 6, 5, 5, 4, 4, 3, 2];
/// What Larkspur costs: minor units of EUR, USD and GBP; a month, or a year.
const PRICES: [i64; 5] = [1_900, 4_900, 9_900, 19_000, 49_000];

/// Everybody, as they are made up.
pub(super) struct Cast {
    pub(super) dice: Dice,
    pub(super) start: Time,
    pub(super) people: Vec<Person>,
    agents: Vec<&'static str>,
    orders: usize,
    /// Person, order and time of sales that have an amount.
    sales: Vec<(usize, String, Time)>,
}

/// Everybody who has to do with the program in the [`DAYS`] from `start` on.
pub(super) fn cast(seed: u64, start: Time) -> Vec<Person> {
    let agents = BROWSERS.lines().collect();
    let mut cast = Cast { dice: Dice::new(seed), start, people: Vec::new(), agents, orders: 10_000, sales: Vec::new() };
    (0..PASSERS_BY).for_each(|_| cast.passer_by());
    (0..BANNER_READERS).for_each(|_| cast.banner_reader());
    (0..CUSTOMERS).for_each(|number| cast.customer(number));
    (0..LISTENERS).for_each(|number| cast.listener(number));
    cast.refunds();
    cast.accounts();
    cast.noise();
    let end = start + DAYS * DAY_MS;
    for person in &mut cast.people {
        person.acts.retain(|(at, _)| (start..end).contains(at));
        person.acts.sort_by_key(|(at, _)| *at);
    }
    cast.people
}

impl Cast {
    pub(super) fn device(&mut self) -> Device {
        let country = COUNTRIES[self.dice.weighted(&COUNTRY_WEIGHTS)].0;
        self.device_in(country)
    }

    pub(super) fn device_in(&mut self, country: &'static str) -> Device {
        let agent = self.dice.pick(&self.agents);
        let (net, host) = (self.dice.below(0x1_0000), self.dice.below(0x1_0000));
        // Addresses that are kept for documentation (RFC 3849): nobody's.
        let address = format!("2001:db8:{net:x}:{host:x}::1");
        Device { agent, address, country, keeps_cookies: true, opted_out: self.dice.percent(6) }
    }

    /// A moment of these days: more towards the end, fewer at weekends and at night.
    pub(super) fn moment(&mut self, days: std::ops::Range<i64>) -> Time {
        loop {
            let day = self.dice.between(days.start, days.end - 1);
            let at = self.dice.between(0, DAY_MS - 1);
            let likely = 55 + day / 2;
            let likely = if day % 7 >= 5 { likely * 3 / 5 } else { likely };
            let likely = if (6..22).contains(&(at / HOUR_MS)) { likely } else { likely / 4 };
            if self.dice.between(0, 99) < likely {
                return self.start + day * DAY_MS + at;
            }
        }
    }

    fn partner(&mut self) -> usize {
        self.dice.weighted(&PARTNERS.each_ref().map(|partner| partner.weight))
    }

    pub(super) fn click(&mut self, device: usize, partner: usize, way: Way) -> Act {
        let plan = &PARTNERS[partner];
        Act::Click { device, slug: self.dice.pick(plan.links).0, site: plan.site, way }
    }

    fn view(&mut self, device: usize, partner: usize) -> Act {
        let plan = &PARTNERS[partner];
        Act::View { device, slug: self.dice.pick(plan.links).0, site: plan.site }
    }

    fn order_id(&mut self) -> String {
        self.orders += 1;
        format!("LS-{}", self.orders)
    }

    fn price(&mut self, country: &str) -> (i64, &'static str) {
        let amount = self.dice.pick(&PRICES);
        match COUNTRIES.iter().find(|(name, _)| *name == country).map_or("EUR", |(_, currency)| currency) {
            // Whole yen, at about 160 to the euro.
            "JPY" => (amount * 16 / 10, "JPY"),
            currency => (amount, currency),
        }
    }

    /// Comes by once or some more times, and buys nothing.
    fn passer_by(&mut self) {
        let mut person = Person { devices: vec![self.device()], acts: Vec::new() };
        let mut at = self.moment(0..DAYS);
        let clicks = self.dice.pick(&[1, 1, 1, 1, 2, 2, 3, 4]);
        self.approach(&mut person, &mut at, clicks);
        self.people.push(person);
    }

    /// Sees banners, and does nothing about it.
    fn banner_reader(&mut self) {
        let mut person = Person { devices: vec![self.device()], acts: Vec::new() };
        let mut at = self.moment(0..DAYS);
        for _ in 0..self.dice.between(1, 3) {
            let partner = self.partner();
            person.acts.push((at, self.view(0, partner)));
            at = at + self.dice.between(HOUR_MS, 3 * DAY_MS);
        }
        self.people.push(person);
    }

    /// Follows so many links, some of them twice by mistake, now on this device, now on that. `at` becomes the time of the
    /// last. The partners whose links they were.
    fn approach(&mut self, person: &mut Person, at: &mut Time, clicks: usize) -> Vec<usize> {
        let mut partners = Vec::new();
        for number in 0..clicks {
            if number > 0 {
                *at = *at + self.dice.between(HOUR_MS, 8 * DAY_MS);
            }
            let partner = match partners.last() {
                Some(&partner) if self.dice.percent(30) => partner,
                _ => self.partner(),
            };
            let device = self.dice.below(person.devices.len());
            if self.dice.percent(30) {
                let before = self.dice.between(MINUTE_MS, 6 * HOUR_MS);
                person.acts.push((*at - before, self.view(device, partner)));
            }
            let click = self.click(device, partner, Way::Follow);
            if self.dice.percent(6) {
                let Act::Click { slug, site, .. } = click else { continue };
                person.acts.push((*at - 700, Act::Click { device, slug, site, way: Way::Prefetch }));
            }
            if self.dice.percent(6) {
                person.acts.push((*at + self.dice.between(400, 20 * SECOND_MS), click.clone()));
            }
            person.acts.push((*at, click));
            partners.push(partner);
        }
        partners
    }

    /// Comes by several partners, becomes known, buys, and may stay.
    fn customer(&mut self, number: usize) {
        let country = COUNTRIES[self.dice.weighted(&COUNTRY_WEIGHTS)].0;
        let devices = if self.dice.percent(20) { 2 } else { 1 };
        let devices: Vec<Device> = (0..devices).map(|_| self.device_in(country)).collect();
        let mut person = Person { devices, acts: Vec::new() };
        let opted_out = person.devices.iter().any(|device| device.opted_out);
        let mut at = self.moment(0..75);
        let clicks = 2 + self.dice.below(5);
        let partners = self.approach(&mut person, &mut at, clicks);
        let last = person.acts.iter().filter(|(_, act)| matches!(act, Act::Click { way: Way::Follow, .. }));
        let device = match last.max_by_key(|(at, _)| *at) {
            Some((_, Act::Click { device, .. })) => *device,
            _ => 0,
        };
        let customer = format!("C-{}", 10_001 + number);
        // Without a cookie, the website learns who it is only where it sends the click id along.
        let known = !opted_out && self.dice.percent(75);
        if known {
            at = at + self.dice.between(MINUTE_MS, 30 * MINUTE_MS);
            self.becomes_known(&mut person, at, &customer);
        }
        at = at + self.dice.between(5 * MINUTE_MS, 12 * DAY_MS);
        let mut order =
            Order { event: "sale", id: Some(self.order_id()), amount: Some(self.price(country)), ..Order::default() };
        order.customer = (known || self.dice.percent(50)).then(|| customer.clone());
        let channel = match self.dice.below(100) {
            0..30 if !opted_out => Channel::Pixel,
            30..45 if !opted_out => {
                order.code = self.code(&partners);
                Channel::Pixel
            }
            45..75 if known => {
                // Some shops export their orders at night.
                order.occurred_at = Some(at);
                at = if self.dice.percent(30) { at.day() + DAY_MS + 2 * HOUR_MS } else { at + 2 * SECOND_MS };
                Channel::Api
            }
            45..88 => {
                order.names_click = true;
                Channel::Postback
            }
            _ => {
                order.names_click = true;
                Channel::Api
            }
        };
        self.sells(person, at, device, channel, order);
    }

    /// Signs up or leaves an address, on every device.
    fn becomes_known(&mut self, person: &mut Person, at: Time, customer: &str) {
        let event = self.dice.pick(&["lead", "signup"]);
        for device in 0..person.devices.len() {
            let event = if device == 0 { event } else { "identify" };
            let order = Order { event, customer: Some(customer.to_owned()), ..Order::default() };
            let channel = if event == "lead" { Channel::Pixel } else { Channel::Tag };
            person.acts.push((at + device as i64 * 3 * MINUTE_MS, Act::Report { device, channel, order }));
        }
    }

    /// A code of one of these partners, or of another.
    fn code(&mut self, partners: &[usize]) -> Option<&'static str> {
        let codes: Vec<&'static str> =
            partners.iter().flat_map(|&partner| PARTNERS[partner].codes).map(|(code, _)| *code).collect();
        if codes.is_empty() { Some("INDIE20") } else { Some(self.dice.pick(&codes)) }
    }

    /// The sale, at times reported twice, and its renewals.
    fn sells(&mut self, mut person: Person, at: Time, device: usize, channel: Channel, order: Order) {
        if channel == Channel::Pixel && self.dice.percent(15) {
            // Page and server both report it; it counts once.
            let again = Act::Report { device, channel: Channel::Postback, order: order.clone() };
            person.acts.push((at + 4 * SECOND_MS, again));
        }
        if let Some(customer) = &order.customer {
            for month in 1..=self.dice.between(0, 2) {
                let id = Some(self.order_id());
                let renewal =
                    Order { event: "renewal", id, amount: order.amount, customer: Some(customer.clone()), ..Order::default() };
                person.acts.push((at + month * 30 * DAY_MS, Act::Report { device, channel: Channel::Api, order: renewal }));
            }
        }
        self.sales.extend(order.id.clone().map(|id| (self.people.len(), id, at)));
        person.acts.push((at, Act::Report { device, channel, order }));
        self.people.push(person);
    }

    /// Heard of it, came without a link, and typed a code.
    fn listener(&mut self, number: usize) {
        let device = self.device();
        let amount = Some(self.price(device.country));
        let partner = self.dice.pick(&[2, 4, 5, 5, 5, 8]);
        let code = self.code(&[partner]);
        let customer = Some(format!("C-{}", 15_001 + number));
        let order = Order { event: "sale", id: Some(self.order_id()), amount, customer, code, ..Order::default() };
        let at = self.moment(0..DAYS);
        self.sells(Person { devices: vec![device], acts: Vec::new() }, at, 0, Channel::Pixel, order);
    }

    /// Some sales are given back, every third of them in part.
    fn refunds(&mut self) {
        let last = self.start + (DAYS - 14) * DAY_MS;
        let sales: Vec<_> = self.sales.iter().filter(|(_, _, at)| *at < last).cloned().collect();
        let step = (sales.len() / REFUNDS).max(1);
        for (number, (person, order, at)) in sales.into_iter().step_by(step).take(REFUNDS).enumerate() {
            let (percent, reason) =
                if number % 3 == 1 { (Some(40), "seats given back") } else { (None, "cancelled within 14 days") };
            let at = at + self.dice.between(DAY_MS, 13 * DAY_MS);
            self.people[person].acts.push((at, Act::Refund { order, percent, reason }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_people_on_any_day() {
        let day = |number: i64| Time::EPOCH + (20_000 + number) * DAY_MS;
        let shape = |seed, start: Time| -> Vec<_> {
            let acts = |person: Person| person.acts.into_iter().map(|(at, act)| (at - start, std::mem::discriminant(&act)));
            cast(seed, start).into_iter().map(|person| (person.devices.clone(), acts(person).collect::<Vec<_>>())).collect()
        };
        let first = shape(1, day(0));
        assert_eq!(first, shape(1, day(0)));
        assert_eq!(first, shape(1, day(3)));
        assert_ne!(first, shape(2, day(0)));
    }
}
