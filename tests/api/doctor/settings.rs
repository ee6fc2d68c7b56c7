//! Tests `task-api doctor` on secrets, invalid settings and the settings derived from `BETTER_AUTH_URL`.

use super::fixture::{doctor, start_app, start_better_auth, start_better_auth_with};
use crate::support::{App, Database};

#[test]
fn weak_secrets_are_reported() {
    // no key tells that Better Auth has another secret
    let (app, server) = (App::start(Database::Sqlite), start_better_auth_with(&[], ""));
    app.sign_in("alice");
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", &server.base())];
    for (weak, reason) in
        [("better-auth-secret-12345678901234567890", "default"), ("tiny-and-weak", "shorter than 32 bytes")]
    {
        let weak = [settings[0], settings[1], ("BETTER_AUTH_SECRET", weak)];
        let public = doctor(&[weak.as_slice(), &[("HOST", "0.0.0.0")]].concat());
        public.expect_failed("secret", &[reason, "openssl rand -base64 32"]);
        public.expect_failed("settings", &["BETTER_AUTH_SECRET is "]);
        public.expect_ok(&["database", "sessions"]);
        let loopback = doctor(&weak);
        assert!(loopback.code == 0 && loopback.line("secret").contains("  warn  "), "{}", loopback.text);
    }
    let none = doctor(&[settings[0], settings[1], ("BETTER_AUTH_SECRET", "")]);
    none.expect_failed("secret", &["no secret is set", "set BETTER_AUTH_SECRET to Better Auth's secret"]);
}

#[test]
fn invalid_settings_and_the_effects_of_the_url_are_reported() {
    let report = doctor(&[("COOKIE_SECURE", "maybe"), ("TRUSTED_ORIGINS", "https://a.example/path")]);
    report.expect_failed("settings", &["COOKIE_SECURE must be auto, true or false"]);
    assert!(report.text.contains("TRUSTED_ORIGINS (part 1) must be only an origin"), "{}", report.text);
    // The checks that do not need the invalid settings still run.
    report.expect_ok(&["origins", "cookie"]);
    assert!(report.line("secret").contains("  -     1 secret, "), "{}", report.text);
    let report = doctor(&[("DATABASE_URL", "postgres-db")]);
    report.expect_failed("settings", &["DATABASE_URL must start with sqlite:"]);
    assert!(report.line("database").contains("not checked: the settings are invalid"), "{}", report.text);
    let (app, server) = (start_app(Database::Sqlite), start_better_auth());
    let url = server.url();
    let settings = [("DATABASE_URL", app.url.as_str()), ("JWKS_URL", url.as_str())];
    let https = doctor(&[settings[0], settings[1], ("BETTER_AUTH_URL", "https://localhost:0/api/auth")]);
    assert!(https.line("cookie").contains("__Secure-better-auth.session_token"), "{}", https.text);
    assert!(https.code == 0 && https.line("origins").contains("trusted: https://localhost:0\n"), "{}", https.text);
    let none = doctor(&[settings[0], settings[1], ("BETTER_AUTH_URL", "")]);
    for (name, word) in [("cookie", "set BETTER_AUTH_URL, or COOKIE_SECURE"), ("origins", "no trusted origin")] {
        assert!(
            none.code == 0 && none.line(name).contains("  warn  ") && none.line(name).contains(word),
            "{}",
            none.text
        );
    }
}
