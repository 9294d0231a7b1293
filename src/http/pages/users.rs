//! Users: inviting somebody, their role, switching them off.

use crate::domain::id::{PartnerId, UserId};
use crate::domain::partner::Status;
use crate::domain::time::DAY_MS;
use crate::domain::user::{User, UserRole, email_key};
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::pages::users::{self as page, Listed};
use crate::store::{Enrolled, PartnerFilter, Tx};

/// How long an invitation can be followed.
const INVITE_MS: i64 = 7 * DAY_MS;

/// For the pages.
pub(super) fn listed(account: &Enrolled) -> Listed<'_> {
    Listed { user: &account.user, has_password: account.password.is_some() }
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let only: Option<PartnerId> = asked.param("partner_id");
    let accounts = match only {
        Some(partner) => visit.tx.users_of(partner).await?,
        None => visit.tx.users().await?,
    };
    let partners = visit.tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    let listed: Vec<Listed<'_>> = accounts.iter().map(listed).collect();
    let table = page::table(asked.shell, &listed, &partners);
    Ok(asked.show(&[&table], || page::list(asked.shell, &asked.wanted(), &table, &partners, only, asked.sent())))
}

/// The role and partner of the form.
async fn read(tx: &mut Tx, asked: &Asked<'_>, user: User) -> Result<User> {
    let mut problems = Problems::default();
    let role = problems.keep("role", asked.field("role").parse::<UserRole>()).unwrap_or(user.role);
    let partner_id = match asked.field("partner_id") {
        "" => None,
        id => problems.keep("partner_id", id.parse()),
    };
    let (email, name) = (email_key(asked.field("email")), asked.field("name").to_owned());
    let user = User { email, name, role, partner_id, ..user };
    user.check(&mut problems);
    if let Some(id) = user.partner_id
        && tx.partner(id).await?.is_none()
    {
        problems.add("partner_id", format!("there is no partner {id}"));
    }
    problems.finish()?;
    Ok(user)
}

pub(super) async fn invite(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let (id, role, created_at) = (UserId::mint(asked.at), UserRole::Analyst, asked.at);
    let (email, name) = (String::new(), String::new());
    let new = User { id, email, name, role, partner_id: None, language: None, status: Status::Active, created_at };
    let user = read(visit.tx, asked, new).await?;
    visit.tx.add_user(asked.by(), &user).await?;
    hand_out(visit, &user).await
}

/// Shows a new one-time link, this once.
async fn hand_out(visit: Visit<'_>, user: &User) -> Result<Answer> {
    let asked = visit.asked;
    let secret = visit.tx.invite(asked.by(), Some(user.id), asked.at + INVITE_MS).await?;
    let url = format!("{}/invite/{secret}", asked.app.public_url);
    Ok(Answer::page(asked.shell, &page::invited(asked.shell, user, &url)))
}

async fn find(visit: &mut Visit<'_>) -> Result<Enrolled> {
    let id: UserId = visit.asked.read_id()?;
    visit.tx.user(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn invite_again(mut visit: Visit<'_>) -> Result<Answer> {
    let user = find(&mut visit).await?.user;
    hand_out(visit, &user).await
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let account = find(&mut visit).await?;
    let asked = visit.asked;
    let partners = visit.tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    Ok(Answer::page(asked.shell, &page::show(asked.shell, &listed(&account), &partners, asked.sent())))
}

/// Somebody has to stay who can let others in.
async fn keep_an_admin(visit: &mut Visit<'_>, user: &User) -> Result<()> {
    let stays = user.role == UserRole::Admin && user.status == Status::Active;
    if stays || visit.tx.has_admin_besides(user.id).await? {
        return Ok(());
    }
    Err(Error::invalid("role", visit.asked.shell.texts().last_admin))
}

async fn keep(mut visit: Visit<'_>, before: &User, user: &User, done: &str) -> Result<Answer> {
    keep_an_admin(&mut visit, user).await?;
    visit.tx.save_user(visit.asked.by(), user).await?;
    if (before.role, before.partner_id, before.status) != (user.role, user.partner_id, user.status) {
        // Whoever may do something else begins anew.
        let this = visit.asked.signed()?;
        let kept = (this.user.id == user.id).then_some(this.session.id);
        visit.tx.end_sessions(visit.asked.by(), user.id, kept).await?;
    }
    Ok(Answer::go(format!("/admin/users/{}?done={done}", user.id)))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let before = find(&mut visit).await?.user;
    let user = read(visit.tx, visit.asked, before.clone()).await?;
    keep(visit, &before, &user, "saved").await
}

pub(super) async fn disable(visit: Visit<'_>) -> Result<Answer> {
    switch(visit, Status::Disabled, "disabled").await
}

pub(super) async fn enable(visit: Visit<'_>) -> Result<Answer> {
    switch(visit, Status::Active, "enabled").await
}

async fn switch(mut visit: Visit<'_>, status: Status, done: &str) -> Result<Answer> {
    let before = find(&mut visit).await?.user;
    let user = User { status, ..before.clone() };
    keep(visit, &before, &user, done).await
}
