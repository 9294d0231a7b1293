//! The program that the demo makes up: who takes part, and with which links and codes. Made through the API.

use serde_json::{Value, json};

use super::Fallible;
use super::wire::Wire;
use crate::domain::time::{DAY_MS, HOUR_MS, Time};

/// Groups of partners.
pub(super) const GROUPS: [&str; 3] = ["Affiliates", "Agencies", "Technology"];

/// Campaigns: name, and `utm_campaign`.
pub(super) const CAMPAIGNS: [(&str, &str); 6] = [
    ("Evergreen", "evergreen"),
    ("Season offer", "season-offer"),
    ("Comparison guides", "comparison"),
    ("Webinar series", "webinars"),
    ("Goodbye, spreadsheets", "migration"),
    ("Co-marketing", "co-marketing"),
];

/// One partner.
pub(super) struct Plan {
    pub name: &'static str,
    /// Place in [`GROUPS`].
    pub group: usize,
    /// Where it publishes; what visitors come from.
    pub site: &'static str,
    /// How many visitors it sends, compared to the others.
    pub weight: usize,
    /// Slug, page it leads to, place in [`CAMPAIGNS`].
    pub links: &'static [(&'static str, &'static str, usize)],
    /// Code, place in [`CAMPAIGNS`].
    pub codes: &'static [(&'static str, usize)],
}

const fn plan(
    name: &'static str, group: usize, site: &'static str, weight: usize, links: &'static [(&'static str, &'static str, usize)],
    codes: &'static [(&'static str, usize)],
) -> Plan {
    Plan { name, group, site, weight, links, codes }
}

/// The partners of Larkspur, which sells invoicing software.
pub(super) const PARTNERS: [Plan; 12] = [
    plan(
        "Fern & Ledger",
        0,
        "https://fernandledger.example/best-invoicing-tools",
        18,
        &[("fern", "", 0), ("fern-pricing", "pricing", 2), ("fern-guide", "guides/invoicing", 2), ("fern-offer", "offer", 1)],
        &[],
    ),
    plan(
        "SaaS Scout",
        0,
        "https://saasscout.example/reviews/larkspur",
        16,
        &[
            ("scout", "", 2),
            ("scout-compare", "compare", 2),
            ("scout-sheets", "compare/spreadsheets", 4),
            ("scout-pricing", "pricing", 0),
        ],
        &[],
    ),
    plan(
        "Nadia Okafor",
        0,
        "https://nadiaokafor.example/freelance-stack",
        10,
        &[("nadia", "", 0), ("nadia-templates", "templates", 0), ("nadia-course", "guides/freelancers", 5)],
        &[("NADIA15", 0), ("NADIA-VIP", 1)],
    ),
    plan(
        "Coupon Cove",
        0,
        "https://couponcove.example/larkspur",
        9,
        &[("cove", "offer", 1), ("cove-season", "offer", 1), ("cove-checkout", "pricing", 0)],
        &[("COVE10", 0), ("COVE25", 1)],
    ),
    plan(
        "The Founder's Almanac",
        0,
        "https://foundersalmanac.example/issues",
        9,
        &[("almanac", "", 0), ("almanac-112", "pricing", 0), ("almanac-118", "offer", 1)],
        &[("ALMANAC", 0)],
    ),
    plan(
        "Indie Stack Podcast",
        0,
        "https://indiestack.example/episodes",
        7,
        &[("indiestack", "", 0), ("indiestack-84", "", 0), ("indiestack-91", "guides/freelancers", 5)],
        &[("INDIE20", 0), ("STACKPOD", 1)],
    ),
    plan(
        "Brightwater Consulting",
        1,
        "https://brightwater.example/services/finance",
        7,
        &[("brightwater", "", 0), ("brightwater-switch", "switch", 4), ("brightwater-demo", "book-a-demo", 5)],
        &[("BRIGHT5", 0)],
    ),
    plan(
        "Studio Halden",
        1,
        "https://studiohalden.example/toolbox",
        6,
        &[("halden", "", 0), ("halden-templates", "templates", 0), ("halden-clients", "pricing", 0)],
        &[("HALDEN", 0)],
    ),
    plan(
        "Kestrel Digital",
        1,
        "https://kestreldigital.example/blog/quote-to-cash",
        6,
        &[("kestrel", "", 0), ("kestrel-webinar", "webinars/quote-to-cash", 3), ("kestrel-audit", "switch", 4)],
        &[("KESTREL", 0), ("KESTREL-SEASON", 1)],
    ),
    plan(
        "Mori Partners",
        1,
        "https://moripartners.example/ja/keiri",
        5,
        &[("mori", "ja", 0), ("mori-switch", "ja/switch", 4), ("mori-webinar", "webinars/einvoicing", 3)],
        &[("MORI30", 0)],
    ),
    plan(
        "Stackpile",
        2,
        "https://stackpile.example/marketplace/larkspur",
        10,
        &[
            ("stackpile", "integrations/stackpile", 0),
            ("stackpile-docs", "docs/stackpile", 5),
            ("stackpile-webinar", "webinars/automation", 3),
            ("stackpile-offer", "offer", 1),
        ],
        &[("STACKPILE", 5)],
    ),
    plan(
        "Tidelane Payments",
        2,
        "https://tidelane.example/partners/larkspur",
        9,
        &[
            ("tidelane", "integrations/tidelane", 0),
            ("tidelane-start", "integrations/tidelane/start", 5),
            ("tidelane-webinar", "webinars/payments", 3),
            ("tidelane-payouts", "guides/payouts", 2),
        ],
        &[("TIDELANE", 5), ("TIDE-PARTNER", 0)],
    ),
];

/// The id that a partner has among Larkspur's own customers.
pub(super) fn customer_of(partner: usize) -> String {
    format!("C-{}", 20_001 + partner)
}

/// Makes the whole program in the weeks before `start`; the ids of the partners, in their order.
pub(super) async fn make(wire: &mut Wire, start: Time) -> Fallible<Vec<String>> {
    let mut at = start - 21 * DAY_MS + 9 * HOUR_MS;
    for name in GROUPS {
        wire.api(at, "POST", "/groups", json!({ "name": name })).await?;
        at = at + HOUR_MS / 10;
    }
    let mut campaigns = Vec::new();
    for (name, utm) in CAMPAIGNS {
        let utm = json!({ "source": "partner", "medium": "referral", "campaign": utm });
        let made = wire.api(at, "POST", "/campaigns", json!({ "name": name, "utm": utm })).await?;
        campaigns.push(made["id"].clone());
        at = at + HOUR_MS / 10;
    }
    let mut partners = Vec::new();
    for (place, partner) in PARTNERS.iter().enumerate() {
        at = at + DAY_MS + 17 * HOUR_MS / 10;
        partners.push(make_partner(wire, at, place, partner, &campaigns).await?);
    }
    Ok(partners)
}

async fn make_partner(wire: &mut Wire, at: Time, place: usize, partner: &Plan, campaigns: &[Value]) -> Fallible<String> {
    let site = partner.site.trim_start_matches("https://").split('/').next().unwrap_or_default();
    let new = json!({
        "name": partner.name, "email": format!("partners@{site}"), "group": GROUPS[partner.group],
        "external_id": customer_of(place),
    });
    let made = wire.api(at, "POST", "/partners", new).await?;
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    let link = |(slug, page, campaign): &(&str, &str, usize)| {
        let destination = format!("https://www.larkspur.example/{page}");
        json!({ "partner_id": id, "slug": slug, "destination": destination, "campaign_id": campaigns[*campaign] })
    };
    let links: Vec<Value> = partner.links.iter().map(link).collect();
    wire.api(at + HOUR_MS / 4, "POST", "/links/bulk", json!({ "links": links })).await?;
    for (code, campaign) in partner.codes {
        let new = json!({ "partner_id": id, "code": code, "campaign_id": campaigns[*campaign] });
        wire.api(at + HOUR_MS / 2, "POST", "/codes", new).await?;
    }
    Ok(id)
}
