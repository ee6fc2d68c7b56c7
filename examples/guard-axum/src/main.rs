//! Serves each user's notes on 127.0.0.1. Accepts Better Auth's session cookies, JWTs and Bearer session tokens.
//!
//! Environment variables: `BETTER_AUTH_URL`, `BETTER_AUTH_SECRET`, `PORT` (default: 0, any free port).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use better_auth_guard::sessions::HttpSessions;
use better_auth_guard::{Authenticated, CookieName, Guard, Owner, Secret, axum::layer, endpoints};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

/// Maps a user's id to the notes.
type Notes = Arc<Mutex<HashMap<String, Vec<String>>>>;

async fn me(user: Authenticated) -> Json<Value> {
    Json(json!({ "user_id": user.user_id(), "credential": user.kind().as_str() }))
}

async fn list_notes(owner: Owner, State(notes): State<Notes>) -> Json<Vec<String>> {
    let notes = notes.lock().expect("no handler panics");
    Json(notes.get(owner.as_str()).cloned().unwrap_or_default())
}

async fn add_note(owner: Owner, State(notes): State<Notes>, text: String) -> StatusCode {
    let mut notes = notes.lock().expect("no handler panics");
    notes.entry(owner.as_str().to_owned()).or_default().push(text);
    StatusCode::CREATED
}

fn build_guard() -> Result<Guard, Box<dyn std::error::Error>> {
    let base_url = std::env::var("BETTER_AUTH_URL")?;
    let cookie = CookieName::new("better-auth", None, base_url.starts_with("https:"));
    let sessions = HttpSessions::new(&endpoints::get_session_url(base_url.parse()?), &cookie);
    let secret = Secret::new(std::env::var("BETTER_AUTH_SECRET")?);
    Ok(Guard::builder().secrets([secret]).base_url(base_url).sessions(sessions).build()?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new().route("/api/me", get(me)).route("/api/{user_id}/notes", get(list_notes).post(add_note));
    let app = app.layer(layer(build_guard()?)).with_state(Notes::default());
    let port: u16 = std::env::var("PORT").map_or(Ok(0), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    let server = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>());
    server.with_graceful_shutdown(async move { _ = terminate.recv().await }).await?;
    Ok(())
}
