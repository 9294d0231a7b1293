//! What a handler gets to know of a request.

use std::str::FromStr;

use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::audit::{Actor, By};
use crate::domain::conversion::Source;
use crate::domain::id::{AccountId, CampaignId, CodeId, LinkId, PartnerId};
use crate::domain::pipeline::Part;
use crate::domain::policy::{Dimension, Model};
use crate::domain::time::{DAY_MS, Time};
use crate::domain::user::{SavedView, Session, User, UserRole};
use crate::domain::verdict::Verdict;
use crate::error::{Code, Error, FieldError, Problems, Result};
use crate::http::api;
use crate::http::app::App;
use crate::http::pages::answer::Answer;
use crate::pages::conversion::notice;
use crate::pages::form::Sent;
use crate::pages::overview::{Compare, DAYS_MAX, Days};
use crate::pages::path_with;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Table, Wanted};
use crate::pages::texts::fill;
use crate::pages::typed;
use crate::store::{Period, Slice, Tx};

/// The most rows that a page reads of a list; a table is sorted and searched among them.
pub(super) const ROWS_MAX: i64 = crate::pages::evidence::ROWS_MAX as i64;
/// Days of a period that nobody chose.
const DAYS_DEFAULT: i64 = 30;

/// Who is signed in, and in which browser.
pub(super) struct Signed {
    pub session: Session,
    pub user: User,
    /// The pages it saved.
    pub views: Vec<SavedView>,
    /// What its forms carry.
    pub csrf: String,
}

/// A request for a page that its sender may see.
pub(super) struct Asked<'a> {
    pub app: &'a App,
    pub at: Time,
    /// What stands for `{id}`.
    pub id: &'a str,
    pub path: &'a str,
    /// The path of the page that is shown: another one where what was sent to `path` did not fit.
    pub page_path: &'a str,
    pub query: &'a [(String, String)],
    pub form: &'a [(String, String)],
    /// What was wrong with the form, when the page is shown again.
    pub problems: &'a [FieldError],
    pub signed: Option<&'a Signed>,
    pub shell: &'a Shell,
    pub client: u128,
    pub agent: &'a str,
    /// By which the browser shows who has signed in there.
    pub device: Option<&'a str>,
    /// Whether a stream of events is asked for.
    pub wants_events: bool,
    /// The event that was heard last.
    pub last_event: Option<&'a str>,
}

/// The same, with a transaction: open for writing only where the route writes.
pub(super) struct Visit<'a> {
    pub tx: &'a mut Tx,
    pub asked: &'a Asked<'a>,
}

impl<'a> Asked<'a> {
    /// The URL as the state of the page; without the form's problems it is what was asked for.
    pub fn wanted(&self) -> Wanted<'a> {
        Wanted { path: self.page_path, query: self.query }
    }

    /// A field of the form, without blanks around it; empty when it is not there.
    pub fn field(&self, name: &str) -> &'a str {
        self.form.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
    }

    /// A field whose blanks count.
    pub fn secret(&self, name: &str) -> &'a str {
        self.form.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Fields for the API: those that are empty are `null`.
    pub fn fields(&self, names: &[&str]) -> Map<String, Value> {
        let value = |name: &str| match self.field(name) {
            "" => Value::Null,
            text => json!(text),
        };
        // Only what the form has: a field that it does not show stays as it is.
        let there = names.iter().filter(|name| self.form.iter().any(|(n, _)| n == *name));
        there.map(|name| ((*name).to_owned(), value(name))).collect()
    }

    /// Puts in the partner that was chosen. Where none was, one that there is not stands in, so that the API looks at the rest too.
    pub fn choose_partner(&self, fields: &mut Map<String, Value>, unread: &mut Problems, sentence: &str) {
        let chosen: Option<PartnerId> = unread.keep("partner_id", self.field("partner_id").parse().map_err(|_| sentence));
        fields.insert("partner_id".into(), json!(chosen.unwrap_or(PartnerId::from(Uuid::nil()))));
    }

    /// Puts in an address as people type it, where the form has one that must be there.
    pub fn address(&self, fields: &mut Map<String, Value>, name: &str, unread: &mut Problems) {
        if !self.form.iter().any(|(n, _)| n == name) {
            return;
        }
        if self.field(name).is_empty() {
            unread.add(name, "must not be empty");
        }
        fields.insert(name.into(), json!(typed::address(self.field(name))));
    }

    /// A partner does not know of being one of several: what is wrong with it is no field of its forms.
    fn in_own_words(&self, mut error: Error) -> Error {
        for problem in error.fields.iter_mut().filter(|problem| self.own().is_some() && problem.field == "partner_id") {
            *problem = FieldError { field: String::new(), message: self.shell.texts().switched_off.to_owned() };
        }
        error
    }

    /// What was sent, for a form that did not fit.
    pub fn sent(&self) -> Sent<'a> {
        Sent { fields: self.form, problems: self.problems }
    }

    /// The partner that the user belongs to, and beyond which it sees nothing; none for staff.
    pub fn own(&self) -> Option<PartnerId> {
        self.signed.and_then(|signed| signed.user.partner_id).filter(|_| !self.is_staff())
    }

    pub fn is_staff(&self) -> bool {
        self.signed.is_some_and(|signed| signed.user.role.is_staff())
    }

    pub fn is_admin(&self) -> bool {
        self.signed.is_some_and(|signed| signed.user.role == UserRole::Admin)
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for nobody: the table asks for a session where a handler does.
    pub fn signed(&self) -> Result<&'a Signed> {
        self.signed.ok_or_else(|| Error::new(Code::Forbidden, ""))
    }

    /// Who acts, for the audit log.
    pub fn by(&self) -> By {
        By { actor: self.signed.map_or(Actor::System, |signed| Actor::User(signed.user.id)), at: self.at }
    }

    /// The id in the path.
    ///
    /// # Errors
    /// [`Code::NotFound`] when it is none of that kind.
    pub fn read_id<T: FromStr>(&self) -> Result<T> {
        self.id.parse().map_err(|_| Error::new(Code::NotFound, ""))
    }

    /// A value of the query that is read as something; nothing when it is not there or none.
    pub fn param<T: FromStr>(&self, name: &str) -> Option<T> {
        self.wanted().get(name)?.parse().ok()
    }

    /// The days in the URL, or the last 30, and the period they are.
    pub fn period(&self) -> (Days, Period) {
        let day = |name: &str| self.wanted().get(name).and_then(|text| Time::parse_date_or_time(text).ok()).map(Time::day);
        let to = day("to").unwrap_or(self.at.day());
        let from = day("from").unwrap_or(to - (DAYS_DEFAULT - 1) * DAY_MS);
        // Whichever of two days is named first.
        let (from, to) = (from.min(to), from.max(to));
        let from = from.clamp(to - DAYS_MAX * DAY_MS, to).max(Time::EPOCH);
        (Days { from: from.date(), to: to.date() }, Period { from, to: to + DAY_MS })
    }

    /// The last 30 days, whatever the URL says.
    pub fn of_late(&self) -> Period {
        let to = self.at.day() + DAY_MS;
        Period { from: to - DAYS_DEFAULT * DAY_MS, to }
    }

    /// Another page, narrowed down by `more` to the days that the URL of this one names, where it names any.
    pub fn of_the_period(&self, path: &str, more: &[(&str, &str)]) -> String {
        let wanted = self.wanted();
        let days = ["from", "to"].map(|name| (name, wanted.get(name).unwrap_or_default()));
        path_with(path, &[&days, more].concat())
    }

    /// The export that the URL asks for, if any; else the page. Where the URL narrows down to what cannot be read, the page says
    /// so, and there is no export: it would hold more than was asked for, and nothing in it would tell.
    pub fn show(&self, tables: &[&Table], content: impl FnOnce() -> Content) -> Answer {
        let (asked, unread) = (self.wanted(), self.unread());
        let export = tables.iter().find(|table| asked.get("csv") == Some(table.id));
        if let (Some(table), true) = (export, unread.is_empty()) {
            return Answer::file("text/csv; charset=utf-8", table.csv(&asked), Some(format!("kudos-{}.csv", table.id)));
        }
        let (mut content, text) = (content(), self.shell.texts().not_narrowed);
        let said = unread.into_iter().map(|value| notice(&fill(text, &[value])));
        content.parts = said.chain(std::mem::take(&mut content.parts)).collect();
        let page = Answer::page(self.shell, &content);
        if export.is_some() { page.with_status(StatusCode::UNPROCESSABLE_ENTITY) } else { page }
    }

    /// Whether the URL asks for the export of a table, and for nothing that cannot be read.
    pub fn exports(&self, table: &str) -> bool {
        self.wanted().get("csv") == Some(table) && self.unread().is_empty()
    }

    /// What the URL narrows the page down to and that cannot be read.
    fn unread(&self) -> Vec<&'a str> {
        let pairs = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, value)| !value.is_empty() && !reads(name, value)).map(|(_, value)| value).collect()
    }
}

impl Visit<'_> {
    /// Does what the API's endpoint does, in this transaction and in the user's name. What cannot be read, as the value of a choice
    /// that has none such, is told together with what does not fit of the rest.
    pub async fn api(&mut self, method: &Method, path: &str, mut body: Map<String, Value>) -> Result<Value> {
        let unread = api::unread(method, path, &Value::Object(body.clone()));
        body.retain(|name, _| !unread.is_at(name));
        let done = api::within(self.tx, self.asked.app, self.asked.by(), method, path, &Value::Object(body)).await;
        together(unread, done).map_err(|error| self.asked.in_own_words(error))
    }
}

/// What was done, unless part of the form could not be read: then that is told together with what does not fit of the rest, and
/// whoever called gives up, so that nothing is written. Where a field was not read, or a part of it, nothing else is told of it.
pub(super) fn together<T>(unread: Problems, done: Result<T>) -> Result<T> {
    if unread.is_empty() {
        return done;
    }
    let mut fields = unread.into_fields();
    match done {
        Err(error) if [Code::Invalid, Code::Conflict].contains(&error.code) => {
            let is_part =
                |part: &str, whole: &str| part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            let told = |of: &FieldError| fields.iter().any(|unread| is_part(&unread.field, &of.field));
            let others: Vec<FieldError> = error.into_fields().into_iter().filter(|other| !told(other)).collect();
            fields.extend(others);
        }
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    Err(Problems::of(fields).into())
}

/// Whether a value of the query is one of those that its name takes, on every page that looks at it; what takes any text does.
fn reads(name: &str, value: &str) -> bool {
    match name {
        "from" | "to" => Time::parse_date_or_time(value).is_ok(),
        "partner_id" | "heard_partner_id" | "tracked_partner_id" => value.parse::<PartnerId>().is_ok(),
        "link_id" => value.parse::<LinkId>().is_ok(),
        "campaign_id" => value.parse::<CampaignId>().is_ok(),
        "code_id" => value.parse::<CodeId>().is_ok(),
        "account_id" => value.parse::<AccountId>().is_ok(),
        "verdict" => value.parse::<Verdict>().is_ok(),
        "model" => value.parse::<Model>().is_ok(),
        "by" => value.parse::<Dimension>().is_ok(),
        "compare" => value.parse::<Compare>().is_ok(),
        "state" => ["open", "won", "lost", "closed", "stalled"].contains(&value),
        "part" => value.parse::<Part>().is_ok(),
        "source" => value.parse::<Source>().is_ok(),
        _ => true,
    }
}

/// The newest rows of a list.
pub(super) fn newest(limit: i64) -> Slice {
    Slice { before: Uuid::max(), limit }
}

/// Names and values of a query or form.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A path of this server, as it is; nothing for what a browser would take for another one.
pub(super) fn local(path: &str) -> Option<String> {
    let fits = path.starts_with('/') && !path.starts_with("//") && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    fits.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_to() {
        for (path, fits) in [
            ("/admin?x=1", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("/a\r\nset-cookie: x", false),
            ("", false),
        ] {
            assert_eq!(local(path).is_some(), fits, "{path}");
        }
    }
}
