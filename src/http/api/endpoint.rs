//! One endpoint: its method, path, scope and sentence, its input and output types, and the handler that ties them.
//!
//! A handler is an `async fn(Call, Input) -> Result<Output>`; the types of its arguments say what is read from the request
//! and what the OpenAPI document tells of it. The input is read before a transaction is opened.

use std::pin::Pin;
use std::time::Duration;

use hyper::Method;

use crate::domain::audit::By;
use crate::domain::hit::Idempotency;
use crate::domain::key::Scope;
use crate::error::Result;
use crate::http::api::input::{Input, Raw};
use crate::http::api::output::{Answer, Output};
use crate::http::api::sketch::Sketch;
use crate::http::app::App;
use crate::store::Tx;

/// What a handler of the store gets: a transaction, open for writing only where the endpoint writes.
pub(super) struct Call<'a> {
    /// The transaction; the dispatcher commits it.
    pub tx: &'a mut Tx,
    /// Settings and memory.
    pub app: &'a App,
    /// Who calls, and when.
    pub by: By,
}

/// What a handler gets that writes to the journal and not to the store.
pub(super) struct Delivery<'a> {
    /// The journal and the store.
    pub app: &'a App,
    /// Who calls, and when.
    pub by: By,
    /// How long the caller waits for the effect: `Prefer: wait=N`.
    pub wait: Option<Duration>,
    /// What makes the request recognisable when it is repeated.
    pub idempotency: Option<Idempotency>,
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + Send + 'a>>;
pub(super) type Ready = Box<dyn for<'a> FnOnce(Call<'a>) -> Work<'a> + Send>;
/// Reads the input; what comes out waits for a transaction.
type Prepare = Box<dyn Fn(&Raw<'_>) -> Result<Ready> + Send + Sync>;
/// What comes before a transaction that writes, and what then waits for it.
type Study = Box<dyn for<'a> FnOnce(&'a App, By) -> Pin<Box<dyn Future<Output = Result<Ready>> + Send + 'a>> + Send>;
type PrepareWrite = Box<dyn Fn(&Raw<'_>) -> Result<Study> + Send + Sync>;
type ReadyToDeliver = Box<dyn for<'a> FnOnce(Delivery<'a>) -> Work<'a> + Send>;
type PrepareDelivery = Box<dyn Fn(&Raw<'_>) -> Result<ReadyToDeliver> + Send + Sync>;

/// How an endpoint works.
pub(super) enum Run {
    /// In a snapshot of the store.
    Read(Prepare),
    /// In a transaction that writes, after a look that may take its time.
    Write(PrepareWrite),
    /// Through the journal.
    Deliver(PrepareDelivery),
    /// The OpenAPI document, which is made from the table this stands in.
    Document,
}

/// One row of the table.
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// Below `/api/v1`, with at most one `{id}`.
    pub path: &'static str,
    /// What the key must cover; none: no key is asked for.
    pub scope: Option<Scope>,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What it reads may have been recorded a moment ago and not be in the store yet: look twice before finding nothing.
    pub(super) recent: bool,
    pub(super) sketch: Sketch,
    pub(super) run: Run,
}

impl Endpoint {
    /// Marks that what it reads may still be on its way from the journal.
    pub(super) fn recent(self) -> Self {
        Endpoint { recent: true, ..self }
    }
}

/// An `async fn` of a context and an input.
pub(super) trait Handler<C, In, Out>: Copy + Send + Sync + 'static {
    /// What the function returns.
    type Work: Future<Output = Result<Out>> + Send;
    /// Calls it.
    fn call(self, context: C, input: In) -> Self::Work;
}

impl<C, In, Out, F, W> Handler<C, In, Out> for F
where
    F: Fn(C, In) -> W + Copy + Send + Sync + 'static,
    W: Future<Output = Result<Out>> + Send,
{
    type Work = W;
    fn call(self, context: C, input: In) -> W {
        self(context, input)
    }
}

fn endpoint<In: Input, Out: Output>(line: &'static str, scope: Option<Scope>, summary: &'static str, run: Run) -> Endpoint {
    let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
    let mut sketch = Sketch::default();
    In::describe(&mut sketch);
    Out::describe(&mut sketch);
    let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
    Endpoint { method, path, scope, summary, recent: false, sketch, run }
}

fn prepare<In, Out, F>(handler: F) -> Prepare
where
    In: Input,
    Out: Output,
    F: for<'a> Handler<Call<'a>, In, Out>,
{
    Box::new(move |raw| {
        let input = In::read(raw)?;
        Ok(Box::new(move |call| Box::pin(async move { handler.call(call, input).await?.answer() })))
    })
}

/// An endpoint that only looks: `GET`, or `POST` where what is asked for needs a body, with the read scope.
pub(super) fn read<In, Out, F>(line: &'static str, summary: &'static str, handler: F) -> Endpoint
where
    In: Input,
    Out: Output,
    F: for<'a> Handler<Call<'a>, In, Out>,
{
    endpoint::<In, Out>(line, Some(Scope::Read), summary, Run::Read(prepare(handler)))
}

/// An endpoint that changes the store.
pub(super) fn write<In, Out, F>(line: &'static str, scope: Scope, summary: &'static str, handler: F) -> Endpoint
where
    In: Input,
    Out: Output,
    F: for<'a> Handler<Call<'a>, In, Out>,
{
    let prepare = prepare::<In, Out, F>(handler);
    let run = Run::Write(Box::new(move |raw| {
        let ready = prepare(raw)?;
        Ok(Box::new(move |_, _| Box::pin(std::future::ready(Ok(ready)))))
    }));
    endpoint::<In, Out>(line, Some(scope), summary, run)
}

/// An endpoint that changes the store by what `study` makes of its input: in a snapshot of the store, so that nobody who writes
/// waits meanwhile. What depends on the moment of the change is for the handler to check.
pub(super) fn write_after<In, Studied, Out, S, F>(
    line: &'static str, scope: Scope, summary: &'static str, study: S, handler: F,
) -> Endpoint
where
    In: Input,
    Studied: Send + 'static,
    Out: Output,
    S: for<'a> Handler<Call<'a>, In, Studied>,
    F: for<'a> Handler<Call<'a>, Studied, Out>,
{
    let run = Run::Write(Box::new(move |raw| {
        let input = In::read(raw)?;
        Ok(Box::new(move |app, by| {
            Box::pin(async move {
                let studied = study.call(Call { tx: &mut app.store.read().await?, app, by }, input).await?;
                let ready: Ready = Box::new(move |call| Box::pin(async move { handler.call(call, studied).await?.answer() }));
                Ok(ready)
            })
        }))
    }));
    endpoint::<In, Out>(line, Some(scope), summary, run)
}

/// An endpoint that records into the journal.
pub(super) fn deliver<In, Out, F>(line: &'static str, scope: Scope, summary: &'static str, handler: F) -> Endpoint
where
    In: Input,
    Out: Output,
    F: for<'a> Handler<Delivery<'a>, In, Out>,
{
    let run = Run::Deliver(Box::new(move |raw| {
        let input = In::read(raw)?;
        Ok(Box::new(move |delivery| Box::pin(async move { handler.call(delivery, input).await?.answer() })))
    }));
    endpoint::<In, Out>(line, Some(scope), summary, run)
}

/// The endpoint that shows the table itself; no key is asked for.
pub(super) fn document<Out: Output>(line: &'static str, summary: &'static str) -> Endpoint {
    endpoint::<(), Out>(line, None, summary, Run::Document)
}
