//! Set-ups of migrations, timeouts and roles.

use super::set_up;
use crate::doctor::fixture::insert_captured_key;
use crate::doctor::set_up::{Needs, Place, SetUp};
use crate::support::{App, Cluster, config};

pub const SET_UPS: &[SetUp] = &[
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

/// A PostgreSQL with Better Auth's tables, owned by a superuser. `sql` then changes it.
fn postgres(place: &mut Place, sql: &str) {
    let cluster: Cluster = place.postgres();
    let superuser = cluster.superuser_url();
    let admin = App::serve(config(&superuser, &[]), superuser, tempfile::tempdir().unwrap());
    admin.sign_in("alice");
    admin.execute(&insert_captured_key());
    admin.execute("GRANT SELECT ON session, \"user\", jwks TO task_api");
    admin.execute(sql);
    let front_end = place.front_end();
    for seconds in -3..=3 {
        place.mask(format!("the database {seconds:+} s"), "the database +0 s");
    }
    place.keep((cluster, admin, front_end));
}
