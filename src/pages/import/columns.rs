//! What the columns of rows are called: as the API calls the fields, or as the pages do, in any language.

use crate::domain::user::Language;
use crate::pages::import::Rows;
use crate::pages::texts::{Promotion, Texts, Words};

const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/// Letters and digits in lower case: what tells names of columns apart.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Each column of these rows, with what else it may be called in a language.
fn named(what: Rows, language: Language) -> Vec<(&'static str, Vec<String>)> {
    let (t, w) = (Texts::in_language(language), Promotion::in_language(language));
    let whose = |name: &str| vec![name.to_owned(), format!("{name} {}", t.name)];
    let also = |name: &str| vec![name.to_owned()];
    let mut columns = match what {
        Rows::Partners => vec![
            ("name", whose(t.partner)),
            ("email", vec![t.email.to_owned(), w.email_address.to_owned()]),
            ("external_id", also(t.external_id)),
            ("group", also(t.group)),
        ],
        Rows::Links => vec![
            ("destination", vec![t.destination.to_owned(), "url".to_owned()]),
            ("partner", whose(t.partner)),
            ("slug", also(t.slug)),
            ("campaign", whose(t.campaign)),
            ("fallback_url", also(t.fallback)),
        ],
        Rows::Codes => vec![("partner", whose(t.partner)), ("code", also(w.code)), ("campaign", whose(t.campaign))],
        Rows::Campaigns => vec![("name", whose(t.campaign))],
    };
    columns.first_mut().filter(|(name, _)| *name == "name").into_iter().for_each(|(_, names)| names.push(t.name.to_owned()));
    if matches!(what, Rows::Links | Rows::Campaigns) {
        columns.extend(UTM.map(|name| (name, Vec::new())));
    }
    columns
}

/// The column that a name stands for; none when it is none of these rows.
pub fn column(what: Rows, name: &str) -> Option<&'static str> {
    let wanted = bare(name);
    let fits = |(own, others): &(&str, Vec<String>)| bare(own) == wanted || others.iter().any(|other| bare(other) == wanted);
    Language::ALL.iter().find_map(|language| named(what, *language).into_iter().find(fits)).map(|(own, _)| own)
}

/// The columns without which there are no such rows.
pub fn needed(what: Rows) -> &'static [&'static str] {
    match what {
        Rows::Partners | Rows::Campaigns => &["name"],
        Rows::Links => &["destination", "partner"],
        Rows::Codes => &["partner"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_by_the_names_of_the_api_and_of_the_pages() {
        for (what, name, expected) in [
            (Rows::Partners, "E-Mail", Some("email")),
            (Rows::Partners, "e_mail", Some("email")),
            (Rows::Partners, "E-mail address", Some("email")),
            (Rows::Partners, "E-Mail-Adresse", Some("email")),
            (Rows::Partners, "Gruppe", Some("group")),
            (Rows::Partners, "Partner name", Some("name")),
            (Rows::Partners, "PARTNERNAME", Some("name")),
            (Rows::Partners, "Partner", Some("name")),
            (Rows::Partners, "External ID", Some("external_id")),
            (Rows::Partners, "Eigene Kennung", Some("external_id")),
            (Rows::Partners, "Colour", None),
            (Rows::Partners, "", None),
            (Rows::Partners, "destination", None),
            (Rows::Links, "URL", Some("destination")),
            (Rows::Links, "Ziel", Some("destination")),
            (Rows::Links, "Ending", Some("slug")),
            (Rows::Links, "Endung", Some("slug")),
            (Rows::Links, "Fallback-URL", Some("fallback_url")),
            (Rows::Links, "Ausweichziel", Some("fallback_url")),
            (Rows::Links, "UTM source", Some("utm_source")),
            (Rows::Codes, "Kampagne", Some("campaign")),
            (Rows::Codes, "Partner", Some("partner")),
            (Rows::Campaigns, "Campaign", Some("name")),
            (Rows::Campaigns, "utm-term", Some("utm_term")),
        ] {
            assert_eq!(column(what, name), expected, "{what} {name}");
        }
    }
}
