//! One sentence for each partner of a journey, as the API and the pages show it: "You were the second of three partners; under
//! Linear each gets a third."

use super::percent;
use super::share::WHOLE;
use crate::domain::id::PartnerId;
use crate::domain::policy::Model;

/// A touchpoint and what stands for it: its share in units of 1/[`WHOLE`] when it counts, else none; and why.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Whose it is.
    pub partner: Option<PartnerId>,
    /// Its share, when it counts.
    pub share: Option<u64>,
    /// Why, in a sentence.
    pub reason: &'a str,
}

/// A sentence for each partner with a touchpoint in the journey, in the order in which they first appear among those that count;
/// those of whom nothing counts come last. `touches` are in journey order.
pub fn sentences(model: Model, touches: &[Told]) -> Vec<(PartnerId, String)> {
    let mut counted: Vec<(PartnerId, u64)> = Vec::new();
    let mut left_out: Vec<(PartnerId, &str)> = Vec::new();
    for touch in touches {
        let Some(partner) = touch.partner else { continue };
        match touch.share {
            Some(share) => match counted.iter_mut().find(|(known, _)| *known == partner) {
                Some((_, sum)) => *sum += share,
                None => counted.push((partner, share)),
            },
            None => match left_out.iter_mut().find(|(known, _)| *known == partner) {
                Some((_, reason)) => *reason = touch.reason, // the latest is what they will ask about
                None => left_out.push((partner, touch.reason)),
            },
        }
    }
    left_out.retain(|(partner, _)| !counted.iter().any(|(known, _)| known == partner));
    let all = counted.len();
    // By largest remainder a third may be a unit more than another.
    let equal = counted.iter().all(|(_, share)| share.abs_diff(WHOLE / all as u64) <= all as u64);
    let tell = |(place, (partner, share)): (usize, (PartnerId, u64))| {
        let sentence = match all {
            1 => "You were the only partner whose touchpoints count; you get all of it.".to_owned(),
            _ => {
                let (nth, of) = (ordinal(place + 1), cardinal(all));
                let (title, gets) = (title(model), if equal { format!("each gets {}", part(all)) } else { gets(share) });
                format!("You were the {nth} of {of} partners; under {title} {gets}.")
            }
        };
        (partner, sentence)
    };
    let counting = counted.into_iter().enumerate().map(tell);
    let others = left_out.into_iter().map(|(partner, reason)| (partner, format!("You get nothing of it. Why: {reason}.")));
    counting.chain(others).collect()
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
