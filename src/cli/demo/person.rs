//! What people, and programs, do: pure data, made by `journeys.rs` and `noise.rs`, done by `visit.rs`.

use crate::domain::time::Time;

/// Somebody, with everything they will do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Person {
    pub devices: Vec<Device>,
    /// In the order of time, once the cast is complete.
    pub acts: Vec<(Time, Act)>,
}

/// A browser, or what calls itself one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Device {
    pub agent: &'static str,
    pub address: String,
    pub country: &'static str,
    pub keeps_cookies: bool,
    /// It sends `Sec-GPC: 1`.
    pub opted_out: bool,
}

/// One thing that is done. Devices are places in [`Person::devices`], partners in the program.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// A link is followed, or fetched in another way.
    Click { device: usize, slug: &'static str, site: &'static str, way: Way },
    /// A banner is shown on a partner's site.
    View { device: usize, slug: &'static str, site: &'static str },
    /// A website reports something.
    Report { device: usize, channel: Channel, order: Order },
    /// A website reports something that cannot be used.
    Mistake { device: usize, target: &'static str },
    /// A partner, or a team of ours, did something for a customer.
    Offline { partner: Option<usize>, kind: &'static str, customer: String, occurred_at: Time, note: &'static str },
    /// Of an order, so many percent of the amount are given back; everything, when none.
    Refund { order: String, percent: Option<i64>, reason: &'static str },
}

/// How a link is fetched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    Follow,
    Prefetch,
    /// As the source of an image or frame: what `Sec-Fetch-Dest` says.
    Embedded(&'static str),
}

/// How a website reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Channel {
    Pixel,
    Tag,
    Postback,
    Api,
}

/// What a website reports.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Order {
    pub event: &'static str,
    pub id: Option<String>,
    /// Minor units and currency.
    pub amount: Option<(i64, &'static str)>,
    pub customer: Option<String>,
    pub code: Option<&'static str>,
    /// It names the last click of the device.
    pub names_click: bool,
    /// Where it is reported later than it happened.
    pub occurred_at: Option<Time>,
}
