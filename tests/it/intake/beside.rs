//! Several nodes on one store, seen from the store: whatever meets at the same moment is as if one had come after the other.

use super::*;
use kudos::jobs::assign;
use kudos::store::{ATTRIBUTE, Attributed, Credited};

/// How often the same meeting is arranged.
const ROUNDS: i64 = 30;

impl Rig {
    /// The same store as another node has it.
    async fn beside(&self) -> Store {
        database::open(&STORE.url(self.path())).await
    }

    /// Waits until somebody waits for another's transaction; SQLite does not tell.
    async fn someone_waits(&self) {
        let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        while STORE == Kind::Postgres && self.number(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
    }
}

async fn feed(store: &Store, hit: &Hit<'_>) -> Recorded {
    store.record(&read_all(&payloads(std::slice::from_ref(hit)), agent), at(0)).await.unwrap()
}

#[tokio::test]
async fn a_click_and_its_conversion_that_meet_give_credit() {
    let rig = Rig::new().await;
    let (other, third) = (rig.beside().await, rig.beside().await);
    for round in 0..ROUNDS {
        let browser = Some(visitor(round as u128));
        let clicked = click(0, browser, 0);
        // By the cookie, or by the click alone.
        let (cookie, named) =
            if round % 2 == 0 { (browser, String::new()) } else { (None, format!("&click_id={}", click_id(&clicked))) };
        let sale = pixel(&format!("order_id={round}&amount=1&currency=EUR{named}"), cookie, MINUTE);
        tokio::join!(feed(&rig.store, &clicked), feed(&other, &sale), async {
            attribute::tick(&third, at(0), 10).await.unwrap();
        });
        rig.attribute().await;
        assert_eq!(rig.credit(&round.to_string()).await, percents([("ANNA", 100)]), "round {round}");
    }
    rig.sound().await;
}

#[tokio::test]
async fn two_clicks_that_meet_count_once() {
    let rig = Rig::new().await;
    let other = rig.beside().await;
    for round in 0..ROUNDS {
        let browser = Some(visitor(round as u128));
        let (one, two) = (click(0, browser, 0), click(0, browser, 0));
        tokio::join!(feed(&rig.store, &one), feed(&other, &two));
    }
    assert_eq!(rig.number("select count(*) from touchpoints where verdict = 'valid'").await, ROUNDS);
    assert_eq!(rig.number("select sum(clicks) * 1000 + sum(clicks_all) from rollups").await, ROUNDS * 1_002);
    rig.sound().await;
}

#[tokio::test]
async fn an_order_that_three_nodes_report_at_once_is_one_conversion() {
    let rig = Rig::new().await;
    let (second, third) = (rig.beside().await, rig.beside().await);
    for round in 0..ROUNDS {
        let report = |n: i64| pixel(&format!("order_id={round}&amount=1&currency=EUR&code=anna"), None, n);
        let reports = [report(0), report(1), report(2)];
        let recorded = tokio::join!(feed(&rig.store, &reports[0]), feed(&second, &reports[1]), feed(&third, &reports[2]));
        let all = [recorded.0, recorded.1, recorded.2];
        assert_eq!(all.iter().map(|one| one.conversions).sum::<u64>(), 1);
        assert_eq!(all.iter().map(|one| one.repeats).sum::<u64>(), 2);
        let ticks = [&rig.store, &second, &third].map(|store| attribute::tick(store, at(0), 10));
        let [a, b, c] = ticks;
        let done = tokio::join!(a, b, c);
        assert!(done.0.unwrap() + done.1.unwrap() + done.2.unwrap() <= 1, "one job, done once");
    }
    rig.attribute().await;
    assert_eq!(rig.number("select count(*) from credits").await, ROUNDS);
    rig.sound().await;
}

#[tokio::test]
async fn what_arrives_while_a_node_works_on_the_job_is_not_lost() {
    let rig = Rig::new().await;
    let other = rig.beside().await;
    let browser = Some(visitor(1));
    let sale = pixel("order_id=1&amount=1&currency=EUR", browser, MINUTE);
    rig.feed(&[click(0, browser, 0), sale.clone()]).await;

    // A node that has read the journey and not written yet.
    let mut tx = rig.store.write_beside().await.unwrap();
    let jobs = tx.due_jobs(ATTRIBUTE, at(0), 10).await.unwrap();
    assert_eq!(jobs.len(), 1);
    if STORE == Kind::Postgres {
        assert_eq!(attribute::tick(&other, at(0), 10).await.unwrap(), 0, "the job is taken");
    }
    let journey = tx.journey(conversion_id(&sale), None, None).await.unwrap();
    let late = click(1, browser, 1);
    let arriving = tokio::spawn(async move { feed(&other, &late).await });
    rig.someone_waits().await;
    let due = tx.due_conversions([jobs[0].subject]).await.unwrap().remove(0);
    let [touch] = journey.as_slice() else { panic!("{journey:?}") };
    let credit = Credited {
        touchpoint: touch.id,
        partner: touch.partner.unwrap(),
        link: touch.link,
        campaign: None,
        share: 1_000_000_000,
        amount: 100,
        reason: "linear".into(),
    };
    let book = tx.rule_book().await.unwrap();
    let policy = assign::version(&book, &due, &journey).unwrap().map(|version| version.id);
    let attributed = Attributed { due, policy, summary: "one".into(), credits: vec![credit], teams: None };
    tx.write_credits(&[attributed], at(0)).await.unwrap();
    tx.finish_jobs(ATTRIBUTE, [jobs[0].subject]).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(arriving.await.unwrap().queued, 1);
    assert_eq!(rig.attribute().await, 1);
    assert_eq!(rig.credit("1").await, percents([("ANNA", 50), ("BEN", 50)]));
    rig.sound().await;
}

#[tokio::test]
async fn nodes_that_start_at_once_agree_on_a_salt() {
    let rig = Rig::new().await;
    let stores = [rig.beside().await, rig.beside().await, rig.beside().await];
    let salts = stores.each_ref().map(|store| async move {
        let mut tx = store.write().await.unwrap();
        let salt = tx.current_salt(at(0)).await.unwrap();
        tx.commit().await.unwrap();
        salt
    });
    let [a, b, c] = salts;
    let (a, b, c) = tokio::join!(a, b, c);
    assert!(a == b && b == c);
    assert_eq!(rig.number("select count(*) from salts").await, 1);
}
