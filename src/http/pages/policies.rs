//! Policies: versions and drafts, what a draft would change, publishing it.

mod drafts;

use std::collections::HashSet;

use uuid::Uuid;

use crate::domain::id::{KeyId, PolicyId, UserId};
use crate::domain::policy::{Rules, Version};
use crate::domain::whatif::Simulation;
use crate::error::{Code, Error, FieldError, Result};
use crate::http::api::simulate::simulation;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::pages::Html;
use crate::pages::policies::{self as page, Actors};
use crate::pages::table::Table;
use crate::store::{Named, PolicyFilter, Tx};

pub(super) use drafts::{confirm_publish, confirm_remove, create, draft, edit, new, publish, remove, save};

/// Names of those who act, as the audit log and drafts have them: of users and keys.
pub(super) async fn actors_of(tx: &mut Tx, ids: impl IntoIterator<Item = &str>) -> Result<Actors> {
    let mut actors = Actors::new();
    for id in ids.into_iter().collect::<HashSet<_>>() {
        let name = match (id.parse::<UserId>(), id.parse::<KeyId>()) {
            (Ok(user), _) => tx.user(user).await?.map(|one| one.user.name),
            (_, Ok(key)) => tx.key(key).await?.map(|key| key.name),
            _ => None,
        };
        actors.extend(name.map(|name| (id.to_owned(), name)));
    }
    Ok(actors)
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let versions = tx.policies(&PolicyFilter::default(), newest(ROWS_MAX)).await?;
    let in_force = in_force(tx, asked).await?;
    let drafts = tx.drafts(newest(ROWS_MAX)).await?;
    let actors = actors_of(tx, drafts.iter().map(|draft| draft.changed_by.as_str())).await?;
    let drafts = page::drafts(asked.shell, &drafts, &actors);
    // A change most often begins from what pays partners now.
    let pays = |id: &&PolicyId| versions.iter().any(|one| one.id == **id && page::can_simulate(&one.rules));
    let begin = in_force.iter().find(pays).copied();
    let versions = page::versions(asked.shell, &versions, &in_force, asked.at);
    let content = || page::list(asked.shell, &asked.wanted(), &versions, &drafts, begin, asked.is_admin());
    Ok(asked.show(&[&drafts, &versions], content))
}

/// The versions in force now, one of each name.
async fn in_force(tx: &mut Tx, asked: &Asked<'_>) -> Result<Vec<PolicyId>> {
    let book = tx.rule_book().await?;
    Ok(book.in_force(asked.at).map(|version: &Version| version.id).collect())
}

/// The names of what rules name by ids.
async fn named(tx: &mut Tx, rules: &Rules) -> Result<page::Named> {
    fn ids<T: Copy + Into<Uuid>>(ids: &[T]) -> Vec<Uuid> {
        ids.iter().map(|&id| id.into()).collect()
    }
    let (filters, exclude) = (&rules.filters, &rules.exclude);
    let mut campaigns = ids(&exclude.campaigns);
    campaigns.extend(ids(filters.campaigns.as_deref().unwrap_or_default()));
    Ok(page::Named {
        partners: tx.names(Named::Partner, ids(&exclude.partners)).await?,
        links: tx.names(Named::Link, ids(&exclude.links)).await?,
        campaigns: tx.names(Named::Campaign, campaigns).await?,
        groups: tx.names(Named::Group, ids(filters.groups.as_deref().unwrap_or_default())).await?,
    })
}

/// What was tried: nothing, before a period is chosen; or why it could not be.
struct Tried {
    outcome: Option<(Simulation, Table)>,
    problems: Vec<FieldError>,
}

impl Tried {
    async fn of(tx: &mut Tx, asked: &Asked<'_>, rules: &Rules, name: Option<&str>) -> Result<Tried> {
        let mut tried = Tried { outcome: None, problems: Vec::new() };
        if asked.wanted().get("from").is_none() || !page::can_simulate(rules) {
            return Ok(tried);
        }
        let (days, period) = asked.period();
        // What was learned for a version is learned anew: only so it is what a draft of the same rules would learn.
        let rules = Rules { effects: None, ..rules.clone() };
        match simulation(tx, asked.app, asked.at, rules, name.map(str::to_owned), period).await {
            Ok(simulation) => {
                let table = page::simulation::table(asked.shell, &simulation, &days);
                tried.outcome = Some((simulation, table));
            }
            Err(error) if error.code == Code::Invalid => tried.problems = error.fields,
            Err(error) if error.code == Code::TooManyRequests => {
                tried.problems = error.into_fields();
            }
            Err(error) => return Err(error),
        }
        Ok(tried)
    }

    fn tables(&self) -> Vec<&Table> {
        self.outcome.iter().map(|(_, table)| table).collect()
    }

    fn parts(&self, asked: &Asked<'_>, rules: &Rules) -> Vec<Html> {
        if !page::can_simulate(rules) {
            return page::simulation::none(asked.shell);
        }
        let tried = self.outcome.as_ref().map(|(simulation, table)| (simulation, table));
        page::simulation::parts(asked.shell, &asked.wanted(), &asked.period().0, tried, &self.problems)
    }
}

pub(super) async fn version(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let id: PolicyId = asked.read_id()?;
    let policy = tx.policy(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    let named = named(tx, &policy.rules).await?;
    let is_in_force = in_force(tx, asked).await?.contains(&id);
    let tried = Tried::of(tx, asked, &policy.rules, None).await?;
    Ok(asked.show(&tried.tables(), || {
        page::version(asked.shell, &policy, is_in_force, &named, tried.parts(asked, &policy.rules), asked.is_admin())
    }))
}
