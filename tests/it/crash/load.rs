//! Clients that send everything a server records, and remember what was answered.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::super::server::{ADMIN, BROWSER};
use super::process::Address;

/// A request that takes longer counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes that a click may carry beside its needs, so that segments are full soon.
const PADDING_MAX: u64 = 4_000;

/// Numbers that depend on the seed alone (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

/// What was sent, and what was answered as recorded.
#[derive(Default)]
pub struct Ledger {
    pub clicks_sent: u64,
    /// Click ids out of `Location`.
    pub clicks: BTreeSet<String>,
    pub views_sent: u64,
    pub views: u64,
    /// Attempts to report an order.
    pub reports_sent: u64,
    pub orders_sent: BTreeSet<String>,
    /// Orders of pixels with 200, of postbacks and API conversions with 202.
    pub orders: BTreeSet<String>,
    /// The ids in those 202.
    pub receipts: BTreeSet<String>,
    /// Answers that nobody should get.
    pub odd: Vec<String>,
    /// How long each click took.
    pub took: Vec<Duration>,
}

impl Ledger {
    pub fn merge(&mut self, other: Ledger) {
        self.clicks_sent += other.clicks_sent;
        self.clicks.extend(other.clicks);
        self.views_sent += other.views_sent;
        self.views += other.views;
        self.reports_sent += other.reports_sent;
        self.orders_sent.extend(other.orders_sent);
        self.orders.extend(other.orders);
        self.receipts.extend(other.receipts);
        self.odd.extend(other.odd);
        self.took.extend(other.took);
    }

    /// How many promises were made; a 202 makes two, for its order and for its id.
    pub fn answered(&self) -> u64 {
        (self.clicks.len() + self.orders.len() + self.receipts.len()) as u64 + self.views
    }
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }
}

/// A keep-alive connection that is made again when it breaks or the server has moved.
pub struct Wire {
    address: Address,
    open: Option<(SocketAddr, BufReader<TcpStream>)>,
}

impl Wire {
    pub fn new(address: &Address) -> Wire {
        Wire { address: address.clone(), open: None }
    }

    /// Sends one request; an error means that no whole answer came.
    pub fn send(&mut self, method: &str, target: &str, headers: &str, body: &str) -> io::Result<Answer> {
        let now = self.address.lock().unwrap().ok_or(io::ErrorKind::NotConnected)?;
        let (_, mut stream) = match self.open.take().filter(|(address, _)| *address == now) {
            Some(open) => open,
            None => {
                let stream = TcpStream::connect_timeout(&now, PATIENCE)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                (now, BufReader::new(stream))
            }
        };
        let length = body.len();
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        stream.get_mut().write_all(request.as_bytes())?;
        let answer = read_answer(&mut stream)?;
        if answer.header("connection") != Some("close") {
            self.open = Some((now, stream));
        }
        Ok(answer)
    }

    /// An API request under the admin key.
    pub fn api(&mut self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
        let headers = format!("Authorization: Bearer {ADMIN}\r\nContent-Type: application/json\r\n{headers}");
        self.send(method, &format!("/api/v1{path}"), &headers, body)
    }
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let mut answer = Answer { status, head, body: String::new() };
    let mut body = vec![0; answer.header("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body)?;
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Ok(answer)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Pixel,
    Postback,
    Api,
}

/// An order as it is reported: a repeated report is the same request again.
#[derive(Clone)]
struct Order {
    id: String,
    way: Way,
    amount: u64,
    click: Option<String>,
    key: bool,
}

/// Clients at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    #[allow(dead_code, reason = "the suites of one store need it")]
    clicked: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Ledger>>,
}

impl Load {
    /// Starts `clients` threads; `seed` also names their orders, so it must be fresh.
    pub fn start(address: &Address, slugs: &[String], seed: u64, clients: u64) -> Load {
        Load::of(address, slugs, seed, clients, &[Way::Pixel, Way::Postback, Way::Api])
    }

    /// The same, of browsers only: nobody among them waits for the database.
    #[allow(dead_code, reason = "the suites of one store need it")]
    pub fn visitors(address: &Address, slugs: &[String], seed: u64, clients: u64) -> Load {
        Load::of(address, slugs, seed, clients, &[Way::Pixel])
    }

    fn of(address: &Address, slugs: &[String], seed: u64, clients: u64, ways: &'static [Way]) -> Load {
        let (stop, clicked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let client = |number| {
            let mut client = Client {
                wire: Wire::new(address),
                dice: Dice(seed.wrapping_mul(31).wrapping_add(number)),
                name: format!("{seed}-{number}"),
                slugs: slugs.to_vec(),
                ledger: Ledger::default(),
                ways,
                clicked: clicked.clone(),
                cookie: None,
                click: None,
                unanswered: None,
                known: None,
            };
            let stop = stop.clone();
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    client.step();
                }
                client.ledger
            })
        };
        let clients = (0..clients).map(client).collect();
        Load { stop, clicked, clients }
    }

    /// How many clicks were answered so far.
    #[allow(dead_code, reason = "the suites of one store need it")]
    pub fn clicked(&self) -> u64 {
        self.clicked.load(Ordering::Relaxed)
    }

    /// Lets the clients end what they do.
    pub fn finish(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Ledger::default();
        self.clients.into_iter().for_each(|client| all.merge(client.join().unwrap()));
        all
    }
}

struct Client {
    wire: Wire,
    dice: Dice,
    name: String,
    slugs: Vec<String>,
    ledger: Ledger,
    /// How it reports orders.
    ways: &'static [Way],
    clicked: Arc<AtomicU64>,
    cookie: Option<String>,
    /// A click that was answered.
    click: Option<String>,
    /// To be sent again, as its sender cannot know.
    unanswered: Option<Order>,
    /// An order that was answered.
    known: Option<Order>,
}

impl Client {
    fn step(&mut self) {
        if self.wire.address.lock().unwrap().is_none() {
            return std::thread::sleep(Duration::from_millis(1));
        }
        match self.dice.below(100) {
            0..55 => self.click(),
            55..65 => self.view(),
            roll => {
                let order = self.unanswered.take().unwrap_or_else(|| self.order(roll >= 96));
                self.report(order);
            }
        }
    }

    fn headers(&mut self) -> String {
        match &self.cookie {
            Some(cookie) if self.dice.below(2) == 0 => format!("User-Agent: {BROWSER}\r\nCookie: {cookie}\r\n"),
            _ => format!("User-Agent: {BROWSER}\r\n"),
        }
    }

    fn slug(&mut self) -> String {
        let place = self.dice.below(self.slugs.len() as u64) as usize;
        self.slugs[place].clone()
    }

    fn click(&mut self) {
        let padding = "x".repeat(self.dice.below(PADDING_MAX) as usize);
        let (target, headers) = (format!("/{}?sub1={padding}", self.slug()), self.headers());
        self.ledger.clicks_sent += 1;
        let begun = Instant::now();
        let Ok(answer) = self.wire.send("GET", &target, &headers, "") else { return };
        self.ledger.took.push(begun.elapsed());
        self.clicked.fetch_add(1, Ordering::Relaxed);
        let location = answer.header("location").unwrap_or_default();
        let Some((_, id)) = location.split_once("kudos_id=").filter(|_| answer.status == 302) else {
            return self.ledger.odd.push(answer.head);
        };
        self.click = Some(id.to_owned());
        self.ledger.clicks.insert(id.to_owned());
        self.cookie = answer.header("set-cookie").and_then(|line| line.split(';').next()).map(str::to_owned);
    }

    fn view(&mut self) {
        let (target, headers) = (format!("/view.gif?link={}", self.slug()), self.headers());
        self.ledger.views_sent += 1;
        match self.wire.send("GET", &target, &headers, "") {
            Ok(answer) if answer.status == 200 => self.ledger.views += 1,
            Ok(answer) => self.ledger.odd.push(answer.head),
            Err(_) => {}
        }
    }

    /// A fresh order, or one that was answered before, reported by another way.
    fn order(&mut self, known: bool) -> Order {
        let way = self.ways[self.dice.below(self.ways.len() as u64) as usize];
        let key = self.dice.below(2) == 0;
        if let Some(known) = self.known.clone().filter(|_| known) {
            return Order { way, key, ..known };
        }
        let id = format!("{}-{}", self.name, self.ledger.reports_sent);
        let click = self.click.clone().filter(|_| self.dice.below(3) > 0);
        Order { id, way, amount: 1 + self.dice.below(100_000), click, key }
    }

    fn report(&mut self, order: Order) {
        let Order { id, amount, .. } = &order;
        self.ledger.reports_sent += 1;
        self.ledger.orders_sent.insert(id.clone());
        let click = order.click.as_ref().map_or(String::new(), |click| format!("&click_id={click}"));
        let query = format!("order_id={id}&amount={amount}&currency=JPY{click}");
        let headers = self.headers();
        let answer = match order.way {
            Way::Pixel => self.wire.send("GET", &format!("/pixel.gif?{query}"), &headers, ""),
            Way::Postback => self.wire.send("POST", &format!("/postback?token={ADMIN}&{query}"), "", ""),
            Way::Api => {
                let mut body = serde_json::json!({ "order_id": id, "amount": amount, "currency": "JPY" });
                order.click.iter().for_each(|click| body["click_id"] = click.as_str().into());
                let key = if order.key { format!("Idempotency-Key: {id}\r\n") } else { String::new() };
                self.wire.api("POST", "/conversions", &key, &body.to_string())
            }
        };
        match (order.way, answer) {
            (_, Err(_)) => self.unanswered = Some(order),
            (Way::Pixel, Ok(answer)) if answer.status == 200 => self.answered(order),
            (Way::Postback | Way::Api, Ok(answer)) if answer.status == 202 => {
                self.ledger.receipts.insert(answer.json()["id"].as_str().unwrap().to_owned());
                self.answered(order);
            }
            (_, Ok(answer)) => self.ledger.odd.push(answer.head + &answer.body),
        }
    }

    fn answered(&mut self, order: Order) {
        self.ledger.orders.insert(order.id.clone());
        self.known = Some(order);
    }
}
