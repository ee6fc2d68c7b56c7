//! More requests than are allowed, or than are counted.

use super::{ANY_LENGTH, ATTACKER, Attack, Load, nothing};
use crate::support::{self, Database};
use crate::wire::request;

/// Without a credential.
pub const READYZ: Attack = Attack {
    name: "readyz_flood",
    fill: nothing,
    load: || {
        let request = request("GET /readyz", "", b"");
        Load::Flood(Box::new(move |_, ask| drop(ask(&request))))
    },
    accepted: &[200],
    longest_answer: ANY_LENGTH,
};

/// Over `RATE_LIMIT`, with one token after the other: none is known from an earlier request until all have come.
pub const OVER_THE_LIMIT_BY_JWT: Attack = Attack {
    name: "over_the_limit_by_jwt",
    fill: nothing,
    load: || {
        let requests: Vec<Vec<u8>> = (0..5_000).map(|number| request("GET /api/tasks", &token(number), b"")).collect();
        Load::Flood(Box::new(move |number, ask| drop(ask(&requests[number as usize % requests.len()]))))
    },
    accepted: &[200, 429],
    longest_answer: ANY_LENGTH,
};

/// Over `RATE_LIMIT`, with a session that is looked up in the database.
pub const OVER_THE_LIMIT_BY_COOKIE: Attack = Attack {
    name: "over_the_limit_by_cookie",
    fill: sign_in,
    load: || {
        let request = request(&format!("GET /api/tasks\nCookie: {}", support::cookie(SESSION)), "", b"");
        Load::Flood(Box::new(move |_, ask| drop(ask(&request))))
    },
    accepted: &[200, 429],
    longest_answer: ANY_LENGTH,
};

/// A session's token, as long as Better Auth's.
const SESSION: &str = "tokattacker000000000000000000000";

/// A token of the attacker's that differs from the others.
fn token(number: u32) -> String {
    support::token_with(&serde_json::json!({ "sub": ATTACKER, "jti": number.to_string() }))
}

/// Better Auth's tables, with a session of the attacker's.
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
