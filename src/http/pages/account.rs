//! One's own profile, password and sessions.

use crate::domain::user::{Language, Session, User, check_password};
use crate::error::{Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Visit};
use crate::intake::agent::Agents;
use crate::pages::account::{Seen, content};
use crate::pages::form::Sent;
use crate::pages::shell::Theme;

pub(super) async fn show(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    let stay = asked.app.gate.stay;
    let mut sessions = visit.tx.sessions_of(signed.user.id).await?;
    sessions.retain(|session| session.holds(stay, asked.at));
    let seen = |session: Session| {
        let device = Agents::shared().read(&session.agent).device.clone();
        (session, device)
    };
    let sessions: Vec<Seen> = sessions.into_iter().map(seen).collect();
    // Two forms on one page: what did not fit belongs to the one it was sent with.
    let sent = match asked.path.ends_with("/password") {
        true => (Sent::default(), asked.sent()),
        false => (asked.sent(), Sent::default()),
    };
    Ok(Answer::page(asked.shell, &content(asked.shell, &signed.user, &sessions, signed.session.id, sent)))
}

pub(super) async fn save(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    let mut problems = Problems::default();
    let language = match asked.field("language") {
        "" => None,
        code => problems.keep("language", code.parse::<Language>()),
    };
    let theme = problems.keep("theme", asked.field("theme").parse::<Theme>()).unwrap_or(Theme::Auto);
    let user = User { name: asked.field("name").to_owned(), language, ..signed.user.clone() };
    user.check(&mut problems);
    problems.finish()?;
    visit.tx.save_user(asked.by(), &user).await?;
    let cookie = asked.app.gate.preference_cookie("kudos_theme", theme.as_str());
    Ok(Answer::go("/account?done=saved").cookie(cookie))
}

pub(super) async fn change_password(asked: &Asked<'_>) -> Result<Answer> {
    let (app, signed, t) = (asked.app, asked.signed()?, asked.shell.texts());
    app.gate.attempt(asked.client, Some(&signed.user.email), t.too_many_attempts)?;
    let mut problems = Problems::default();
    check_password(&mut problems, "password", asked.secret("password"), &signed.user.email);
    problems.finish()?;
    let account = app.store.read().await?.user(signed.user.id).await?;
    if !app.gate.verify(asked.secret("current"), account.and_then(|account| account.password)).await? {
        return Err(Error::invalid("current", t.wrong_current));
    }
    let hash = app.gate.hash(asked.secret("password")).await?;
    let mut tx = app.store.write().await?;
    tx.set_password(asked.by(), signed.user.id, &hash).await?;
    tx.end_sessions(asked.by(), signed.user.id, Some(signed.session.id)).await?;
    tx.commit().await?;
    Ok(Answer::go("/account?done=password").cookie(app.gate.device_cookie(&signed.user.email, &hash)))
}

pub(super) async fn end(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    visit.tx.end_session(asked.by(), signed.user.id, asked.read_id()?).await?;
    Ok(Answer::go("/account?done=ended"))
}

pub(super) async fn end_others(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    visit.tx.end_sessions(asked.by(), signed.user.id, Some(signed.session.id)).await?;
    Ok(Answer::go("/account?done=ended"))
}
