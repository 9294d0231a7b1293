//! The rules of a policy as the fields of a form, and back. The names of the fields are those of the API, which says what is
//! wrong with them.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use crate::domain::id::{CampaignId, GroupId, LinkId, PartnerId, PolicyId};
use crate::domain::policy::{Draft, Model, Policy, Rules};
use crate::domain::time::{DAY_MS, Time};
use crate::error::Problems;
use crate::pages::evidence::Names;
use crate::pages::reader::Reader;
use crate::pages::typed;

/// Names and values, a name as often as it has values.
pub type Fields = Vec<(String, String)>;

/// What a form shows: of a version, of a draft, or of rules nobody has written yet.
pub struct Subject<'a> {
    /// The policy's name.
    pub name: &'a str,
    /// From when on it is to apply.
    pub applies_from: Option<Time>,
    /// The rules.
    pub rules: &'a Rules,
}

impl<'a> From<&'a Draft> for Subject<'a> {
    fn from(draft: &'a Draft) -> Self {
        Subject { name: &draft.name, applies_from: draft.applies_from, rules: &draft.rules }
    }
}

/// A draft from a version applies anew.
impl<'a> From<&'a Policy> for Subject<'a> {
    fn from(policy: &'a Policy) -> Self {
        Subject { name: &policy.name, applies_from: None, rules: &policy.rules }
    }
}

/// The fields of a form; `links` has the slugs of links that are left out.
pub fn of(subject: &Subject<'_>, reader: &Reader, links: &Names) -> Fields {
    let Subject { name, applies_from, rules } = subject;
    let mut fields: Fields = vec![("name".into(), (*name).to_owned())];
    let mut put = |name: &str, value: String| fields.push((name.to_owned(), value));
    put("applies_from", applies_from.map(|at| as_field(at, reader)).unwrap_or_default());
    for (name, value) in [
        ("model", rules.model.as_str()),
        ("by", rules.by.as_str()),
        ("code_priority", rules.code_priority.as_str()),
        ("self_reported", rules.self_reported.as_str()),
        ("scope", rules.scope.as_str()),
        ("renewal_follows", rules.renewal_follows.as_str()),
        ("sourced_by", rules.sourced_by.as_str()),
    ] {
        put(name, value.to_owned());
    }
    for (name, on) in [
        ("steps", rules.steps),
        ("ordered", rules.ordered),
        ("exclude_self_referral", rules.exclude_self_referral),
        ("retired", rules.retired),
    ] {
        if on {
            put(name, "true".into());
        }
    }
    put("half_life_days", reader.plain(rules.half_life_days));
    put("first", reader.plain(rules.first));
    put("last", reader.plain(rules.last));
    put("order", rules.order.to_string());
    if let Some(trained_on) = rules.trained_on {
        put("trained_on.from", trained_on.from.date());
        put("trained_on.to", (trained_on.to - 1).date());
    }
    let lookback = &rules.lookback_days;
    for (name, days) in
        [("click", lookback.click), ("view", lookback.view), ("code", lookback.code), ("offline", lookback.offline)]
    {
        put(&format!("lookback_days.{name}"), days.to_string());
    }
    lookback.kinds.iter().for_each(|(kind, days)| put(&format!("lookback_days.kinds.{kind}"), days.to_string()));
    rules.weights.iter().for_each(|(kind, weight)| put(&format!("weights.{kind}"), reader.plain(*weight)));
    put("min_click_to_conversion_seconds", rules.min_click_to_conversion_seconds.to_string());
    lists(rules, links, &mut put);
    fields
}

fn lists(rules: &Rules, links: &Names, put: &mut impl FnMut(&str, String)) {
    rules.kinds.iter().flatten().for_each(|kind| put("kinds", kind.clone()));
    rules.teams.iter().flatten().for_each(|team| put("teams", team.to_string()));
    let (filters, exclude) = (&rules.filters, &rules.exclude);
    put("filters.events", filters.events.as_deref().unwrap_or_default().join(", "));
    put("filters.products", filters.products.as_deref().unwrap_or_default().join(", "));
    filters.campaigns.iter().flatten().for_each(|id| put("filters.campaigns", id.to_string()));
    filters.groups.iter().flatten().for_each(|id| put("filters.groups", id.to_string()));
    exclude.partners.iter().for_each(|id| put("exclude.partners", id.to_string()));
    exclude.campaigns.iter().for_each(|id| put("exclude.campaigns", id.to_string()));
    let slugs = exclude.links.iter().map(|id| links.get(&id.uuid()).cloned().unwrap_or_else(|| id.to_string()));
    put("exclude.links", slugs.collect::<Vec<_>>().join(", "));
    exclude.verdicts.iter().for_each(|verdict| put("exclude.verdicts", verdict.to_string()));
}

/// A moment as a field of the browser has it: in the reader's zone, without saying so.
pub fn as_field(at: Time, reader: &Reader) -> String {
    let at = Timestamp::from_millisecond(at.as_millis()).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(reader.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The moment in a field of the browser.
///
/// # Errors
/// A sentence that says what is expected.
pub fn moment(text: &str, reader: &Reader) -> Result<Time, String> {
    let expected = || "is no date and time such as 2026-01-05T09:30".to_owned();
    if let Ok(at) = text.parse::<Time>() {
        return Ok(at);
    }
    let at: DateTime = text.parse().map_err(|_| expected())?;
    let at = at.to_zoned(reader.zone.clone()).map_err(|_| expected())?;
    Ok(Time::from_millis(at.timestamp().as_millisecond()))
}

/// Every value of a name, those with commas in parts.
pub(super) fn values<'a>(fields: &'a Fields, name: &str) -> impl Iterator<Item = &'a str> {
    let of_name = fields.iter().filter(move |(n, _)| n == name);
    of_name.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|value| !value.is_empty())
}

fn first<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
}

/// The endings of links that are named, which the store knows the ids of.
pub fn slugs(fields: &Fields) -> Vec<String> {
    values(fields, "exclude.links").filter(|text| text.parse::<LinkId>().is_err()).map(str::to_owned).collect()
}

/// The body that the API takes for a draft, and what of the form cannot be read and so is not in it; `links` are the ids of slugs.
/// Whether what can be read fits is for the API to say.
pub fn body(fields: &Fields, reader: &Reader, links: &[(String, LinkId)]) -> (Map<String, Value>, Problems) {
    let form = Form { fields, reader };
    let mut problems = Problems::default();
    let mut rules = Map::new();
    for name in ["model", "by", "code_priority", "self_reported", "scope", "renewal_follows", "sourced_by"] {
        if !first(fields, name).is_empty() {
            rules.insert(name.into(), json!(first(fields, name)));
        }
    }
    for name in ["steps", "ordered", "exclude_self_referral", "retired"] {
        rules.insert(name.into(), json!(first(fields, name) == "true"));
    }
    let numbers = ["half_life_days", "first", "last"].map(|name| (name, form.number(name, &mut problems)));
    let wholes = ["order", "min_click_to_conversion_seconds"].map(|name| (name, form.whole(name, &mut problems)));
    rules.extend(numbers.into_iter().chain(wholes).filter_map(|(name, number)| Some((name.to_owned(), number?))));
    if problems.is_at("first") {
        rules.insert("first".into(), json!(0)); // so that nothing is said of its sum with the last
    }
    rules.insert("lookback_days".into(), form.lookbacks(&mut problems));
    rules.insert("weights".into(), form.all("weights.", |name| form.number(name, &mut problems)));
    // A period that was chosen for another model stays out.
    if first(fields, "model").parse().is_ok_and(Model::is_data_driven)
        && let Some(trained_on) = form.trained_on(&mut problems)
    {
        rules.insert("trained_on".into(), trained_on);
    }
    for name in ["kinds", "teams"] {
        let chosen: Vec<&str> = values(fields, name).collect();
        rules.insert(name.into(), if chosen.is_empty() { Value::Null } else { json!(chosen) });
    }
    let mut filters = form.named("filters.", &["events", "products"]);
    filters.extend(form.ids::<CampaignId>("filters.campaigns", &mut problems));
    filters.extend(form.ids::<GroupId>("filters.groups", &mut problems));
    rules.insert("filters".into(), Value::Object(filters));
    let mut exclude = form.named("exclude.", &["verdicts"]);
    exclude.extend(form.ids::<PartnerId>("exclude.partners", &mut problems));
    exclude.extend(form.ids::<CampaignId>("exclude.campaigns", &mut problems));
    let id = |text: &str| {
        let named = links.iter().find(|(slug, _)| slug == text).map(|(_, id)| *id);
        let id = named.or_else(|| text.parse().ok()).ok_or(format!("there is no link that ends in {text:?}"));
        problems.keep("exclude.links", id)
    };
    exclude.insert("links".into(), json!(values(fields, "exclude.links").filter_map(id).collect::<Vec<LinkId>>()));
    rules.insert("exclude".into(), Value::Object(exclude));
    let applies_from = match first(fields, "applies_from") {
        "" => None,
        text => problems.keep("applies_from", moment(text, reader)),
    };
    let body = [
        ("name".to_owned(), json!(first(fields, "name"))),
        ("applies_from".to_owned(), json!(applies_from)),
        ("rules".to_owned(), Value::Object(rules)),
    ];
    (Map::from_iter(body), problems)
}

/// What was sent, and who wrote it.
struct Form<'a> {
    fields: &'a Fields,
    reader: &'a Reader,
}

impl Form<'_> {
    /// Lists that are there, by their names without the prefix; those without a value are left out.
    fn named(&self, prefix: &str, names: &[&str]) -> Map<String, Value> {
        let list = |name: &&str| {
            let chosen: Vec<&str> = values(self.fields, &format!("{prefix}{name}")).collect();
            (!chosen.is_empty()).then(|| ((*name).to_owned(), json!(chosen)))
        };
        names.iter().filter_map(list).collect()
    }

    /// A list of ids that are some, under its name without the prefix; nothing where there are none.
    fn ids<T: FromStr<Err: Display>>(&self, name: &str, problems: &mut Problems) -> Option<(String, Value)> {
        let is_one = |text: &&str| match text.parse::<T>() {
            Ok(_) => true,
            Err(why) => {
                problems.add(name, format!("{text:?} {why}"));
                false
            }
        };
        let chosen: Vec<&str> = values(self.fields, name).filter(is_one).collect();
        (!chosen.is_empty()).then(|| (name.split('.').next_back().unwrap_or(name).to_owned(), json!(chosen)))
    }

    fn read(
        &self, name: &str, read: fn(&Reader, &str) -> Result<Value, &'static str>, problems: &mut Problems,
    ) -> Option<Value> {
        let text = Some(first(self.fields, name)).filter(|text| !text.is_empty())?;
        problems.keep(name, read(self.reader, text))
    }

    fn number(&self, name: &str, problems: &mut Problems) -> Option<Value> {
        self.read(name, typed::number, problems)
    }

    fn whole(&self, name: &str, problems: &mut Problems) -> Option<Value> {
        self.read(name, typed::whole, problems)
    }

    /// Everything whose name begins so, as it is read.
    fn all(&self, prefix: &str, mut read: impl FnMut(&str) -> Option<Value>) -> Value {
        let names = self.fields.iter().filter_map(|(name, _)| Some((name, name.strip_prefix(prefix)?)));
        Value::Object(names.filter_map(|(name, kind)| Some((kind.to_owned(), read(name)?))).collect())
    }

    fn lookbacks(&self, problems: &mut Problems) -> Value {
        let days = ["click", "view", "code", "offline"]
            .map(|name| (name.to_owned(), self.whole(&format!("lookback_days.{name}"), problems)));
        let mut days: Map<String, Value> = days.into_iter().filter_map(|(name, days)| Some((name, days?))).collect();
        days.insert("kinds".into(), self.all("lookback_days.kinds.", |name| self.whole(name, problems)));
        Value::Object(days)
    }

    /// Whole days, the last one too.
    fn trained_on(&self, problems: &mut Problems) -> Option<Value> {
        let (from, to) = (first(self.fields, "trained_on.from"), first(self.fields, "trained_on.to"));
        if from.is_empty() && to.is_empty() {
            return None;
        }
        let mut day = |name: &str, text: &str| match text {
            "" => {
                problems.add(name, "must not be empty");
                None
            }
            _ => problems.keep(name, Time::parse_date_or_time(text)),
        };
        let (from, to) = (day("trained_on.from", from), day("trained_on.to", to));
        Some(json!({ "from": from?, "to": to? + DAY_MS }))
    }
}

/// A name and a number for people: `standard 3`.
pub fn titled(name: &str, version: i64) -> String {
    format!("{name} {version}")
}

/// Where a version is shown.
pub fn href(id: PolicyId) -> String {
    format!("/admin/policies/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::TrainedOn;
    use crate::domain::user::Language;

    fn rules(text: &str) -> Rules {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn rules_come_back_from_the_form_as_they_went_in() {
        let reader = Reader::new(Language::German, Some("Europe/Berlin"));
        let day = |text: &str| Time::parse_date_or_time(text).unwrap();
        let learned = TrainedOn { from: day("2026-01-01"), to: day("2026-02-01") };
        let id = "00000000000e00800000000000";
        let all = format!(
            r#"{{"model":"custom","half_life_days":2.5,"steps":true,"first":0.3,"last":0.25,"weights":{{"demo":2.5,"click":1}},
            "lookback_days":{{"click":3,"view":0,"code":5,"offline":9,"kinds":{{"demo":4}}}},"by":"channel","order":3,"ordered":true,
            "kinds":["click","demo"],"teams":["sales"],"code_priority":"wins","exclude_self_referral":false,
            "filters":{{"events":["sale","lead"],"campaigns":["ca_{id}"],"groups":["gr_{id}"],"products":["a b"]}},
            "exclude":{{"partners":["pn_{id}"],"links":["ln_{id}"],"campaigns":["ca_{id}"],"verdicts":["duplicate"]}},
            "min_click_to_conversion_seconds":7,"scope":"teams","retired":true,"renewal_follows":"first_sale",
            "self_reported":"count","sourced_by":"registration"}}"#
        );
        let markov = Rules { trained_on: Some(learned), ..rules(r#"{"model":"markov"}"#) };
        let at = Some(day("2026-03-01"));
        for (applies_from, rules) in [(None, Rules::default()), (at, rules(&all)), (None, markov)] {
            let subject = Subject { name: "x", applies_from, rules: &rules };
            let links = Names::from_iter([(uuid::Uuid::nil(), "unused".to_owned())]);
            let (body, problems) = body(&of(&subject, &reader, &links), &reader, &[]);
            assert!(problems.is_empty(), "{problems:?}");
            assert_eq!(serde_json::from_value::<Rules>(body["rules"].clone()).unwrap(), rules);
            assert_eq!((&body["name"], &body["applies_from"]), (&json!("x"), &json!(applies_from)));
        }
    }

    #[test]
    fn what_is_no_number_no_moment_and_no_link_is_told_by_its_field() {
        let reader = Reader::new(Language::English, None);
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = vec![
            field("model", "markov"),
            field("half_life_days", "soon"),
            field("order", "1.5"),
            field("lookback_days.click", "-1"),
            field("exclude.partners", "pn_1"),
            field("weights.demo", "1,5"),
            field("weights.intro", "<b>"),
            field("applies_from", "tomorrow"),
            field("exclude.links", "known, unknown"),
            field("trained_on.from", "2026-01-01"),
        ];
        let known = [("known".to_owned(), LinkId::from(uuid::Uuid::nil()))];
        let (body, problems) = body(&fields, &reader, &known);
        let problems = problems.into_fields();
        let names: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        let expected = [
            "half_life_days",
            "order",
            "lookback_days.click",
            "weights.intro",
            "trained_on.to",
            "exclude.partners",
            "exclude.links",
            "applies_from",
        ];
        assert_eq!(names, expected);
        assert_eq!(body["rules"]["weights"], json!({ "demo": 1.5 }), "the rest is there");
        assert_eq!(
            moment("2026-01-05T09:30", &Reader::new(Language::English, Some("Europe/Berlin"))).unwrap().to_string(),
            "2026-01-05T08:30:00.000Z"
        );
    }
}
