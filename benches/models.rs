//! `kudos models` beside the ChannelAttribution package of PyPI, on the same files of 10 k, 100 k and 1 M journeys.
//!
//! `KUDOS_PYTHON=/tmp/venv/bin/python cargo bench --bench models`, where that Python has the package (`pip install
//! ChannelAttribution pandas matplotlib`); without it, Kudos is measured alone. Each side is a whole process that reads the
//! file. Of the other side the seconds are told without the start of Python and its imports; the memory is that of the process.
//! Its Markov model is a simulation, so its credits come near; how near is printed. It is called with `max_step`, as by default it
//! ends a simulated journey at the length of the longest of the file: a bias that more of them do not take away. Longer walks cost
//! it time: how much of the ratio that is tells `KUDOS_MAX_STEP=default`, which leaves `max_step` to the package.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const VARIABLE: &str = "KUDOS_PYTHON";
const CHANNELS: [&str; 12] =
    ["search", "social", "email", "affiliate", "display", "video", "direct", "referral", "webinar", "retarget", "blog", "fair"];
const SCRIPT: &str = r#"
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas, ChannelAttribution as ca
start = time.perf_counter()
data = pandas.read_csv(sys.argv[1])
read = time.perf_counter() - start
if sys.argv[2] == "markov":
    rows = ca.markov_model(data, "path", "conversions", var_value="value", var_null="null", order=int(sys.argv[3]), max_step=10000, verbose=False, flg_pro=False)
else:
    rows = ca.heuristic_models(data, "path", "conversions", var_value="value", flg_pro=False)
seconds = time.perf_counter() - start
column = "total_conversions" if sys.argv[2] == "markov" else "linear_touch_conversions"
if column not in rows: column = [c for c in rows.columns if c.startswith("linear") and "conv" in c][0]
print("\n" + json.dumps({"seconds": seconds, "read": read, "credits": dict(zip(rows["channel_name"] if "channel_name" in rows else rows["channel"], rows[column]))}))
"#;

/// What a run took, and gave.
struct Run {
    seconds: f64,
    peak_mb: f64,
    credits: BTreeMap<String, f64>,
}

fn main() {
    // `cargo test` runs benches too.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let python = std::env::var(VARIABLE).ok();
    if python.is_none() {
        println!(
            "{VARIABLE} is not set: Kudos alone (pip install ChannelAttribution pandas matplotlib in a venv, and name its python)"
        );
    }
    let dir = tempfile::tempdir().unwrap();
    println!(
        "{:>9}  {:10}  {:>9}  {:>9}  {:>9}  {:>9}  {:>7}  {:>7}  credits differ by at most",
        "journeys", "model", "kudos s", "other s", "kudos MB", "other MB", "time", "memory"
    );
    for journeys in [10_000, 100_000, 1_000_000] {
        let file = dir.path().join("paths.csv");
        std::fs::write(&file, paths(journeys)).unwrap();
        for (model, order) in [("linear", "1"), ("markov", "1"), ("markov", "2"), ("markov", "3")] {
            let ours = quickest(|| kudos(&file, model, order));
            let label = if model == "markov" { format!("markov {order}") } else { model.to_owned() };
            let Some(python) = &python else {
                println!("{journeys:>9}  {label:10}  {:>9.3}  {:>9}  {:>9.1}", ours.seconds, "", ours.peak_mb);
                continue;
            };
            let theirs = quickest(|| other(python, &file, model, order));
            let all: f64 = ours.credits.values().sum();
            let off = ours.credits.iter().map(|(key, credit)| (credit - theirs.credits.get(key).unwrap_or(&0.0)).abs());
            println!(
                "{journeys:>9}  {label:10}  {:>9.3}  {:>9.3}  {:>9.1}  {:>9.1}  {:>6.1}x  {:>6.1}x  {:.4} % of all conversions",
                ours.seconds,
                theirs.seconds,
                ours.peak_mb,
                theirs.peak_mb,
                theirs.seconds / ours.seconds,
                theirs.peak_mb / ours.peak_mb,
                off.fold(0.0, f64::max) / all * 100.0
            );
        }
    }
}

/// The quickest of three: others may be at work on the machine.
fn quickest(run: impl FnMut() -> Run) -> Run {
    std::iter::repeat_with(run).take(3).min_by(|a, b| a.seconds.total_cmp(&b.seconds)).unwrap()
}

/// So many journeys of 1 to 12 touchpoints, one a row; one in six converts, more of those that met certain channels.
fn paths(journeys: usize) -> String {
    let mut state = 0x5eed_u64;
    let mut below = move |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let mut text = String::from("path,conversions,value,null\n");
    for _ in 0..journeys {
        let (mut at, mut chance) = (below(12), 4);
        text += CHANNELS[at as usize];
        for _ in 1..12 {
            if below(3) == 0 {
                break;
            }
            at = (at + below(5)) % 12;
            chance += u64::from(at < 4) * 3;
            write!(text, " > {}", CHANNELS[at as usize]).unwrap();
        }
        let converted = u64::from(below(40) < chance);
        writeln!(text, ",{converted},{},{}", converted * (10 + below(90)), 1 - converted).unwrap();
    }
    text
}

fn kudos(file: &Path, model: &str, order: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kudos"));
    command.args(["models", "--model", model, "--format", "json"]).arg(file);
    if model == "markov" {
        command.args(["--order", order]);
    }
    let begun = Instant::now();
    let (printed, peak_mb) = watch(command.stdout(Stdio::piped()).spawn().unwrap());
    let seconds = begun.elapsed().as_secs_f64();
    let result: Value = serde_json::from_str(&printed).unwrap();
    let rows = result[0]["rows"].as_array().unwrap().iter();
    let credits = rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row["conversions"].as_f64().unwrap())).collect();
    Run { seconds, peak_mb, credits }
}

fn other(python: &str, file: &Path, model: &str, order: &str) -> Run {
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).arg(file).args([model, order]);
    let (printed, peak_mb) = watch(command.stdout(Stdio::piped()).spawn().unwrap());
    let result: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let credits = result["credits"].as_object().unwrap().iter().map(|(key, credit)| (key.clone(), credit.as_f64().unwrap()));
    Run { seconds: result["seconds"].as_f64().unwrap(), peak_mb, credits: credits.collect() }
}

/// What a process prints, and the most memory it had, in MB.
fn watch(mut child: Child) -> (String, f64) {
    let status = format!("/proc/{}/status", child.id());
    let mut output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || std::io::read_to_string(&mut output).unwrap());
    let mut peak_kb = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak_kb = peak_kb.max(kb.unwrap_or(0.0));
        std::thread::sleep(Duration::from_millis(1));
    }
    (reader.join().unwrap(), peak_kb / 1024.0)
}
