//! Signing in and out, one-time links, and what a browser prefers.

use crate::domain::audit::{Actor, By};
use crate::domain::id::UserId;
use crate::domain::partner::Status;
use crate::domain::user::{User, UserRole, check_password, email_key};
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Signed, Visit, local};
use crate::pages::door;
use crate::pages::shell::{Theme, base};
use crate::store::{Enrolled, Invite};

/// How much of a user agent is kept with a session.
const AGENT_LEN_MAX: usize = 200;

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer> {
    if let Some(signed) = asked.signed {
        return Ok(Answer::go(base(Some(signed.user.role))));
    }
    let next = match asked.field("next") {
        "" => asked.wanted().get("next").unwrap_or_default().to_owned(),
        next => next.to_owned(),
    };
    let too_late = asked.wanted().get("done") == Some("too_late");
    let content = door::sign_in(asked.shell, &next, too_late, asked.sent());
    Ok(Answer::page(asked.shell, &content).whole(&asked.shell.here))
}

pub(super) async fn sign_in(asked: &Asked<'_>) -> Result<Answer> {
    let (app, t) = (asked.app, asked.shell.texts());
    let email = email_key(asked.field("email"));
    app.gate.attempt(asked.client, Some(&email), t.too_many_attempts)?;
    let account = app.store.read().await?.user_of(&email).await?;
    let (user, hash) = account.map_or((None, None), |Enrolled { user, password }| (Some(user), password));
    app.gate.attempt_anywhere(asked.device, &email, hash.as_deref(), t.too_many_attempts)?;
    let fits = app.gate.verify(asked.secret("password"), hash.clone()).await?;
    match user.zip(hash).filter(|(user, _)| fits && user.status == Status::Active) {
        Some((user, hash)) => enter(asked, &user, &hash).await,
        None => Err(Error::new(Code::Invalid, t.wrong_password)),
    }
}

/// Signs somebody in under a new session; one that this browser had before ends.
async fn enter(asked: &Asked<'_>, user: &User, hash: &str) -> Result<Answer> {
    let (app, by) = (asked.app, By { actor: Actor::User(user.id), at: asked.at });
    let mut tx = app.store.write().await?;
    if let Some(before) = asked.signed {
        tx.end_session(By { actor: Actor::User(before.user.id), ..by }, before.user.id, before.session.id).await?;
    }
    let agent: String = asked.agent.chars().take(AGENT_LEN_MAX).collect();
    let secret = tx.sign_in(by, user.id, &agent, app.gate.stay).await?;
    tx.commit().await?;
    let to = local(asked.field("next")).unwrap_or_else(|| base(Some(user.role)).to_owned());
    let device = app.gate.device_cookie(&user.email, hash);
    Ok(Answer::go(to).cookie(app.gate.session_cookie(&secret)).cookie(device))
}

pub(super) async fn sign_out(visit: Visit<'_>) -> Result<Answer> {
    let signed = visit.asked.signed()?;
    visit.tx.end_session(visit.asked.by(), signed.user.id, signed.session.id).await?;
    let next = local(visit.asked.field("next")).unwrap_or_else(|| "/login".to_owned());
    Ok(Answer::go(next).cookie(visit.asked.app.gate.session_cookie("")))
}

/// A link that still works, and for whom.
enum Found {
    Used,
    NewAdmin(Invite),
    User(Invite, Box<User>),
}

impl Found {
    /// Whether there is nothing in the way of whoever is signed in: the link is its own, or of nobody any more.
    fn is_for(&self, signed: &Signed) -> bool {
        match self {
            Found::Used => true,
            Found::NewAdmin(_) => false,
            Found::User(_, user) => user.id == signed.user.id,
        }
    }

    /// For whom it is; nothing for a new admin.
    fn whose(&self) -> Option<String> {
        match self {
            Found::User(_, user) => Some(format!("{}, {}", user.name, user.email)),
            _ => None,
        }
    }
}

async fn find(tx: &mut crate::store::Tx, asked: &Asked<'_>) -> Result<Found> {
    let Some(invite) = tx.invited(asked.id, asked.at).await? else { return Ok(Found::Used) };
    let Some(id) = invite.user_id else { return Ok(Found::NewAdmin(invite)) };
    let account = tx.user(id).await?.filter(|account| account.user.status == Status::Active);
    Ok(account.map_or(Found::Used, |account| Found::User(invite, Box::new(account.user))))
}

fn used(asked: &Asked<'_>) -> Answer {
    let t = asked.shell.texts();
    let content = door::message(t.link_used, t.link_used_text, Some(("/login", t.sign_in)));
    Answer::page(asked.shell, &content).with_status(hyper::StatusCode::GONE)
}

/// To look at a link does not use it up: mail programs do.
pub(super) async fn invited(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let form = |invited| Answer::page(asked.shell, &door::set_password(asked.shell, asked.path, &invited, asked.sent()));
    let found = find(visit.tx, asked).await?;
    if let Some(signed) = asked.signed.filter(|signed| !found.is_for(signed)) {
        let whose = found.whose();
        return Ok(Answer::page(asked.shell, &door::somebody_else(asked.shell, asked.path, &signed.user, whose.as_deref())));
    }
    Ok(match found {
        Found::Used => used(asked),
        Found::NewAdmin(_) => form(door::Invited::NewAdmin),
        Found::User(_, user) => form(door::Invited::User(&user.email, &user.name)),
    })
}

pub(super) async fn accept(asked: &Asked<'_>) -> Result<Answer> {
    let (app, at) = (asked.app, asked.at);
    app.gate.attempt(asked.client, None, asked.shell.texts().too_many_attempts)?;
    let found = find(&mut app.store.read().await?, asked).await?;
    if asked.signed.is_some_and(|signed| !found.is_for(signed)) {
        return Ok(Answer::go(asked.path)); // which says who is signed in
    }
    let (invite, user, is_new) = match found {
        Found::Used => return Ok(used(asked)),
        Found::User(invite, user) => (invite, *user, false),
        Found::NewAdmin(invite) => {
            let (email, name) = (email_key(asked.field("email")), asked.field("name").to_owned());
            let (id, role) = (UserId::mint(at), UserRole::Admin);
            let user = User { id, email, name, role, partner_id: None, language: None, status: Status::Active, created_at: at };
            (invite, user, true)
        }
    };
    let mut problems = Problems::default();
    if is_new {
        user.check(&mut problems);
    }
    check_password(&mut problems, "password", asked.secret("password"), &user.email);
    problems.finish()?;
    let hash = app.gate.hash(asked.secret("password")).await?;
    let by = By { actor: Actor::User(user.id), at };
    let mut tx = app.store.write().await?;
    if !tx.use_invite(invite.id, at).await? {
        return Ok(used(asked));
    }
    if is_new {
        tx.add_user(by, &user).await?;
    }
    tx.set_password(by, user.id, &hash).await?;
    tx.end_sessions(by, user.id, None).await?;
    tx.commit().await?;
    enter(asked, &user, &hash).await
}

/// The colours of this browser, whoever uses it.
pub(super) async fn prefer(asked: &Asked<'_>) -> Result<Answer> {
    let theme = asked.field("theme").parse::<Theme>().map_err(|why| Error::invalid("theme", why))?;
    let to = local(asked.field("next")).unwrap_or_else(|| asked.shell.base().to_owned());
    Ok(Answer::go(to).cookie(asked.app.gate.preference_cookie("kudos_theme", theme.as_str())))
}
