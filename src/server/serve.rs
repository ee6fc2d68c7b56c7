//! Runs the server: listens, serves, drains and stops.

use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use actix_web::{HttpServer, web};

use crate::config::HttpSettings;
use crate::connections;
use crate::server::app::{app, metrics_app};
use crate::server::background;
use crate::state::AppState;

/// Runs the server until `stop` resolves, then drains connections.
///
/// `metrics` is the listener of a separate metrics address. The service serves metrics until it stops.
///
/// # Errors
/// A listener is unusable.
pub async fn serve(
    listener: TcpListener,
    metrics: Option<TcpListener>,
    state: web::Data<AppState>,
    settings: &HttpSettings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let background = actix_web::rt::spawn(background::run(state.clone()));
    let metrics = metrics.map(|listener| serve_metrics(listener, state.clone())).transpose()?;
    let (delay, second_handle) = (settings.shutdown_delay, listener.try_clone()?);
    let application_state = state.clone();
    let server = connections::listen(listener, settings, move || app(application_state.clone()))?;
    let handle = server.handle();
    let stopping = actix_web::rt::spawn(async move {
        stop.await;
        state.shutdown.drain(&handle, second_handle, delay).await;
        handle.stop(true).await;
    });
    let server = server.await;
    stopping.abort();
    background.abort();
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    server
}

fn serve_metrics(listener: TcpListener, state: web::Data<AppState>) -> std::io::Result<ServerHandle> {
    let server = HttpServer::new(move || metrics_app(state.clone()))
        .workers(1)
        .max_connections(64)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}
