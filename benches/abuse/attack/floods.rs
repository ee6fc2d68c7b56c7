//! Requests above the rate limit, or without one.

use super::{ATTACKER, Attack, Load, UNLIMITED, no_tasks};
use crate::support::{self, Database};
use crate::wire::request;

/// Floods `/readyz` without a credential.
pub const READYZ: Attack = Attack {
    name: "readyz_flood",
    fill: no_tasks,
    load: || {
        let request = request("GET /readyz", "", b"");
        Load::Flood(Box::new(move |_, send| drop(send(&request))))
    },
    accepted: &[200],
    max_response: UNLIMITED,
};

/// Exceeds `RATE_LIMIT` with 5,000 tokens in turn. A token is not in the cache at its first use.
pub const OVER_THE_LIMIT_BY_JWT: Attack = Attack {
    name: "over_the_limit_by_jwt",
    fill: no_tasks,
    load: || {
        let requests: Vec<Vec<u8>> = (0..5_000).map(|number| request("GET /api/tasks", &token(number), b"")).collect();
        Load::Flood(Box::new(move |number, send| drop(send(&requests[number as usize % requests.len()]))))
    },
    accepted: &[200, 429],
    max_response: UNLIMITED,
};

/// Exceeds `RATE_LIMIT` with a session that the service looks up in the database.
pub const OVER_THE_LIMIT_BY_COOKIE: Attack = Attack {
    name: "over_the_limit_by_cookie",
    fill: sign_in,
    load: || {
        let request = request(&format!("GET /api/tasks\nCookie: {}", support::cookie(SESSION)), "", b"");
        Load::Flood(Box::new(move |_, send| drop(send(&request))))
    },
    accepted: &[200, 429],
    max_response: UNLIMITED,
};

/// A session token with the length of Better Auth's tokens.
const SESSION: &str = "tokattacker000000000000000000000";

/// Returns a distinct token of the attacker for each number.
fn token(number: u32) -> String {
    support::token_with(&serde_json::json!({ "sub": ATTACKER, "jti": number.to_string() }))
}

/// Creates Better Auth's tables with a session of the attacker.
fn sign_in(database: &Database) {
    let date = if database.url.starts_with("sqlite:") { "date" } else { "timestamptz" };
    let (past, future) = ("'2024-01-01T00:00:00.000Z'", "'2100-01-01T00:00:00.000Z'");
    database.execute(&format!(
        r#"create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
            "emailVerified" boolean not null, "image" text, "createdAt" {date} not null, "updatedAt" {date} not null);
        create table "session" ("id" text not null primary key, "expiresAt" {date} not null, "token" text not null unique,
            "createdAt" {date} not null, "updatedAt" {date} not null, "ipAddress" text, "userAgent" text,
            "userId" text not null references "user" ("id") on delete cascade);
        insert into "user" values ('{ATTACKER}', 'A', 'a@example.com', true, null, {past}, {past});
        insert into "session" values ('s', {future}, '{SESSION}', {past}, {past}, '', '', '{ATTACKER}');"#
    ));
}
