//! Every policy version, and which of them a conversion follows.
//!
//! Of each policy name the version in force at the conversion's time counts: the one that applies from the latest moment up to
//! it, of equal ones the one with the greater id; a retired one takes its name out. Of those whose filters the conversion fits,
//! it follows the one with the most filters, then the one that applies from the latest moment, then the one with the greatest
//! id. So a rule for leads comes before one for all, and among equals the newer. A conversion that an admin pinned to a version
//! follows that one.

use std::collections::{HashMap, HashSet};

use super::{Model, Policy, PolicyScope, Rules};
use crate::domain::attribution::{Sale, Touch};
use crate::domain::id::PolicyId;
use crate::domain::kind::TouchpointKind;
use crate::domain::time::{DAY_MS, Time};
use crate::error::{Code, Error, Result};

/// One version, with what its kinds of touchpoint add where it says nothing of them.
#[derive(Clone, Debug)]
pub struct Version {
    /// The version's id.
    pub id: PolicyId,
    /// The policy's name.
    pub name: String,
    /// Counts the versions of that name, from 1.
    pub version: i64,
    /// Conversions from this moment on follow it.
    pub applies_from: Time,
    rules: std::result::Result<Rules, String>,
}

/// What a policy asks of a conversion.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// `lead`, `signup`, `sale`, `renewal` or a custom event.
    pub event: &'a str,
    /// The website's own ids of what was bought.
    pub products: &'a [String],
    /// When it happened, and its amount.
    pub sale: Sale,
}

impl Version {
    /// A version as it was stored; rules that cannot be read are told when they are asked for.
    pub fn new(
        id: PolicyId, name: String, version: i64, applies_from: Time, rules: std::result::Result<Rules, String>,
    ) -> Self {
        Version { id, name, version, applies_from, rules }
    }

    /// The rules.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn rules(&self) -> Result<&Rules> {
        let unreadable =
            |why: &String| Error::internal(format!("the rules of policy {} cannot be read", self.id), why.as_str());
        self.rules.as_ref().map_err(unreadable)
    }

    /// Whether the rules name a kind of touchpoint.
    pub fn names_kind(&self, kind: &str) -> bool {
        self.rules.as_ref().is_ok_and(|rules| rules.names_kind(kind))
    }

    /// Whether it asks when the buyer became a lead and an opportunity.
    pub fn asks_milestones(&self) -> bool {
        self.rules.as_ref().is_ok_and(|rules| rules.model.has_milestones())
    }

    fn with_kinds(self, kinds: &[TouchpointKind]) -> Self {
        Version { rules: self.rules.map(|rules| rules.with_kinds(kinds)), ..self }
    }

    /// Whether a conversion with these touchpoints fits the filters.
    ///
    /// # Errors
    /// The rules cannot be read.
    pub fn fits(&self, facts: &Facts<'_>, touches: &[Touch]) -> Result<bool> {
        Ok(self.rules()?.fit(facts, touches))
    }
}

impl From<Policy> for Version {
    fn from(policy: Policy) -> Self {
        Version::new(policy.id, policy.name, policy.version, policy.applies_from, Ok(policy.rules))
    }
}

/// Every policy version, those that apply from the latest moment first.
#[derive(Clone, Debug, Default)]
pub struct RuleBook {
    versions: Vec<Version>,
    kinds: Vec<TouchpointKind>,
}

impl RuleBook {
    /// A book of these versions, in any order, and all kinds of touchpoint.
    pub fn new(versions: Vec<Version>, kinds: Vec<TouchpointKind>) -> Self {
        let mut versions: Vec<Version> = versions.into_iter().map(|version| version.with_kinds(&kinds)).collect();
        versions.sort_by_key(|version| std::cmp::Reverse((version.applies_from, version.id)));
        RuleBook { versions, kinds }
    }

    /// A version with what the kinds of this book add to it.
    pub fn complete(&self, version: Version) -> Version {
        version.with_kinds(&self.kinds)
    }

    /// The version with that id.
    ///
    /// # Errors
    /// There is none.
    pub fn version(&self, id: PolicyId) -> Result<&Version> {
        let missing = || Error::new(Code::Internal, format!("the policy version {id} is missing from the store"));
        self.versions.iter().find(|version| version.id == id).ok_or_else(missing)
    }

    /// The version of that name with that number, or the newest one.
    pub fn named(&self, name: &str, version: Option<i64>) -> Option<&Version> {
        let of_name = self.versions.iter().filter(|one| one.name == name);
        of_name.filter(|one| version.is_none_or(|wanted| one.version == wanted)).max_by_key(|one| one.version)
    }

    /// The versions in force at `at`, one of each name that has one, retired ones included.
    pub fn in_force(&self, at: Time) -> impl Iterator<Item = &Version> {
        let mut names = HashSet::new();
        self.versions.iter().filter(move |version| version.applies_from <= at && names.insert(version.name.as_str()))
    }

    /// The versions that were in force before `at` and are no more, each with the moment up to which it was, the latest first.
    pub fn earlier(&self, at: Time) -> impl Iterator<Item = (&Version, Time)> {
        let mut until: HashMap<&str, Time> = HashMap::new();
        self.versions.iter().filter(move |version| version.applies_from <= at).filter_map(move |version| {
            let ended = until.insert(&version.name, version.applies_from)?;
            (version.applies_from < ended).then_some((version, ended))
        })
    }

    /// The rules `now`, under another model. Numbers that were never set have their defaults; what a model cannot do without (the
    /// weights of kinds, what was learned) is that of the newest version of that model in the same scope: none, where there is no
    /// such version.
    pub fn under(&self, model: Model, now: &Rules) -> Option<Rules> {
        let mut rules = Rules { model, ..now.clone() };
        if model == now.model {
            return Some(rules);
        }
        if now.model == Model::Custom {
            // Those weights stood for the model; beside another one they would count twice.
            rules.weights.clear();
            rules = rules.with_kinds(&self.kinds);
        }
        if model != Model::Custom && !model.is_data_driven() {
            return Some(rules);
        }
        let versions = self.versions.iter().filter_map(|version| Some((version.id, version.rules.as_ref().ok()?)));
        let fitting = versions.filter(|(_, rules)| rules.model == model && rules.scope == now.scope && !rules.retired);
        let (_, newest) = fitting.max_by_key(|(id, _)| *id)?;
        match model {
            Model::Custom => rules.weights.clone_from(&newest.weights),
            _ => {
                (rules.by, rules.order, rules.ordered) = (newest.by, newest.order, newest.ordered);
                (rules.trained_on, rules.effects) = (newest.trained_on, newest.effects.clone());
            }
        }
        Some(rules)
    }

    /// Whether there is what a model needs: of `custom` and the data-driven ones, a version that pays by it.
    pub fn knows(&self, model: Model) -> bool {
        let by_it = |rules: &Rules| rules.model == model && rules.scope == PolicyScope::Partners && !rules.retired;
        let needs = model == Model::Custom || model.is_data_driven();
        !needs || self.versions.iter().filter_map(|version| version.rules.as_ref().ok()).any(by_it)
    }

    /// Whether any version asks when the buyer became a lead and an opportunity.
    pub fn asks_milestones(&self) -> bool {
        self.versions.iter().any(Version::asks_milestones)
    }

    /// The version that a conversion with these touchpoints follows in a scope.
    ///
    /// # Errors
    /// The rules of a version in force cannot be read.
    pub fn choose(&self, scope: PolicyScope, facts: &Facts<'_>, touches: &[Touch]) -> Result<Option<&Version>> {
        let mut chosen: Option<(usize, &Version)> = None;
        for version in self.in_force(facts.sale.at) {
            let rules = version.rules()?;
            // They come in the order of preference, so of as many filters the first stays.
            let better = chosen.is_none_or(|(count, _)| rules.filters.count() > count);
            if rules.scope == scope && !rules.retired && better && version.fits(facts, touches)? {
                chosen = Some((rules.filters.count(), version));
            }
        }
        Ok(chosen.map(|(_, version)| version))
    }

    /// The book as it would be with this version in the place of every other one of its name.
    pub fn with(&self, version: Version) -> RuleBook {
        let others = self.versions.iter().filter(|other| other.name != version.name).cloned();
        RuleBook::new(others.chain([version.clone()]).collect(), self.kinds.clone())
    }

    /// The scope in which some conversions from `at` on would follow no policy once the policy `name` has these rules: it is the
    /// only one for all conversions there, and would be one no more. None where no such gap opens, or the rules retire the policy,
    /// which says what it does.
    pub fn gap(&self, name: &str, at: Time, rules: &Rules) -> Option<PolicyScope> {
        let is_for_all = |rules: &Rules, scope| !rules.retired && rules.scope == scope && rules.filters.count() == 0;
        let before = self.in_force(at).find(|version| version.name == name)?.rules.as_ref().ok()?;
        let scope = before.scope;
        let mut others = self.in_force(at).filter(|version| version.name != name);
        let opens = is_for_all(before, scope)
            && !rules.retired
            && !is_for_all(rules, scope)
            && !others.any(|version| version.rules.as_ref().is_ok_and(|rules| is_for_all(rules, scope)));
        opens.then_some(scope)
    }

    /// The rules by which a deal that was opened at `at` is looked at: those of a sale of that moment of which no more is known;
    /// the default ones where no policy was in force.
    ///
    /// # Errors
    /// The rules of a version in force cannot be read.
    pub fn of_deal(&self, at: Time) -> Result<Rules> {
        let sale = Sale { at, amount: 0, milestones: Default::default() };
        let facts = Facts { event: "sale", products: &[], sale };
        let version = self.choose(PolicyScope::Partners, &facts, &[])?;
        version.map_or_else(|| Ok(Rules::default()), |version| version.rules().cloned())
    }

    /// Whether some version says so of its rules.
    pub fn any(&self, says: impl Fn(&Rules) -> bool) -> bool {
        self.versions.iter().any(|version| version.rules.as_ref().is_ok_and(&says))
    }

    /// From when on a touchpoint can count for a conversion of the moment `at` that is pinned to a version, or to none.
    ///
    /// # Errors
    /// The rules of a version that it may follow cannot be read.
    pub fn looks_back_to(&self, at: Time, pinned: Option<PolicyId>) -> Result<Time> {
        let mut longest = 0;
        let pinned = pinned.map(|id| self.version(id)).transpose()?;
        for version in pinned.into_iter().chain(self.in_force(at).filter(|_| pinned.is_none())) {
            let rules = version.rules()?;
            if rules.scope == PolicyScope::Partners && !rules.retired {
                longest = longest.max(rules.lookback_days.longest_days());
            }
        }
        Ok(at - i64::from(longest) * DAY_MS)
    }
}
