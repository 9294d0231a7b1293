//! Sentences are read as they are said, and told in two languages.

use proptest::prelude::*;

use super::*;

fn told(text: &str) -> (String, String) {
    let english = Reader::new(Language::English, Some("America/New_York"));
    let german = Reader::new(Language::German, Some("Europe/Berlin"));
    (english.said(text), german.said(text))
}

#[test]
fn what_credit_says_is_told_in_the_readers_words_zone_and_numbers() {
    for (said, english, german) in [
        (
            "linear: one of 2 touchpoints that count, 1/2 each",
            "Linear: one of 2 touchpoints that count, 1/2 each",
            "Linear: einer von 2 zählenden Berührungspunkten, je 1/2",
        ),
        (
            "first: the earliest of 1200 touchpoints that count; renewed 2026-11-22T19:21:58.102Z",
            "First touch: the earliest of 1,200 touchpoints that count; renewed 22 Nov 2026, 14:21",
            "Erste Berührung: der früheste von 1.200 zählenden Berührungspunkten; erneuert am 22.11.2026, 20:21",
        ),
        (
            "time_decay: 2.5 days before the conversion, half-life 1 day; kind content_view weighs 0.5, so 33.33 %",
            "Time decay: 2.5 days before the conversion, half-life 1 day; kind content view weighs 0.5, so 33.33\u{a0}%",
            "Zeitverfall: 2,5 Tage vor dem Abschluss, Halbwertszeit 1 Tag; Gewicht der Art „content view“: 0,5, also 33,33\u{a0}%",
        ),
        (
            "as for the customer's first sale, order A; B: 7: markov: the only touchpoint that counts, 100 %",
            "as for the customer's first sale, order A; B: 7: Markov: the only touchpoint that counts, 100\u{a0}%",
            "wie beim ersten Verkauf an den Kunden, Bestellung A; B: 7: Markow: der einzige Berührungspunkt, der zählt, 100\u{a0}%",
        ),
        (
            "outside the lookback: more than 1 day before the conversion, the limit for kind click",
            "outside the lookback: more than 1 day before the conversion, the limit for kind Click",
            "außerhalb des Rückblicks: mehr als 1 Tag vor dem Abschluss, die Grenze für die Art „Klick“",
        ),
        (
            "1 touchpoint counts, credited by linear; 2 were outside the lookback, 1 is a bot",
            "1 touchpoint counts, credited by Linear; 2 were outside the lookback, 1 by a crawler",
            "1 Berührungspunkt zählt, zugerechnet nach Linear; 2 außerhalb des Rückblicks, 1 von einem Programm",
        ),
        (
            "You were the second of three partners; under Linear each gets a third.",
            "You were the second of three partners; under Linear each gets a third.",
            "Sie waren der zweite von drei Partnern; nach dem Modell Linear bekommt jeder ein Drittel.",
        ),
        (
            "As for the customer's first sale, order 7: you were the 11th of 12 partners; under First touch you get nothing of it.",
            "As for the customer's first sale, order 7: you were the 11th of 12 partners; under First touch you get nothing of it.",
            "Wie beim ersten Verkauf an den Kunden, Bestellung 7: Sie waren der 11. von 12 Partnern; nach dem Modell Erste Berührung bekommen Sie nichts davon.",
        ),
        (
            "An admin gave you 12.5 % by hand: Called us. Twice; really; the rest is shared under Time decay.",
            "An admin gave you 12.5\u{a0}% by hand: Called us. Twice; really; the rest is shared under Time decay.",
            "Ein Admin hat Ihnen 12,5\u{a0}% von Hand gegeben: Called us. Twice; really; der Rest wird nach dem Modell Zeitverfall geteilt.",
        ),
        (
            "You get nothing of it. Why: bot: a crawler or tool made it, not a person.",
            "You get nothing of it. Why: crawler: a program made it, not a person.",
            "Sie bekommen nichts davon. Grund: Crawler: von einem Programm, nicht von einem Menschen.",
        ),
        (
            "order \"O \\\"1\" was recorded with 1234.50 EUR, then reported with no amount",
            "order “O \"1” was recorded with 1,234.50\u{a0}EUR, then reported with no amount",
            "Bestellung „O \"1“ wurde mit 1.234,50\u{a0}EUR erfasst, dann ohne Betrag gemeldet",
        ),
    ] {
        assert_eq!(told(said), (english.to_owned(), german.to_owned()), "{said}");
    }
}

#[test]
fn what_is_said_to_programs_is_told_to_people_otherwise() {
    for (said, english, german) in [
        (
            "is more than what is left, 490.00 EUR (49000 minor units)",
            "is more than what is left, 490.00\u{a0}EUR",
            "ist mehr als noch übrig: 490,00\u{a0}EUR",
        ),
        (
            "is missing: markov learns from a period, {\"from\", \"to\"}",
            "say which period Markov is to learn from",
            "angeben, aus welchem Zeitraum Markow lernen soll",
        ),
        ("is missing", "is missing", "fehlt"),
        (
            "is more than is left: what was given by hand before leaves 0.125; take some of it back first",
            "is more than is left: what was given by hand before leaves 12.5\u{a0}%; take some of it back first",
            "ist mehr als noch übrig: was schon von Hand gegeben wurde, lässt 12,5\u{a0}%; zuerst etwas zurücknehmen",
        ),
    ] {
        assert_eq!(told(said), (english.to_owned(), german.to_owned()), "{said}");
    }
}

#[test]
fn a_day_of_the_calendar_is_the_same_in_every_zone() {
    let (english, german) = told("another partner has a claim on this account until 2026-03-01");
    assert!(english.ends_with("until 1 Mar 2026") && german.contains("bis 01.03.2026"), "{english} {german}");
}

#[test]
fn what_is_no_such_sentence_stays_as_it_is() {
    for text in
        ["", ".", "Sie waren dabei", "linear: quite another reason", "<b>linear</b>", "renewed 2026-13-01T00:00:00Z", "; "]
    {
        assert_eq!(told(text), (text.to_owned(), text.to_owned()));
    }
}

/// A pattern with something in its slots.
fn spoken(pattern: &str) -> String {
    let mut text = String::new();
    for piece in pieces(Box::leak(pattern.to_owned().into_boxed_str())) {
        text.push_str(match piece {
            Piece::Text(literal) => literal,
            Piece::Either(texts) => texts[0],
            Piece::Slot(Slot::Word(words)) => words[0].english,
            Piece::Slot(slot) => match slot {
                Slot::Count => "12",
                Slot::Decimal | Slot::Share => "0.5",
                Slot::Percent => "less than 0.01 %",
                Slot::Span => "less than an hour",
                Slot::Time => "2026-11-22T19:21:58.102Z",
                Slot::Date => "2026-11-22",
                Slot::Money => "-4.50 EUR",
                Slot::Model => "full_path",
                Slot::Title => "W-shaped",
                Slot::Kind => "click",
                Slot::Event => "sale",
                Slot::Team => "sales",
                Slot::Dimension => "channel",
                Slot::Verdict => "bot",
                Slot::Stage => "won",
                Slot::Name => "EUR",
                Slot::Quoted => "\"a \\\" b\"",
                Slot::Text | Slot::Word(_) => "x",
            },
        });
    }
    text
}

#[test]
fn every_pattern_is_read_and_its_translation_uses_every_slot_that_it_names() {
    for said in sayings::all() {
        let text = spoken(said.english);
        assert!(is_known(&text), "{text}");
        let (english, german) = told(&text);
        assert!(!german.contains(['{', '}']) && !english.contains(['{', '}']), "{german} {english}");
        assert!(german == "Linear" || german != english || !text.contains(' '), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in "([;:,.] |an admin gave you 1 % by hand: |order |linear|x|\"|é|\\{|\\[1){0,40}") {
        let (english, german) = told(&text);
        prop_assert!(english.len() <= text.len() * 6 + 60 && german.len() <= text.len() * 8 + 60);
    }
}

#[test]
fn others_are_told_of_a_partner_what_it_is_told_itself() {
    let reader = |language| Reader::new(language, None);
    for (said, english, german) in [
        (
            "You were the first of four partners; under Linear each gets a quarter.",
            "It was the first of four partners; under Linear each gets a quarter.",
            "Er war der erste von vier Partnern; nach dem Modell Linear bekommt jeder ein Viertel.",
        ),
        (
            "You were the second of two partners; 30 % was given by hand, and of the rest under Linear you get 14.58 % of the whole.",
            "It was the second of two partners; 30 % was given by hand, and of the rest under Linear it gets 14.58 % of the whole.",
            "Er war der zweite von zwei Partnern; 30 % wurden von Hand gegeben, und vom Rest bekommt er nach dem Modell Linear 14,58 % vom Ganzen.",
        ),
        (
            "An admin gave you 50 % by hand: met at the fair. You get nothing of it.",
            "It was given 50 % by hand, by an admin: met at the fair. It gets nothing of it.",
            "Er hat von einem Admin 50 % von Hand bekommen: met at the fair. Er bekommt nichts davon.",
        ),
    ] {
        let told = |language| reader(language).said_of_another(said).replace('\u{a0}', " ");
        assert_eq!((told(Language::English).as_str(), told(Language::German).as_str()), (english, german), "{said}");
    }
    // Whatever speaks to a partner has words for others.
    let speaks = |said: &&Said| said.english.split(' ').any(|word| word == "you");
    for said in sayings::all().filter(speaks) {
        let (they, sie) = said.of_another.unwrap_or_else(|| panic!("{}", said.english));
        let slots = |text: &str| text.matches('{').count();
        assert_eq!((slots(they), slots(sie)), (slots(said.english), slots(said.english)), "{}", said.english);
        assert!(!they.contains("you") && !sie.contains("Sie "), "{they} {sie}");
    }
}
