//! What is around every page: head, navigation, notice, foot.

use askama::Template;

use crate::domain::named;
use crate::domain::user::{SavedView, User, UserRole};
use crate::pages::Html;
use crate::pages::chart;
use crate::pages::places::{self, Section};
use crate::pages::reader::Reader;
use crate::pages::texts::Promotion;
use crate::pages::texts::{Texts, Words};

named! {
    /// The colours of the pages.
    pub enum Theme {
        /// As the machine is set.
        Auto = "auto",
        /// Dark on light.
        Light = "light",
        /// Light on dark.
        Dark = "dark",
    }
}

/// Where the pages find their files: paths that name the content.
#[derive(Clone, Debug)]
pub struct Files {
    /// The style sheet.
    pub css: String,
    /// The picture beside the title of the window.
    pub icon: String,
    /// The small script.
    pub script: String,
    /// htmx.
    pub htmx: String,
    /// What draws charts.
    pub charts: String,
    /// The library it draws with.
    pub echarts: String,
}

/// What a page knows of its reader and its request.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Who reads.
    pub reader: Reader,
    /// In which colours.
    pub theme: Theme,
    /// Who is signed in.
    pub user: Option<User>,
    /// What every form of the session carries.
    pub csrf: String,
    /// What the forms of this page carry, and of no other: sent twice, they are known by it.
    pub once: String,
    /// The path and query of this page.
    pub here: String,
    /// Its files.
    pub files: Files,
    /// Whether what was sent did not fit, and the page is shown again.
    pub refused: bool,
    /// What was just done.
    pub notice: Option<&'static str>,
    /// The form that takes it back.
    pub undo: Option<String>,
    /// The pages that the user saved.
    pub views: Vec<SavedView>,
    /// This page as the user would save it, where its address says more than which page it is.
    pub save: Option<String>,
}

/// The content of a page.
#[derive(Default)]
pub struct Content {
    /// Its heading, and the title of the window.
    pub title: String,
    /// A sentence below it.
    pub lead: String,
    /// The page above: its path and name.
    pub up: Option<(String, String)>,
    /// Links and buttons beside the heading.
    pub actions: Vec<Html>,
    /// What it is made of.
    pub parts: Vec<Html>,
}

#[derive(Template)]
#[template(path = "shell.html")]
struct Whole<'a> {
    shell: &'a Shell,
    t: &'static Texts,
    w: &'static Promotion,
    content: &'a Content,
    sections: Vec<Section>,
    /// The themes that the switch leads to, each with the class that shows it: which one makes a difference where the theme goes by
    /// the machine, only the browser knows.
    others: Vec<(Theme, &'static str)>,
    /// Whether there is a chart to draw.
    charts: bool,
}

impl Shell {
    /// Its words.
    pub fn texts(&self) -> &'static Texts {
        self.reader.texts()
    }

    /// The words of a part of the pages.
    pub fn words<W: Words>(&self) -> &'static W {
        W::in_language(self.reader.language)
    }

    /// A whole page.
    pub fn page(&self, content: &Content) -> String {
        let others = match self.theme {
            Theme::Auto => vec![(Theme::Dark, "while-light"), (Theme::Light, "while-dark")],
            Theme::Light => vec![(Theme::Dark, "")],
            Theme::Dark => vec![(Theme::Light, "")],
        };
        let (sections, charts) = (places::sections(self), content.parts.iter().any(chart::is_in));
        let (t, w) = (self.texts(), self.words::<Promotion>());
        Html::of(&Whole { shell: self, t, w, content, sections, others, charts }).into_text()
    }

    /// Whether the reader is an admin, who may change things.
    pub fn may_change(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.role == UserRole::Admin)
    }

    /// Where the pages of this user begin: `/admin`, `/portal`.
    pub fn base(&self) -> &'static str {
        base(self.user.as_ref().map(|user| user.role))
    }
}

/// Where the pages of a role begin.
pub fn base(role: Option<UserRole>) -> &'static str {
    match role {
        None => "/login",
        Some(UserRole::Partner) => "/portal",
        Some(_) => "/admin",
    }
}

/// A link that looks like a button.
#[derive(Template)]
#[template(source = r#"<a class="button{% if main %} main{% endif %}" href="{{ href }}">{{ label }}</a>"#, ext = "html")]
struct Button<'a> {
    href: &'a str,
    label: &'a str,
    main: bool,
}

/// A link that looks like a button; `main` for the one that most are looking for.
pub fn button(href: &str, label: &str, main: bool) -> Html {
    Html::of(&Button { href, label, main })
}
