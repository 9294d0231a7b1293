//! `kudos models`: attribution of a file, without a server (ATTRIBUTION.md, 3).
//!
//! The file is read once, row by row and by several threads, into the sums of each model, so that memory grows with the different
//! touchpoints and not with the rows. What cannot be read names its line, its column and the mend, and ends the command.

mod blocks;
mod encoding;
mod journeys;
mod paths;
mod show;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use crate::cli::{Outcome, tell};
use crate::domain::attribution::{Keys, Path as Route, Tally};
use crate::domain::policy::{Model, Rules};
use crate::domain::touchpoint::CLICK;

/// What is read at once.
const BUFFER: usize = 1 << 20;

/// The largest number of a row: far beyond any sum of money, and so small that a file of them still adds up.
const NUMBER_MAX: f64 = 1e18;

/// What may go wrong with a file: a sentence.
type Found<T> = Result<T, String>;

/// The arguments.
pub fn command() -> Command {
    let number = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(f64)).help(help)
    };
    let switch = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let names = || Model::ALL.iter().map(|model| model.as_str());
    let pick = |name: &'static str, of: [&'static str; 3], default: &'static str| {
        Arg::new(name).long(name).value_parser(PossibleValuesParser::new(of)).default_value(default)
    };
    Command::new("models")
        .about("Attribute the journeys of a file under one model or several; no server is needed")
        .arg(Arg::new("file").value_name("FILE").required(true).help("Paths as CSV or journeys as JSON lines; - is stdin"))
        .arg(
            Arg::new("model")
                .long("model")
                .value_name("NAME[,NAME...]")
                .required(true)
                .value_delimiter(',')
                .value_parser(PossibleValuesParser::new(names()))
                .help("How credit is shared"),
        )
        .arg(pick("format", ["table", "json", "csv"], "table").help("How the result is printed"))
        .arg(pick("input", ["auto", "paths", "journeys"], "auto").help("What FILE holds; auto looks at its first character"))
        .arg(number("order", "1..3", "markov: how many touchpoints back the next one depends on").value_parser(value_parser!(u32)))
        .arg(switch("ordered", "shapley: tell what a touchpoint is worth at each position"))
        .arg(number("half-life-days", "DAYS", "time_decay: the half-life [default: 7]"))
        .arg(switch("steps", "time_decay: halve once a whole half-life instead of continuously"))
        .arg(number("first", "SHARE", "position: the share of the first touchpoint [default: 0.4]"))
        .arg(number("last", "SHARE", "position: the share of the last touchpoint [default: 0.4]"))
        .arg(Arg::new("weights").long("weights").value_name("KIND=WEIGHT,...").value_delimiter(',').help("custom: the weights"))
        .arg(number("lookback-days", "DAYS", "journeys: leave out touchpoints longer before the conversion [default: none]"))
        .after_help(
            "Paths: CSV with a header: path,conversions,value,null. A path reads a > b > c; conversions and value are the totals of \
             the row, null is how many times the path did not convert. Missing columns: conversions 1, value 0, null 0. The names \
             total_conversions, total_conversion_value and total_null are understood too.\n\n\
             Journeys: one JSON object a line, with times: {\"touches\":[{\"key\":\"a\",\"at\":\"2026-01-05T00:00:00Z\",\"kind\":\"click\",\
             \"milestone\":\"lead\"}],\"converted_at\":\"2026-02-01T00:00:00Z\",\"value\":100.0}. kind and milestone (lead, opportunity) may be \
             left out; converted_at is null when it did not convert. time_decay, custom, w_shaped and full_path need journeys.",
        )
}

/// Reads the file, and prints what each key has under each model.
pub fn run(matches: &ArgMatches) -> Outcome {
    let rules = match all_rules(matches) {
        Ok(rules) => rules,
        Err(mistakes) => {
            mistakes.iter().all(|mistake| tell(format_args!("kudos: {mistake}")));
            return Ok(ExitCode::from(2));
        }
    };
    let file = matches.get_one::<String>("file").map_or("-", String::as_str);
    let name = if file == "-" { "stdin" } else { file };
    let mut reader = open(file).map_err(|why| format!("{name} cannot be read: {why}"))?;
    let mut work = Work::new(&rules);
    encoding::check(&mut reader).map_err(|why| format!("{name}: {why}"))?;
    let read = match input(matches, &mut reader).map_err(|why| format!("{name} cannot be read: {why}"))? {
        Input::Paths if matches.contains_id("lookback-days") => {
            Err("--lookback-days needs journeys, one JSON object a line: paths have no times".into())
        }
        Input::Paths => paths::read(reader, &mut work),
        Input::Journeys => journeys::read(reader, &mut work, matches.get_one::<f64>("lookback-days").copied()),
    };
    read.map_err(|why| format!("{name}: {why}"))?;
    work.tell_of_losses();
    let results: Vec<_> = work.tallies.iter().zip(&rules).map(|(tally, rules)| (rules.model, tally.rows(&work.keys))).collect();
    let format = matches.get_one::<String>("format").map_or("table", String::as_str);
    match show::write(format, &results) {
        // Nobody reads on, as with `| head`: that is no mistake.
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        written => written.map(|()| ExitCode::SUCCESS).map_err(Into::into),
    }
}

/// The options that one model knows.
const OPTIONS: [(&str, Model); 7] = [
    ("order", Model::Markov),
    ("ordered", Model::Shapley),
    ("half-life-days", Model::TimeDecay),
    ("steps", Model::TimeDecay),
    ("first", Model::Position),
    ("last", Model::Position),
    ("weights", Model::Custom),
];

/// The rules of each model that is asked for.
fn all_rules(matches: &ArgMatches) -> Result<Vec<Rules>, Vec<String>> {
    let number = |name: &str, default: f64| matches.get_one::<f64>(name).copied().unwrap_or(default);
    let plain = Rules::default();
    let mut mistakes = Vec::new();
    let mut weights = BTreeMap::new();
    for given in matches.get_many::<String>("weights").into_iter().flatten() {
        match given.split_once('=').and_then(|(kind, weight)| Some((kind.trim(), weight.trim().parse::<f64>().ok()?))) {
            Some((kind, weight)) => drop(weights.insert(kind.to_owned(), weight)),
            None => mistakes.push(format!("--weights: {given:?} is not KIND=WEIGHT such as {CLICK}=1")),
        }
    }
    let rules = Rules {
        half_life_days: number("half-life-days", plain.half_life_days),
        steps: matches.get_flag("steps"),
        first: number("first", plain.first),
        last: number("last", plain.last),
        order: matches.get_one("order").copied().unwrap_or(plain.order),
        ordered: matches.get_flag("ordered"),
        weights,
        ..plain
    };
    if let Err(problems) = rules.check() {
        let flag = |field: &str| field.split('.').next().unwrap_or_default().replace('_', "-");
        mistakes.extend(problems.into_fields().into_iter().map(|one| format!("--{}: {}", flag(&one.field), one.message)));
    }
    if number("lookback-days", 1.0).is_nan() || number("lookback-days", 1.0) < 0.0 {
        mistakes.push("--lookback-days: must be 0 or more".into());
    }
    let mut models: Vec<Model> = Vec::new();
    let given = |option: &str| matches.value_source(option) == Some(ValueSource::CommandLine);
    for name in matches.get_many::<String>("model").into_iter().flatten() {
        let model = name.parse().unwrap_or(Model::Linear); // the parser knows every name
        if models.contains(&model) {
            mistakes.push(format!("--model: {model} is named twice"));
        }
        models.push(model);
    }
    for (option, model) in OPTIONS {
        if given(option) && !models.contains(&model) {
            mistakes.push(format!("--{option}: only {model} knows it, which --model does not name"));
        }
    }
    if models.contains(&Model::Custom) && !rules.weights.values().any(|weight| *weight > 0.0) {
        mistakes.push(format!("--weights: custom needs at least one kind with a weight above 0, such as {CLICK}=1,demo=2"));
    }
    let of = |model| match model {
        Model::Custom => Rules { model, ..rules.clone() },
        _ => Rules { model, weights: BTreeMap::new(), ..rules.clone() },
    };
    if mistakes.is_empty() { Ok(models.into_iter().map(of).collect()) } else { Err(mistakes) }
}

/// What the rows go into.
struct Work<'r> {
    rules: &'r [Rules],
    keys: Keys,
    tallies: Vec<Tally>,
    conversions: f64,
    value: f64,
    /// Conversions without a touchpoint that counts.
    lost: f64,
    /// Conversions whose touchpoints have kinds without weight only, under `custom`.
    unweighted: f64,
}

impl<'r> Work<'r> {
    fn new(rules: &'r [Rules]) -> Self {
        let tallies = rules.iter().map(Tally::new).collect();
        Work { rules, keys: Keys::default(), tallies, conversions: 0.0, value: 0.0, lost: 0.0, unweighted: 0.0 }
    }

    fn add(&mut self, route: &Route) -> Found<()> {
        self.conversions += route.conversions;
        self.value += route.value;
        if route.keys.is_empty() {
            self.lost += route.conversions;
        } else if let Some(custom) = self.rules.iter().find(|rules| rules.model == Model::Custom)
            && route.points.iter().all(|point| custom.kind_weight(point.kind) == 0)
        {
            self.unweighted += route.conversions;
        }
        self.tallies.iter_mut().try_for_each(|tally| tally.add(route))
    }

    /// Adds what another thread read.
    fn merge(&mut self, other: Work) -> Found<()> {
        self.conversions += other.conversions;
        self.value += other.value;
        self.lost += other.lost;
        self.unweighted += other.unweighted;
        let numbers = (0..other.keys.len() as u32).map(|number| self.keys.number(other.keys.name(number)));
        let numbers = numbers.collect::<Found<Vec<u32>>>()?;
        self.tallies.iter_mut().zip(other.tallies).try_for_each(|(tally, other)| tally.merge(other, &numbers))
    }

    /// Says what is shared with nobody.
    fn tell_of_losses(&self) {
        let all = self.conversions;
        if self.lost > 0.0 {
            tell(format_args!(
                "kudos: {} of {all} conversions have no touchpoint that counts and are shared with nobody",
                self.lost
            ));
        }
        if self.unweighted > 0.0 {
            tell(format_args!(
                "kudos: {} of {all} conversions have only touchpoints of kinds without --weights and are shared with nobody by custom",
                self.unweighted
            ));
        }
        if all == 0.0 && self.value != 0.0 && self.wants(|model| model == Model::Markov).is_some() {
            tell(format_args!(
                "kudos: no row has a conversion, so markov has nothing to learn from and shares the value with nobody"
            ));
        }
    }

    /// The first of the models that are asked for and fit.
    fn wants(&self, fits: impl Fn(Model) -> bool) -> Option<Model> {
        self.rules.iter().map(|rules| rules.model).find(|model| fits(*model))
    }
}

#[derive(Clone, Copy)]
enum Input {
    Paths,
    Journeys,
}

fn input(matches: &ArgMatches, reader: &mut impl BufRead) -> io::Result<Input> {
    Ok(match matches.get_one::<String>("input").map_or("auto", String::as_str) {
        "paths" => Input::Paths,
        "journeys" => Input::Journeys,
        _ => match reader.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => Input::Journeys,
            _ => Input::Paths,
        },
    })
}

/// The file or stdin. Where stderr is a terminal, it shows how far it is read.
fn open(file: &str) -> io::Result<BufReader<Box<dyn Read + Send>>> {
    let (source, bar): (Box<dyn Read + Send>, ProgressBar) = if file == "-" {
        (Box::new(io::stdin()), ProgressBar::no_length())
    } else {
        let opened = File::open(Path::new(file))?;
        let about = opened.metadata()?;
        if about.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"));
        }
        (Box::new(opened), ProgressBar::new(about.len()))
    };
    let template =
        if file == "-" { "{spinner} {bytes}, {bytes_per_sec}" } else { "{bar:40} {bytes} of {total_bytes}, {eta} to go" };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = bar.with_style(style).with_finish(ProgressFinish::AndClear);
    Ok(BufReader::with_capacity(BUFFER, Box::new(bar.wrap_read(source))))
}
