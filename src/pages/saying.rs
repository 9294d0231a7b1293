//! What the rest of the program says in English, told in the reader's words.
//!
//! Reasons, summaries and refusals are English sentences: credits keep them as they were said, and the API answers with them. So
//! a page has the sentence and nothing else. [`texts::sayings`] holds the pattern of every such sentence beside its translation;
//! here a sentence is read by these patterns, and what stands in their slots (times, money, shares, kinds ..) is written as the
//! reader writes it. A sentence that no pattern fits, as of another version of the program, is shown as it is.
//!
//! A sentence is made of clauses, with `, `, `; `, `: ` or `. ` between them; each has a pattern. In a pattern `{count}` is a
//! [`Slot`] and `[day|days]` one of several texts; a translation has the slots in the places `{1}`, `{2}` .. as
//! [`fill`] does.
//!
//! [`texts::sayings`]: crate::pages::texts::sayings

mod holes;

use std::sync::LazyLock;

use crate::domain::attribution::title;
use crate::domain::deal::DealStatus;
use crate::domain::money::Currency;
use crate::domain::policy::{Dimension, Model};
use crate::domain::time::Time;
use crate::domain::touchpoint::Team;
use crate::domain::user::Language;
use crate::domain::verdict::Verdict;
use crate::pages::reader::Reader;
use crate::pages::texts::fill;
use crate::pages::texts::sayings::{self, CARDINALS, ORDINALS, PARTS, ROLES, Said};

/// What stands between two clauses.
const BETWEEN: [&str; 4] = ["; ", ": ", ", ", ". "];

/// What may stand in a place of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slot {
    Count,
    Decimal,
    Percent,
    /// A share of 1, told in percent.
    Share,
    Span,
    Time,
    Date,
    Money,
    Model,
    /// A model as sentences name it.
    Title,
    Kind,
    Event,
    Team,
    Dimension,
    Verdict,
    Stage,
    /// One of a list of words, each with its translations.
    Word(&'static [Said]),
    /// An id, a name of a field or such; it stays as it is.
    Name,
    /// A text in quotation marks, as Rust writes them.
    Quoted,
    /// What somebody wrote; it ends where the pattern goes on.
    Text,
}

impl Slot {
    fn named(name: &str) -> Slot {
        match name {
            "count" => Slot::Count,
            "decimal" => Slot::Decimal,
            "percent" => Slot::Percent,
            "share" => Slot::Share,
            "span" => Slot::Span,
            "time" => Slot::Time,
            "date" => Slot::Date,
            "money" => Slot::Money,
            "model" => Slot::Model,
            "title" => Slot::Title,
            "kind" => Slot::Kind,
            "event" => Slot::Event,
            "team" => Slot::Team,
            "dimension" => Slot::Dimension,
            "verdict" => Slot::Verdict,
            "stage" => Slot::Stage,
            "ordinal" => Slot::Word(ORDINALS),
            "cardinal" => Slot::Word(CARDINALS),
            "part" => Slot::Word(PARTS),
            "roles" => Slot::Word(ROLES),
            "name" => Slot::Name,
            "quoted" => Slot::Quoted,
            _ => Slot::Text,
        }
    }

    /// How many bytes at the beginning of a text may be what stands here; of [`Slot::Text`] that is for the pattern to say.
    fn length(self, text: &str) -> Option<usize> {
        let run = |fits: fn(char) -> bool| text.find(|letter: char| !fits(letter)).unwrap_or(text.len());
        let number = || {
            let digits = run(|letter| letter.is_ascii_digit() || letter == '.' || letter == '-');
            text[..digits].trim_end_matches('.').len()
        };
        let name = || {
            let letters = run(|letter| letter.is_ascii_alphanumeric() || "_-.[]*".contains(letter));
            text[..letters].trim_end_matches('.').len()
        };
        let among = |fits: fn(&str) -> bool| Some(name()).filter(|length| fits(&text[..*length]));
        let length = match self {
            Slot::Count => run(|letter| letter.is_ascii_digit()),
            Slot::Decimal | Slot::Share => number(),
            Slot::Percent => {
                let less = if text.starts_with(LESS) { LESS.len() } else { 0 };
                let digits = Slot::Decimal.length(&text[less..])?;
                text[less + digits..].starts_with(" %").then_some(less + digits + 2)?
            }
            Slot::Span if text.starts_with(BRIEF) => BRIEF.len(),
            Slot::Span => {
                let digits = number();
                let unit = [" days", " day", " hours", " hour"].iter().find(|unit| text[digits..].starts_with(**unit))?;
                digits + unit.len()
            }
            Slot::Time => text.find('Z').map(|end| end + 1).filter(|end| text[..*end].parse::<Time>().is_ok())?,
            Slot::Date => text.get(..10).filter(|day| Time::parse_date_or_time(day).is_ok())?.len(),
            Slot::Money => {
                let digits = number();
                let code = text[digits..].strip_prefix(' ')?.get(..3)?;
                code.parse::<Currency>().ok()?;
                digits + 4
            }
            Slot::Title => Model::ALL.iter().map(|model| title(*model)).find(|title| text.starts_with(title))?.len(),
            Slot::Word(words) => {
                words.iter().map(|word| word.english).filter(|word| text.starts_with(word)).map(str::len).max().or_else(
                    || {
                        // Beyond the words that there are: `11th`, `12`, `1/13`.
                        let length = run(|letter| letter.is_ascii_alphanumeric() || letter == '/');
                        text[..length].contains(|letter: char| letter.is_ascii_digit()).then_some(length)
                    },
                )?
            }
            Slot::Quoted => {
                let mut escaped = false;
                let end = text.strip_prefix('"')?.find(|letter: char| {
                    let ends = letter == '"' && !escaped;
                    escaped = letter == '\\' && !escaped;
                    ends
                })?;
                end + 2
            }
            Slot::Model => among(|name| name.parse::<Model>().is_ok())?,
            Slot::Team => among(|name| name.parse::<Team>().is_ok())?,
            Slot::Dimension => among(|name| name.parse::<Dimension>().is_ok())?,
            Slot::Verdict => among(|name| name.parse::<Verdict>().is_ok())?,
            Slot::Stage => among(|name| name.parse::<DealStatus>().is_ok())?,
            Slot::Kind | Slot::Event | Slot::Name => name(),
            Slot::Text => return None,
        };
        (length > 0).then_some(length)
    }
}

/// How a share is told that rounds to nothing, and a time that is less than an hour.
const LESS: &str = "less than ";
const BRIEF: &str = "less than an hour";

#[derive(Debug)]
enum Piece {
    Text(&'static str),
    Slot(Slot),
    Either(Vec<&'static str>),
}

/// A clause as it is said, in pieces, and its translations.
#[derive(Debug)]
struct Phrase {
    pieces: Vec<Piece>,
    said: &'static Said,
}

static PHRASES: LazyLock<Vec<Phrase>> =
    LazyLock::new(|| sayings::all().map(|said| Phrase { pieces: pieces(said.english), said }).collect());

fn pieces(mut pattern: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(start) = pattern.find(['{', '[']) {
        let close = if pattern[start..].starts_with('{') { '}' } else { ']' };
        let Some(length) = pattern[start..].find(close) else { break };
        let inside = &pattern[start + 1..start + length];
        if start > 0 {
            pieces.push(Piece::Text(&pattern[..start]));
        }
        pieces.push(if close == '}' { Piece::Slot(Slot::named(inside)) } else { Piece::Either(inside.split('|').collect()) });
        pattern = &pattern[start + length + 1..];
    }
    if !pattern.is_empty() {
        pieces.push(Piece::Text(pattern));
    }
    pieces
}

/// What follows a clause: what is between it and the next, and the rest; none where it cannot end here.
fn end(text: &str) -> Option<(&'static str, &str)> {
    match text {
        "" => Some(("", "")),
        "." => Some((".", "")),
        _ => BETWEEN.iter().find_map(|between| Some((*between, text.strip_prefix(between)?))),
    }
}

/// A clause that was read.
struct Clause<'t> {
    phrase: &'static Phrase,
    /// What stands in each piece that is no text.
    holes: Vec<&'t str>,
    capital: bool,
    after: &'static str,
}

/// The clauses of a text in their order, if all of it can be read.
fn read(text: &str) -> Option<Vec<Clause<'_>>> {
    let mut clauses = Vec::new();
    // The rests that cannot be read, by their length: each is tried once.
    read_on(text, &mut clauses, &mut vec![false; text.len() + 1]).then_some(clauses)
}

fn read_on<'t>(text: &'t str, clauses: &mut Vec<Clause<'t>>, hopeless: &mut [bool]) -> bool {
    if text.is_empty() || hopeless[text.len()] {
        return false;
    }
    let capital = text.starts_with(|letter: char| letter.is_uppercase());
    for phrase in &*PHRASES {
        let mut holes = Vec::new();
        let read = fit(&phrase.pieces, text, true, &mut holes, &mut |rest, holes| {
            let Some((after, rest)) = end(rest) else { return false };
            clauses.push(Clause { phrase, holes: holes.to_vec(), capital, after });
            let read = rest.is_empty() || read_on(rest, clauses, hopeless);
            if !read {
                clauses.pop();
            }
            read
        });
        if read {
            return true;
        }
    }
    hopeless[text.len()] = true;
    false
}

/// Tries every way in which the pieces fit the beginning of a text, until `then` takes what is left.
fn fit<'t>(
    pieces: &[Piece], text: &'t str, first: bool, holes: &mut Vec<&'t str>, then: &mut dyn FnMut(&'t str, &[&'t str]) -> bool,
) -> bool {
    let Some((piece, others)) = pieces.split_first() else { return then(text, holes) };
    let mut hole = |length: usize| {
        holes.push(&text[..length]);
        let fits = fit(others, &text[length..], false, holes, then);
        holes.pop();
        fits
    };
    match piece {
        Piece::Text(expected) => match strip(text, expected, first) {
            Some(rest) => fit(others, rest, false, holes, then),
            None => false,
        },
        Piece::Either(texts) => texts.iter().any(|expected| text.starts_with(expected) && hole(expected.len())),
        Piece::Slot(Slot::Text) => {
            let next = match others.first() {
                Some(Piece::Text(next)) => Some(*next),
                _ => None,
            };
            let may_end = |at: usize| match next {
                Some(next) => text[at..].starts_with(next),
                None => end(&text[at..]).is_some(),
            };
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.skip(1).filter(|at| may_end(*at)).any(&mut hole)
        }
        Piece::Slot(slot) => slot.length(text).is_some_and(&mut hole),
    }
}

/// The text without its beginning; at the beginning of a clause whatever the case of its first letter.
fn strip<'t>(text: &'t str, expected: &str, first: bool) -> Option<&'t str> {
    let rest = text.strip_prefix(expected);
    let (own, other) = (text.get(..1)?, expected.get(..1)?);
    rest.or_else(|| if first && own.eq_ignore_ascii_case(other) { text[1..].strip_prefix(&expected[1..]) } else { None })
}

/// Whether a text is one that can be told in every language.
pub fn is_known(text: &str) -> bool {
    read(text).is_some()
}

impl Reader {
    /// What the program says in English, in the reader's words; what is no such sentence stays as it is.
    pub fn said(&self, text: &str) -> String {
        self.tell(text, false)
    }

    /// The same to others than the partner that a sentence speaks to: `You get all of it` is `It gets all of it`.
    pub fn said_of_another(&self, text: &str) -> String {
        self.tell(text, true)
    }

    fn tell(&self, text: &str, of_another: bool) -> String {
        let Some(clauses) = read(text) else { return text.to_owned() };
        let mut told = String::with_capacity(text.len() * 5 / 4);
        for clause in clauses {
            let clause_told = self.clause(&clause, of_another);
            let mut letters = clause_told.chars();
            match letters.next().filter(|_| clause.capital) {
                Some(first) => told.extend(first.to_uppercase().chain(letters)),
                None => told.push_str(&clause_told),
            }
            told.push_str(clause.after);
        }
        told
    }

    fn clause(&self, clause: &Clause<'_>, of_another: bool) -> String {
        let mut holes = clause.holes.iter();
        let mut slots = Vec::new();
        let mut english = String::new();
        for piece in &clause.phrase.pieces {
            match piece {
                Piece::Text(text) => english.push_str(text),
                Piece::Either(_) => english.push_str(holes.next().copied().unwrap_or_default()),
                Piece::Slot(slot) => {
                    let told = holes.next().map_or(String::new(), |hole| self.hole(*slot, hole));
                    english.push_str(&told);
                    slots.push(told);
                }
            }
        }
        let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
        let said = clause.phrase.said;
        match (self.language, said.of_another.filter(|_| of_another)) {
            (Language::English, Some((text, _))) | (Language::German, Some((_, text))) => fill(text, &slots),
            (Language::English, None) => said.on_pages.map_or(english, |text| fill(text, &slots)),
            (Language::German, None) => fill(said.german, &slots),
        }
    }
}

#[cfg(test)]
#[path = "saying_tests.rs"]
mod tests;
