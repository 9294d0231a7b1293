//! Open-loop load: requests leave by the clock, whether or not earlier ones were answered, so waiting counts.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Connections that share the rate.
const CONNECTIONS: u32 = 256;

/// The 99th percentile from the moment a request was due to its answer, at `rate` requests a second.
pub fn p99(address: &str, path: &str, rate: f64, time: Duration) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\r\n\r\n");
    let every = Duration::from_secs_f64(f64::from(CONNECTIONS) / rate);
    let mut latencies = runtime.block_on(async {
        let begin = Instant::now() + Duration::from_millis(300);
        let client = |place: u32| {
            let first = begin + every * place / CONNECTIONS;
            tokio::spawn(client(address.to_owned(), request.clone(), first, every, time))
        };
        let clients: Vec<_> = (0..CONNECTIONS).map(client).collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.await.expect("a client"));
        }
        all
    });
    latencies.sort();
    latencies[latencies.len() * 99 / 100]
}

async fn client(address: String, request: String, first: Instant, every: Duration, time: Duration) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = [0; 2_048];
    let mut latencies = Vec::new();
    let mut due = first;
    while due < first + time {
        tokio::time::sleep_until(due.into()).await;
        // The timer has a resolution of a millisecond; what it oversleeps is not the server's.
        let due_or_awake = due.max(Instant::now().min(due + Duration::from_millis(2)));
        stream.write_all(request.as_bytes()).await.expect("a request");
        let length = stream.read(&mut answer).await.expect("an answer");
        assert!(answer[..length].starts_with(b"HTTP/1.1 302"), "{}", String::from_utf8_lossy(&answer[..length]));
        latencies.push(due_or_awake.elapsed());
        due += every;
    }
    latencies
}
