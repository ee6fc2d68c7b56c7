//! Accepts connections, and limits the memory of each connection.
//!
//! actix-http does not limit the pipelined requests that it decodes ahead, nor the unsent responses without a body. `HttpServer`
//! does not accept a custom stream, therefore this module builds the same service on `actix_server`.

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
pub(crate) use paced::{Pace, PendingResponse};

/// Size of each socket buffer of a connection, in bytes (Linux doubles it). By default Linux lets the buffers grow to several
/// MiB, which a client that does not read can fill.
const SOCKET_BUFFER: usize = 128 * 1024;
/// Size of the write buffer, in bytes. While it is full, actix-http copies no further chunk of a body.
const WRITE_BUFFER: usize = 16 * 1024;
/// Time during which the rest of an unread body is discarded before the connection closes.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);

/// Builds a server of the application on this listener. The server starts when awaited.
///
/// # Errors
/// The listener is unusable.
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
            .client_disconnect_timeout(DISCARD_TIMEOUT)
            // the request of a disconnected client would keep its slot in the queue, and its response would be discarded
            .h1_allow_half_closed(false)
            .on_connect_ext(|stream: &PacedStream, extensions| drop(extensions.insert(stream.pace())))
            .h1(map_config(application, |()| AppConfig::default()));
        let accept = fn_service(move |stream: TcpStream| {
            set_socket_buffer_sizes(&stream);
            set_tcp_user_timeout(&stream, send_timeout);
            let peer = stream.peer_addr().ok();
            ready(Ok::<_, DispatchError>((PacedStream::new(stream, header_timeout), peer)))
        });
        accept.and_then(http)
    })?;
    Ok(builder.run())
}

/// Sets the socket buffer sizes. Not set on the listener, because it can accept connections before the server runs.
fn set_socket_buffer_sizes(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let set = socket.set_recv_buffer_size(SOCKET_BUFFER).and_then(|()| socket.set_send_buffer_size(SOCKET_BUFFER));
    if let Err(error) = set {
        log::warn!("cannot set the socket buffer sizes of a connection: {error}");
    }
}

/// Sets `TCP_USER_TIMEOUT`. The system then closes a connection whose sent data stays unacknowledged, or whose window stays zero.
fn set_tcp_user_timeout(stream: &TcpStream, timeout: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(timeout)) {
        log::debug!("cannot set TCP_USER_TIMEOUT of a connection: {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, timeout);
}
