//! Does what a person does: each act becomes the HTTP request that a browser, a website's page or its server would send.

use form_urlencoded::Serializer;
use hyper::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, REFERER, SET_COOKIE, USER_AGENT};
use hyper::http::request::Builder;
use hyper::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};

use super::Fallible;
use super::person::{Act, Channel, Device, Order, Person, Way};
use super::wire::{Answer, Wire};
use crate::domain::money::Money;
use crate::domain::time::Time;
use crate::http::edge::visitor::{INSIDE_CLIENT, INSIDE_COUNTRY};

/// How often an order is looked for before it is refunded; a look waits two seconds for intake, which may be far behind.
const REFUND_TRIES: u32 = 30;

/// The shop's server, as it calls itself.
const SERVER_AGENT: &str = "Larkspur-Checkout/4.2 (billing)";
const SHOP: &str = "https://www.larkspur.example/checkout/thanks";

/// What everybody needs to know.
pub(super) struct World {
    /// Ids of the partners.
    pub partners: Vec<String>,
    /// A key of scope track, for the shop's server.
    pub track_key: String,
    /// The query parameter with the click id.
    pub click_param: String,
}

/// A person on the way, and what their devices remember.
pub(super) struct Visit<'a> {
    world: &'a World,
    devices: Vec<(&'a Device, Memory)>,
}

#[derive(Default)]
struct Memory {
    cookie: Option<String>,
    click: Option<String>,
}

impl<'a> Visit<'a> {
    pub fn new(world: &'a World, person: &'a Person) -> Self {
        Visit { world, devices: person.devices.iter().map(|device| (device, Memory::default())).collect() }
    }

    /// Does one thing; whatever is not answered as it should be is an error.
    pub async fn act(&mut self, wire: &mut Wire, at: Time, act: &Act) -> Fallible<()> {
        match act {
            Act::Click { device, slug, site, way } => self.click(wire, at, *device, slug, site, *way).await,
            Act::View { device, slug, site } => {
                let request = self.page(*device, site).uri(format!("/view.gif?link={slug}"));
                self.picture(wire, at, *device, request).await
            }
            Act::Mistake { device, target } => {
                let request = self.page(*device, SHOP).uri(*target);
                self.picture(wire, at, *device, request).await
            }
            Act::Report { device, channel, order } => self.report(wire, at, *device, *channel, order).await,
            Act::Offline { partner, kind, customer, occurred_at, note } => {
                let partner = partner.map(|partner| &self.world.partners[partner]);
                let new = json!({
                    "partner_id": partner, "kind": kind, "customer_id": customer, "occurred_at": occurred_at, "note": note,
                });
                wire.api(at, "POST", "/touchpoints", new).await.map(drop)
            }
            Act::Refund { order, percent, reason } => refund(wire, at, order, *percent, reason).await,
        }
    }

    /// A request of the device from a page.
    fn page(&self, device: usize, referrer: &str) -> Builder {
        let (device, memory) = &self.devices[device];
        let mut request = Request::builder()
            .header(USER_AGENT, device.agent)
            .header(INSIDE_CLIENT, &device.address)
            .header(INSIDE_COUNTRY, device.country)
            .header(ACCEPT, "*/*")
            .header("accept-language", "en;q=0.9,*;q=0.5")
            .header(REFERER, referrer);
        if device.opted_out {
            request = request.header("sec-gpc", "1");
        }
        if let Some(cookie) = &memory.cookie {
            request = request.header(COOKIE, cookie);
        }
        request
    }

    async fn click(&mut self, wire: &mut Wire, at: Time, device: usize, slug: &str, site: &str, way: Way) -> Fallible<()> {
        let request = self.page(device, site).uri(format!("/{slug}"));
        let (request, expected) = match way {
            Way::Follow => (request.header("sec-fetch-dest", "document"), StatusCode::FOUND),
            Way::Prefetch => (request.header("sec-purpose", "prefetch;prerender"), StatusCode::SERVICE_UNAVAILABLE),
            Way::Embedded(purpose) => (request.header("sec-fetch-dest", purpose), StatusCode::FOUND),
        };
        let answer = wire.send(at, request, "").await?;
        expect(expected, &answer)?;
        self.remember(device, &answer.headers);
        Ok(())
    }

    async fn picture(&mut self, wire: &mut Wire, at: Time, device: usize, request: Builder) -> Fallible<()> {
        let answer = wire.send(at, request.header("sec-fetch-dest", "image"), "").await?;
        expect(StatusCode::OK, &answer)?;
        self.remember(device, &answer.headers);
        Ok(())
    }

    fn remember(&mut self, device: usize, headers: &HeaderMap) {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let (device, memory) = &mut self.devices[device];
        if let Some(cookie) = text(SET_COOKIE).filter(|_| device.keeps_cookies) {
            memory.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let query = text(LOCATION).and_then(|location| location.split_once('?')).map_or("", |(_, query)| query);
        let click = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| *name == self.world.click_param);
        memory.click = click.map(|(_, id)| id.into_owned()).or(memory.click.take());
    }

    async fn report(&mut self, wire: &mut Wire, at: Time, device: usize, channel: Channel, order: &Order) -> Fallible<()> {
        let click = self.devices[device].1.click.clone().filter(|_| order.names_click);
        if channel == Channel::Api {
            return wire.api(at, "POST", "/conversions", stated(order, click)).await.map(drop);
        }
        let params = params(order, click, channel)?;
        let form = || Serializer::new(String::new()).extend_pairs(&params).finish();
        match channel {
            Channel::Pixel | Channel::Api => {
                let request = self.page(device, SHOP).uri(format!("/pixel.gif?{}", form()));
                self.picture(wire, at, device, request).await
            }
            Channel::Tag => {
                let request = self.page(device, SHOP).method(Method::POST).uri("/collect").header(CONTENT_TYPE, "text/plain");
                let beacon: Map<String, Value> = params.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
                let answer = wire.send(at, request, serde_json::to_vec(&beacon)?).await?;
                expect(StatusCode::NO_CONTENT, &answer)
            }
            Channel::Postback => {
                let request = Request::post(format!("/postback?token={}", self.world.track_key))
                    .header(USER_AGENT, SERVER_AGENT)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                expect(StatusCode::ACCEPTED, &wire.send(at, request, form()).await?)
            }
        }
    }
}

/// The parameters of a pixel, beacon or postback; the latter under the names that other networks made customary.
fn params(order: &Order, click: Option<String>, channel: Channel) -> Fallible<Vec<(&'static str, String)>> {
    let name = |ours, theirs| if channel == Channel::Postback { theirs } else { ours };
    let mut params = vec![("event", order.event.to_owned())];
    params.extend(order.id.clone().map(|id| (name("order_id", "txid"), id)));
    if let Some((amount, currency)) = order.amount {
        let shown = Money { amount, currency: currency.parse()? }.to_string();
        params.push((name("amount", "payout"), shown.split(' ').next().unwrap_or_default().to_owned()));
        params.push(("currency", currency.to_owned()));
    }
    params.extend(order.customer.clone().map(|customer| (name("customer_id", "customer"), customer)));
    params.extend(click.map(|click| (name("click_id", "cid"), click)));
    params.extend(order.code.map(|code| (name("code", "coupon"), code.to_lowercase())));
    Ok(params)
}

/// What the API is told.
fn stated(order: &Order, click: Option<String>) -> Value {
    let mut stated = Map::from_iter([("event".to_owned(), json!(order.event))]);
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            stated.insert(name.to_owned(), value);
        }
    };
    set("order_id", json!(order.id));
    set("customer_id", json!(order.customer));
    set("click_id", json!(click));
    set("code", json!(order.code));
    set("occurred_at", json!(order.occurred_at));
    if let Some((amount, currency)) = order.amount {
        set("amount", json!(amount));
        set("currency", json!(currency));
        set("items", json!([{ "id": "larkspur-plan", "quantity": 1, "amount": amount }]));
    }
    Value::Object(stated)
}

async fn refund(wire: &mut Wire, at: Time, order: &str, percent: Option<i64>, reason: &str) -> Fallible<()> {
    let mut conversion = Value::Null;
    for _ in 0..REFUND_TRIES {
        let mut found = wire.api(at, "GET", &format!("/conversions?order_id={order}"), Value::Null).await?;
        conversion = found["data"].get_mut(0).map_or(Value::Null, Value::take);
        if !conversion.is_null() {
            break;
        }
    }
    let id = conversion["id"].as_str().ok_or_else(|| format!("order {order} is not there to be refunded"))?;
    let amount = percent.zip(conversion["amount"].as_i64()).map(|(percent, amount)| amount * percent / 100);
    let refund = match amount {
        Some(amount) => json!({ "amount": amount, "reason": reason }),
        None => json!({ "reason": reason }),
    };
    wire.api(at, "POST", &format!("/conversions/{id}/refunds"), refund).await.map(drop)
}

fn expect(expected: StatusCode, answer: &Answer) -> Fallible<()> {
    if answer.status == expected {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&answer.body);
    Err(format!("a hit was answered {} instead of {expected}: {text}", answer.status).into())
}
