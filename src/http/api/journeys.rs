//! `/reports/models` and `/reports/journeys`: reports that read every journey of a period.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::attribution::{
    Compared, Comparison, Milestones, Outcome, Sale, Such, Touch, Ways, WaysReport, attribute, counted,
};
use crate::domain::id::{CampaignId, ConversionId, GroupId, LinkId, PartnerId};
use crate::domain::policy::{Dimension, Facts, Model, PolicyScope, RuleBook, Rules, TrainedOn};
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Query, params};
use crate::http::api::output::{Rows, Shown};
use crate::http::api::reports::period;
use crate::jobs::assign::version;
use crate::jobs::learn::learn;
use crate::jobs::period::conversions;
use crate::store::{Due, Named, Period, Tx};

/// The most conversions of one such report: each journey is read anew, some thousand a second.
const CONVERSIONS_MAX: usize = 100_000;

/// Which conversions such a report looks at.
#[derive(Clone, Debug)]
pub(in crate::http) struct Looked {
    /// Of this period.
    pub period: Period,
    /// What the steps are told apart by.
    pub by: Dimension,
    /// Only of this event.
    pub event: Option<String>,
    /// Only those with a touchpoint of this partner that counts.
    pub partner: Option<PartnerId>,
    /// Whether data-driven models learn from this very period; else they know what the newest policy version learned.
    pub learn: bool,
}

/// What a comparison of models is asked for.
pub(super) struct ModelsQuery {
    models: Option<String>,
    by: Option<Dimension>,
    event: Option<String>,
    partner_id: Option<PartnerId>,
    from: Option<String>,
    to: Option<String>,
}

params! { ModelsQuery {
    models: String, "Which models, as first,linear,markov; all that need neither weights nor training when absent. markov and shapley learn from this very period.";
    by: Dimension, "What to have a row for; partner when absent.";
    event: String, "Only conversions of this event.";
    partner_id: PartnerId, "Only conversions with a touchpoint of this partner that counts.";
    from: String, "Conversions from this date or RFC 3339 time on; 30 days before the end when absent.";
    to: String, "Up to and including this date, or up to this RFC 3339 time; up to the end of today when absent. At most 100,000 conversions.";
} }

/// What a report of journeys is asked for.
pub(super) struct WaysQuery {
    by: Option<Dimension>,
    event: Option<String>,
    partner_id: Option<PartnerId>,
    from: Option<String>,
    to: Option<String>,
}

params! { WaysQuery {
    by: Dimension, "What the steps of a path are; partner when absent.";
    event: String, "Only conversions of this event.";
    partner_id: PartnerId, "Only conversions with a touchpoint of this partner that counts.";
    from: String, "Conversions from this date or RFC 3339 time on; 30 days before the end when absent.";
    to: String, "Up to and including this date, or up to this RFC 3339 time; up to the end of today when absent. At most 100,000 conversions.";
} }

pub(super) async fn models(call: Call<'_>, Query(query): Query<ModelsQuery>) -> Result<Rows<Compared>> {
    let period = period(query.from.as_deref(), query.to.as_deref(), call.by.at)?;
    let by = query.by.unwrap_or(Dimension::Partner);
    let looked = Looked { period, by, event: query.event, partner: query.partner_id, learn: true };
    compare(call.tx, &looked, &named_models(query.models.as_deref())?).await.map(|data| Rows { data })
}

/// The same conversions under several models.
///
/// # Errors
/// There are too many; a model needs what no policy version has; the database does not answer.
pub(in crate::http) async fn compare(tx: &mut Tx, looked: &Looked, models: &[Model]) -> Result<Vec<Compared>> {
    let &Looked { period, by, .. } = looked;
    within_bounds(tx, period).await?;
    let book = tx.rule_book().await?;
    let mut learned: HashMap<Model, Rules> = HashMap::new();
    for &model in models.iter().filter(|model| looked.learn && model.is_data_driven()) {
        learned.insert(model, learned_from(tx, &book, model, by, period).await?);
    }
    let milestones = book.asks_milestones() || models.iter().any(|model| model.has_milestones());
    let mut comparison = Comparison::new(models.to_vec(), by);
    let whole = conversions(tx, period, CONVERSIONS_MAX, milestones, |due, touches| {
        let Some(in_force) = version(&book, due, &touches)? else { return Ok(()) };
        let (sale, in_force) = (due.facts().sale, in_force.rules()?);
        if !looked.fits(due, || counted(&sale, in_force, &touches)) {
            return Ok(());
        }
        let mut outcomes: Vec<Outcome> = vec![attribute(&sale, in_force, touches.clone())];
        for &model in models {
            let rules = match learned.get(&model) {
                Some(Rules { effects, .. }) => book.under(Model::Linear, in_force).map(|rules| Rules {
                    model,
                    by,
                    effects: effects.clone(),
                    ordered: false,
                    ..rules
                }),
                None => book.under(model, in_force),
            };
            outcomes.push(attribute(&sale, &rules.ok_or_else(|| unknown(model))?, touches.clone()));
        }
        comparison.add(due.currency, &outcomes);
        Ok(())
    })
    .await?;
    all_of_it(whole)?;
    let mut data = comparison.rows();
    let labels = labels(tx, by, data.iter().filter_map(|row| row.key.as_deref())).await?;
    for row in &mut data {
        row.label = row.key.as_ref().and_then(|key| labels.get(key).cloned());
    }
    Ok(data)
}

pub(super) async fn ways(call: Call<'_>, Query(query): Query<WaysQuery>) -> Result<Shown<WaysReport>> {
    let period = period(query.from.as_deref(), query.to.as_deref(), call.by.at)?;
    let by = query.by.unwrap_or(Dimension::Partner);
    let looked = Looked { period, by, event: query.event, partner: query.partner_id, learn: true };
    explore(call.tx, &looked).await.map(Shown)
}

/// The ways that led to conversions.
///
/// # Errors
/// There are too many; the database does not answer.
pub(in crate::http) async fn explore(tx: &mut Tx, looked: &Looked) -> Result<WaysReport> {
    let &Looked { period, by, .. } = looked;
    within_bounds(tx, period).await?;
    let book = tx.rule_book().await?;
    let mut ways = Ways::new(by);
    let whole = conversions(tx, period, CONVERSIONS_MAX, false, |due, touches| {
        let Some(in_force) = version(&book, due, &touches)? else { return Ok(()) };
        let counted = counted(&due.facts().sale, in_force.rules()?, &touches);
        if looked.fits(due, || counted.clone()) {
            ways.add(due.occurred_at, &counted);
        }
        Ok(())
    })
    .await?;
    all_of_it(whole)?;
    let mut report = ways.report();
    let paths = report.paths.iter().flat_map(|path| &path.path);
    let pairs = report.first_last.iter().chain(&report.transitions).flat_map(|pair| [&pair.from, &pair.to]);
    let keys: Vec<String> = paths.chain(pairs).cloned().collect();
    report.labels = labels(tx, by, keys.iter().map(String::as_str)).await?.into_iter().collect();
    Ok(report)
}

/// By which rules a touchpoint takes part in a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Under {
    /// It counts by the policy in force.
    Counted,
    /// It earns something by the policy in force.
    InForce,
    /// It would earn something under this model.
    Model(Model),
}

/// The conversions whose journeys are such, the newest first.
///
/// # Errors
/// There are too many; a model needs what no policy version has; the database does not answer.
pub(in crate::http) async fn such(tx: &mut Tx, looked: &Looked, such: &Such, under: Under) -> Result<Vec<ConversionId>> {
    let &Looked { period, by, .. } = looked;
    within_bounds(tx, period).await?;
    let book = tx.rule_book().await?;
    let milestones = book.asks_milestones() || matches!(under, Under::Model(model) if model.has_milestones());
    let mut found: Vec<ConversionId> = Vec::new();
    let whole = conversions(tx, period, CONVERSIONS_MAX, milestones, |due, touches| {
        let Some(in_force) = version(&book, due, &touches)? else { return Ok(()) };
        let (sale, in_force) = (due.facts().sale, in_force.rules()?);
        if !looked.fits(due, || counted(&sale, in_force, &touches)) {
            return Ok(());
        }
        let rules = match under {
            Under::Model(model) => Some(book.under(model, in_force).ok_or_else(|| unknown(model))?),
            Under::InForce => Some(in_force.clone()),
            Under::Counted => None,
        };
        let fits = match rules {
            None => such.fits(by, due.occurred_at, &counted(&sale, in_force, &touches)),
            Some(rules) => {
                let outcome = attribute(&sale, &rules, touches);
                let earning: Vec<&Touch> = outcome.credits().map(|(touch, ..)| touch).collect();
                such.fits(by, due.occurred_at, &earning)
            }
        };
        found.extend(fits.then_some(due.id));
        Ok(())
    })
    .await?;
    all_of_it(whole)?;
    found.reverse();
    Ok(found)
}

fn unknown(model: Model) -> Error {
    Error::invalid("models", format!("{model} needs what no policy version has: weights, or training"))
}

impl Looked {
    /// Whether a conversion is looked at; what counts for it is asked for only where that matters.
    fn fits<'a>(&self, due: &Due, counted: impl FnOnce() -> Vec<&'a Touch>) -> bool {
        self.event.as_ref().is_none_or(|event| *event == due.event)
            && self.partner.is_none_or(|partner| counted().iter().any(|touch| touch.partner == Some(partner)))
    }
}

/// Counts first: whoever asks for too much is to hear it at once.
async fn within_bounds(tx: &mut Tx, period: Period) -> Result<()> {
    let (_, beyond) = tx.count_conversions(period, CONVERSIONS_MAX as i64).await?;
    let too_many = |at| {
        Error::invalid(
            "to",
            format!("the period has more than {CONVERSIONS_MAX} conversions; end it at {at} or earlier, or begin it later"),
        )
    };
    beyond.map_or(Ok(()), |at| Err(too_many(at)))
}

/// More of them may have come meanwhile.
fn all_of_it(whole: bool) -> Result<()> {
    let message = || format!("the period has more than {CONVERSIONS_MAX} conversions; choose a shorter one");
    if whole { Ok(()) } else { Err(Error::invalid("to", message())) }
}

fn named_models(names: Option<&str>) -> Result<Vec<Model>> {
    let mut problems = Problems::default();
    let Some(names) = names else {
        let plain = |model: &&Model| !model.is_data_driven() && **model != Model::Custom;
        return Ok(Model::ALL.iter().filter(plain).copied().collect());
    };
    let mut models: Vec<Model> = Vec::new();
    for name in names.split(',') {
        let Some(model) = problems.keep("models", name.trim().parse()) else { continue };
        if models.contains(&model) {
            problems.add("models", format!("{model} is named twice"));
        }
        models.push(model);
    }
    problems.finish()?;
    Ok(models)
}

/// What a model learns from the period of the report, under the exclusions in force at its end for whatever fits no filter; nothing,
/// where there is nothing to learn.
async fn learned_from(tx: &mut Tx, book: &RuleBook, model: Model, by: Dimension, period: Period) -> Result<Rules> {
    let trained_on = Some(TrainedOn { from: period.from, to: period.to });
    let sale = Sale { at: period.to - 1, amount: 0, milestones: Milestones::default() };
    let in_force = book.choose(PolicyScope::Partners, &Facts { event: "", products: &[], sale }, &[])?;
    let in_force = in_force.map(|version| version.rules().cloned()).transpose()?.unwrap_or_default();
    let plain = book.under(Model::Linear, &in_force).unwrap_or(in_force);
    let mut rules = Rules { model, by, trained_on, order: 1, ordered: false, ..plain };
    rules.effects = match learn(tx, &rules).await {
        Err(error) if error.code == Code::Invalid => None,
        learned => learned?,
    };
    Ok(rules)
}

/// Names for people of the keys along a dimension.
pub(in crate::http) async fn labels(
    tx: &mut Tx, by: Dimension, keys: impl Iterator<Item = &str>,
) -> Result<HashMap<String, String>> {
    fn id<T: std::str::FromStr + Into<Uuid>>(key: &str) -> Option<Uuid> {
        key.parse::<T>().ok().map(Into::into)
    }
    let (named, read): (Named, fn(&str) -> Option<Uuid>) = match by {
        Dimension::Partner => (Named::Partner, id::<PartnerId>),
        Dimension::Group => (Named::Group, id::<GroupId>),
        Dimension::Link => (Named::Link, id::<LinkId>),
        Dimension::Campaign => (Named::Campaign, id::<CampaignId>),
        Dimension::Channel | Dimension::Kind => return Ok(HashMap::new()),
    };
    let ids: HashMap<&str, Uuid> = keys.filter_map(|key| Some((key, read(key)?))).collect();
    let names = tx.names(named, ids.values().copied()).await?;
    Ok(ids.into_iter().filter_map(|(key, id)| Some((key.to_owned(), names.get(&id)?.clone()))).collect())
}
