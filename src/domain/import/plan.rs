//! Which column of a file holds which field.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{DateOrder, DecimalMark, Field, Mapping, Survey, What, fields};
use crate::error::Problems;

/// Which columns of one file hold which fields.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The names of the columns, as in the file.
    headers: Vec<String>,
    /// The places of the columns of each field; of several the first that is not empty counts.
    places: BTreeMap<&'static str, Vec<usize>>,
    /// How the file is read.
    pub mapping: Mapping,
    /// The decimal mark of its amounts, where it is known.
    pub decimal: Option<DecimalMark>,
    /// Which comes first in its dates, where it is known.
    pub dates: Option<DateOrder>,
    /// The zone of times that name none.
    pub zone: TimeZone,
}

/// A column's name as it is compared: lower case, signs as blanks.
fn plain(name: &str) -> String {
    let parts = name.trim_start_matches('\u{feff}').split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ").to_lowercase()
}

impl Plan {
    /// Finds the columns of a file. What the mapping says wins over what a column's name tells.
    ///
    /// # Errors
    /// Columns that the file does not have, and fields that there are not.
    pub fn new(what: What, headers: &[&str], mapping: Mapping) -> Result<Plan, Problems> {
        let mut problems = Problems::default();
        let known = fields(what);
        let names = || known.iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
        let plain_headers: Vec<String> = headers.iter().map(|header| plain(header)).collect();
        let mut places: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        let mut told = Vec::new();
        for (column, field) in &mapping.columns {
            let place = plain_headers.iter().position(|header| *header == plain(column));
            let found = known.iter().find(|known| known.name == field);
            match (place, found) {
                (None, _) => problems.add(column, format!("is not a column of this file: {}", headers.join(", "))),
                (Some(_), None) if field != "-" => {
                    problems.add(column, format!("{field:?} is not a field of {what}: {}, or - for none", names()));
                }
                (Some(place), found) => {
                    told.push(place);
                    found.into_iter().for_each(|field| places.entry(field.name).or_default().push(place));
                }
            }
        }
        for field in mapping.set.keys().filter(|field| known.iter().all(|known| known.name != field.as_str())) {
            problems.add(field, format!("is not a field of {what}: {}", names()));
        }
        let told_fields: Vec<&str> = places.keys().copied().collect();
        for Field { name, columns } in known.iter().filter(|field| !told_fields.contains(&field.name)) {
            let places_of = columns.iter().filter_map(|column| plain_headers.iter().position(|header| header == column));
            let free: Vec<usize> = places_of.filter(|place| !told.contains(place)).collect();
            if !free.is_empty() {
                places.insert(name, free);
            }
        }
        let zone = mapping.zone.as_ref().map_or(Some(TimeZone::UTC), |name| {
            problems.keep("zone", TimeZone::get(name).map_err(|_| format!("{name:?} is not a time zone such as Europe/Berlin")))
        });
        let (decimal, dates) = (mapping.decimal, mapping.dates);
        let headers = headers.iter().map(|&header| header.to_owned()).collect();
        let zone = zone.unwrap_or(TimeZone::UTC);
        problems.finish().map(|()| Plan { headers, places, mapping, decimal, dates, zone })
    }

    /// Takes what the cells tell of how the file is written, where the mapping does not say it.
    pub fn learn(&mut self, survey: &Survey) {
        self.decimal = self.mapping.decimal.or(survey.decimal().map(|(mark, _)| mark));
        self.dates = self.mapping.dates.or(survey.dates().map(|(order, _)| order));
    }

    /// Columns that hold nothing that is imported.
    pub fn unused(&self) -> Vec<&str> {
        let used = |place: &usize| self.places.values().any(|places| places.contains(place));
        (0..self.headers.len()).filter(|place| !used(place)).map(|place| self.headers[place].as_str()).collect()
    }

    /// Fields that no column holds and no value is set for.
    pub fn lacks(&self, field: &str) -> bool {
        !self.places.contains_key(field) && !self.mapping.set.contains_key(field)
    }

    /// The column to blame for a field, or the field where there is none.
    pub fn column<'a>(&'a self, field: &'a str) -> &'a str {
        self.places.get(field).and_then(|places| places.first()).map_or(field, |&place| &self.headers[place])
    }
}

/// One row of a file.
pub struct Cells<'a> {
    /// Which column holds what.
    pub plan: &'a Plan,
    /// The cells, in the order of the columns.
    pub cells: Vec<&'a str>,
}

impl Cells<'_> {
    /// What the row's own columns hold for a field: the first that is not empty.
    pub fn own(&self, field: &str) -> Option<&str> {
        self.all(field).next()
    }

    /// What is in any of the row's columns for a field.
    pub fn all(&self, field: &str) -> impl Iterator<Item = &str> {
        let places = self.plan.places.get(field).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|&place| self.cells.get(place)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// The value of a field: the row's own, or else what is set for all rows.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.own(field).or_else(|| self.plan.mapping.set.get(field).map(String::as_str))
    }

    /// The same as text of its own.
    pub fn text(&self, field: &str) -> Option<String> {
        self.get(field).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(columns: &[(&str, &str)]) -> Mapping {
        let columns = columns.iter().map(|(column, field)| ((*column).to_owned(), (*field).to_owned())).collect();
        Mapping { columns, ..Mapping::default() }
    }

    #[test]
    fn columns_are_known_by_the_names_crms_give_them() {
        let headers = ["\u{feff}Deal - ID", "Deal - Title", "Deal - Won time", "Deal - Lost time", "Weather"];
        let plan = Plan::new(What::Deals, &headers, Mapping::default()).unwrap();
        let row = Cells { plan: &plan, cells: vec!["7", " Acme ", "", "2025-12-31", "fine"] };
        assert_eq!(
            (row.get("external_id"), row.get("name"), row.get("closed_at")),
            (Some("7"), Some("Acme"), Some("2025-12-31"))
        );
        assert_eq!((row.get("amount"), plan.unused()), (None, vec!["Weather"]));
        assert_eq!((plan.column("name"), plan.column("amount")), ("Deal - Title", "amount"));
    }

    #[test]
    fn what_is_told_wins() {
        let headers = ["Name", "Title", "Owner"];
        let told = mapping(&[("title", "name"), ("Owner", "-")]);
        let plan = Plan::new(What::Deals, &headers, told).unwrap();
        let row = Cells { plan: &plan, cells: vec!["a", "b", "c"] };
        assert_eq!((row.get("name"), row.get("owner"), plan.unused()), (Some("b"), None, vec!["Name", "Owner"]));
        let wrong = mapping(&[("Titel", "name"), ("Name", "nome")]);
        let fields = Plan::new(What::Deals, &headers, wrong).unwrap_err().into_fields();
        assert_eq!(fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["Name", "Titel"]);
    }
}
