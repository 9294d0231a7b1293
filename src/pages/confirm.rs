//! Asking once more before something is gone.

use askama::Template;

use crate::pages::Html;
use crate::pages::form::{Form, Sent};
use crate::pages::shell::{Content, Shell};

/// A paragraph for people.
#[derive(Template)]
#[template(source = r#"<p class="prose">{{ text }}</p>"#, ext = "html")]
struct Said<'a> {
    text: &'a str,
}

/// A paragraph.
pub fn paragraph(text: &str) -> Html {
    Html::of(&Said { text })
}

/// Something that is most likely not meant so.
#[derive(Template)]
#[template(source = r#"<p class="problems" role="alert">{{ text }}</p>"#, ext = "html")]
struct Warned<'a> {
    text: &'a str,
}

/// A paragraph that warns.
pub fn warning(text: &str) -> Html {
    Html::of(&Warned { text })
}

/// The page that asks: what is about to be done, what it means, and the button. `up` is the way back.
pub fn page(
    shell: &Shell, title: String, meaning: &str, action: String, submit: &'static str, up: (String, String), sent: Sent<'_>,
) -> Content {
    let form = Form { title: String::new(), action, fields: Vec::new(), submit, look: "sure" };
    let parts = vec![paragraph(meaning), form.html(shell, sent)];
    Content { title, up: Some(up), parts, ..Content::default() }
}
