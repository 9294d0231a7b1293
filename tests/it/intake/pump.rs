//! The loop from the journal to the store: confirms what is in the store and nothing else.

use super::*;
use kudos::clock::Clock;
use kudos::intake::progress::Progress;
use kudos::intake::pump::{Pump, run};
use kudos::journal::Position;
use kudos::journal::{Drain, Journal, Options, RealDisk, open};
use tokio::sync::{Notify, watch};

impl Rig {
    fn journal(&self) -> (Journal, Drain) {
        let options = Options { segment_bytes: 1 << 20, ..Options::default() };
        open(Arc::new(RealDisk), &self.path().join("journal"), options).unwrap()
    }

    fn pump(&self, progress: &Progress) -> (Pump, watch::Sender<bool>) {
        let (stop, stopping) = watch::channel(false);
        let pump = Pump {
            store: self.store.clone(),
            agent,
            clock: Clock::manual(at(0)),
            progress: progress.clone(),
            wake_jobs: Arc::new(Notify::new()),
            recorded: Box::new(|_| {}),
            stopping,
        };
        (pump, stop)
    }

    fn segments(&self) -> usize {
        let files = std::fs::read_dir(self.path().join("journal")).unwrap();
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "seg")).count()
    }
}

async fn append(journal: &Journal, records: &[Bytes]) {
    let (lane, driver) = journal.lane();
    let driver = tokio::spawn(driver);
    for record in records {
        lane.append(record).await.unwrap();
    }
    driver.abort();
}

#[tokio::test]
async fn what_was_journaled_is_stored_confirmed_and_reported() {
    let rig = Rig::new().await;
    let progress = Progress::default();
    let (journal, drain) = rig.journal();
    let (pump, _stop) = rig.pump(&progress);
    let jobs = pump.wake_jobs.clone();
    let mut records = payloads(&[click(0, None, 0), click(1, None, 1), pixel("order_id=1", None, 2)]);
    records.insert(1, Bytes::from_static(b"not a hit"));
    append(&journal, &records).await;
    let durable = journal.durable();
    journal.close().await;
    run(drain, pump).await;
    assert_eq!(progress.position(), durable);
    jobs.notified().await;
    assert_eq!(
        rig.number(
            "select (select count(*) from touchpoints) * 100 + (select count(*) from conversions) * 10
        + (select count(*) from rejected)"
        )
        .await,
        211
    );
    assert_eq!(rig.segments(), 0);
    rig.sound().await;
}

#[tokio::test]
async fn what_the_store_did_not_take_stays_in_the_journal() {
    let rig = Rig::new().await;
    let progress = Progress::default();
    let (journal, drain) = rig.journal();
    append(&journal, &payloads(&[click(0, None, 0), click(1, None, 1)])).await;
    let (mut pump, stop) = rig.pump(&progress);
    pump.store = database::open(&STORE.empty(rig.path())).await;
    pump.store.close().await;
    let running = tokio::spawn(run(drain, pump));
    journal.close().await;
    stop.send(true).unwrap();
    running.await.unwrap();
    drop(journal);
    assert_eq!((progress.position(), rig.segments()), (Position::default(), 1));

    let (journal, drain) = rig.journal();
    let (pump, _stop) = rig.pump(&progress);
    journal.close().await;
    run(drain, pump).await;
    assert_eq!((rig.verdicts().await.len(), rig.segments()), (2, 0));
    rig.sound().await;
}

#[tokio::test]
async fn a_record_that_the_store_refuses_is_kept_as_rejected_and_blocks_nothing() {
    let rig = Rig::new().await;
    rig.refuse("touchpoints", "new.referrer = 'poison'", "refused").await;
    let progress = Progress::default();
    let (journal, drain) = rig.journal();
    let mut hits: Vec<_> = (0..7).map(|n| click(0, None, n)).collect();
    hits[4].referrer = Some("poison".into());
    append(&journal, &payloads(&hits)).await;
    let (pump, _stop) = rig.pump(&progress);
    journal.close().await;
    run(drain, pump).await;
    assert_eq!(rig.verdicts().await.len(), 6);
    let reasons = rig.texts("select reasons from rejected").await;
    assert!(reasons.len() == 1 && reasons[0].contains("refused"), "{reasons:?}");
    assert_eq!(rig.number("select occurred_at from rejected").await, at(4).as_millis());
    assert_eq!(rig.segments(), 0);
    rig.sound().await;
}

#[tokio::test]
async fn a_fault_of_the_schema_is_not_blamed_on_the_hits() {
    let rig = Rig::new().await;
    rig.sql("alter table touchpoints rename to elsewhere").await;
    let batch = read_all(&payloads(&[click(0, None, 0), pixel("amount=x", None, 1)]), agent);
    let error = rig.store.record(&batch, at(0)).await.unwrap_err();
    assert_eq!(error.code, kudos::error::Code::Unavailable);
    assert_eq!(rig.number("select count(*) from rejected").await, 0);
}

#[tokio::test]
async fn a_store_that_comes_back_gets_the_batch_it_refused() {
    let rig = Rig::new().await;
    let progress = Progress::default();
    let (journal, drain) = rig.journal();
    append(&journal, &payloads(&[click(0, None, 0), pixel("order_id=1", None, 1)])).await;
    rig.sql("alter table touchpoints rename to elsewhere").await;
    let (pump, _stop) = rig.pump(&progress);
    let running = tokio::spawn(run(drain, pump));
    journal.close().await; // the pump has had its first try while this waits for the journal's threads
    rig.sql("alter table elsewhere rename to touchpoints").await;
    running.await.unwrap();
    assert_eq!((rig.verdicts().await.len(), rig.number("select count(*) from rejected").await), (1, 0));
    assert_eq!(rig.segments(), 0);
    rig.sound().await;
}
