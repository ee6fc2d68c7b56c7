//! Set-ups of the secret and of the settings as a whole.

use serde_json::json;

use super::{OTHER_SECRET, set_up};
use crate::doctor::set_up::{Needs, SetUp};
use crate::support::SECRET;

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
];
