//! What a partner is told of the program and of itself: codes, the rules, its profile.

use crate::error::{Code, Error, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{ROWS_MAX, Visit, newest};
use crate::pages::own_codes::{self as code_page, Coded};
use crate::pages::portal::{self as page, Told};
use crate::pages::rules::Listener;
use crate::store::{CodeFilter, LinkFilter, Named};

/// Rules of old that a partner is told, the latest.
const EARLIER_MAX: usize = 20;

fn no_partner() -> Error {
    Error::new(Code::NotFound, "")
}

pub(super) async fn codes(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let own = asked.own().ok_or_else(no_partner)?;
    let (days, period) = asked.period();
    let filter = CodeFilter { partner_id: Some(own), ..CodeFilter::default() };
    let codes = tx.codes(&filter, newest(ROWS_MAX)).await?;
    let campaigns = tx.names(Named::Campaign, codes.iter().filter_map(|code| Some(code.campaign_id?.uuid()))).await?;
    let mut figures = if codes.is_empty() { Default::default() } else { tx.own_code_figures(own, period).await? };
    let with_figures = |code: crate::domain::link::ReferralCode| {
        let figures = figures.remove(&code.id).unwrap_or_default();
        Coded { code, conversions: figures.conversions, credited: figures.credited }
    };
    let codes: Vec<Coded> = codes.into_iter().map(with_figures).collect();
    let table = code_page::table(asked.shell, &codes, &campaigns, &days);
    Ok(asked.show(&[&table], || code_page::content(asked.shell, &asked.wanted(), &days, asked.at, &table)))
}

pub(super) async fn rules(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let own = asked.own().ok_or_else(no_partner)?;
    let book = tx.rule_book().await?;
    let told = |version, until| Told::of(version, until).map(|told| Some(told).filter(Told::is_for_partners));
    let in_force = book.in_force(asked.at).filter_map(|version| told(version, None).transpose());
    let mut in_force = in_force.collect::<Result<Vec<Told<'_>>>>()?;
    in_force.sort_by_key(|told| std::cmp::Reverse(told.rules.filters.count()));
    let earlier = book.earlier(asked.at).filter_map(|(version, until)| told(version, Some(until)).transpose());
    let earlier = earlier.take(EARLIER_MAX).collect::<Result<Vec<Told<'_>>>>()?;
    // Of others nothing is told but what the rules are about: names of campaigns and groups, and of its own links.
    let links = tx.links(&LinkFilter { partner_id: Some(own), ..LinkFilter::default() }, newest(ROWS_MAX)).await?;
    let mut names: crate::pages::evidence::Names =
        links.into_iter().map(|link| (link.id.uuid(), format!("/{}", link.slug))).collect();
    let filters = || in_force.iter().chain(&earlier).map(|told| &told.rules.filters);
    let campaigns = filters().flat_map(|filters| filters.campaigns.iter().flatten()).map(|id| id.uuid());
    names.extend(tx.names(Named::Campaign, campaigns.collect::<Vec<_>>()).await?);
    let groups = filters().flat_map(|filters| filters.groups.iter().flatten()).map(|id| id.uuid());
    names.extend(tx.names(Named::Group, groups.collect::<Vec<_>>()).await?);
    let listener = Listener { names, own: Some(own) };
    Ok(Answer::page(asked.shell, &page::policies(asked.shell, &in_force, &earlier, &listener)))
}

pub(super) async fn profile(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let partner = tx.partner(asked.own().ok_or_else(no_partner)?).await?.ok_or_else(no_partner)?;
    let groups = tx.groups(newest(ROWS_MAX)).await?;
    let group = groups.iter().find(|group| Some(group.id) == partner.group_id);
    Ok(Answer::page(asked.shell, &page::profile(asked.shell, &partner, group)))
}
