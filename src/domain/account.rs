//! Accounts: companies that buy, each perhaps a part of another, perhaps itself a partner.

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::ToSchema;

use crate::domain::id::{AccountId, PartnerId};
use crate::domain::time::Time;

/// What a company's legal form adds to its name; two spellings with and without it are one company.
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "as",
    "asa",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "kk",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "sas",
    "se",
    "spa",
    "srl",
];

/// A company that buys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its domain, as `acme.example`; unique.
    pub domain: Option<String>,
    /// The account it is a part of.
    pub parent_id: Option<AccountId>,
    /// The website's own id of the customer it is.
    pub customer_id: Option<String>,
    /// The partner it is: what that partner contributed to its own purchases, or to those of its parts, is a self-referral.
    pub partner_id: Option<PartnerId>,
    /// When it was made.
    pub created_at: Time,
}

/// A company's name as it is compared: lower case, letters and digits only, without its legal form. `"ACME, Inc."` and
/// `"Acme"` are both `"acme"`. A name that is nothing but a legal form stays.
pub fn name_key(name: &str) -> String {
    // A point inside an abbreviation joins (S.A. is SA), any other sign parts.
    let plain: String = name.replace(['.', '\''], "").to_lowercase();
    let mut words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL_FORMS.contains(word)) {
        words.pop();
    }
    words.join(" ")
}

/// A company's domain out of what people write: a host, a URL or an e-mail address. `"https://www.Acme.example/jobs"` and
/// `"sam@acme.example"` are both `"acme.example"`.
///
/// # Errors
/// A sentence when there is no domain in it.
pub fn read_domain(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not a domain such as acme.example");
    let bare = text.trim();
    let host = bare.rsplit_once('@').map_or(bare, |(_, host)| host);
    let url = if host.contains("://") { host.to_owned() } else { format!("http://{host}") };
    let url = Url::parse(&url).map_err(|_| wrong())?;
    let Some(Host::Domain(domain)) = url.host() else { return Err(wrong()) };
    let domain = domain.trim_end_matches('.');
    let domain = domain.strip_prefix("www.").unwrap_or(domain);
    if domain.len() > 253 || !domain.contains('.') || domain.contains(char::is_whitespace) {
        return Err(wrong());
    }
    Ok(domain.to_owned())
}

/// Whether two descriptions are of one company: the same domain, or where one of the two has none, the same name.
pub fn is_same(a: (&str, Option<&str>), b: (&str, Option<&str>)) -> bool {
    match (a.1, b.1) {
        (Some(a), Some(b)) => a == b,
        _ => a.0 == b.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_company_are_one() {
        for (name, expected) in [
            ("Acme", "acme"),
            ("ACME, Inc.", "acme"),
            ("  acme   inc ", "acme"),
            ("Acme Co., Ltd.", "acme"),
            ("Acme S.A.", "acme"),
            ("O'Neil & Sons GmbH", "oneil sons"),
            ("Müller AG", "müller"),
            ("AG", "ag"),
            ("Acme Labs", "acme labs"),
        ] {
            assert_eq!(name_key(name), expected, "{name}");
        }
    }

    #[test]
    fn a_domain_is_read_out_of_what_people_write() {
        for (text, expected) in [
            ("acme.example", Some("acme.example")),
            ("https://www.Acme.example:8443/jobs?x=1", Some("acme.example")),
            ("sam@acme.example", Some("acme.example")),
            ("www.acme.example.", Some("acme.example")),
            ("münchen.example", Some("xn--mnchen-3ya.example")),
            ("acme", None),
            ("10.0.0.1", None),
            ("", None),
            ("not a domain.example", None),
        ] {
            assert_eq!(read_domain(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_domain_decides_where_both_have_one() {
        assert!(is_same(("acme", Some("acme.example")), ("acme labs", Some("acme.example"))));
        assert!(!is_same(("acme", Some("acme.example")), ("acme", Some("acme.test"))));
        assert!(is_same(("acme", Some("acme.example")), ("acme", None)));
        assert!(!is_same(("acme", None), ("apex", None)));
    }
}
