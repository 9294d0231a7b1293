use super::*;
use crate::domain::policy::{Dimension, Exclusions, Filters, Lookback, SourcedBy, TrainedOn};
use crate::domain::time::Time;
use crate::domain::touchpoint::Team;
use crate::domain::user::Language;

fn said(language: Language, rules: &Rules, listener: &Listener) -> String {
    let chapters = told(&Reader::new(language, None), rules, listener);
    assert!(chapters.iter().all(|chapter| !chapter.sentences.is_empty()), "{chapters:?}");
    let sentences: Vec<String> = chapters.into_iter().flat_map(|chapter| chapter.sentences).collect();
    let odd = |text: &&String| text.contains('{') || !text.ends_with('.') || text.contains("  ");
    assert_eq!(sentences.iter().find(odd), None, "each is a whole sentence");
    sentences.join(" ")
}

#[test]
fn every_model_is_told_in_both_languages() {
    for (model, english, german) in [
        (Model::First, "The first touchpoint on the way", "Der erste Berührungspunkt auf dem Weg"),
        (Model::Last, "The last touchpoint before", "Der letzte Berührungspunkt vor"),
        (Model::Linear, "the same share", "den gleichen Anteil"),
        (Model::TimeDecay, "halves with every 7 days", "halbiert sich mit je 7 Tagen davor"),
        (Model::Position, "gets 40 %, the last 40 %; those in between share 20 %", "bekommt 40 %, der letzte 40 %"),
        (Model::Custom, "has a weight", "hat ein Gewicht"),
        (Model::WShaped, "30 % each", "Je 30 %"),
        (Model::FullPath, "22.5 % each", "Je 22,5 %"),
        (Model::JShaped, "The last touchpoint gets 60 %", "Der letzte Berührungspunkt bekommt 60 %"),
        (Model::InverseJ, "The first touchpoint gets 60 %", "Der erste Berührungspunkt bekommt 60 %"),
        (Model::Markov, "missing without each partner", "ohne den Partner jeweils fehlen"),
        (Model::Shapley, "how much each partner added", "jeweils auf den Partner zurückgeht"),
    ] {
        let rules = Rules { model, ..Rules::default() };
        let listener = Listener::default();
        let told = said(Language::English, &rules, &listener);
        assert!(told.contains(english), "{model}: {told}");
        let told = said(Language::German, &rules, &listener);
        assert!(told.contains(german), "{model}: {told}");
    }
    assert_eq!(Model::ALL.len(), 12, "a new model needs words");
}

fn is_told(rules: &Rules, expected: &str) {
    let told = said(Language::English, rules, &Listener::default());
    assert!(told.contains(expected), "{expected:?} is not in {told}");
    said(Language::German, rules, &Listener::default());
}

#[test]
fn every_option_of_a_model_is_told() {
    let rules = Rules::default;
    let day = |day: &str| Time::parse_date_or_time(day).unwrap();
    let trained_on = Some(TrainedOn { from: day("2026-01-01"), to: day("2026-04-01") });
    let weights = || [("demo".to_owned(), 2.5), ("co_sell".to_owned(), 0.0)].into();
    for (rules, expected) in [
        (Rules { model: Model::TimeDecay, half_life_days: 1.0, ..rules() }, "halves with every 1 day before"),
        (Rules { model: Model::TimeDecay, half_life_days: 2.5, steps: true, ..rules() }, "in steps, after each whole 2.5 days"),
        (Rules { model: Model::Position, first: 0.3, last: 0.7, ..rules() }, "those in between get nothing"),
        (
            Rules { model: Model::Position, first: 0.125, last: 0.5, ..rules() },
            "gets 12.5 %, the last 50 %; those in between share 37.5 %",
        ),
        (
            Rules { model: Model::Custom, weights: weights(), ..rules() },
            "Co-selling counts for nothing. Demo counts 2.5 times.",
        ),
        (
            Rules { model: Model::Markov, order: 3, trained_on, ..rules() },
            "by the 3 touchpoints before it. That period went from 1 Jan 2026 to 31 Mar 2026.",
        ),
        (Rules { model: Model::Markov, by: Dimension::Kind, ..rules() }, "without each kind of touchpoint"),
        (
            Rules { model: Model::Shapley, by: Dimension::Channel, ordered: true, ..rules() },
            "each channel added to the conversions it had a part in. The place",
        ),
    ] {
        is_told(&rules, expected);
    }
}

#[test]
fn every_other_option_is_told() {
    let rules = Rules::default;
    let filters = |filters: Filters| Rules { filters, ..rules() };
    let kinds = [("co_sell".to_owned(), 30), ("demo".to_owned(), 0)].into();
    let (event, product) = (vec!["sale".to_owned(), "my_event".to_owned()], vec!["p-1".to_owned()]);
    let id = || Uuid::from_u128(7).into();
    for (rules, expected) in [
        (
            rules(),
            "A click counts for 90 days. A banner that was shown counts for 1 day. A code counts when it is used at the conversion itself.",
        ),
        (
            Rules { lookback_days: Lookback { click: 0, code: 5, kinds, ..Lookback::default() }, ..rules() },
            "A click counts only at the very moment of the conversion. A banner that was shown counts for 1 day. A code counts for 5 days. Co-selling counts for 30 days. Demo counts only",
        ),
        (Rules { min_click_to_conversion_seconds: 1_500, ..rules() }, "less than 1,500 seconds"),
        (rules(), "one more touchpoint, beside clicks"),
        (Rules { code_priority: CodePriority::Wins, ..rules() }, "A code at the conversion wins"),
        (
            Rules { kinds: Some(vec!["click".into(), "deal_registration".into()]), ..rules() },
            "take part: Click, Deal registration.",
        ),
        (
            Rules { teams: Some(vec![Team::Partner, Team::Sales]), ..rules() },
            "made by these take part: Partner, Our sales people.",
        ),
        (Rules { scope: PolicyScope::Teams, ..rules() }, "Nobody is paid for it."),
        (Rules { self_reported: SelfReported::Count, ..rules() }, "names a partner as where they heard of us"),
        (rules(), "is noted, and earns nothing"),
        (rules(), "earns nothing from its own purchases"),
        (Rules { exclude_self_referral: false, ..rules() }, "may earn from its own purchases"),
        (
            Rules { exclude: Exclusions { verdicts: vec![Verdict::Duplicate], ..Exclusions::default() }, ..rules() },
            "as if it had not happened",
        ),
        (
            Rules { exclude: Exclusions { partners: vec![id()], ..Exclusions::default() }, ..rules() },
            "these partners take no part: 1 other.",
        ),
        (filters(Filters { events: Some(event), ..Filters::default() }), "for these events: Sale, my event."),
        (filters(Filters { products: Some(product), ..Filters::default() }), "one of these products: p-1."),
        (
            filters(Filters { groups: Some(vec![Uuid::from_u128(7).into()]), ..Filters::default() }),
            "a partner of one of these groups",
        ),
        (rules(), "for every conversion for which there are no rules of its own"),
        (rules(), "A renewal is shared by what led to it"),
        (Rules { renewal_follows: RenewalFollows::FirstSale, ..rules() }, "as the customer's first sale was"),
        (Rules { retired: true, ..rules() }, "They are retired"),
        (rules(), "the first that counts before it was opened"),
        (Rules { sourced_by: SourcedBy::LastTouchBeforeOpen, ..rules() }, "the last that counts before it was opened"),
        (Rules { sourced_by: SourcedBy::Registration, ..rules() }, "registration of it was approved"),
    ] {
        is_told(&rules, expected);
    }
}

#[test]
fn how_long_things_count_is_told_of_what_takes_part_only() {
    let lookback_days = Lookback { kinds: [("demo".to_owned(), 30), ("event".to_owned(), 9)].into(), ..Lookback::default() };
    let kinds = ["click", "code", "demo", "intro"].map(str::to_owned).to_vec();
    let rules = Rules { lookback_days, kinds: Some(kinds), ..Rules::default() };
    for (language, expected) in [
        (
            Language::English,
            &[
                "A click counts for 90 days.",
                "A code counts when it is used at the conversion itself.",
                "Demo counts for 30 days.",
                "Introduction counts for 180 days.",
            ],
        ),
        (
            Language::German,
            &[
                "Ein Klick zählt 90 Tage lang.",
                "Ein Code zählt, wenn er beim Abschluss selbst benutzt wird.",
                "Vorführung zählt 30 Tage lang.",
                "Vorstellung zählt 180 Tage lang.",
            ],
        ),
    ] {
        let chapters = told(&Reader::new(language, None), &rules, &Listener::default());
        assert_eq!(chapters[1].sentences, expected);
    }
}

#[test]
fn the_days_that_were_learned_from_are_the_same_wherever_they_are_read() {
    let day = |day: &str| Time::parse_date_or_time(day).unwrap();
    let trained_on = Some(TrainedOn { from: day("2026-10-01"), to: day("2026-11-01") });
    let rules = Rules { model: Model::Markov, trained_on, ..Rules::default() };
    for (language, zone, expected) in [
        (Language::English, "America/New_York", "went from 1 Oct 2026 to 31 Oct 2026."),
        (Language::German, "Asia/Tokyo", "ging vom 01.10.2026 bis zum 31.10.2026."),
    ] {
        let chapters = told(&Reader::new(language, Some(zone)), &rules, &Listener::default());
        let sentences = &chapters[0].sentences;
        assert!(sentences.iter().any(|one| one.ends_with(expected)), "{sentences:?}");
    }
}

#[test]
fn a_partner_is_told_of_itself_and_not_of_others() {
    let (own, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let names: Names = [(own, "Own".to_owned()), (other, "Other".to_owned())].into();
    let exclude = Exclusions { partners: vec![other.into()], ..Exclusions::default() };
    let rules = Rules { exclude, ..Rules::default() };
    let listener = Listener { names: names.clone(), own: Some(own.into()) };
    let told = said(Language::English, &rules, &listener);
    assert!(!told.contains("Other") && !told.contains("take no part:") && !told.contains("Your touchpoints"), "{told}");
    let told = said(Language::English, &rules, &Listener { own: Some(other.into()), ..listener });
    assert!(told.contains("Your touchpoints take no part"), "{told}");
    let told = said(Language::English, &rules, &Listener { names, own: None });
    assert!(told.contains("these partners take no part: Other."), "{told}");
}
