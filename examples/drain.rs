//! Throwaway: how fast hits go into SQLite. `drain [hits] [batch] [returning %] [links] [conversions per mille]`
use bytes::Bytes;
use kudos::domain::conversion::Source;
use kudos::domain::hit::*;
use kudos::domain::id::*;
use kudos::domain::interpret::Agent;
use kudos::domain::time::Time;
use kudos::intake::batch::read_all;
use kudos::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn agent(ua: &str) -> Arc<Agent> {
    let found = kudos::intake::agent::Agents::shared().read(ua);
    Arc::new(Agent { bot: found.bot, device: found.device.clone() })
}

fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}

fn main() {
    let arg = |n: usize, d: u64| std::env::args().nth(n).map_or(d, |a| a.parse().unwrap());
    let (hits, batch, returning, links, conv) = (arg(1, 1_000_000), arg(2, 4096), arg(3, 10), arg(4, 1000), arg(5, 0));
    let dir = std::env::var("DIR").unwrap_or("/tmp/scratch/drain-db".into());
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async {
        let store = Store::open(&format!("sqlite:{dir}/kudos.db")).await.unwrap();
        store.migrate().await.unwrap();
        let mut seed = 88172645463325252u64;
        let mut rnd = move |n: u64| { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; seed % n };
        let t0 = 1_760_000_000_000i64;
        let link: Vec<(LinkId, PartnerId)> = (0..links).map(|_| (LinkId::mint(Time::from_millis(t0)), PartnerId::mint(Time::from_millis(t0)))).collect();
        let campaigns: Vec<CampaignId> = (0..6).map(|_| CampaignId::mint(Time::from_millis(t0))).collect();
        let countries = ["DE", "US", "FR", "GB", "IT", "ES", "NL", "SE", "PL", "AT"];
        let _ = agent("x");
        let mut visitors: Vec<VisitorId> = Vec::new();
        let (mut tread, mut trec, mut bytes) = (Duration::ZERO, Duration::ZERO, 0usize);
        let (mut cread, mut crec) = (0.0, 0.0);
        let mut done = 0;
        let mut slowest = Duration::ZERO;
        while done < hits {
            let mut records = Vec::new();
            for n in 0..batch {
                let at = Time::from_millis(t0 + ((done + n) / 50) as i64);
                let v = if rnd(100) < returning && !visitors.is_empty() { let k = visitors.len() as u64; visitors[rnd(k) as usize] }
                    else { let v = VisitorId::mint(at); visitors.push(v); v };
                let k = rnd(links) as usize; let (l, p) = link[k];
                let body = if rnd(1000) < conv {
                    Body::Params { source: Source::Pixel, query: format!("event=sale&order_id=o{}&amount=49.90&currency=EUR&customer_id=c{}", done + n, rnd(1_000_000)).into() }
                } else {
                    Body::Click(Followed { link: l, partner: p, campaign: Some(campaigns[k % 6]), query: "sub1=newsletter&utm_source=sam".into() })
                };
                let hit = Hit { id: mint(at), at, visitor: Some(v), client: Some([7; 16]), country: Some(countries[rnd(10) as usize].into()),
                    user_agent: format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.0 Safari/537.36", 100 + rnd(40), rnd(25)).into(),
                    referrer: Some("https://blog.example.com/articles/how-to-choose".into()), mark: None, body };
                let payload = hit.encode().unwrap();
                bytes += payload.len();
                records.push(Bytes::from(payload));
            }
            let (t, c) = (Instant::now(), cpu());
            let meanings = read_all(&records, agent);
            tread += t.elapsed(); cread += cpu() - c;
            let (t, c) = (Instant::now(), cpu());
            store.record(&meanings, Time::from_millis(t0)).await.unwrap();
            let e = t.elapsed();
            slowest = slowest.max(e);
            trec += e; crec += cpu() - c;
            done += batch;
            if done % (batch * 50) == 0 { eprintln!("{done} read {:.1} us, record {:.1} us a hit", tread.as_secs_f64() * 1e6 / done as f64, trec.as_secs_f64() * 1e6 / done as f64); }
        }
        let per = |d: Duration| d.as_secs_f64() * 1e6 / done as f64;
        println!("{done} hits of {} bytes, batch {batch}: {:.0} hits/s; read {:.2} us, record {:.2} us wall a hit; cpu {:.2} + {:.2}; slowest batch {slowest:?}", bytes as u64 / done,
            done as f64 / (tread + trec).as_secs_f64(), per(tread), per(trec), cread * 1e6 / done as f64, crec * 1e6 / done as f64);
    });
}
