//! Tests `task-api doctor` with an OAuth provider: the rules for `aud` and `iss`, and the client tables.

use super::fixture::{doctor, start_app, start_better_auth};
use crate::on_both;
use crate::support::Database;

on_both!(clients_of_an_oauth_provider_are_reported);

/// The ID tokens of these clients are signed with the keys that the service trusts.
fn clients_of_an_oauth_provider_are_reported(database: Database) {
    let server = start_better_auth();
    let base = server.base();
    let any = [("JWT_AUDIENCE", "any"), ("JWT_ISSUER", "any")];
    for (table, columns) in [
        (r#""oauthClient""#, r#""id" text, "clientId" text, "redirectUris" text"#),
        (r#""oauth_clients""#, "id text, client_id text, redirect_uris text"),
        (r#""oauthApplication""#, r#""id" text, "clientId" text, "redirectUrls" text"#),
        (r#""OauthApplication""#, "id text, client_id text, redirect_urls text"),
        (r#""oauthclient""#, "id text, identifier text"),
        // a custom table name of the front end
        (r#""third_parties""#, r#"id text, "clientId" text, "redirectURLs" text"#),
    ] {
        let app = start_app(database);
        let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", base.as_str())];
        let none = doctor(&settings);
        none.expect_ok(&["JWT claims"]);
        let rules = format!("aud must be {base} (BETTER_AUTH_URL); iss must be {base} (BETTER_AUTH_URL)");
        assert!(none.line("JWT claims").contains(&rules) && !none.text.contains("OAuth"), "{}", none.text);
        app.execute(&format!("CREATE TABLE {table} ({columns})"));
        let warning = format!("{table} receive tokens signed with the same keys");
        let checked = doctor(&settings);
        checked.expect_ok(&["JWT claims"]);
        let line = checked.line("JWT claims");
        assert!(line.contains(&warning) && line.contains("these rules reject them"), "{}", checked.text);
        for disabled in [&any[..1], &any[1..], &any[..]] {
            let report = doctor(&[settings.as_slice(), disabled].concat());
            let line = report.line("JWT claims");
            assert!(report.code == 0 && line.contains("  warn  ") && line.contains(&warning), "{}", report.text);
            assert!(
                line.contains("is not checked") && line.contains("-> set BETTER_AUTH_URL, or JWT_AUDIENCE"),
                "{line}"
            );
        }
    }
    // Tables of access tokens and of linked accounts are no client tables.
    let app = start_app(database);
    app.execute(
        r#"CREATE TABLE "oauthAccessToken" ("id" text, "clientId" text); CREATE TABLE account ("id" text, "providerId" text)"#,
    );
    let report = doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", ""), ("JWKS_URL", &server.url())]);
    let line = report.line("JWT claims");
    assert!(
        line.contains("  warn  aud is not checked; iss is not checked\n") && !line.contains("OAuth"),
        "{}",
        report.text
    );
    assert!(report.line("settings").contains("all are valid"), "{}", report.text);
    assert!(
        report.text.contains("JWT_AUDIENCE and JWT_ISSUER: not checked, because BETTER_AUTH_URL is not set"),
        "{}",
        report.text
    );
}
