//! The pages before one is signed in: sign-in, the one-time link, and what is said when something is not there.

use askama::Template;

use crate::domain::user::User;
use crate::pages::Html;
use crate::pages::confirm::warning;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::empty;
use crate::pages::texts::{Texts, fill};

/// What a one-time link is for.
pub enum Invited<'a> {
    /// For the first, or another, admin.
    NewAdmin,
    /// For somebody who is known: address and name.
    User(&'a str, &'a str),
}

#[derive(Template)]
#[template(source = r#"<p class="hint">{{ t.forgotten }}</p>"#, ext = "html")]
struct Forgotten {
    t: &'static Texts,
}

/// What is said once the script finds what was typed into the form that came too late.
#[derive(Template)]
#[template(source = r#"<p class="hint" data-too-late hidden>{{ text }}</p>"#, ext = "html")]
struct Kept {
    text: &'static str,
}

/// Sign-in; `next` is where to go afterwards, `too_late` whether a form came after its session had ended.
pub fn sign_in(shell: &Shell, next: &str, too_late: bool, sent: Sent<'_>) -> Content {
    let t = shell.texts();
    let mut fields = vec![
        Field::input("email", "email", t.email).required().complete("username"),
        Field::input("password", "password", t.password).required(),
    ];
    if !next.is_empty() {
        fields.push(Field::hidden("next", next));
    }
    let form = Form { title: String::new(), action: "/login".into(), fields, submit: t.sign_in, look: "card" };
    let mut parts =
        if too_late { vec![warning(t.session_over), Html::of(&Kept { text: t.typed_is_kept })] } else { Vec::new() };
    parts.extend([form.html(shell, sent), Html::of(&Forgotten { t })]);
    Content { title: t.sign_in.into(), parts, ..Content::default() }
}

/// Setting a password through a one-time link.
pub fn set_password(shell: &Shell, path: &str, invited: &Invited<'_>, sent: Sent<'_>) -> Content {
    let t = shell.texts();
    let mut fields = Vec::new();
    let (title, lead) = match invited {
        Invited::NewAdmin => {
            fields.push(Field::text("name", t.name).required().complete("name"));
            fields.push(Field::input("email", "email", t.email).required().complete("username"));
            (t.welcome_admin, t.welcome_admin_lead.to_owned())
        }
        Invited::User(email, name) => {
            // So that password managers know whose it is.
            fields.push(Field::hidden("username", *email));
            (t.set_password, format!("{name}, {email}"))
        }
    };
    fields.push(Field::input("password", "password", t.new_password).required().complete("new-password").hint(t.password_hint));
    let form = Form { title: String::new(), action: path.to_owned(), fields, submit: t.set_password, look: "card" };
    Content { title: title.into(), lead, parts: vec![form.html(shell, sent)], ..Content::default() }
}

/// A one-time link that somebody opened who is signed in, and not as whom it is for: `whose`, or a new admin.
pub fn somebody_else(shell: &Shell, path: &str, signed: &User, whose: Option<&str>) -> Content {
    let t = shell.texts();
    let fields = vec![Field::hidden("next", path)];
    let form = Form { title: String::new(), action: "/logout".into(), fields, submit: t.sign_out_and_on, look: "card" };
    let parts = vec![form.html(shell, Sent::default())];
    let actions = vec![button(shell.base(), t.to_the_start, false)];
    let lead = fill(t.invited_other, &[&signed.email, whose.unwrap_or(t.new_admin)]);
    Content { title: t.set_password.into(), lead, actions, parts, ..Content::default() }
}

/// The page of a form that somebody sent who signed in anew since, with the way back to where it stands.
pub fn stale(shell: &Shell) -> Content {
    let t = shell.texts();
    let is_known = shell.user.is_some() && shell.here != shell.base();
    let next = match (&shell.user, is_known) {
        (None, _) => (shell.base(), t.sign_in),
        (Some(_), true) => (shell.here.as_str(), t.to_the_form),
        (Some(_), false) => (shell.base(), t.to_the_start),
    };
    let parts = vec![empty(t.stale_form_text, Some(next)), Html::of(&Kept { text: t.typed_is_kept_for_page })];
    Content { title: t.stale_form.into(), parts, ..Content::default() }
}

/// A page that only says something, with a way on.
pub fn message(title: &str, text: &str, next: Option<(&str, &str)>) -> Content {
    Content { title: title.into(), parts: vec![empty(text, next)], ..Content::default() }
}
