//! People with a cookie jar, and how they come in.

use std::cell::RefCell;

use super::super::server::{Answer, Server};

pub const PASSWORD: &str = "correct horse battery";

/// A one-time link for a new admin, as the first start prints it.
pub fn first_link(server: &Server) -> String {
    invite_by_hand(server, None)
}

fn invite_by_hand(server: &Server, user: Option<&str>) -> String {
    use kudos::domain::audit::{Actor, By};
    let url = server.database();
    let user = user.map(|id| id.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let secret = runtime.block_on(async move {
        let store = crate::database::open(&url).await;
        let by = By { actor: Actor::Operator, at: kudos::clock::Clock::System.now() };
        let mut tx = store.write().await.unwrap();
        let secret = tx.invite(by, user, by.at + 3_600_000).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        secret
    });
    server.url(&format!("/invite/{secret}"))
}

/// Somebody with a cookie jar.
pub struct Person<'a> {
    pub server: &'a Server,
    pub cookie: RefCell<String>,
}

pub fn encode(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl<'a> Person<'a> {
    pub fn new(server: &'a Server) -> Person<'a> {
        Person { server, cookie: RefCell::default() }
    }

    /// Follows the first link: `admin@example.com`.
    pub fn first_admin(server: &'a Server) -> Person<'a> {
        let person = Person::new(server);
        let fields = [("name", "Ada Admin"), ("email", "admin@example.com"), ("password", PASSWORD)];
        let link = first_link(server);
        let path = &link[link.find("/invite").unwrap()..];
        let answer = person.post_bare(path, &fields);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/admin")), "{}", answer.text());
        person
    }

    pub fn signed_in(server: &'a Server, email: &str) -> Person<'a> {
        let person = Person::new(server);
        let answer = person.post_bare("/login", &[("email", email), ("password", PASSWORD)]);
        assert_eq!(answer.status, 303, "{}", answer.text());
        person
    }

    fn keep(&self, answer: Answer) -> Answer {
        for line in answer.headers.get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
            if pair.starts_with("kudos_session=") {
                self.cookie.replace(pair);
            }
        }
        answer
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let cookie = self.cookie.borrow().clone();
        let mut all = vec![("cookie", cookie.as_str())];
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            all.push(("content-type", "application/x-www-form-urlencoded"));
        }
        all.extend_from_slice(headers);
        self.keep(self.server.send(method, path, &all, body.as_bytes()))
    }

    /// A form without the session's token.
    pub fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send("POST", path, &[], &encode(fields))
    }

    /// The token that this session's forms carry.
    pub fn csrf(&self) -> String {
        let page = self.get("/account").text();
        page.split("name=\"csrf\" value=\"").nth(1).expect("a form").split('"').next().unwrap().to_owned()
    }

    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf();
        self.post_bare(path, &[fields, &[("csrf", csrf.as_str())]].concat())
    }
}

/// Invites somebody and follows the invitation.
pub fn make_user(admin: &Person<'_>, email: &str, name: &str, role: &str, partner: &str) {
    let fields = [("email", email), ("name", name), ("role", role), ("partner_id", partner)];
    let shown = admin.post("/admin/users", &fields);
    assert_eq!(shown.status, 200, "{}", shown.text());
    let page = shown.text();
    let secret = page.split("/invite/").nth(1).expect("a link").split('"').next().unwrap();
    let guest = Person::new(admin.server);
    let answer = guest.post_bare(&format!("/invite/{secret}"), &[("password", PASSWORD)]);
    assert_eq!(answer.status, 303, "{}", answer.text());
}
