//! What stands in the slots of sentences, as the reader writes it.

use super::{BRIEF, LESS, Slot};
use crate::domain::attribution::title;
use crate::domain::money::{Currency, Money, parse_major};
use crate::domain::policy::{Dimension, Model};
use crate::domain::time::Time;
use crate::domain::touchpoint::Team;
use crate::domain::user::Language;
use crate::domain::verdict::Verdict;
use crate::pages::reader::Reader;
use crate::pages::texts::{Called, Journeys, Texts, Words as _, fill};

impl Reader {
    /// What stands in a slot, as the reader writes it.
    pub(super) fn hole(&self, slot: Slot, text: &str) -> String {
        let (names, journeys, texts) =
            (Called::in_language(self.language), Journeys::in_language(self.language), Texts::in_language(self.language));
        match slot {
            Slot::Count => text.parse::<i64>().map_or(text.to_owned(), |number| self.number(number)),
            Slot::Decimal => self.with_mark(text),
            Slot::Share => text.parse::<f64>().map_or(text.to_owned(), |share| format!("{}\u{a0}%", self.plain(share * 100.0))),
            Slot::Percent => {
                let (less, number) = text.strip_prefix(LESS).map_or(("", text), |number| (names.less_than, number));
                let number = self.with_mark(number.trim_end_matches(" %"));
                format!("{less}{}{number}\u{a0}%", if less.is_empty() { "" } else { " " })
            }
            Slot::Span => self.span(names, text),
            Slot::Time => text.parse::<Time>().map_or(text.to_owned(), |at| self.time(at)),
            // A day of the calendar, wherever the reader is.
            Slot::Date => Time::parse_date_or_time(text).map_or(text.to_owned(), |day| self.calendar_day(day)),
            Slot::Money => {
                let money = text.split_once(' ').and_then(|(amount, code)| {
                    let currency = code.parse::<Currency>().ok()?;
                    let amount = parse_major(amount.trim_start_matches('-'), currency).ok()?;
                    Some(Money { amount: if text.starts_with('-') { -amount } else { amount }, currency })
                });
                money.map_or(text.to_owned(), |money| self.money(money))
            }
            Slot::Model => text.parse::<Model>().map_or(text.to_owned(), |model| journeys.model(model).to_owned()),
            Slot::Title => {
                let model = Model::ALL.iter().find(|model| title(**model) == text);
                model.map_or(text.to_owned(), |model| journeys.model(*model).to_owned())
            }
            Slot::Kind => names.kind(text),
            Slot::Event => names.event(text),
            Slot::Team => text.parse::<Team>().map_or(text.to_owned(), |team| names.team(team).to_owned()),
            Slot::Dimension => text.parse::<Dimension>().map_or(text.to_owned(), |by| journeys.dimension(by).to_owned()),
            Slot::Verdict => text.parse::<Verdict>().map_or(text.to_owned(), |verdict| texts.verdict(verdict).to_owned()),
            Slot::Stage => names.stage(text),
            Slot::Word(words) => {
                let word = words.iter().find(|word| word.english == text);
                let beyond = || text.trim_end_matches(char::is_alphabetic);
                match (self.language, word) {
                    (Language::English, _) => text.to_owned(),
                    (Language::German, Some(word)) => word.german.to_owned(),
                    (Language::German, None) if text.ends_with(|letter: char| letter.is_alphabetic()) => {
                        format!("{}.", beyond())
                    }
                    (Language::German, None) => text.to_owned(),
                }
            }
            Slot::Quoted => {
                let (open, close) = if self.language == Language::German { ('„', '“') } else { ('“', '”') };
                format!("{open}{}{close}", text[1..text.len() - 1].replace("\\\"", "\"").replace("\\\\", "\\"))
            }
            Slot::Name | Slot::Text => text.to_owned(),
        }
    }

    fn with_mark(&self, number: &str) -> String {
        number.replace('.', self.decimal_mark().as_str())
    }

    fn span(&self, names: &'static Called, text: &str) -> String {
        let Some((number, unit)) = text.split_once(' ').filter(|_| text != BRIEF) else { return names.brief.to_owned() };
        let unit = if unit.starts_with("day") { names.days } else { names.hours };
        fill(unit, &[&self.with_mark(number)])
    }
}
