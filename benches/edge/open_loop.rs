//! Open-loop load: requests leave by the clock, whether or not earlier ones were answered, so waiting counts.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};

/// Connections that share the rate, in turn.
const CONNECTIONS: usize = 256;
/// How long before the first request is due.
const LEAD: Duration = Duration::from_millis(200);

/// The 99th percentile from the moment a request was due to its answer, at `rate` requests a second.
pub fn p99(address: &str, path: &str, rate: f64, time: Duration) -> Duration {
    // Waits end when they should, not up to 50 us later.
    rustix::thread::set_current_timer_slack(NonZeroU64::new(1)).expect("a timer slack");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\r\n\r\n");
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("epoll");
    let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::connect(address)).collect();
    for (place, client) in clients.iter().enumerate() {
        let data = epoll::EventData::new_u64(place as u64);
        epoll::add(&poll, &client.stream, data, epoll::EventFlags::IN).expect("epoll");
    }
    let (begin, every) = (Instant::now() + LEAD, Duration::from_secs_f64(1.0 / rate));
    let total = (time.as_secs_f64() * rate) as u32;
    let (mut sent, mut latencies) = (0, Vec::with_capacity(total as usize));
    let mut events = Vec::with_capacity(CONNECTIONS);
    while latencies.len() < total as usize {
        let due = begin + every * sent;
        let wait = if sent < total { due.saturating_duration_since(Instant::now()) } else { Duration::from_secs(10) };
        if sent < total && wait.is_zero() {
            clients[sent as usize % CONNECTIONS].send(&request, due);
            sent += 1;
            // A look at the answers between two requests that are late, too: they are not to wait for each other.
            if !sent.is_multiple_of(8) {
                continue;
            }
        }
        events.clear();
        let wait = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) };
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), Some(&wait)).expect("epoll");
        events.iter().for_each(|event| clients[event.data.u64() as usize].receive(&mut latencies));
    }
    latencies.sort();
    latencies[latencies.len() * 99 / 100]
}

struct Client {
    stream: TcpStream,
    /// When the requests that are not answered yet were due.
    open: VecDeque<Instant>,
}

impl Client {
    fn connect(address: &str) -> Client {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream.set_nonblocking(true).expect("a socket");
        Client { stream, open: VecDeque::new() }
    }

    fn send(&mut self, request: &str, due: Instant) {
        // A few requests a connection always find room in its buffer.
        self.stream.write_all(request.as_bytes()).expect("a request");
        self.open.push_back(due);
    }

    /// Reads what is there: answers, each of which comes whole.
    fn receive(&mut self, latencies: &mut Vec<Duration>) {
        let mut bytes = [0; 16 << 10];
        let length = self.stream.read(&mut bytes).expect("an answer");
        let text = std::str::from_utf8(&bytes[..length]).expect("an answer in ASCII");
        assert!(text.starts_with("HTTP/1.1 302"), "{text}");
        for _ in text.matches("HTTP/1.1 302") {
            latencies.push(self.open.pop_front().expect("a request").elapsed());
        }
    }
}
