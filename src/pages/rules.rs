//! A policy in plain words, generated from its rules, so that what is told is what is done.

use askama::Template;
use uuid::Uuid;

use crate::domain::id::PartnerId;
use crate::domain::policy::{CodePriority, Model, PolicyScope, RenewalFollows, Rules, SelfReported};
use crate::domain::touchpoint::{CLICK, CODE, VIEW};
use crate::domain::verdict::Verdict;
use crate::pages::Html;
use crate::pages::evidence::Names;
use crate::pages::reader::Reader;
use crate::pages::shell::Shell;
use crate::pages::texts::{Called, Deals, RuleWords, Words as _, fill};

/// Who is told the rules.
#[derive(Debug, Default)]
pub struct Listener {
    /// Names of partners, links, campaigns and groups that may be told, by their ids; of others only how many there are.
    pub names: Names,
    /// The partner who is told. It hears of itself and of what is its own; that others are left out is not its business.
    pub own: Option<PartnerId>,
}

/// Some sentences on one thing.
#[derive(Debug, PartialEq)]
pub struct Chapter {
    /// What they are about.
    pub title: &'static str,
    /// The sentences.
    pub sentences: Vec<String>,
}

#[derive(Template)]
#[template(
    source = r#"<section class="card rules">{% for chapter in chapters %}<h2>{{ chapter.title }}</h2><ul>{% for sentence in chapter.sentences %}<li>{{ sentence }}</li>{% endfor %}</ul>{% endfor %}</section>"#,
    ext = "html"
)]
struct Shown<'a> {
    chapters: &'a [Chapter],
}

/// The rules of a policy, as a page shows them.
pub fn rules(shell: &Shell, rules: &Rules, listener: &Listener) -> Html {
    Html::of(&Shown { chapters: &told(&shell.reader, rules, listener) })
}

/// The rules of a policy in plain words.
pub fn told(reader: &Reader, rules: &Rules, listener: &Listener) -> Vec<Chapter> {
    let teller = Teller { t: RuleWords::in_language(reader.language), reader, rules, listener };
    let t = teller.t;
    let chapter = |title, sentences| Chapter { title, sentences };
    vec![
        chapter(t.sharing, teller.sharing()),
        chapter(t.lookback, teller.lookback()),
        chapter(t.code_title, vec![teller.code().to_owned()]),
        chapter(t.taking_part, teller.taking_part()),
        chapter(t.left_out, teller.left_out()),
        chapter(t.which, teller.which()),
        chapter(t.deals, vec![t.sourcing(rules.sourced_by).to_owned(), t.influenced.to_owned()]),
    ]
}

struct Teller<'a> {
    t: &'static RuleWords,
    reader: &'a Reader,
    rules: &'a Rules,
    listener: &'a Listener,
}

impl Teller<'_> {
    fn sharing(&self) -> Vec<String> {
        let (t, rules) = (self.t, self.rules);
        let mut said = match rules.model {
            Model::First => vec![t.first.to_owned()],
            Model::Last => vec![t.last.to_owned()],
            Model::Linear => vec![t.linear.to_owned()],
            Model::TimeDecay => {
                let text = if rules.steps { t.time_decay_steps } else { t.time_decay };
                vec![fill(text, &[&fill(t.in_days, &[&self.plain(rules.half_life_days)])])]
            }
            Model::Position => vec![self.position()],
            Model::Custom => vec![t.custom.to_owned()],
            Model::WShaped => vec![t.w_shaped.to_owned()],
            Model::FullPath => vec![t.full_path.to_owned()],
            Model::JShaped => vec![t.j_shaped.to_owned()],
            Model::InverseJ => vec![t.inverse_j.to_owned()],
            Model::Markov => vec![fill(t.markov, &[t.dimension(rules.by)])],
            Model::Shapley => vec![fill(t.shapley, &[t.dimension(rules.by)])],
        };
        if rules.model == Model::Markov && rules.order > 1 {
            said.push(fill(t.markov_order, &[&rules.order.to_string()]));
        }
        if rules.model == Model::Shapley && rules.ordered {
            said.push(t.shapley_ordered.to_owned());
        }
        if let Some(trained) = rules.trained_on.filter(|_| rules.model.is_data_driven()) {
            said.push(fill(t.trained, &[&self.reader.calendar_day(trained.from), &self.reader.calendar_day(trained.to - 1)]));
        }
        for (kind, weight) in &rules.weights {
            let kind = self.kind(kind);
            said.push(match *weight {
                0.0 => fill(t.weight_none, &[&kind]),
                weight => fill(t.weight, &[&kind, &self.plain(weight)]),
            });
        }
        said.push(t.sum.to_owned());
        said
    }

    /// As it is computed: where the two do not make the whole, the rest is for those in between.
    fn position(&self) -> String {
        let (first, last) = (self.rules.first, self.rules.last);
        let rest = 1.0 - first - last;
        let percent = |share: f64| format!("{} %", self.plain((share * 1e6).round() / 1e4));
        if rest < 1e-6 {
            return fill(self.t.position_ends, &[&percent(first), &percent(last)]);
        }
        fill(self.t.position, &[&percent(first), &percent(last), &percent(rest)])
    }

    fn lookback(&self) -> Vec<String> {
        let (t, back) = (self.t, &self.rules.lookback_days);
        let named = [(CLICK, t.clicks, back.click), (VIEW, t.views, back.view), (CODE, t.codes, back.code)];
        // Of what takes no part nothing is told; where the kinds are chosen, there is no "anything else".
        let takes_part = |kind: &str| self.rules.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|one| one == kind));
        let own = named.into_iter().filter(|(kind, _, _)| takes_part(kind) && !back.kinds.contains_key(*kind));
        let own = own.map(|(kind, name, days)| (kind == CODE, name.to_owned(), days));
        let kinds = back.kinds.iter().filter(|(kind, _)| takes_part(kind));
        let kinds = kinds.map(|(kind, days)| (kind == CODE, self.kind(kind), *days));
        let is_other = |kind: &&String| !back.kinds.contains_key(*kind) && named.iter().all(|(name, _, _)| name != kind);
        let rest = match &self.rules.kinds {
            None => vec![t.offline.to_owned()],
            Some(kinds) => kinds.iter().filter(is_other).map(|kind| self.kind(kind)).collect(),
        };
        let rest = rest.into_iter().map(|name| (false, name, back.offline));
        let mut said: Vec<String> = own
            .chain(kinds)
            .chain(rest)
            .map(|(code, name, days)| match days {
                0 if code => t.code_at_conversion.to_owned(),
                0 => fill(t.counts_at_once, &[&name]),
                days => fill(t.counts_days, &[&name, &self.some_days(f64::from(days))]),
            })
            .collect();
        if self.rules.min_click_to_conversion_seconds > 0 {
            let seconds = self.reader.number(i64::from(self.rules.min_click_to_conversion_seconds));
            said.push(fill(t.min_seconds, &[&seconds]));
        }
        said
    }

    fn code(&self) -> &'static str {
        match self.rules.code_priority {
            CodePriority::Touch => self.t.code_touch,
            CodePriority::Wins => self.t.code_wins,
        }
    }

    fn taking_part(&self) -> Vec<String> {
        let (t, rules) = (self.t, self.rules);
        let mut said = vec![match &rules.kinds {
            None => t.all_kinds.to_owned(),
            Some(kinds) => fill(t.only_kinds, &[&self.list(kinds.iter().map(|kind| self.kind(kind)))]),
        }];
        if let Some(teams) = &rules.teams {
            let words = Deals::in_language(self.reader.language);
            let names = teams.iter().map(|team| words.team_name(*team).to_owned());
            said.push(fill(t.only_teams, &[&self.list(names)]));
        }
        if rules.scope == PolicyScope::Teams {
            said.push(t.among_teams.to_owned());
        }
        said.push(match rules.self_reported {
            SelfReported::Ignore => t.heard_ignored.to_owned(),
            SelfReported::Count => t.heard_counts.to_owned(),
        });
        said
    }

    fn left_out(&self) -> Vec<String> {
        let (t, exclude, own) = (self.t, &self.rules.exclude, self.listener.own);
        let mut said = vec![t.machines.to_owned()];
        let is_out = exclude.verdicts.contains(&Verdict::Duplicate);
        said.push(if is_out { t.repeats_ignored } else { t.repeats }.to_owned());
        said.push(if self.rules.exclude_self_referral { t.no_self } else { t.self_counts }.to_owned());
        if own.is_some_and(|own| exclude.partners.contains(&own)) {
            said.push(t.you_are_out.to_owned());
        }
        let lists = [
            (t.partners_out, exclude.partners.iter().map(|id| id.uuid()).collect::<Vec<_>>(), own.is_none()),
            (t.links_out, exclude.links.iter().map(|id| id.uuid()).collect(), true),
            (t.campaigns_out, exclude.campaigns.iter().map(|id| id.uuid()).collect(), true),
        ];
        for (text, ids, told) in lists {
            if let Some(names) = self.names(&ids).filter(|_| told) {
                said.push(fill(text, &[&names]));
            }
        }
        said
    }

    fn which(&self) -> Vec<String> {
        let (t, rules, filters) = (self.t, self.rules, &self.rules.filters);
        let mut said = Vec::new();
        if filters.count() == 0 {
            said.push(t.every_event.to_owned());
        }
        if let Some(events) = &filters.events {
            said.push(fill(t.events, &[&self.list(events.iter().map(|event| self.event(event)))]));
        }
        if let Some(products) = &filters.products {
            said.push(fill(t.products, &[&self.list(products.iter().cloned())]));
        }
        let campaigns = filters.campaigns.iter().flatten().map(|id| id.uuid()).collect::<Vec<_>>();
        let groups = filters.groups.iter().flatten().map(|id| id.uuid()).collect::<Vec<_>>();
        for (text, ids) in [(t.campaigns, campaigns), (t.groups, groups)] {
            said.extend(self.all_names(&ids).map(|names| fill(text, &[&names])));
        }
        said.push(match rules.renewal_follows {
            RenewalFollows::FirstSale => t.renewal_first.to_owned(),
            RenewalFollows::Fresh => t.renewal_fresh.to_owned(),
        });
        if rules.retired {
            said.push(t.retired.to_owned());
        }
        said
    }

    /// The names that may be told; to staff also how many others there are.
    fn names(&self, ids: &[Uuid]) -> Option<String> {
        if self.listener.own.is_none() {
            return self.all_names(ids);
        }
        let known: Vec<String> = ids.iter().filter_map(|id| self.listener.names.get(id).cloned()).collect();
        (!known.is_empty()).then(|| self.list(known.into_iter()))
    }

    fn all_names(&self, ids: &[Uuid]) -> Option<String> {
        let known: Vec<String> = ids.iter().filter_map(|id| self.listener.names.get(id).cloned()).collect();
        let others = ids.len() - known.len();
        let others = (others > 0).then(|| fill(self.t.and_others, &[&others.to_string()]));
        (!ids.is_empty()).then(|| self.list(known.into_iter().chain(others)))
    }

    fn list(&self, names: impl Iterator<Item = String>) -> String {
        names.collect::<Vec<_>>().join(", ")
    }

    fn kind(&self, name: &str) -> String {
        Called::in_language(self.reader.language).kind(name)
    }

    fn event(&self, name: &str) -> String {
        Called::in_language(self.reader.language).event(name)
    }

    fn some_days(&self, days: f64) -> String {
        fill(self.t.days, &[&self.plain(days)])
    }

    fn plain(&self, value: f64) -> String {
        self.reader.plain(value)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
