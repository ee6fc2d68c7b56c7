//! Serves the crate better-auth on a free port of 127.0.0.1. `BETTER_AUTH_SECRET` is its secret.

mod schema;

use std::sync::Arc;

use axum::Router;
use better_auth::integrations::axum::AxumIntegration;
use better_auth::plugins::{EmailPasswordPlugin, SessionManagementPlugin};
use better_auth::seaorm::{Database, SeaOrmStore};
use better_auth::{AuthConfig, BetterAuth};
use tokio::signal::unix::{SignalKind, signal};

use crate::schema::{AppSchema, create_tables};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The base URL contains the port.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let database = Database::connect("sqlite::memory:").await?;
    create_tables(&database).await?;
    let config = AuthConfig::new(std::env::var("BETTER_AUTH_SECRET")?).base_url(format!("http://{address}"));
    let auth = BetterAuth::<AppSchema>::new(config.clone())
        .store(SeaOrmStore::<AppSchema>::new(config, database))
        .plugin(EmailPasswordPlugin::new().enable_signup(true))
        .plugin(SessionManagementPlugin::new())
        .build()
        .await?;
    let auth = Arc::new(auth);
    let app = Router::new().nest("/api/auth", auth.clone().axum_router()).with_state(auth);
    println!("listening on {address}");
    let mut terminate = signal(SignalKind::terminate())?;
    axum::serve(listener, app).with_graceful_shutdown(async move { _ = terminate.recv().await }).await?;
    Ok(())
}
