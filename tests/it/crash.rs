//! Crashes: a server that is killed at random moments under load loses nothing it answered for, and counts nothing twice.
//!
//! `KUDOS_CRASH_ROUNDS` sets the kills, `KUDOS_CRASH_SEED` repeats the choices of a run (not its timing).

#[path = "crash/audit.rs"]
pub mod audit;
#[path = "crash/load.rs"]
pub mod load;
#[path = "crash/process.rs"]
pub mod process;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use audit::{Verdict, assert_drained, audit};
use load::{Dice, Ledger, Load, Wire};
use process::{Home, Kind, names_in};

/// Kills after which the server may rest, drain and be compared.
const ROUNDS_A_PHASE: u64 = 17;
/// Kills after which a disk that never syncs must have lost something.
const LIES_MAX: u64 = 20;
/// Kills before the server has ever been ready.
const STILLBORN: u64 = 3;
const CLIENTS: u64 = 4;

/// When a server is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// While it starts, or replays what the one before it left.
    Start,
    /// With the first requests.
    First,
    /// Under full load.
    Load,
    /// While it stops.
    Stop,
}

const MOMENTS: [Moment; 8] = {
    use Moment::{First, Load, Start, Stop};
    [Start, First, Load, Stop, Load, Start, Load, Stop]
};

pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().unwrap())
}

fn dice(test: &str) -> Dice {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = number("KUDOS_CRASH_SEED").unwrap_or(now % 1_000_000_007);
    println!("{test}: KUDOS_CRASH_SEED={seed}");
    Dice(seed)
}

/// A partner with three links; the slugs, and how long the start took.
pub fn furnish(home: &Home) -> (Vec<String>, Duration) {
    let begun = Instant::now();
    let process = home.start();
    let took = begun.elapsed();
    let mut wire = Wire::new(&home.address);
    let mut make = |path: &str, body: serde_json::Value| {
        let answer = wire.api("POST", path, "", &body.to_string()).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    };
    let partner = make("/partners", serde_json::json!({ "name": "Acme" }))["id"].clone();
    let mut link = |_| {
        let body = serde_json::json!({ "partner_id": partner, "destination": "https://shop.example/" });
        make("/links", body)["slug"].as_str().unwrap().to_owned()
    };
    let slugs = (0..3).map(&mut link).collect();
    process.stop();
    (slugs, took)
}

fn pause(dice: &mut Dice, at_most: Duration) {
    std::thread::sleep(Duration::from_micros(dice.below(at_most.as_micros() as u64)));
}

/// Kills the very first starts: half a schema, half a key, must be no obstacle to the next.
fn stillborn(home: &Home, dice: &mut Dice) {
    for _ in 0..STILLBORN {
        let process = home.spawn();
        pause(dice, Duration::from_millis(100));
        process.kill(false);
    }
}

/// One life of the server, cut short.
fn live_and_die(home: &Home, moment: Moment, start: Duration, dice: &mut Dice) {
    let mut process = home.spawn();
    match moment {
        Moment::Start => pause(dice, start + start / 4),
        Moment::First => {
            process.ready();
            pause(dice, Duration::from_millis(20));
        }
        Moment::Load => {
            process.ready();
            pause(dice, Duration::from_millis(1_500));
        }
        Moment::Stop => {
            process.ready();
            pause(dice, Duration::from_millis(500));
            process.terminate();
            pause(dice, Duration::from_millis(300));
            return process.kill(true);
        }
    }
    process.kill(false);
}

/// What many kills came to.
#[derive(Default)]
struct Outcome {
    ledger: Ledger,
    verdict: Verdict,
    /// Kills that left segments to the next life, and how many.
    left: (u64, usize),
}

/// Segments in the journal.
fn segments(home: &Home) -> usize {
    names_in(&home.dir.path().join("journal")).iter().filter(|name| name.ends_with(".seg")).count()
}

/// Kills the server `rounds` times, with a clean stop and a comparison every [`ROUNDS_A_PHASE`].
fn crash(kind: Kind, rounds: u64, dice: &mut Dice) -> Outcome {
    let home = Home::new(kind);
    stillborn(&home, dice);
    let (slugs, start) = furnish(&home);
    let (mut outcome, mut round) = (Outcome::default(), 0);
    while round < rounds {
        let load = Load::start(&home.address, &slugs, dice.below(u64::MAX), CLIENTS);
        let phase = (rounds - round).min(ROUNDS_A_PHASE);
        for _ in 0..phase {
            live_and_die(&home, MOMENTS[round as usize % MOMENTS.len()], start, dice);
            round += 1;
            let left = segments(&home);
            outcome.left = (outcome.left.0 + u64::from(left > 0), outcome.left.1 + left);
        }
        let process = home.start();
        outcome.ledger.merge(load.finish());
        process.stop();
        assert_drained(&home);
        outcome.verdict = audit(&home, &outcome.ledger);
        if outcome.verdict != Verdict::default() {
            break;
        }
    }
    outcome
}

fn loses_nothing(test: &str, kind: Kind, rounds: u64) {
    let rounds = number("KUDOS_CRASH_ROUNDS").unwrap_or(rounds);
    let Outcome { ledger, verdict, left: (kills, segments) } = crash(kind, rounds, &mut dice(test));
    let (answered, lost, double) = (ledger.answered(), verdict.lost.len(), verdict.double.len());
    println!("{test}: answered {answered}, lost {lost}, double {double}, rounds {rounds}");
    println!("{test}: {kills} kills left {segments} segments to replay");
    assert_eq!(verdict, Verdict::default());
    assert!(answered > rounds * 10, "too little was answered for the test to mean anything");
}

#[test]
fn kills_lose_nothing_and_double_nothing() {
    loses_nothing("kills", Kind::Binary, 51);
}

#[test]
fn kills_that_take_unsynced_writes_along_lose_nothing() {
    loses_nothing("kills and lost writes", Kind::Lossy, 16);
}

/// Proves that the tests above bite.
#[test]
fn without_syncing_a_kill_loses_answered_hits() {
    let mut dice = dice("lies");
    let home = Home::new(Kind::Lying);
    let (slugs, start) = furnish(&home);
    let mut ledger = Ledger::default();
    for round in 1..=LIES_MAX {
        let load = Load::start(&home.address, &slugs, dice.below(u64::MAX), CLIENTS);
        live_and_die(&home, Moment::Load, start, &mut dice);
        let process = home.start();
        ledger.merge(load.finish());
        process.stop();
        let lost = audit(&home, &ledger).lost.len();
        if lost > 0 {
            println!("lies: answered {}, lost {lost}, rounds {round}", ledger.answered());
            return;
        }
    }
    panic!("no sync did anything, and {LIES_MAX} kills lost nothing: this test does not bite");
}
