//! The pages: `/login`, `/admin/..` for staff, `/portal/..` for partners.
//!
//! [`table`] lists every route once, with who may see it. Here is the one way every request goes: find the route, look the
//! session up, check role and ownership, check that a form is ours, open a transaction, call the handler, commit. What is
//! changed goes through the API's own handlers ([`crate::http::api::within`]), so that there is one way to do it.

mod account;
mod accounts;
mod answer;
mod asked;
mod campaigns;
mod codes;
mod conversions;
mod customers;
mod deals;
mod door;
mod files;
mod gate;
mod import;
mod journeys;
mod links;
mod lists;
mod live;
mod notes;
mod once;
mod overview;
mod partners;
mod pipeline;
mod policies;
mod portal;
mod program;
mod registrations;
mod route;
mod system;
mod table;
mod touchpoints;
mod trouble;
mod users;
mod views;

use bytes::Bytes;
use hyper::Method;
use hyper::header::{ACCEPT, COOKIE, HeaderMap, REFERER, USER_AGENT};
use url::{Position, Url};

pub(super) use files::icon;
pub use gate::Gate;
pub use live::Live;
pub use route::{Page, Who};
pub use table::pages;

use crate::domain::id::{NoteId, ViewId};
use crate::domain::time::Time;
use crate::domain::user::{Language, UserRole};
use crate::error::{Code, Error, FieldError, Result};
use crate::http::app::{App, Shared};
use crate::http::reply::{self, Reply};
use crate::pages::path_with;
use crate::pages::reader::Reader;
use crate::pages::shell::{self, Shell, Theme};
use crate::pages::texts;
use answer::Answer;
use asked::{Asked, Signed, Visit, local};
use route::Run;

/// The status of an answer that leads elsewhere.
const SEE_OTHER: u16 = 303;

/// A request for a page, its body read.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, not decoded.
    pub path: String,
    /// The raw query.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Who asks, as far as limits are concerned.
    pub client: u128,
}

impl Request {
    fn header(&self, name: impl hyper::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(n, _)| *n == name).map(|(_, value)| value).next()
    }

    /// The path and query, for coming back to.
    fn here(&self) -> String {
        self.query.as_ref().map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }
}

/// Whether a path is one of the pages.
pub fn is_page(path: &str) -> bool {
    let first = path.strip_prefix('/').map(|rest| rest.split('/').next().unwrap_or_default());
    first.is_some_and(|first| ["admin", "portal", "login", "logout", "invite", "account", "assets"].contains(&first))
}

/// Whether a form may hold a file.
pub fn takes_file(method: &Method, path: &str) -> bool {
    *method == Method::POST && path == "/admin/import"
}

/// Whether somebody of the organisation asks: only for them memory is given to long bodies.
pub async fn is_signed_in(app: Shared, at: Time, request: Request) -> bool {
    let signed = signed_in(&app, at, &request).await;
    signed.is_ok_and(|signed| signed.is_some_and(|signed| signed.user.role.is_staff()))
}

/// Answers one request that arrived at `at`.
pub async fn handle(app: Shared, at: Time, request: Request) -> Reply {
    if let Some(name) = request.path.strip_prefix("/assets/") {
        return files::reply(name, &request);
    }
    let signed = match signed_in(&app, at, &request).await {
        Ok(signed) => signed,
        Err(error) => return answer::failed(&shell(&request, at, None), &error).into_reply(),
    };
    let shell = shell(&request, at, signed.as_ref());
    match visit(&app, at, &request, signed.as_ref(), &shell).await {
        Ok(answer) => answer.into_reply(),
        Err(error) => answer::failed(&shell, &error).into_reply(),
    }
}

/// Who is signed in with the session that the request shows, if it still holds.
async fn signed_in(app: &App, at: Time, request: &Request) -> Result<Option<Signed>> {
    let Some(secret) = request.cookie(app.gate.cookie_name()) else { return Ok(None) };
    app.has_store()?;
    let mut tx = app.store.read().await?;
    let Some((session, user)) = tx.session(secret).await? else { return Ok(None) };
    let views = tx.views(user.id).await?;
    drop(tx);
    if !session.holds(app.gate.stay, at) || user.status != crate::domain::partner::Status::Active {
        return Ok(None);
    }
    if at - session.seen_at >= gate::SEEN_EVERY_MS {
        let mut tx = app.store.write().await?;
        tx.touch_session(session.id, at).await?;
        tx.commit().await?;
    }
    Ok(Some(Signed { session, user, views, csrf: gate::csrf(secret) }))
}

fn shell(request: &Request, at: Time, signed: Option<&Signed>) -> Shell {
    let user = signed.map(|signed| signed.user.clone());
    let chosen = user.as_ref().and_then(|user| user.language);
    let language = chosen.unwrap_or_else(|| accepted(request.header("accept-language").unwrap_or_default()));
    let done = asked::pairs(request.query.as_deref().unwrap_or_default()).into_iter().find(|(name, _)| name == "done");
    let reader = Reader::new(language, request.cookie("kudos_zone"));
    let (base, found) = (shell::base(user.as_ref().map(|user| user.role)), find(request).ok());
    Shell {
        undo: done.as_ref().and_then(|(_, done)| undo(request, done)),
        notice: done.and_then(|(_, done)| texts::notice(language, &done)),
        refused: false,
        views: signed.map_or(Vec::new(), |signed| signed.views.clone()),
        save: found
            .filter(|(page, _)| page.is_view() && signed.is_some())
            .and_then(|_| views::target(&request.here(), base))
            .filter(|target| target.contains('?')),
        reader,
        theme: request.cookie("kudos_theme").and_then(|theme| theme.parse().ok()).unwrap_or(Theme::Auto),
        csrf: signed.map_or(String::new(), |signed| signed.csrf.clone()),
        once: signed.map_or(String::new(), |_| ViewId::mint(at).to_string()),
        here: match request.method {
            Method::POST => found.and_then(|(page, id)| came_from(page, id, request)).unwrap_or_else(|| base.to_owned()),
            _ => request.here(),
        },
        user,
        files: files::files(),
    }
}

/// The form that takes back what was just done, where that is one step.
fn undo(request: &Request, done: &str) -> Option<String> {
    let query = asked::pairs(request.query.as_deref().unwrap_or_default());
    let id = query.into_iter().find(|(name, _)| name == "undo").map(|(_, id)| id).unwrap_or_default();
    let action = match done {
        "disabled" => format!("{}/enable", request.path),
        "note_removed" => format!("/admin/notes/{}/restore", id.parse::<NoteId>().ok()?),
        "view_removed" => format!("/account/views/{}/restore", id.parse::<ViewId>().ok()?),
        _ => return None,
    };
    pages().iter().any(|page| page.method == Method::POST && page.fits(&action).is_some()).then_some(action)
}

/// The first language of `Accept-Language` that there is; its weights are in falling order in every browser.
fn accepted(header: &str) -> Language {
    let tags = header.split(',').map(|tag| tag.trim().split(['-', ';']).next().unwrap_or_default().to_ascii_lowercase());
    tags.filter_map(|tag| tag.parse().ok()).next().unwrap_or(Language::English)
}

async fn visit(app: &App, at: Time, request: &Request, signed: Option<&Signed>, shell: &Shell) -> Result<Answer> {
    let (page, id) = match find(request) {
        Ok(found) => found,
        Err(allow) if allow.is_empty() => return Err(Error::new(Code::NotFound, "")),
        Err(allow) => return Ok(Answer::method_not_allowed(shell, &allow)),
    };
    let query = asked::pairs(request.query.as_deref().unwrap_or_default());
    if let Some(elsewhere) = turned_away(page, id, request, signed)? {
        return Ok(elsewhere);
    }
    app.has_store()?;
    let form = if request.method == Method::POST { gate::form(app, request, signed)? } else { Vec::new() };
    let asked = Asked {
        app,
        at,
        id,
        path: &request.path,
        page_path: &request.path,
        query: &query,
        form: &form,
        problems: &[],
        signed,
        shell,
        client: request.client,
        device: request.cookie(app.gate.device_name()),
        agent: request.header(USER_AGENT).unwrap_or_default(),
        wants_events: request.header(ACCEPT).is_some_and(|kinds| kinds.contains("text/event-stream")),
        last_event: request.header("last-event-id"),
    };
    let failed = match run(page, &asked).await {
        Err(error) if [Code::Invalid, Code::Conflict].contains(&error.code) => error,
        Err(error) if error.code == Code::TooManyRequests => error,
        done => return done,
    };
    // What does not fit is said on the page it came from, beside what was sent.
    let Some(again) = page.again.and_then(|line| pages().iter().find(|page| page.is(line))) else { return Err(failed) };
    let whole = vec![FieldError { field: String::new(), message: failed.message.clone() }];
    let problems = if failed.fields.is_empty() { &whole } else { &failed.fields };
    let shell = &Shell { refused: true, ..shell.clone() };
    let page_path = page.again_path(id).unwrap_or_default();
    let shown = run(again, &Asked { problems, shell, page_path: &page_path, ..asked }).await?;
    Ok(shown.with_status(reply::status(failed.code)))
}

async fn run(page: &Page, asked: &Asked<'_>) -> Result<Answer> {
    let app = asked.app;
    match &page.run {
        Run::Alone(handler) => handler(asked).await,
        Run::Read(handler) => {
            let mut tx = app.store.read().await?;
            owned(page, asked, &mut tx).await?;
            handler(Visit { tx: &mut tx, asked }).await
        }
        Run::Write(handler) => {
            let mut tx = app.store.write().await?;
            owned(page, asked, &mut tx).await?;
            let form = if page.once { once::recognise(asked) } else { None };
            if let Some(form) = &form
                && let Some(before) = once::earlier(&mut tx, form).await?
            {
                return Ok(before);
            }
            let done = handler(Visit { tx: &mut tx, asked }).await?;
            if let Some((form, to)) = form.as_ref().zip(done.to())
                && !tx.keep_answer(asked.at, form, SEE_OTHER, to).await?
            {
                // The same form was done in between, on another node or connection: what this one did is given up.
                drop(tx);
                let before = once::earlier(&mut app.store.read().await?, form).await?;
                return before.ok_or_else(|| Error::new(Code::Unavailable, ""));
            }
            tx.commit().await?;
            if let Err(why) = app.catch_up().await {
                tracing::warn!("a change is stored but not yet in memory: {why}");
            }
            Ok(done)
        }
    }
}

/// The route, and what stands for `{id}`; otherwise the methods that the path has.
fn find(request: &Request) -> std::result::Result<(&'static Page, &str), String> {
    let method = if request.method == Method::HEAD { &Method::GET } else { &request.method };
    let path = request.path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(&request.path);
    let mut allowed = Vec::new();
    for (page, id) in pages().iter().filter_map(|page| Some((page, page.fits(path)?))) {
        if page.method == *method {
            return Ok((page, id));
        }
        allowed.push(page.method.as_str());
    }
    allowed.dedup();
    Err(allowed.join(", "))
}

/// The page that a form stood on: that on which it is shown again, with the query that the browser tells, else what it tells.
fn came_from(page: &Page, id: &str, request: &Request) -> Option<String> {
    let told = request.header(REFERER).and_then(|url| Url::parse(url).ok());
    let told = told.and_then(|url| views::lasting(&url[Position::BeforePath..Position::AfterQuery]));
    let path = told.as_deref().and_then(|told| told.split('?').next()).unwrap_or_default();
    match page.again_path(id) {
        Some(again) if again != path => Some(again),
        Some(_) => told,
        None => {
            let is_there = pages().iter().any(|page| page.method == Method::GET && page.fits(path).is_some());
            told.filter(|_| is_there)
        }
    }
}

/// Where to send somebody who may not see a page; nothing for whoever may.
fn turned_away(page: &Page, id: &str, request: &Request, signed: Option<&Signed>) -> Result<Option<Answer>> {
    let Some(signed) = signed else {
        // Whoever wanted to go has gone; any other form is not done, and that is said.
        let (next, done) = match page.method {
            _ if page.path == "/logout" => (None, ""),
            Method::POST => (came_from(page, id, request), "too_late"),
            _ => (local(&request.here()), ""),
        };
        let to = path_with("/login", &[("next", &next.unwrap_or_default()), ("done", done)]);
        return Ok((page.who != Who::Anyone).then(|| Answer::go(to)));
    };
    let role = signed.user.role;
    let fits = match page.who {
        Who::Anyone | Who::SignedIn => true,
        Who::Staff => role.is_staff(),
        Who::Admin => role == UserRole::Admin,
        Who::Partner => role == UserRole::Partner,
    };
    if fits { Ok(None) } else { Err(Error::new(Code::Forbidden, "")) }
}

/// The one place where a partner's user is kept from what belongs to others: of what a path names, it has to be the owner. What
/// lists show is narrowed down by [`Asked::own`].
async fn owned(page: &Page, asked: &Asked<'_>, tx: &mut crate::store::Tx) -> Result<()> {
    let Some(own) = asked.own() else { return Ok(()) };
    if page.who != Who::Partner || asked.id.is_empty() {
        return Ok(());
    }
    let owner = match asked.id.split('_').next() {
        Some("ln") => tx.link(asked.read_id()?).await?.map(|link| link.partner_id),
        Some("pn") => Some(asked.read_id()?),
        // Several may own a part of it.
        Some("cv") => {
            let conversion = tx.conversion(asked.read_id()?).await?;
            conversion.filter(|found| found.credits.iter().any(|credit| credit.partner_id == own)).map(|_| own)
        }
        Some("dr") => tx.registration(asked.read_id()?).await?.map(|registration| registration.partner_id),
        _ => None,
    };
    if owner == Some(own) { Ok(()) } else { Err(Error::new(Code::NotFound, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_there_is_taken() {
        for (header, expected) in [
            ("", Language::English),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("fr, DE;q=0.5", Language::German),
            ("en-US,en;q=0.9,de;q=0.8", Language::English),
            ("*", Language::English),
        ] {
            assert_eq!(accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn every_first_segment_is_reserved() {
        use crate::domain::link::RESERVED;
        for page in pages() {
            let first = page.path.split('/').nth(1).unwrap();
            assert!(is_page(page.path) && RESERVED.contains(&first), "{}", page.path);
        }
        assert!(!is_page("/administrator") && !is_page("/summer") && !is_page("admin"));
    }
}
