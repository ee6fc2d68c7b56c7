//! The table of set-ups: one good deployment of each kind, and deployments with one thing wrong.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::fixture::{captured_jwk, start_better_auth_with};
use super::set_up::{Needs, Place, SetUp};
use crate::support::{App, Cluster, RedisServer, SECRET, config, ed25519_jwk};

/// A secret that Better Auth does not have.
const OTHER_SECRET: &str = "Nn3vQe9sKk1XyZ7pTt5uWw8bRr2cMm4d";

macro_rules! set_up {
    ($name:literal, $needs:ident, $code:literal, [$($says:expr),* $(,)?], $make:expr $(,)?) => {
        SetUp { name: $name, needs: Needs::$needs, code: $code, says: &[$($says),*], make: $make }
    };
}

/// All set-ups, in the order of the page.
pub const SET_UPS: &[SetUp] = &[
    set_up!(
        "a cookie front end, everything agrees",
        BetterAuth,
        0,
        [
            ("secret", "ok", "it decrypts key"),
            ("key set", "ok", "the jwks table has the same"),
            ("front end", "ok", "the same secret and cookie name"),
            ("sessions", "ok", "look-up succeeded"),
        ],
        |place| {
            let kept = place.better_auth(json!({}));
            place.keep(kept);
        }
    ),
    set_up!(
        "a front end without the jwt plugin, everything agrees",
        BetterAuth,
        0,
        [("secret", "ok", "verifies its signature"),],
        |place| {
            let kept = place.better_auth(json!({ "jwt": false }));
            place.keep(kept);
        }
    ),
    set_up!(
        "the secret was rotated in both (`BETTER_AUTH_SECRETS`)",
        BetterAuth,
        0,
        [("secret", "ok", "it decrypts key"),],
        |place| {
            let secrets = json!([{ "version": 2, "value": OTHER_SECRET }, { "version": 1, "value": SECRET }]);
            let kept = place.better_auth(json!({ "secret": null, "secrets": secrets }));
            place.set("BETTER_AUTH_SECRETS", format!("2:{OTHER_SECRET},1:{SECRET}"));
            place.keep(kept);
        }
    ),
    set_up!(
        "clients send JWTs only, the database is the service's own",
        Sqlite,
        0,
        [("sessions", "warn", "JWTs work, requests with cookies get 503"),],
        |place| {
            let kept = (place.migrated_sqlite(), place.front_end());
            place.keep(kept);
        }
    ),
    set_up!(
        "a cookie front end without the jwt plugin, not reachable from here",
        Sqlite,
        0,
        [("secret", "-", "not verified: pipe a cookie to `task-api verify`"), ("key set", "warn", "cookies work"),],
        |place| {
            let app = place.sqlite_without_keys();
            app.execute("DROP TABLE jwks");
            place.keep(app);
        }
    ),
    set_up!(
        "`BETTER_AUTH_SECRET` differs from Better Auth's",
        BetterAuth,
        1,
        [("secret", "FAIL", "another secret encrypted key"),],
        |place| {
            let kept = place.better_auth(json!({}));
            place.set("BETTER_AUTH_SECRET", OTHER_SECRET);
            place.keep(kept);
        }
    ),
    set_up!(
        "`BETTER_AUTH_SECRET` differs, without the jwt plugin",
        BetterAuth,
        1,
        [("secret", "FAIL", "Better Auth at BETTER_AUTH_URL has another secret"),],
        |place| {
            let kept = place.better_auth(json!({ "jwt": false }));
            place.set("BETTER_AUTH_SECRET", OTHER_SECRET);
            place.keep(kept);
        }
    ),
    set_up!(
        "`BETTER_AUTH_SECRET` is in quotes (`docker run --env-file`)",
        Sqlite,
        1,
        [("secret", "FAIL", "the quotes around it are part of it here"),],
        |place| {
            let app = place.sqlite();
            place.set("BETTER_AUTH_SECRET", format!("\"{SECRET}\""));
            place.keep(app);
        }
    ),
    set_up!(
        "white space around `BETTER_AUTH_SECRET`, in Better Auth too",
        BetterAuth,
        1,
        [("secret", "FAIL", "has the white space around it, which this service removes"),],
        |place| {
            let spaced = format!("{SECRET} ");
            let kept = place.better_auth(json!({ "secret": spaced }));
            place.set("BETTER_AUTH_SECRET", spaced);
            place.keep(kept);
        }
    ),
    set_up!("no secret", Sqlite, 1, [("secret", "FAIL", "no secret is set")], |place| {
        let app = place.sqlite();
        place.set("BETTER_AUTH_SECRET", "");
        place.keep(app);
    }),
    set_up!(
        "Better Auth's public default secret, on all addresses",
        Sqlite,
        1,
        [("secret", "FAIL", "the default from Better Auth's source"),],
        |place| {
            let app = place.sqlite();
            place.set("BETTER_AUTH_SECRET", "better-auth-secret-12345678901234567890");
            place.set("HOST", "0.0.0.0");
            place.keep(app);
        }
    ),
    set_up!("a setting has an invalid value", Sqlite, 1, [("settings", "FAIL", "SESSION_SOURCE must be")], |place| {
        let app = place.sqlite();
        place.set("SESSION_SOURCE", "cookies");
        place.keep(app);
    }),
    set_up!(
        "`DATABASE_URL` forgotten: an empty default file",
        Sqlite,
        1,
        [("sessions", "FAIL", "DATABASE_URL is not set"),],
        |place| {
            let front_end = place.front_end();
            let folder = place.folder().join("data");
            std::fs::create_dir(&folder).unwrap();
            crate::support::migrate(&format!("sqlite:{}", folder.join("task-api.db").display()));
            place.keep(front_end);
        }
    ),
    set_up!(
        "`DATABASE_URL` names a file that does not exist",
        Sqlite,
        1,
        [("database", "FAIL", "does not exist")],
        |place| {
            let front_end = place.front_end();
            place.set("DATABASE_URL", "sqlite:data/tasks.db");
            place.keep(front_end);
        }
    ),
    set_up!("PostgreSQL cannot be reached", Sqlite, 1, [("database", "FAIL", "cannot be opened")], |place| {
        let front_end = place.front_end();
        place.set("DATABASE_URL", "postgres://task_api@%2Frun%2Fnone/task_api");
        place.keep(front_end);
    }),
    set_up!(
        "a database without Better Auth's tables, no jwt plugin",
        Sqlite,
        1,
        [("sessions", "FAIL", "no table session of Better Auth"),],
        |place| {
            let app = place.migrated_sqlite();
            place.keep(app);
        }
    ),
    set_up!(
        "the database of another Better Auth",
        BetterAuth,
        1,
        [("key set", "FAIL", "the database is that of another Better Auth"),],
        |place| {
            let app = place.migrated_sqlite();
            let stored = place.other_better_auth(&app, json!({}));
            let other = App::start(crate::support::Database::Sqlite);
            let served = place.other_better_auth(&other, json!({}));
            place.set("BETTER_AUTH_URL", &served.origin);
            place.keep((app, stored, other, served));
        }
    ),
    set_up!(
        "the database of another Better Auth with another secret",
        BetterAuth,
        1,
        [
            ("secret", "FAIL", "DATABASE_URL is the database of another Better Auth"),
            ("key set", "FAIL", "the jwks table has other keys"),
        ],
        |place| {
            let app = place.migrated_sqlite();
            let stored = place.other_better_auth(&app, json!({ "secret": OTHER_SECRET }));
            let other = App::start(crate::support::Database::Sqlite);
            let served = place.other_better_auth(&other, json!({}));
            place.set("BETTER_AUTH_URL", &served.origin);
            place.keep((app, stored, other, served));
        }
    ),
    set_up!(
        "the front end cannot be reached, its keys are in the database",
        Sqlite,
        0,
        [("key set", "warn", "they cannot be compared"),],
        |place| {
            let app = place.sqlite();
            place.keep(app);
        }
    ),
    set_up!(
        "`JWKS_URL` cannot be reached",
        Sqlite,
        1,
        [("key set", "FAIL", "JWTs of the jwt plugin get 503")],
        |place| {
            let kept = (place.sqlite(), place.front_end());
            place.set("JWKS_URL", "http://localhost:0/api/auth/jwks");
            place.keep(kept);
        }
    ),
    set_up!(
        "`JWKS_URL` is the key set of another project",
        Sqlite,
        1,
        [("key set", "FAIL", "or the key set is that of another project"),],
        |place| {
            let kept = (place.sqlite(), place.front_end(), start_better_auth_with(&[ed25519_jwk("other")], ""));
            place.set("JWKS_URL", kept.2.url());
            place.mask(kept.2.base(), "https://other.example.com");
            place.keep(kept);
        }
    ),
    set_up!(
        "`JWT_ALGORITHMS` without that of the keys",
        Sqlite,
        1,
        [("key set", "FAIL", "contains none of them")],
        |place| {
            let kept = (place.sqlite(), place.front_end());
            place.set("JWT_ALGORITHMS", "HS256,RS256");
            place.keep(kept);
        }
    ),
    set_up!("Better Auth's clock is an hour off", Sqlite, 1, [("clock", "FAIL", "the key set's server -")], |place| {
        let date = (Utc::now() - TimeDelta::hours(1)).format("Date: %a, %d %b %Y %H:%M:%S GMT").to_string();
        let kept = (place.sqlite(), start_better_auth_with(&[captured_jwk()], &date));
        place.set("BETTER_AUTH_URL", kept.1.base());
        place.mask_front_end(&kept.1.base());
        for seconds in 3595..3620 {
            place.mask(format!("-{seconds} s"), "-3600 s");
        }
        place.keep(kept);
    }),
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
    set_up!("migrations are pending", Sqlite, 1, [("migrations", "FAIL", "pending: ")], |place| {
        let kept = (place.sqlite(), place.front_end());
        let newest = task_api::db::Migrator::connect(&kept.0.config.database).unwrap().revert().unwrap().unwrap();
        place.mask(newest, "2027-01-31-120000_add_estimate");
        place.keep(kept);
    }),
    set_up!(
        "`STATEMENT_TIMEOUT` is too short",
        Sqlite,
        1,
        [("timeouts", "FAIL", "STATEMENT_TIMEOUT is 20ms")],
        |place| {
            let kept = (place.sqlite(), place.front_end());
            place.set("STATEMENT_TIMEOUT", "20ms");
            place.keep(kept);
        }
    ),
    set_up!(
        "PostgreSQL, everything agrees",
        OwnPostgres,
        0,
        [("isolation", "ok", "row-level security is on"), ("secret", "ok", "it decrypts key"),],
        |place| {
            postgres(place, "SELECT 1");
        }
    ),
    set_up!(
        "the role may not read `session`",
        OwnPostgres,
        1,
        [("sessions", "FAIL", "the role task_api may not read public.session"),],
        |place| {
            postgres(place, "REVOKE SELECT ON session FROM task_api");
        }
    ),
    set_up!("the role is a superuser", OwnPostgres, 0, [("isolation", "warn", "the role is a superuser")], |place| {
        postgres(place, "ALTER ROLE task_api SUPERUSER");
    }),
    set_up!(
        "the role is a superuser, with `REQUIRE_ROW_SECURITY`",
        OwnPostgres,
        1,
        [("isolation", "FAIL", "the role is a superuser"),],
        |place| {
            postgres(place, "ALTER ROLE task_api SUPERUSER");
            place.set("REQUIRE_ROW_SECURITY", "true");
        }
    ),
    set_up!(
        "a pooler, without a statement timeout of the role",
        OwnPostgres,
        0,
        [("timeouts", "warn", "a slow statement holds its connection"),],
        |place| {
            postgres(place, "SELECT 1");
            place.set("PREPARED_STATEMENTS", "off");
        }
    ),
    set_up!(
        "a pooler, and a statement timeout of the role that is too short",
        OwnPostgres,
        1,
        [("timeouts", "FAIL", "statement_timeout of the role task_api is 50ms"),],
        |place| {
            postgres(place, "ALTER ROLE task_api SET statement_timeout = '50ms'");
            place.set("PREPARED_STATEMENTS", "off");
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

/// A PostgreSQL with Better Auth's tables, owned by a superuser. `sql` then changes it.
fn postgres(place: &mut Place, sql: &str) {
    let cluster: Cluster = place.postgres();
    let superuser = cluster.superuser_url();
    let admin = App::serve(config(&superuser, &[]), superuser, tempfile::tempdir().unwrap());
    admin.sign_in("alice");
    admin.execute(&super::fixture::insert_captured_key());
    admin.execute("GRANT SELECT ON session, \"user\", jwks TO task_api");
    admin.execute(sql);
    let front_end = place.front_end();
    for seconds in -3..=3 {
        place.mask(format!("the database {seconds:+} s"), "the database +0 s");
    }
    place.keep((cluster, admin, front_end));
}
