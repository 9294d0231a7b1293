//! Listening, connections, and the limits of both.
//!
//! Each thread has a runtime and a listener of its own on the same port (`SO_REUSEPORT`), so a redirect never changes
//! threads. API requests run on the control runtime: a slow query holds up no redirect.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::http::app::Shared;
use crate::http::dispatch::{self, Connection, Limits};
use crate::http::edge::Edge;
use crate::http::express;
use crate::http::patience::Patient;
use crate::http::stop::Stop;

/// Bytes of request line and headers that are read before a request is refused with 431.
pub const HEADER_BYTES_MAX: usize = 16 << 10;
/// Connections the kernel may hold ready for each listener.
const BACKLOG: i32 = 4_096;
/// How long accepting rests when the process has no file descriptors left; doubled up to a second.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// What a thread needs to serve connections.
#[derive(Clone)]
pub struct Server {
    /// What every handler can reach.
    pub app: Shared,
    /// Where API requests run.
    pub control: Handle,
    /// Turns true when the server is to stop.
    pub stop: watch::Receiver<bool>,
    /// How long open requests may take after that.
    pub stop_after: Duration,
    /// Silence allowed before and between requests, and the time for one request's headers.
    pub idle: Duration,
    /// Limits of a request.
    pub limits: Limits,
    /// One permit a connection that is served; each thread may hold one more, accepted but not yet read.
    pub room: Arc<Semaphore>,
}

/// Binds one listener a thread to the same address. Port 0 takes a free port.
///
/// # Errors
/// The address is in use, by this program or another, or may not be bound.
pub fn bind(address: SocketAddr, threads: usize) -> io::Result<(SocketAddr, Vec<std::net::TcpListener>)> {
    // Alone first: SO_REUSEPORT would quietly share the port with another Kudos.
    let probe = listener(address, false)?;
    let address = probe.local_addr()?;
    drop(probe);
    let listeners = (0..threads.max(1)).map(|_| listener(address, true)).collect::<io::Result<_>>()?;
    Ok((address, listeners))
}

fn listener(address: SocketAddr, shared: bool) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Server {
    /// Serves one listener on the current thread's runtime until the stop, then until its connections are done.
    ///
    /// # Errors
    /// The listener cannot be used with the runtime.
    pub async fn run(self, listener: std::net::TcpListener) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        let (lane, driver) = self.app.journal.lane();
        tokio::spawn(driver);
        let mut stop = self.stop.clone();
        let mut open = tokio::task::JoinSet::new();
        let mut rest = ACCEPT_REST;
        // One that was accepted and waits for room. None is taken before, or a thread that nobody turns to would hold it.
        let mut next = None;
        loop {
            let accept = async {
                if next.is_none() {
                    next = Some(listener.accept().await?);
                }
                // The semaphore is never closed.
                self.room.clone().acquire_owned().await.map_err(io::Error::other)
            };
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some(_) = open.join_next() => {}
                accepted = accept => match accepted {
                    Ok(permit) => {
                        let Some((stream, peer)) = next.take() else { continue };
                        rest = ACCEPT_REST;
                        self.app.metrics.connections.inc();
                        let _ = stream.set_nodelay(true);
                        let edge = Edge { app: self.app.clone(), lane: lane.clone(), clock: self.app.clock.clone(), peer: peer.ip(), inside: None };
                        let connection = self.clone().connection(edge, stream);
                        open.spawn(async move {
                            connection.await;
                            drop(permit);
                        });
                    }
                    Err(why) if is_of_one_connection(&why) => {}
                    Err(why) => {
                        tracing::error!(%why, "connections cannot be accepted; resting");
                        tokio::time::sleep(rest).await;
                        rest = (rest * 2).min(Duration::from_secs(1));
                    }
                },
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
        Ok(())
    }

    /// Serves one connection, of the network or of the demo's own making, until it closes or the stop is over.
    pub fn connection<S>(self, edge: Edge, stream: S) -> impl Future<Output = ()> + Send
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut stop, stop_after, idle) = (Stop::new(self.stop), self.stop_after, self.idle);
        let shared = Arc::new(Connection { edge, control: self.control, limits: self.limits });
        async move {
            let Some(stream) = express::serve(&shared.edge, Patient::new(stream, idle), idle, &mut stop).await else { return };
            let serve = move |request: hyper::Request<Incoming>| {
                let answer = dispatch::answer(shared.clone(), request);
                async move { Ok::<_, Infallible>(answer.await) }
            };
            let connection = http1::Builder::new()
                // Without a timer the timeout would be inert. It covers the first byte, the headers and keep-alive.
                .timer(TokioTimer::new())
                .header_read_timeout(idle)
                .max_buf_size(HEADER_BYTES_MAX)
                .serve_connection(TokioIo::new(stream), service_fn(serve));
            let mut connection = pin!(connection);
            let stopped = poll_fn(|context| match connection.as_mut().poll(context) {
                Poll::Ready(_) => Poll::Ready(false),
                Poll::Pending if stop.poll(context) => Poll::Ready(true),
                Poll::Pending => Poll::Pending,
            });
            if stopped.await {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(stop_after, connection).await;
            }
        }
    }
}

/// Errors of `accept` that concern the one connection that was about to be made.
fn is_of_one_connection(why: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(why.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// The address on the other end of a connection that did not come from the network.
pub const INTERNAL_PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
