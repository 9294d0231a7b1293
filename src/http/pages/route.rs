//! One route of the pages: its method, path, who may see it, and the handler.

use std::pin::Pin;

use hyper::Method;

use crate::error::Result;
use crate::http::api::matches;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Visit};

/// Who may see a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// People of the organisation.
    Staff,
    /// Admins.
    Admin,
    /// Partners, each what is its own.
    Partner,
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + Send + 'a>>;
type InStore = Box<dyn for<'a> Fn(Visit<'a>) -> Work<'a> + Send + Sync>;
type OnItsOwn = Box<dyn for<'a> Fn(&'a Asked<'a>) -> Work<'a> + Send + Sync>;

/// How a route works.
pub(super) enum Run {
    /// In a snapshot of the store.
    Read(InStore),
    /// In a transaction that writes.
    Write(InStore),
    /// With transactions of its own: between them it takes its time.
    Alone(OnItsOwn),
}

/// One row of the table.
pub struct Page {
    /// The method.
    pub method: Method,
    /// The path, with at most one `{id}`.
    pub path: &'static str,
    /// Who may see it.
    pub who: Who,
    /// The page that is shown again when what was sent does not fit.
    pub(super) again: Option<&'static str>,
    /// Whether a form that is sent twice is done once, as where it makes something.
    pub(super) once: bool,
    pub(super) run: Run,
}

impl Page {
    /// Whether it is `GET /admin`.
    pub(super) fn is(&self, line: &str) -> bool {
        line.split_once(' ').is_some_and(|(method, path)| self.method == method && self.path == path)
    }

    /// What stands for `{id}` in a path that fits.
    pub(super) fn fits<'p>(&self, path: &'p str) -> Option<&'p str> {
        matches(self.path, path)
    }

    /// The path of the page that is shown again when what was sent does not fit, `id` in the place of `{id}`.
    pub(super) fn again_path(&self, id: &str) -> Option<String> {
        self.again.and_then(|line| line.split_once(' ')).map(|(_, path)| path.replace("{id}", id))
    }

    /// Whether its address tells how a list or a report is looked at, which is worth coming back to; a form or one thing is not.
    pub(super) fn is_view(&self) -> bool {
        const OF_A_PERIOD: [&str; 4] =
            ["/admin/partners/{id}", "/admin/campaigns/{id}", "/admin/links/{id}", "/portal/links/{id}"];
        let is_of_a_period = OF_A_PERIOD.contains(&self.path);
        let is_form = self.path.ends_with("/new") || self.path.ends_with("/import");
        self.method == Method::GET && !is_form && (is_of_a_period || !self.path.contains("{id}"))
    }

    /// Names the page that is shown again when what was sent does not fit.
    pub(super) fn or(self, again: &'static str) -> Page {
        Page { again: Some(again), ..self }
    }

    /// Makes it one that is done once, however often the same form is sent.
    pub(super) fn once(self) -> Page {
        Page { once: true, ..self }
    }
}

/// An `async fn` of one context.
pub(super) trait Handler<C>: Copy + Send + Sync + 'static {
    /// What the function returns.
    type Work: Future<Output = Result<Answer>> + Send;
    /// Calls it.
    fn call(self, context: C) -> Self::Work;
}

impl<C, F, W> Handler<C> for F
where
    F: Fn(C) -> W + Copy + Send + Sync + 'static,
    W: Future<Output = Result<Answer>> + Send,
{
    type Work = W;
    fn call(self, context: C) -> W {
        self(context)
    }
}

fn page(line: &'static str, who: Who, run: Run) -> Page {
    let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
    let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
    Page { method, path, who, again: None, once: false, run }
}

/// A page that only looks.
pub(super) fn read<F: for<'a> Handler<Visit<'a>>>(line: &'static str, who: Who, handler: F) -> Page {
    page(line, who, Run::Read(Box::new(move |visit| Box::pin(async move { handler.call(visit).await }))))
}

/// A form that changes the store.
pub(super) fn write<F: for<'a> Handler<Visit<'a>>>(line: &'static str, who: Who, handler: F) -> Page {
    page(line, who, Run::Write(Box::new(move |visit| Box::pin(async move { handler.call(visit).await }))))
}

/// A page with transactions of its own.
pub(super) fn alone<F: for<'a> Handler<&'a Asked<'a>>>(line: &'static str, who: Who, handler: F) -> Page {
    page(line, who, Run::Alone(Box::new(move |asked| Box::pin(async move { handler.call(asked).await }))))
}
