//! Tables follow their URL, on the page and in the export.

use super::*;
use crate::domain::money::Money;
use crate::domain::user::Language;

fn table() -> Table {
    let reader = Reader::new(Language::English, None);
    let row = |name: &str, n: i64| vec![Cell::text(name), Cell::number(&reader, n)];
    let rows = vec![row("<b>Ben", 5), row("ada", 1_000), row("=cmd", 70)];
    let columns = vec![words("name", "Name"), numbers("clicks", "Clicks")];
    Table { id: "t", title: "T".into(), columns, rows, page_rows: PAGE_ROWS, empty: Html::default() }
}

#[test]
fn the_url_sorts_and_searches_and_the_export_follows() {
    for (query, expected) in [
        (&[][..], "name,clicks\r\n<b>Ben,5\r\nada,1000\r\n\"'=cmd\",70\r\n"),
        (&[("t.sort", "-clicks")], "name,clicks\r\nada,1000\r\n\"'=cmd\",70\r\n<b>Ben,5\r\n"),
        (&[("t.sort", "name"), ("t.q", "A")], "name,clicks\r\nada,1000\r\n"),
        (&[("t.sort", "nothing")], "name,clicks\r\n<b>Ben,5\r\nada,1000\r\n\"'=cmd\",70\r\n"),
    ] {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(table().csv(&Wanted { path: "/x", query: &query }), expected);
    }
}

#[test]
fn a_sum_is_exported_as_a_number_beside_its_currency() {
    let reader = Reader::new(Language::German, None);
    let money = |sums: &[(i64, &str)]| {
        let sums = sums.iter().map(|(amount, code)| Money { amount: *amount, currency: code.parse().unwrap() });
        Cell::money(&reader, &sums.collect::<Vec<_>>())
    };
    let columns = || vec![words("name", "Name"), sums("paid", "Bezahlt")];
    let rows = vec![
        vec![Cell::text("=1"), money(&[(-123_450, "EUR")])],
        vec![Cell::text("b"), money(&[(5, "EUR"), (700, "JPY")])],
        vec![Cell::text("c"), money(&[])],
    ];
    let wanted = Wanted { path: "/x", query: &[] };
    let csv = Table { columns: columns(), rows, ..table() }.csv(&wanted);
    let expected =
        "name,paid,paid_currency,paid_2,paid_2_currency\r\n\"'=1\",-1234.50,EUR,,\r\nb,0.05,EUR,700,JPY\r\nc,,,,\r\n";
    assert_eq!(csv, expected);
    let empty = Table { columns: columns(), rows: Vec::new(), ..table() };
    assert_eq!(empty.csv(&wanted), "name,paid,paid_currency\r\n");
}

#[test]
fn currencies_stand_in_one_order_in_all_rows_and_what_lacks_the_first_comes_last() {
    let reader = Reader::new(Language::English, None);
    let row = |name: &str, sums: &[(i64, &str)]| {
        let sums = sums.iter().map(|(amount, code)| Money { amount: *amount, currency: code.parse().unwrap() });
        vec![Cell::text(name), Cell::money(&reader, &sums.collect::<Vec<_>>())]
    };
    let rows = vec![
        row("a", &[(500, "JPY"), (100, "EUR")]),
        row("b", &[(200, "EUR")]),
        row("c", &[(900_000, "KWD"), (150, "EUR")]),
        row("d", &[(9, "JPY")]),
        row("e", &[]),
    ];
    let table = Table { columns: vec![words("name", "Name"), sums("paid", "Paid")], rows, ..table() };
    for (sort, expected) in [("-paid", "bcade"), ("paid", "acbde")] {
        let query = [("t.sort".to_owned(), sort.to_owned())];
        let wanted = Wanted { path: "/x", query: &query };
        let csv = table.csv(&wanted);
        let names: String = csv.lines().skip(1).filter_map(|line| line.chars().next()).collect();
        assert_eq!(names, expected, "{sort}");
        assert!(csv.contains("a,1.00,EUR,500,JPY,,\r\n") && csv.contains("d,,,9,JPY,,\r\n"), "{csv}");
        let html = table.html(&reader, &wanted).into_text();
        assert!(html.contains("1.00\u{a0}EUR\n500\u{a0}JPY"), "{html}");
    }
}

#[test]
fn currencies_stand_in_one_order_in_all_columns_and_a_missing_one_keeps_its_line() {
    let reader = Reader::new(Language::English, None);
    let money = |sums: &[(i64, &str)]| {
        let sums = sums.iter().map(|(amount, code)| Money { amount: *amount, currency: code.parse().unwrap() });
        Cell::money(&reader, &sums.collect::<Vec<_>>())
    };
    let [eur, usd] = ["EUR", "USD"].map(|code| move |amount| Money { amount, currency: code.parse().unwrap() });
    let columns = vec![sums("one", "One"), sums("two", "Two"), sums("three", "Three")];
    let rows = vec![
        vec![
            money(&[(100, "EUR"), (200, "GBP"), (300, "USD")]),
            money(&[(100, "EUR"), (300, "USD"), (200, "GBP")]),
            money(&[]),
        ],
        vec![money(&[(300, "USD"), (100, "EUR")]), money(&[(400, "USD")]), money(&[(5, "EUR")])],
        vec![money(&[(700, "USD")]), money(&[(700, "USD")]), money(&[(1, "USD")])],
    ];
    let gains = vec![money(&[(5, "EUR")]), money(&[(5, "EUR")]), Cell::gains(&reader, &[eur(-700), usd(300)])];
    let rows = rows.into_iter().chain([gains]).collect();
    let table = Table { columns, rows, ..table() };
    let html = table.html(&reader, &Wanted { path: "/x", query: &[] }).into_text();
    let cells = html.split("<td class=\"number\">").skip(1).map(|cell| cell.split('<').next().unwrap().replace('\u{a0}', " "));
    let expected = [
        ("3.00 USD\n1.00 EUR\n2.00 GBP", "3.00 USD\n1.00 EUR\n2.00 GBP", "–"),
        ("3.00 USD\n1.00 EUR", "4.00 USD\n–", "–\n0.05 EUR"),
        ("7.00 USD", "7.00 USD", "0.01 USD"),
        ("–\n0.05 EUR", "–\n0.05 EUR", "+3.00 USD\n-7.00 EUR"),
    ];
    assert_eq!(cells.collect::<Vec<_>>(), expected.map(|(one, two, three)| [one, two, three]).concat());
}

#[test]
fn a_heading_counts_rows_or_what_they_stand_for() {
    let reader = Reader::new(Language::English, None);
    let wanted = Wanted { path: "/x", query: &[] };
    assert!(table().html(&reader, &wanted).into_text().contains("T <span class=\"count\">3</span>"));
    let mut with_unknown = table();
    with_unknown.rows.push(vec![Cell::text("Unknown").of_nobody(), Cell::number(&reader, 9)]);
    for (counted, count) in [(with_unknown, 3), (table().beginning(41, true), 40), (table().beginning(41, false), 41)] {
        let html = counted.html(&reader, &wanted).into_text();
        assert!(html.contains(&format!("T <span class=\"count\">{count}</span>")), "{count}: {html}");
    }
    let columns = vec![words("name", "Name"), numbers("clicks", "Clicks").counted()];
    let html = Table { columns, ..table() }.html(&reader, &wanted).into_text();
    assert!(html.contains("T <span class=\"count\">1,075</span>"), "{html}");
}

#[test]
fn the_rows_of_a_page_are_known_by_their_places() {
    let table = Table { page_rows: 2, ..table() };
    for (query, expected) in [
        (&[][..], vec![0, 1]),
        (&[("t.page", "2")], vec![2]),
        (&[("t.page", "99")], vec![2]),
        (&[("t.sort", "-clicks")], vec![1, 2]),
        (&[("t.q", "cmd")], vec![2]),
    ] {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(table.shown(&Wanted { path: "/x", query: &query }), expected, "{query:?}");
    }
}

#[test]
fn several_that_stand_in_one_cell_are_each_led_to() {
    let links = ["<i>Ada", "Ben"].map(|name| (name.to_owned(), format!("/to?{}", name.len()))).to_vec();
    let table = Table { rows: vec![vec![Cell::links(links)], vec![Cell::links(Vec::new())]], ..table().without(&["clicks"]) };
    let wanted = Wanted { path: "/x", query: &[] };
    let html = table.html(&Reader::new(Language::English, None), &wanted).into_text();
    assert!(html.contains("<td><a href=\"/to?6\">&#60;i&#62;Ada</a>, <a href=\"/to?3\">Ben</a></td>"), "{html}");
    assert!(html.contains("<td></td>") && table.csv(&wanted) == "name\r\n\"<i>Ada, Ben\"\r\n\r\n", "{}", table.csv(&wanted));
}

#[test]
fn other_rows_begin_on_the_first_page_in_the_same_order() {
    let query = ["from", "a.page", "a.sort", "b.page", "csv"].map(|name| (name.to_owned(), "2".to_owned()));
    let wanted = Wanted { path: "/x", query: &query };
    assert_eq!(wanted.anew(&[("from", "3"), ("to", "4")]), "/x?a.sort=2&from=3&to=4");
    assert_eq!(wanted.with(&[("a.page", "")]), "/x?from=2&a.sort=2&b.page=2");
    assert_eq!(wanted.orders(), [("a.sort", "2")]);
}

#[test]
fn what_people_wrote_is_escaped_and_other_parameters_stay() {
    let query = [("from", "2026-01-01"), ("t.q", "\"><script>")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    let wanted = Wanted { path: "/x", query: &query };
    let html = table().html(&Reader::new(Language::English, None), &wanted).into_text();
    assert!(!html.contains("<script>") && html.contains("/x?from=2026-01-01"), "{html}");
    let all = Wanted { path: "/x", query: &[] };
    assert!(table().html(&Reader::new(Language::English, None), &all).into_text().contains("&#60;b&#62;Ben"));
}
