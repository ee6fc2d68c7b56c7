//! Set-ups of databases, of sessions, and of key sets.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::{OTHER_SECRET, set_up};
use crate::doctor::fixture::{captured_jwk, start_better_auth_with};
use crate::doctor::set_up::{Needs, SetUp};
use crate::support::{App, Database, ed25519_jwk};

pub const SET_UPS: &[SetUp] = &[
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
            let other = App::start(Database::Sqlite);
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
            let other = App::start(Database::Sqlite);
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
];
