//! The overview, and what the lists behind its numbers share.

use std::collections::HashMap;

use crate::domain::heard::name_key;
use crate::domain::id::{ConversionId, LinkId, PartnerId, VisitorId};
use crate::domain::report::{GroupBy, Leading, Performance};
use crate::domain::time::{DAY_MS, Time};
use crate::domain::touchpoint::Touchpoint;
use crate::error::Result;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Visit, newest};
use crate::pages::evidence::{self, LedTo, Names};
use crate::pages::first::First;
use crate::pages::live::{self, LIVE_ROWS};
use crate::pages::overview::{Compare, Days, Overview};
use crate::pages::shell::Content;
use crate::pages::table::{FEW_ROWS, Table, empty};
use crate::pages::texts::trouble::Trouble;
use crate::pages::texts::{Called, fill};
use crate::pages::{Html, path_with};
use crate::store::{LinkFilter, Named, Narrow, PartnerFilter, Period, Tx};

/// Days of clicks on the page of a link, and how many of them.
const LATEST_DAYS: i64 = 30;
const LATEST_ROWS: i64 = 50;
/// A year in whole weeks, so that weekdays meet.
const YEAR_MS: i64 = 52 * 7 * DAY_MS;

/// The figures in all, by day, and in the period it is compared with: of everything, or of a part.
pub(super) async fn of(tx: &mut Tx, asked: &Asked<'_>, narrow: &Narrow) -> Result<Overview> {
    let (days, period) = asked.period();
    let compare: Compare = asked.param("compare").unwrap_or(Compare::Before);
    let back = if compare == Compare::Year { YEAR_MS } else { period.to - period.from };
    let before = Period { from: period.from - back, to: period.to - back };
    let by_day = tx.figures(GroupBy::Day, period, narrow).await?;
    let earlier_by_day = match compare {
        Compare::None => Vec::new(),
        _ => tx.figures(GroupBy::Day, before, narrow).await?,
    };
    let (now, earlier) = (Performance::total(&by_day), Performance::total(&earlier_by_day));
    let before_days = Days { from: before.from.date(), to: (before.to - DAY_MS).date() };
    let partner = narrow.partner_id.filter(|_| asked.is_staff()).map(|id| id.to_string());
    let narrowed = [
        ("partner_id", partner),
        ("link_id", narrow.link_id.map(|id| id.to_string())),
        ("campaign_id", narrow.campaign_id.map(|id| id.to_string())),
        ("country", narrow.country.clone()),
        ("device", narrow.device.clone()),
    ];
    Ok(Overview {
        days,
        compare,
        before: earlier,
        before_by_day: (before_days, earlier_by_day),
        by_day,
        funnel: tx.funnel(now.clicks, period, narrow).await?,
        now,
        narrowed: narrowed.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        only: Vec::new(),
        decisions: None,
        live: Html::default(),
        partners: Vec::new(),
        links: Leading::default(),
        campaigns: Vec::new(),
        countries: Vec::new(),
        devices: Vec::new(),
        first: None,
    })
}

pub(super) async fn show(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx, own) = (visit.asked, visit.tx, visit.asked.own());
    let (period, narrow) = (asked.period().1, Narrow { kind: None, verdict: None, ..narrow(asked, "kind") });
    let mut overview = of(tx, asked, &narrow).await?;
    overview.first = first(tx, asked).await?;
    if own.is_none() {
        overview.partners = tx.figures(GroupBy::Partner, period, &narrow).await?;
        overview.decisions = Some(tx.decisions(asked.at).await?);
    }
    overview.links = match asks_all(asked, "links") {
        true => tx.figures(GroupBy::Link, period, &narrow).await?.into(),
        false => tx.leading_links(period, &narrow, FEW_ROWS).await?,
    };
    overview.campaigns = tx.figures(GroupBy::Campaign, period, &narrow).await?;
    overview.countries = tx.figures(GroupBy::Country, period, &narrow).await?;
    overview.devices = tx.figures(GroupBy::Device, period, &narrow).await?;
    overview.only = only(tx, asked, &[]).await?;
    overview.live = live(tx, asked, &narrow, &overview).await?;
    let tables = overview.tables(asked.shell);
    let tables: Vec<&Table> = tables.iter().collect();
    let name = match own {
        Some(own) => tx.names(Named::Partner, [own.uuid()]).await?.remove(&own.uuid()),
        None => None,
    };
    Ok(asked.show(&tables, || {
        let content = overview.content(asked.shell, &asked.wanted(), asked.at, &tables);
        // Whoever signs in for a partner sees which one.
        match name {
            Some(name) => Content { lead: format!("{name}. {}", content.lead).trim_end().to_owned(), ..content },
            None => content,
        }
    }))
}

/// What to begin with, where there is no link yet.
pub(super) async fn first(tx: &mut Tx, asked: &Asked<'_>) -> Result<Option<First>> {
    let any = LinkFilter { partner_id: asked.own(), ..LinkFilter::default() };
    if !tx.links(&any, newest(1)).await?.is_empty() {
        return Ok(None);
    }
    Ok(Some(match asked.is_staff() {
        false => First::OwnLink,
        true if tx.partners(&PartnerFilter::default(), newest(1)).await?.is_empty() => First::Partner,
        true => First::Link,
    }))
}

/// Whether more is wanted of a table than its first rows as they come: another order or page, a search, the export.
fn asks_all(asked: &Asked<'_>, table: &str) -> bool {
    let wanted = asked.wanted();
    let other = ["sort", "page", "q"].iter().any(|what| wanted.get(&format!("{table}.{what}")).is_some());
    other || wanted.get("csv") == Some(table)
}

/// The newest touchpoints of the last day, and where those that follow come from.
async fn live(tx: &mut Tx, asked: &Asked<'_>, narrow: &Narrow, overview: &Overview) -> Result<Html> {
    let lately = Period { from: asked.at - DAY_MS, to: asked.at + DAY_MS };
    let newest = tx.touchpoints_in(lately, narrow, LIVE_ROWS as i64).await?;
    let after = newest.first().map_or(String::new(), |touch| touch.id.to_string());
    let narrowed = overview.narrowed.iter().map(|(name, value)| (*name, value.as_str()));
    let query: Vec<(&str, &str)> = narrowed.chain([("after", after.as_str())]).collect();
    let stream = path_with(&format!("{}/live", asked.shell.base()), &query);
    Ok(live::part(asked.shell, &newest, &names(tx, &newest).await?, stream))
}

/// What the URL narrows a list down to; a partner never gets further than its own.
pub(super) fn narrow(asked: &Asked<'_>, kind: &str) -> Narrow {
    let text = |name: &str| asked.wanted().get(name).map(str::to_owned);
    Narrow {
        partner_id: asked.own().or(asked.param("partner_id")),
        link_id: asked.param("link_id"),
        campaign_id: asked.param("campaign_id"),
        code_id: asked.param("code_id"),
        country: text("country"),
        device: text("device"),
        kind: text(kind),
        verdict: asked.param("verdict"),
        code: text("code"),
        heard: asked.param("heard"),
        heard_partner_id: asked.param("heard_partner_id").filter(|_| asked.is_staff()),
        heard_key: text("heard_from").map(|name| name_key(&name)),
        tracked_partner_id: asked.param("tracked_partner_id").filter(|_| asked.is_staff()),
    }
}

pub(super) async fn names(tx: &mut Tx, rows: &[Touchpoint]) -> Result<Names> {
    let mut names = tx.names(Named::Partner, rows.iter().filter_map(|row| Some(row.partner_id?.uuid()))).await?;
    names.extend(tx.names(Named::Link, rows.iter().filter_map(|row| Some(row.link_id?.uuid()))).await?);
    Ok(names)
}

/// The conversions that touchpoints may have led to; of a partner, those of which it has a part.
pub(super) async fn led_to(tx: &mut Tx, rows: &[Touchpoint], own: Option<PartnerId>) -> Result<LedTo> {
    let conversions = tx.conversions_of_visitors(rows.iter().filter_map(|row| row.visitor_id), own).await?;
    let mut by_visitor: HashMap<VisitorId, Vec<(Time, ConversionId)>> = HashMap::new();
    for (visitor, id, at) in conversions {
        by_visitor.entry(visitor).or_default().push((at, id));
    }
    let first_after = |row: &Touchpoint| {
        let led = by_visitor.get(&row.visitor_id?)?.iter().find(|(at, _)| *at >= row.occurred_at);
        led.map(|(_, id)| (row.id, *id))
    };
    Ok(rows.iter().filter_map(first_after).collect())
}

/// What the URL narrows a list down to, for people; without what the filters of the page show.
pub(super) async fn only(tx: &mut Tx, asked: &Asked<'_>, shown: &[&str]) -> Result<Vec<String>> {
    let narrow = narrow(asked, "kind");
    let partner =
        narrow.partner_id.filter(|_| asked.is_staff() && !shown.contains(&"partner_id")).map(|id| (Named::Partner, id.uuid()));
    let ids =
        [partner, narrow.link_id.map(|id| (Named::Link, id.uuid())), narrow.campaign_id.map(|id| (Named::Campaign, id.uuid()))];
    let called = asked.shell.words::<Called>();
    let wanted = asked.wanted();
    let told = |name: &str| {
        let value = wanted.get(name)?;
        Some(match name {
            "kind" => called.kind(value),
            "event" => called.events(value),
            "device" => called.device(value),
            _ => value.to_owned(),
        })
    };
    let mut only: Vec<String> = ["kind", "event", "code", "country", "device"]
        .into_iter()
        .filter(|name| !shown.contains(name))
        .filter_map(told)
        .collect();
    if let Some(code) = narrow.code_id {
        // To a partner, codes of others are nothing.
        let code = tx.code(code).await?.filter(|code| asked.own().is_none_or(|own| own == code.partner_id));
        only.extend(code.map(|code| code.code));
    }
    let said: &Trouble = asked.shell.words();
    only.extend(narrow.heard.map(|heard| said.heard_match(heard).to_owned()));
    only.extend(wanted.get("heard_from").map(|name| format!("{}: {name}", said.words_of_buyer)));
    for (partner, label) in [(narrow.heard_partner_id, said.said), (narrow.tracked_partner_id, said.tracked)] {
        let Some(partner) = partner else { continue };
        let name = tx.names(Named::Partner, [partner.uuid()]).await?.remove(&partner.uuid()).unwrap_or_default();
        only.push(format!("{label}: {name}"));
    }
    for (named, id) in ids.into_iter().flatten() {
        // To a partner, names of others are nothing.
        let name = if asked.own().is_none() { tx.names(named, [id]).await?.remove(&id) } else { None };
        only.extend(name);
    }
    Ok(only)
}

/// The latest clicks on a link.
pub(super) async fn latest_clicks(tx: &mut Tx, asked: &Asked<'_>, link: LinkId, answers: bool) -> Result<Table> {
    let period = Period { from: asked.at - LATEST_DAYS * DAY_MS, to: asked.at + DAY_MS };
    let narrow = Narrow { link_id: Some(link), ..Narrow::default() };
    let rows = tx.touchpoints_in(period, &narrow, LATEST_ROWS).await?;
    let led_to = led_to(tx, &rows, asked.own()).await?;
    let table = evidence::touchpoints(asked.shell, &rows, &names(tx, &rows).await?, &led_to);
    let mut table = table.without(&["partner", "link"]);
    table.page_rows = FEW_ROWS;
    let (t, days) = (asked.shell.texts(), LATEST_DAYS.to_string());
    // Whatever the period of the numbers above.
    table.title = fill(t.latest_touchpoints, &[&days]);
    table.empty = empty(&if answers { fill(t.no_clicks, &[&days]) } else { t.link_rests.to_owned() }, None);
    Ok(table)
}
