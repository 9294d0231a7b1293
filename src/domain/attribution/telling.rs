//! One sentence for each partner of a journey, as the API and the pages show it: "You were the second of three partners; under
//! Linear each gets a third."

use super::percent;
use super::share::WHOLE;
use crate::domain::id::PartnerId;
use crate::domain::policy::Model;

/// What credit goes by.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// The model that shared it; none where no policy was in force.
    pub model: Option<Model>,
    /// Of a renewal that goes by the first sale of its customer: what people call that sale.
    pub first_sale: Option<&'a str>,
}

/// A touchpoint and what stands for it: its share in units of 1/[`WHOLE`] when it counts, else none; and why.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Whose it is.
    pub partner: Option<PartnerId>,
    /// Its share, when it counts.
    pub share: Option<u64>,
    /// Where a person gave that share: what they said of it.
    pub by_hand: Option<&'a str>,
    /// Why, in a sentence.
    pub reason: &'a str,
}

/// What one partner has.
struct Standing<'a> {
    partner: PartnerId,
    /// Of the model; none when it has touchpoints of other kinds only.
    found: Option<u64>,
    /// Of people, with what they said.
    given: u64,
    words: Vec<&'a str>,
}

/// A sentence for each partner with a touchpoint in the journey, in the order in which they first appear among those that count;
/// those who were given credit by hand come after them, those of whom nothing counts last. `touches` are in journey order.
pub fn sentences(rule: Rule<'_>, touches: &[Told]) -> Vec<(PartnerId, String)> {
    let mut all: Vec<Standing> = Vec::new();
    let mut left_out: Vec<(PartnerId, &str)> = Vec::new();
    for touch in touches {
        let Some(partner) = touch.partner else { continue };
        let Some(share) = touch.share else {
            match left_out.iter_mut().find(|(known, _)| *known == partner) {
                Some((_, reason)) => *reason = touch.reason, // the latest is what they will ask about
                None => left_out.push((partner, touch.reason)),
            }
            continue;
        };
        let known = all.iter().position(|one| one.partner == partner).unwrap_or(all.len());
        if known == all.len() {
            all.push(Standing { partner, found: None, given: 0, words: Vec::new() });
        }
        let one = &mut all[known];
        match touch.by_hand {
            Some(words) => {
                one.given += share;
                one.words.push(words);
            }
            None => one.found = Some(one.found.unwrap_or(0) + share),
        }
    }
    left_out.retain(|(partner, _)| !all.iter().any(|one| one.partner == *partner));
    all.sort_by_key(|one| one.found.is_none()); // stable
    let given = all.iter().map(|one| one.given).sum();
    let shares: Vec<u64> = all.iter().filter_map(|one| one.found).collect();
    let telling = Telling { rule, given, shares };
    let counting = all.iter().enumerate().map(|(place, one)| (one.partner, telling.of(place, one)));
    let others = left_out.into_iter().map(|(partner, reason)| (partner, format!("You get nothing of it. Why: {reason}.")));
    counting.chain(others).collect()
}

/// What the sentences of one conversion have in common.
struct Telling<'a> {
    rule: Rule<'a>,
    /// What people gave.
    given: u64,
    /// What the model gave each partner.
    shares: Vec<u64>,
}

impl Telling<'_> {
    fn of(&self, place: usize, one: &Standing) -> String {
        let given = (one.given > 0).then(|| self.by_hand(one));
        let found = one.found.map(|share| self.by_rule(place, share));
        let sentence = given.into_iter().chain(found).collect::<Vec<_>>().join(" ");
        match self.rule.first_sale {
            Some(sale) => {
                // Both begin with a word in ASCII.
                let (first, rest) = sentence.split_at(1);
                format!("As for {sale}: {}{rest}", first.to_lowercase())
            }
            None => sentence,
        }
    }

    fn by_hand(&self, one: &Standing) -> String {
        let part = if one.given >= WHOLE { "all of it".to_owned() } else { percent(one.given) };
        let words = one.words.iter().map(|words| words.trim_end_matches('.')).collect::<Vec<_>>().join("; ");
        // What others have is told to those who have nothing else.
        let rest = match one.found.is_none() && self.given < WHOLE && !self.shares.is_empty() {
            true => format!("; the rest is shared {}", self.under()),
            false => String::new(),
        };
        format!("An admin gave you {part} by hand: {words}{rest}.")
    }

    fn by_rule(&self, place: usize, share: u64) -> String {
        let (all, rest) = (self.shares.len(), WHOLE.saturating_sub(self.given));
        if rest == 0 {
            return "You get nothing of it. Why: all of it was given by hand.".to_owned();
        }
        // By largest remainder a third may be a unit more than another.
        let equal = self.shares.iter().all(|share| share.abs_diff(rest / all as u64) <= all as u64);
        let (under, given) = (self.under(), percent(self.given));
        let role = match all {
            1 => "You were the only partner whose touchpoints count".to_owned(),
            _ => format!("You were the {} of {} partners", ordinal(place + 1), cardinal(all)),
        };
        match (all, self.given) {
            (1, 0) => format!("{role}; you get all of it."),
            (1, _) => format!("{role}; {given} was given by hand, and you get the rest, {}.", percent(share)),
            (_, 0) if equal => format!("{role}; {under} each gets {}.", part(all)),
            (_, 0) => format!("{role}; {under} {}.", gets(share)),
            _ if equal => {
                let (part, whole) = (part(all), percent(share));
                format!("{role}; {given} was given by hand, and of the rest {under} each gets {part}, {whole} of the whole.")
            }
            _ => {
                let whole = if share == 0 { "" } else { " of the whole" };
                format!("{role}; {given} was given by hand, and of the rest {under} {}{whole}.", gets(share))
            }
        }
    }

    fn under(&self) -> String {
        self.rule.model.map_or_else(|| "as before".to_owned(), |model| format!("under {}", title(model)))
    }
}

fn gets(share: u64) -> String {
    match share {
        0 => "you get nothing of it".into(),
        WHOLE => "you get all of it".into(),
        share => format!("you get {}", percent(share)),
    }
}

/// What people call a model.
pub fn title(model: Model) -> &'static str {
    match model {
        Model::First => "First touch",
        Model::Last => "Last touch",
        Model::Linear => "Linear",
        Model::TimeDecay => "Time decay",
        Model::Position => "Position-based",
        Model::Custom => "Custom weights",
        Model::WShaped => "W-shaped",
        Model::FullPath => "Full path",
        Model::JShaped => "J-shaped",
        Model::InverseJ => "Inverse J",
        Model::Markov => "Markov",
        Model::Shapley => "Shapley",
    }
}

fn ordinal(n: usize) -> String {
    const WORDS: [&str; 10] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    match (n, n % 10, n % 100) {
        (1..=10, ..) => WORDS[n - 1].into(),
        (_, 1, tens) if tens != 11 => format!("{n}st"),
        (_, 2, tens) if tens != 12 => format!("{n}nd"),
        (_, 3, tens) if tens != 13 => format!("{n}rd"),
        _ => format!("{n}th"),
    }
}

fn cardinal(n: usize) -> String {
    const WORDS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    n.checked_sub(1).and_then(|place| WORDS.get(place)).map_or_else(|| n.to_string(), |word| (*word).into())
}

/// One of `n` equal parts.
fn part(n: usize) -> String {
    match n {
        2 => "half".into(),
        4 => "a quarter".into(),
        8 => "an eighth".into(),
        3..=10 => format!("a {}", ordinal(n)),
        _ => format!("1/{n}"),
    }
}
