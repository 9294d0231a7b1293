//! What to begin with, where there is nothing to count yet.

use askama::Template;

use crate::pages::Html;
use crate::pages::table::empty;
use crate::pages::texts::Texts;

/// It in the place of a page.
#[derive(Template)]
#[template(
    source = r#"<div class="card empty welcome"><p>{{ text }}</p><p><a class="button main" href="{{ href }}">{{ label }}</a></p></div>"#,
    ext = "html"
)]
struct Welcome<'a> {
    text: &'a str,
    href: &'a str,
    label: &'a str,
}

/// The first thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// A partner.
    Partner,
    /// A link for one.
    Link,
    /// A link of one's own.
    OwnLink,
}

impl First {
    /// What is said of it, and the path and name of it.
    fn told(self, t: &'static Texts) -> (&'static str, &'static str, &'static str) {
        match self {
            First::Partner => (t.begin_admin, "/admin/partners", t.begin_partner),
            First::Link => (t.begin_with_link, "/admin/links", t.begin_link),
            First::OwnLink => (t.begin_portal, "/portal/links", t.begin_link),
        }
    }

    /// In the place of a page.
    pub fn card(self, t: &'static Texts) -> Html {
        let (text, href, label) = self.told(t);
        Html::of(&Welcome { text, href, label })
    }

    /// In the place of an empty list.
    pub fn empty(self, t: &'static Texts) -> Html {
        let (text, href, label) = self.told(t);
        empty(text, Some((href, label)))
    }
}
