//! One's own profile, password and sessions.

use askama::Template;

use crate::domain::id::SessionId;
use crate::domain::touchpoint::Device;
use crate::domain::user::{Language, Session, User};
use crate::pages::Html;
use crate::pages::form::{Field, Form, Sent, act};
use crate::pages::shell::{Content, Shell, Theme};
use crate::pages::texts::{Texts, fill};

struct Row {
    agent: String,
    since: String,
    seen: String,
    end: Option<Html>,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct Sessions {
    t: &'static Texts,
    rows: Vec<Row>,
    end_others: Option<Html>,
}

/// A session, and the browser it is in.
pub type Seen = (Session, Device);

/// The page.
pub fn content(shell: &Shell, user: &User, sessions: &[Seen], this: SessionId, sent: (Sent<'_>, Sent<'_>)) -> Content {
    let t = shell.texts();
    let languages = vec![
        (String::new(), t.as_the_browser.to_owned()),
        (Language::English.to_string(), "English".to_owned()),
        (Language::German.to_string(), "Deutsch".to_owned()),
    ];
    let themes = vec![
        (Theme::Auto.to_string(), t.as_the_machine.to_owned()),
        (Theme::Light.to_string(), t.light_colours.to_owned()),
        (Theme::Dark.to_string(), t.dark_colours.to_owned()),
    ];
    let profile = Form {
        title: t.profile.into(),
        action: "/account".into(),
        fields: vec![
            Field::text("name", t.name).value(&user.name).required().complete("name"),
            Field::choice("language", t.language, languages).value(user.language.map_or("", Language::as_str)),
            Field::choice("theme", t.colours, themes).value(shell.theme.as_str()),
        ],
        submit: t.save,
        look: "card",
    };
    let password = Form {
        title: t.password.into(),
        action: "/account/password".into(),
        fields: vec![
            Field::input("password", "current", t.current_password).required(),
            Field::input("password", "password", t.new_password).required().complete("new-password").hint(t.password_hint),
        ],
        submit: t.change_password,
        look: "card",
    };
    let browser = |agent: &str, device: &Device| match (&device.browser, &device.os) {
        (Some(browser), Some(system)) => fill(t.browser_on, &[browser, system]),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => agent.to_owned(),
    };
    let row = |(session, device): &Seen| Row {
        agent: browser(&session.agent, device),
        since: shell.reader.time(session.created_at),
        seen: shell.reader.time(session.seen_at),
        end: (session.id != this).then(|| act(shell, format!("/account/sessions/{}", session.id), t.end_session)),
    };
    let end_others = (sessions.len() > 1).then(|| act(shell, "/account/sessions", t.end_other_sessions));
    let list = Html::of(&Sessions { t, rows: sessions.iter().map(row).collect(), end_others });
    let parts = vec![profile.html(shell, sent.0), password.html(shell, sent.1), list];
    Content { title: user.name.clone(), lead: user.email.clone(), parts, ..Content::default() }
}
