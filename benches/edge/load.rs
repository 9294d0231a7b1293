//! Closed-loop load by `wrk`, and what it costs the server's processes.

use std::process::{Command, Stdio};
use std::time::Duration;

pub struct Run {
    pub per_second: f64,
    /// User and system time of the server, per request.
    pub cpu_micros: f64,
}

pub fn is_installed() -> bool {
    ["wrk", "nginx"]
        .iter()
        .all(|name| Command::new(name).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok())
}

/// Follows `url` for `seconds`, as fast as it is answered.
pub fn wrk(url: &str, connections: usize, seconds: u64, pids: &[u32]) -> Run {
    let before = cpu(pids);
    let agent = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let args = ["-t2", &format!("-c{connections}"), &format!("-d{seconds}s"), "-H", agent, url];
    let output = Command::new("wrk").args(args).output().expect("wrk runs");
    let spent = cpu(pids) - before;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = |before: &str, after: &str| -> f64 {
        let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before:?} in {text}"));
        rest.split(after).next().and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("{text}"))
    };
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let requests = text.lines().find(|line| line.contains("requests in")).and_then(|line| line.trim().split(' ').next());
    let requests: f64 = requests.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"));
    Run { per_second: number("Requests/sec:", "\n"), cpu_micros: spent.as_secs_f64() * 1e6 / requests }
}

pub fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    runs.swap_remove(runs.len() / 2)
}

/// User and system time of processes so far; the kernel counts in hundredths of a second.
fn cpu(pids: &[u32]) -> Duration {
    let ticks = |pid: &u32| -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields.get(11..13).map_or(0, |times| times.iter().filter_map(|time| time.parse::<u64>().ok()).sum())
    };
    Duration::from_millis(pids.iter().map(ticks).sum::<u64>() * 10)
}
