//! The arguments of `kudos import`.

use std::collections::BTreeMap;
use std::fs;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::domain::import::{DateOrder, DecimalMark, Mapping, What, fields};

/// `kudos import deals|touchpoints|conversions FILE` and `kudos import mappings`.
pub fn command(with_settings: impl Fn(Command) -> Command) -> Command {
    let remove =
        Arg::new("remove").long("remove").value_name("NAME").help("Remove the mapping of this name instead of listing them");
    let mappings = Command::new("mappings").about("List the saved mappings, or remove one").arg(remove);
    let import = Command::new("import")
        .about("Read deals, offline touchpoints or conversions from a CSV file; a server may go on")
        .subcommand_required(true)
        .arg_required_else_help(true);
    What::ALL
        .iter()
        .fold(import, |import, what| import.subcommand(with_settings(file(*what))))
        .subcommand(with_settings(mappings))
}

fn file(what: What) -> Command {
    let names: Vec<&str> = fields(what).iter().map(|field| field.name).collect();
    let pairs = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).action(ArgAction::Append).help(help)
    };
    let one =
        |name: &'static str, value: &'static str, help: &'static str| Arg::new(name).long(name).value_name(value).help(help);
    Command::new(what.as_str())
        .about(format!("Read {what} from a CSV file"))
        .arg(Arg::new("file").value_name("FILE").required(true).help("A CSV file with a header; , ; or tab between"))
        .arg(pairs("map", "COLUMN=FIELD", "Which field a column holds, - for none; as often as needed"))
        .arg(pairs("set", "FIELD=VALUE", "What a field is where the file has no value for it, as currency=USD"))
        .arg(pairs("stage", "THEIRS=OURS", "What a stage of the file is called here"))
        .arg(
            one("dates", "ORDER", "How 03/04/2026 is read: mdy or dmy [default: as other dates of the file show]")
                .value_parser(PossibleValuesParser::new(DateOrder::ALL.iter().map(|order| order.as_str()))),
        )
        .arg(
            one("decimal", "SIGN", "The decimal mark, for amounts such as 1.234 [default: as other amounts of the file show]")
                .value_parser(PossibleValuesParser::new(DecimalMark::ALL.iter().map(|mark| mark.as_str()))),
        )
        .arg(one("zone", "ZONE", "The time zone of times that name none, as Europe/Berlin [default: UTC]"))
        .arg(one("encoding", "NAME", "What the file is written in, as windows-1252 [default: UTF-8, or UTF-16 where it begins so]"))
        .arg(one("map-file", "FILE", "TOML file with the same: [columns] COLUMN = \"FIELD\", [set], [stages], dates = \"dmy\", ..")
        )
        .arg(one("mapping", "NAME", "The mapping saved under this name; with any of the above, they are added to it and saved"))
        .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Tell what would be done, and do nothing"))
        .after_help(format!(
            "Fields: {}. Columns are found by the names that Salesforce, HubSpot and Pipedrive give them; --map says the rest. \
             Rows that do not fit are left out and written to FILE.errors.csv, with the row's number, the column and the reason; \
             the exit code is then 1. That file may be mended and imported itself. An amount or a date that can be read in two \
             ways is never guessed. {}",
            names.join(", "),
            again(what)
        ))
}

/// What becomes of rows that are read again.
fn again(what: What) -> &'static str {
    match what {
        What::Deals => {
            "The same file may be read again: what is known stays, what changed is changed, and an empty cell leaves what is \
             there. Several rows of one deal are its history when each has a moved_at: the moment at which it came to its stage."
        }
        What::Touchpoints => {
            "The same file may be read again: what is known stays. With an external_id what changed is changed, except for \
             when it happened, and an empty cell leaves what is there; credit that depends on it is due again. Without one a \
             row is known by all of its content, so that a changed row is another touchpoint."
        }
        What::Conversions => {
            "The same file may be read again: what is known stays. A conversion is never changed: an order with another amount \
             or time is kept as another report of it, which reports/discrepancies shows; any other change is told as an error."
        }
    }
}

/// What the flags say of how the file is read.
///
/// # Errors
/// A sentence when one of them does not fit.
pub(super) fn mapping(matches: &ArgMatches) -> Result<Mapping, String> {
    let told = Mapping {
        columns: pairs(matches, "map")?,
        set: pairs(matches, "set")?,
        stages: pairs(matches, "stage")?,
        dates: matches.get_one::<String>("dates").and_then(|order| order.parse().ok()),
        decimal: matches.get_one::<String>("decimal").and_then(|mark| mark.parse().ok()),
        zone: matches.get_one::<String>("zone").cloned(),
        encoding: matches.get_one::<String>("encoding").cloned(),
    };
    let Some(path) = matches.get_one::<String>("map-file") else { return Ok(told) };
    let text = fs::read_to_string(path).map_err(|why| format!("--map-file: {path} cannot be read: {why}"))?;
    let file: Mapping = toml::from_str(&text).map_err(|why| format!("--map-file: {path}: {why}"))?;
    Ok(file.with(told))
}

fn pairs(matches: &ArgMatches, name: &str) -> Result<BTreeMap<String, String>, String> {
    let pair = |text: &String| {
        // The last sign: names of columns may hold one.
        let (left, right) = text.rsplit_once('=').ok_or_else(|| format!("--{name}: {text:?} has no = in it"))?;
        Ok((left.trim().to_owned(), right.trim().to_owned()))
    };
    matches.get_many::<String>(name).into_iter().flatten().map(pair).collect()
}
