//! Links: list, mint, show with a QR code, change, switch off.

use hyper::Method;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::id::LinkId;
use crate::domain::link::Link;
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest, together};
use crate::http::pages::campaigns::{as_forms_call_them, suggestions, utm};
use crate::http::pages::overview;
use crate::pages::facts::onward;
use crate::pages::policies::fields::{as_field, moment};
use crate::pages::shell::base;
use crate::pages::snippets::snippets;
use crate::pages::table::{self, Table};
use crate::pages::{links as page, qr, typed};
use crate::store::{LinkFilter, Named, Narrow, PartnerFilter, Tx};

/// The links of a filter, and their table.
pub(super) async fn table(tx: &mut Tx, asked: &Asked<'_>, filter: &LinkFilter) -> Result<(Vec<Link>, Table)> {
    let links = tx.links(filter, newest(ROWS_MAX)).await?;
    let mut names = tx.names(Named::Partner, links.iter().map(|link| link.partner_id.uuid())).await?;
    let campaigns = links.iter().filter_map(|link| Some(link.campaign_id?.uuid()));
    names.extend(tx.names(Named::Campaign, campaigns).await?);
    let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
    let figures = tx.figures_of_links(&ids, asked.of_late()).await?;
    let table = page::table(asked.shell, &links, &names, &figures);
    Ok((links, table))
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx, t) = (visit.asked, visit.tx, visit.asked.shell.texts());
    let partner_id = asked.own().or(asked.param("partner_id"));
    let (_, mut table) = table(tx, asked, &LinkFilter { partner_id, ..LinkFilter::default() }).await?;
    let may_mint = asked.is_admin() || asked.own().is_some();
    let partners = match asked.is_admin() {
        true => tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?,
        false => Vec::new(),
    };
    let mint = match asked.is_admin() && partners.is_empty() {
        true => {
            table.empty = table::empty(t.no_partner_for_link, Some(("/admin/partners/new", t.new_partner)));
            None
        }
        false => {
            let chosen = partner_id.map(|id| id.to_string()).unwrap_or_default();
            Some(page::mint(asked.shell, &partners, &chosen, &suggestions(tx, asked).await?, asked.sent()))
        }
    };
    Ok(asked.show(&[&table], || page::list(asked.shell, &asked.wanted(), &table, mint.filter(|_| may_mint))))
}

pub(super) async fn create(mut visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let (mut fields, mut unread) = (asked.fields(&["slug"]), Problems::default());
    asked.address(&mut fields, "destination", &mut unread);
    match asked.own() {
        Some(own) => {
            fields.insert("partner_id".into(), json!(own));
            known_site(&mut visit, fields.get("destination"), &mut unread).await?;
        }
        None => asked.choose_partner(&mut fields, &mut unread, asked.shell.texts().choose_whose),
    }
    fields.insert("utm".into(), Value::Object(utm(asked)));
    let made = visit.api(&Method::POST, "/links", fields).await.map_err(as_forms_call_them);
    let made = together(unread, made)?;
    let role = asked.signed()?.user.role;
    Ok(Answer::go(format!("{}/links/{}?done=minted", base(Some(role)), made["id"].as_str().unwrap_or_default())))
}

/// Whether a partner may lead people to a site: only where links of the program lead already. An address of the organisation
/// must not vouch for whatever somebody types.
async fn known_site(visit: &mut Visit<'_>, destination: Option<&Value>, unread: &mut Problems) -> Result<()> {
    let host = |url: &str| Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let Some(wanted) = destination.and_then(Value::as_str).and_then(host) else { return Ok(()) }; // the API says what is wrong with it
    let links = visit.tx.links(&LinkFilter::default(), newest(ROWS_MAX)).await?;
    if !links.iter().any(|link| host(&link.destination).as_ref() == Some(&wanted)) {
        unread.add("destination", visit.asked.shell.texts().foreign_destination);
    }
    Ok(())
}

async fn find(visit: &mut Visit<'_>) -> Result<Link> {
    let id: LinkId = visit.asked.read_id()?;
    visit.tx.link(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let link = find(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let partners: Vec<_> = tx.partner(link.partner_id).await?.into_iter().collect();
    let answers = partners.iter().any(|owner| link.answers(owner.status, asked.at));
    let campaigns: Vec<_> = match link.campaign_id {
        Some(id) => tx.campaign(id).await?.into_iter().collect(),
        None => Vec::new(),
    };
    // A link is the same partner's for good: who may look at it may see all of its numbers.
    let narrow = Narrow { link_id: Some(link.id), ..Narrow::default() };
    let mut more = overview::of(tx, asked, &narrow).await?.summary(asked.shell, &asked.wanted(), asked.at);
    let clicks = overview::latest_clicks(tx, asked, link.id, answers).await?;
    more.push(clicks.html(&asked.shell.reader, &asked.wanted()));
    let all = asked.of_the_period(&format!("{}/touchpoints", asked.shell.base()), &[("link_id", &link.id.to_string())]);
    more.push(onward(&all, asked.shell.texts().all_touchpoints));
    let png = qr::png(&format!("{}/{}", asked.app.public_url, link.slug));
    more.push(snippets(asked.shell, &asked.app.public_url, &link.slug, png.as_deref()));
    let around = page::Around { public_url: &asked.app.public_url, partners: &partners, campaigns: &campaigns, now: asked.at };
    Ok(asked.show(&[&clicks], || page::show(asked.shell, &link, &around, more, asked.is_admin())))
}

pub(super) async fn edit(mut visit: Visit<'_>) -> Result<Answer> {
    let link = find(&mut visit).await?;
    let campaigns = visit.tx.campaigns(newest(ROWS_MAX)).await?;
    let (shell, suggestions) = (visit.asked.shell, suggestions(visit.tx, visit.asked).await?);
    Ok(Answer::page(shell, &page::edit(shell, &link, &campaigns, &suggestions, visit.asked.sent())))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let (asked, mut unread) = (visit.asked, Problems::default());
    let mut fields = asked.fields(&["slug", "fallback_url", "campaign_id"]);
    fields.insert("utm".into(), Value::Object(utm(asked)));
    let link = find(&mut visit).await?;
    expiry(asked, &link, &mut fields, &mut unread);
    if let Some(slug) = fields.get_mut("slug") {
        *slug = json!(asked.field("slug")); // empty is not the same as "as before"
    }
    asked.address(&mut fields, "destination", &mut unread);
    if let Some(fallback) = fields.get_mut("fallback_url").filter(|fallback| !fallback.is_null()) {
        *fallback = json!(typed::address(asked.field("fallback_url")));
    }
    together(unread, change(&mut visit, fields, "saved").await)
}

/// Puts in when it expires, where that was changed: the field is not as exact as what is kept.
fn expiry(asked: &Asked<'_>, link: &Link, fields: &mut Map<String, Value>, unread: &mut Problems) {
    let (reader, typed) = (&asked.shell.reader, asked.field("expires_at"));
    let shown = link.expires_at.map_or(String::new(), |at| as_field(at, reader));
    if typed == shown || !asked.form.iter().any(|(name, _)| name == "expires_at") {
        return;
    }
    let at =
        if typed.is_empty() { Some(Value::Null) } else { unread.keep("expires_at", moment(typed, reader)).map(|at| json!(at)) };
    fields.extend(at.map(|at| ("expires_at".to_owned(), at)));
}

pub(super) async fn disable(mut visit: Visit<'_>) -> Result<Answer> {
    change(&mut visit, Map::from_iter([("status".to_owned(), json!("disabled"))]), "disabled").await
}

pub(super) async fn enable(mut visit: Visit<'_>) -> Result<Answer> {
    change(&mut visit, Map::from_iter([("status".to_owned(), json!("active"))]), "enabled").await
}

async fn change(visit: &mut Visit<'_>, fields: Map<String, Value>, done: &str) -> Result<Answer> {
    let path = format!("/links/{}", visit.asked.read_id::<LinkId>()?);
    visit.api(&Method::PATCH, &path, fields).await.map_err(as_forms_call_them)?;
    Ok(Answer::go(format!("/admin{path}?done={done}")))
}

async fn code<T>(mut visit: Visit<'_>, draw: impl Fn(&str) -> Option<T>) -> Result<(T, Option<String>)> {
    let link = find(&mut visit).await?;
    let drawn = draw(&format!("{}/{}", visit.asked.app.public_url, link.slug));
    let drawn = drawn.ok_or_else(|| Error::new(Code::Invalid, "the link is too long for a QR code"))?;
    Ok((drawn, visit.asked.wanted().get("download").map(|_| link.slug)))
}

pub(super) async fn qr_svg(visit: Visit<'_>) -> Result<Answer> {
    let (drawn, name) = code(visit, qr::svg).await?;
    Ok(Answer::file("image/svg+xml", drawn, name.map(|slug| format!("{slug}.svg"))))
}

pub(super) async fn qr_png(visit: Visit<'_>) -> Result<Answer> {
    let (drawn, name) = code(visit, qr::png).await?;
    Ok(Answer::file("image/png", drawn, name.map(|slug| format!("{slug}.png"))))
}
