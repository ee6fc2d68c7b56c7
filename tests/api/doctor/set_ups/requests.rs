//! Set-ups of cookies, proxies, Redis and get-session.

use serde_json::json;

use super::set_up;
use crate::doctor::fixture::{captured_jwk, start_better_auth_with};
use crate::doctor::set_up::{Needs, Place, SetUp};
use crate::support::RedisServer;

pub const SET_UPS: &[SetUp] = &[
    set_up!(
        "Better Auth has another cookie prefix",
        BetterAuth,
        1,
        [("cookie", "FAIL", "Better Auth sets shop.session_token"),],
        |place| {
            let kept = place.better_auth(json!({ "cookiePrefix": "shop" }));
            place.keep(kept);
        }
    ),
    set_up!(
        "an https front end, but the service expects the cookie of http",
        Sqlite,
        1,
        [("cookie", "FAIL", "Better Auth sets __Secure-better-auth.session_token"),],
        |place| {
            https(place, &[("COOKIE_SECURE", "false"), ("TRUSTED_PROXIES", "127.0.0.1")]);
        }
    ),
    set_up!(
        "Better Auth sets the cookie of https, the service expects that of http",
        BetterAuth,
        1,
        [("cookie", "FAIL", "Better Auth sets __Secure-better-auth.session_token"),],
        |place| {
            let kept = place.better_auth(json!({ "secureCookies": true }));
            place.keep(kept);
        }
    ),
    set_up!(
        "behind a proxy, without `TRUSTED_PROXIES`",
        Sqlite,
        0,
        [("proxies", "warn", "share REFUSAL_LIMIT")],
        |place| {
            https(place, &[("REFUSAL_LIMIT", "10/s burst 100")]);
        }
    ),
    set_up!(
        "`TRUSTED_PROXIES` contains every address",
        Sqlite,
        0,
        [("proxies", "warn", "chooses its own address")],
        |place| {
            let kept = (place.sqlite(), place.front_end());
            place.set("TRUSTED_PROXIES", "0.0.0.0/0");
            place.keep(kept);
        }
    ),
    set_up!(
        "no `BETTER_AUTH_URL`",
        Sqlite,
        0,
        [("origins", "warn", "no trusted origin"), ("cookie", "warn", "is not set")],
        |place| {
            let app = place.sqlite();
            place.set("BETTER_AUTH_URL", "");
            place.keep(app);
        }
    ),
    set_up!(
        "`SESSION_SOURCE=redis`, everything agrees",
        BetterAuth,
        0,
        [("sessions", "ok", "with the prefix of Better Auth's keys"),],
        |place| {
            redis(place, "better-auth:");
        }
    ),
    set_up!(
        "`SESSION_SOURCE=redis` with another prefix than Better Auth's",
        BetterAuth,
        1,
        [("sessions", "FAIL", "have the prefix \"shop:\""),],
        |place| {
            redis(place, "shop:");
        }
    ),
    set_up!(
        "`SESSION_SOURCE=redis`, and Redis cannot be reached",
        Sqlite,
        1,
        [("sessions", "FAIL", "cannot be looked up")],
        |place| {
            let kept = (place.sqlite(), place.front_end());
            place.set("SESSION_SOURCE", "redis");
            place.set("REDIS_URL", "redis://127.0.0.1:0");
            place.keep(kept);
        }
    ),
    set_up!(
        "`SESSION_SOURCE=http`, and the front end cannot be reached",
        Sqlite,
        1,
        [("sessions", "FAIL", "cannot be looked up"),],
        |place| {
            let app = place.sqlite();
            place.set("SESSION_SOURCE", "http");
            place.keep(app);
        }
    ),
];

/// A front end with https that cannot be reached from here, with the key set at another address.
fn https(place: &mut Place, settings: &[(&str, &str)]) {
    let kept = (place.sqlite(), start_better_auth_with(&[captured_jwk()], ""));
    place.set("JWKS_URL", kept.1.url());
    place.mask_front_end(&kept.1.base());
    place.set("BETTER_AUTH_URL", "https://localhost:0");
    place.mask("https://localhost:0", "https://app.example.com");
    settings.iter().for_each(|(name, value)| place.set(name, value));
    place.keep(kept);
}

/// A Better Auth with its sessions in Redis, below this prefix.
fn redis(place: &mut Place, prefix: &str) {
    let redis = RedisServer::start();
    let kept = place.better_auth(json!({ "redis": { "url": redis.url(), "prefix": prefix } }));
    place.set("SESSION_SOURCE", "redis");
    place.set("REDIS_URL", redis.url());
    place.set("REDIS_KEY_PREFIX", "better-auth:");
    place.mask(redis.url(), "redis://localhost:6379");
    place.keep((redis, kept));
}
