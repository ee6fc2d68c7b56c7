//! Serves each user's notes on 127.0.0.1. Accepts Better Auth's session cookies, JWTs and Bearer session tokens.
//!
//! Environment variables: `BETTER_AUTH_URL`, `BETTER_AUTH_SECRET`, `PORT` (default: 0, any free port).

use std::collections::HashMap;
use std::sync::Mutex;

use actix_web::web::{Data, Json};
use actix_web::{App, HttpResponse, HttpServer, get, post};
use better_auth_guard::actix::GuardMiddleware;
use better_auth_guard::sessions::HttpSessions;
use better_auth_guard::{Authenticated, CookieName, Guard, Owner, Secret, endpoints};
use serde_json::{Value, json};

/// Maps a user's id to the notes.
type Notes = Mutex<HashMap<String, Vec<String>>>;

#[get("/api/me")]
async fn me(user: Authenticated) -> Json<Value> {
    Json(json!({ "user_id": user.user_id(), "credential": user.kind().as_str() }))
}

#[get("/api/{user_id}/notes")]
async fn list_notes(owner: Owner, notes: Data<Notes>) -> Json<Vec<String>> {
    let notes = notes.lock().expect("no handler panics");
    Json(notes.get(owner.as_str()).cloned().unwrap_or_default())
}

#[post("/api/{user_id}/notes")]
async fn add_note(owner: Owner, notes: Data<Notes>, text: String) -> HttpResponse {
    let mut notes = notes.lock().expect("no handler panics");
    notes.entry(owner.as_str().to_owned()).or_default().push(text);
    HttpResponse::Created().finish()
}

fn build_guard() -> Result<Guard, Box<dyn std::error::Error>> {
    let base_url = std::env::var("BETTER_AUTH_URL")?;
    let cookie = CookieName::new("better-auth", None, base_url.starts_with("https:"));
    let sessions = HttpSessions::new(&endpoints::get_session_url(base_url.parse()?), &cookie);
    let secret = Secret::new(std::env::var("BETTER_AUTH_SECRET")?);
    Ok(Guard::builder().secrets([secret]).base_url(base_url).sessions(sessions).build()?)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let guard = build_guard()?;
    let notes = Data::new(Notes::default());
    let port = std::env::var("PORT").map_or(Ok(0), |port| port.parse())?;
    let server = HttpServer::new(move || {
        let app = App::new().app_data(notes.clone()).service(me).service(list_notes).service(add_note);
        app.wrap(GuardMiddleware::new(guard.clone()))
    });
    let server = server.workers(1).bind(("127.0.0.1", port))?;
    println!("listening on {}", server.addrs()[0]);
    Ok(server.run().await?) // drains connections on SIGTERM
}
