//! Accepts connections, and bounds the memory that each of them can take.
//!
//! actix-http bounds neither the requests that it decodes ahead of their turn nor the responses without a body that it has not sent
//! yet. `HttpServer` leaves no place for a stream of our own, so that this module builds the same service on `actix_server`.

mod paced;

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{HttpService, Request, Response};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::Error;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;

use crate::config::HttpSettings;
use crate::connections::paced::PacedStream;
pub(crate) use paced::{Answering, Pace};

/// The system's buffers of a connection, in bytes each way (Linux takes twice as much). By default Linux lets them grow to several
/// MiB, which a client that does not read could fill.
const SYSTEM_BUFFER: usize = 128 * 1024;
/// The bytes of responses beyond which no further part of a body is copied for sending.
const WRITE_BUFFER: usize = 16 * 1024;
/// How long the rest of a refused body is read and dropped, until the connection is closed.
const LINGER: Duration = Duration::from_secs(1);

/// Serves these applications on this listener. The server runs once it is awaited.
///
/// # Errors
/// The listener cannot be used.
pub(crate) fn listen<F, I, S, B>(listener: TcpListener, settings: &HttpSettings, application: F) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let (keep_alive, header_timeout, send_timeout) =
        (settings.keep_alive, settings.header_timeout, settings.send_timeout);
    let builder = ServerBuilder::new()
        .workers(settings.workers)
        .max_concurrent_connections(settings.max_connections.div_ceil(settings.workers))
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("task-api", listener, move || {
        let stopping = stopping.clone();
        let application = application().into_factory().map_err(|error: S::Error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .h1_write_buffer_size(WRITE_BUFFER)
            .keep_alive(keep_alive)
            .client_request_timeout(header_timeout)
            .client_disconnect_timeout(LINGER)
            // a client that closes its connection has gone: its request would keep its place in the queue, and be carried out for nobody
            .h1_allow_half_closed(false)
            .on_connect_ext(|stream: &PacedStream, extensions| drop(extensions.insert(stream.pace())))
            .h1(map_config(application, |()| AppConfig::default()));
        let accept = fn_service(move |stream: TcpStream| {
            bound_system_buffers(&stream);
            set_tcp_user_timeout(&stream, send_timeout);
            let peer = stream.peer_addr().ok();
            ready(Ok::<_, DispatchError>((PacedStream::new(stream, header_timeout), peer)))
        });
        accept.and_then(http)
    })?;
    Ok(builder.run())
}

/// Sets the size of the system's buffers. Not on the listener: a connection may have been made before the server runs.
fn bound_system_buffers(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let set = socket.set_recv_buffer_size(SYSTEM_BUFFER).and_then(|()| socket.set_send_buffer_size(SYSTEM_BUFFER));
    if let Err(error) = set {
        log::warn!("a connection keeps the system's own buffer sizes: {error}");
    }
}

/// Has the system cut a connection whose client does not read: what was sent stays unacknowledged, or its window closed, for so long.
fn set_tcp_user_timeout(stream: &TcpStream, timeout: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(timeout)) {
        log::debug!("a connection has no timeout for sending: {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, timeout);
}
