//! From what a caller wants to links that can be stored: one or a thousand, every mistake of all of them at once.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::NewLink;
use crate::domain::destination::{check_destination, check_macros, has_macro};
use crate::domain::id::{LinkId, PartnerId};
use crate::domain::link::{Link, RANDOM_LEN, check_slug, random_slug, slug_key};
use crate::domain::partner::Status;
use crate::domain::time::Time;
use crate::error::{Code, Error, Problems, Result};
use crate::http::app::App;
use crate::store::{Named, Tx};

/// How often a slug is made up anew when those before are taken: with 8.5e11 of them, the first nearly always fits.
const TRIES: usize = 8;

/// Makes links, none of them stored yet. `prefix` is what goes before the name of a field of the link at a place.
///
/// # Errors
/// [`Code::Invalid`] with every field that does not fit, else [`Code::Conflict`] with every slug that is taken.
pub(super) async fn links(
    tx: &mut Tx, app: &App, now: Time, wanted: Vec<NewLink>, prefix: impl Fn(usize) -> String,
) -> Result<Vec<Link>> {
    let partners = tx.partner_statuses(wanted.iter().map(|new| new.partner_id).collect::<HashSet<_>>()).await?;
    let campaigns = tx.names(Named::Campaign, distinct(wanted.iter().filter_map(|new| Some(new.campaign_id?.uuid())))).await?;
    let (mut misfits, mut taken) = (Problems::default(), Problems::default());
    let mut links = Vec::with_capacity(wanted.len());
    for (place, new) in wanted.into_iter().enumerate() {
        let mut problems = Problems::default();
        check_partner(new.partner_id, partners.get(&new.partner_id), &mut problems);
        if let Some(id) = new.campaign_id.filter(|id| !campaigns.contains_key(&id.uuid())) {
            problems.add("campaign_id", format!("there is no campaign {id}"));
        }
        if let Some(slug) = &new.slug {
            problems.keep("slug", check_slug(slug));
        }
        let mut link = link(now, new);
        check(&mut link, app, &mut problems);
        misfits.extend(&prefix(place), problems);
        links.push(link);
    }
    find_taken(tx, &links, &prefix, &mut taken).await?;
    misfits.finish_beside(taken)?;
    make_up_slugs(tx, &mut links).await?;
    Ok(links)
}

/// Notes when there is no such partner, or when it is not to have anything new.
fn check_partner(id: PartnerId, status: Option<&Status>, problems: &mut Problems) {
    match status {
        None => problems.add("partner_id", format!("there is no partner {id}")),
        Some(Status::Disabled) => problems.add("partner_id", "is disabled; enable that partner first, or name another"),
        Some(Status::Active) => {}
    }
}

/// Notes when a partner who is to have something new does not exist, or is disabled.
pub(in crate::http::api) async fn partner_in_use(tx: &mut Tx, partner: PartnerId, problems: &mut Problems) -> Result<()> {
    check_partner(partner, tx.partner_statuses([partner]).await?.get(&partner), problems);
    Ok(())
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> HashSet<Uuid> {
    ids.collect()
}

/// A link as wanted; without a slug where none was given.
fn link(now: Time, new: NewLink) -> Link {
    Link {
        id: LinkId::mint(now),
        partner_id: new.partner_id,
        campaign_id: new.campaign_id,
        slug: new.slug.unwrap_or_default(),
        destination: new.destination,
        utm: new.utm,
        fallback_url: new.fallback_url,
        expires_at: new.expires_at,
        status: Status::Active,
        append_click_id: new.append_click_id.unwrap_or(true),
        created_at: now,
    }
}

/// Checks the URLs and UTM values of a link, and writes the URLs as the WHATWG rules do.
pub(super) fn check(link: &mut Link, app: &App, problems: &mut Problems) {
    let param = link.append_click_id.then_some(app.click_param.as_str());
    let destination = check_destination(&link.destination, &app.own_urls);
    if let Some(written) = problems.keep("destination", destination) {
        problems.keep("destination", check_macros(&written, param));
        link.destination = written;
    }
    if let Some(fallback) = &mut link.fallback_url
        && let Some(written) = problems.keep("fallback_url", check_destination(fallback, &app.own_urls))
    {
        if has_macro(&written) {
            problems.add("fallback_url", "must not hold a macro: nothing is filled in there");
        }
        *fallback = written;
    }
    link.utm.check(problems);
}

/// Notes the slugs that are taken, by a stored link or by an earlier one of the same request.
async fn find_taken(tx: &mut Tx, links: &[Link], prefix: &impl Fn(usize) -> String, taken: &mut Problems) -> Result<()> {
    let given = || links.iter().enumerate().filter(|(_, link)| !link.slug.is_empty());
    let keys: Vec<String> = given().map(|(_, link)| slug_key(&link.slug)).collect();
    let stored: HashSet<String> = tx.taken_slugs(&keys).await?.into_iter().collect();
    let mut earlier: HashMap<String, usize> = HashMap::new();
    for (place, link) in given() {
        let (key, field) = (slug_key(&link.slug), format!("{}slug", prefix(place)));
        if stored.contains(&key) {
            taken.add(field, format!("{:?} is the slug of another link; choose another", link.slug));
        } else if let Some(first) = earlier.get(&key) {
            taken.add(field, format!("{:?} is the slug of {}slug too; choose another", link.slug, prefix(*first)));
        } else {
            earlier.insert(key, place);
        }
    }
    Ok(())
}

/// Gives every link without a slug one that is free.
async fn make_up_slugs(tx: &mut Tx, links: &mut [Link]) -> Result<()> {
    for _ in 0..TRIES {
        let mut used: HashSet<String> = links.iter().map(|link| slug_key(&link.slug)).collect();
        let mut fresh = Vec::new();
        for link in links.iter_mut().filter(|link| link.slug.is_empty()) {
            let slug = made_up()?;
            if used.insert(slug.clone()) {
                link.slug.clone_from(&slug);
                fresh.push(slug);
            }
        }
        let stored: HashSet<String> = tx.taken_slugs(&fresh).await?.into_iter().collect();
        for link in links.iter_mut().filter(|link| stored.contains(&link.slug)) {
            link.slug.clear();
        }
        if links.iter().all(|link| !link.slug.is_empty()) {
            return Ok(());
        }
    }
    Err(Error::new(Code::Unavailable, "no free slug was found; try again, or choose one"))
}

/// A random slug.
pub(in crate::http::api) fn made_up() -> Result<String> {
    let mut random = [0; RANDOM_LEN * 2];
    getrandom::fill(&mut random).map_err(|why| Error::internal("the machine gives no random numbers", why))?;
    Ok(random_slug(random))
}
