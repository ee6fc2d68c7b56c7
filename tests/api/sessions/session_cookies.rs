//! Tests the carriers of a session token: the session cookie under its configured name, and the Bearer header.

use better_auth_guard::{Secret, signed_cookie_value};
use percent_encoding::percent_decode_str;

use super::session_rows::{list, signed_in};
use crate::on_both;
use crate::support::{Database, SECRET, Settings, cookie_header, expect_missing_credential, expect_rejected, jwt};

on_both!(
    the_cookie_name_follows_the_configuration,
    the_first_of_several_session_cookies_is_used,
    other_signed_cookies_are_rejected,
    session_tokens_are_accepted_as_bearer,
    cookies_of_rotated_secrets_stay_valid,
);

fn cookie_named(name: &str, token: &str) -> String {
    format!("{name}={}", signed_cookie_value(token, &Secret::new(SECRET)))
}

fn the_cookie_name_follows_the_configuration(database: Database) {
    let https = ("BETTER_AUTH_URL", "https://app.example.com");
    let table: [(Settings<'_>, &str); 8] = [
        (&[], "better-auth.session_token"),
        (&[https], "__Secure-better-auth.session_token"),
        (&[https, ("COOKIE_SECURE", "false")], "better-auth.session_token"),
        (&[("COOKIE_SECURE", "true")], "__Secure-better-auth.session_token"),
        (&[("COOKIE_PREFIX", "shop")], "shop.session_token"),
        (&[https, ("COOKIE_PREFIX", "shop")], "__Secure-shop.session_token"),
        (&[("COOKIE_NAME", "sid"), ("COOKIE_PREFIX", "shop")], "sid"),
        (&[https, ("COOKIE_NAME", "__Secure-sid")], "__Secure-sid"),
    ];
    let names: Vec<&str> = table.iter().map(|(_, name)| *name).collect();
    for (settings, expected) in table {
        let (app, token) = signed_in(database, settings);
        for name in &names {
            let answer = list(&app, &cookie_named(name, &token));
            if *name == expected {
                assert_eq!(answer.status, 200, "{name}")
            } else {
                expect_missing_credential(&answer)
            }
        }
        expect_missing_credential(&list(&app, &cookie_named(&expected.to_uppercase(), &token)));
        expect_missing_credential(&list(&app, &cookie_named(&format!("{expected}2"), &token)));
    }
}

fn the_first_of_several_session_cookies_is_used(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let valid = cookie_header(&token);
    let invalid = "better-auth.session_token=garbage";
    for header in [valid.clone(), format!("a=b; {valid}; c=d"), format!("a=b;{valid}"), format!("{valid}; {invalid}")] {
        list(&app, &header).expect(200);
    }
    expect_rejected(&list(&app, &format!("{invalid}; {valid}")), "is not valid");
    expect_missing_credential(&list(&app, &format!("better-auth.session_token=; {valid}")));
    let list_with_two_headers = |first: &str, second: &str| {
        app.request("GET", "/api/alice/tasks").header("Cookie", first).header("Cookie", second).send()
    };
    list_with_two_headers("a=b", &valid).expect(200);
    list_with_two_headers(&valid, invalid).expect(200);
    expect_rejected(&list_with_two_headers(invalid, &valid), "is not valid");
    // A cookie of another program in Latin-1 is ignored and does not hide the session cookie.
    let head = b"GET /api/alice/tasks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: name=Zo\xeb; ";
    app.exchange(&[head, valid.as_bytes(), b"\r\n\r\n"].concat()).expect(200);
}

/// Better Auth signs its other cookies with the same key and in the same form.
fn other_signed_cookies_are_rejected(database: Database) {
    let (app, token) = signed_in(database, &[]);
    let values =
        ["true", "2fa-YPkmt9iICkS4s8Kqto60", "' OR '1'='1", "a\0b", "%", "alice", &token[1..], &token.to_uppercase()];
    for value in values.into_iter().chain([format!("{token}:").as_str(), &format!("{token} ")]) {
        expect_rejected(&list(&app, &cookie_header(value)), "is not valid");
        let bearer = app.request("GET", "/api/tasks").bearer(&signed_cookie_value(value, &Secret::new(SECRET)));
        expect_rejected(&bearer.send(), "is not valid");
    }
    list(&app, &cookie_header(&token)).expect(200);
}

fn session_tokens_are_accepted_as_bearer(database: Database) {
    for allows_unsigned in [false, true] {
        let (app, token) = signed_in(database, &[("BEARER_UNSIGNED", if allows_unsigned { "true" } else { "false" })]);
        let list_with = |value: &str| app.request("GET", "/api/alice/tasks").header("Authorization", value).send();
        let encoded = signed_cookie_value(&token, &Secret::new(SECRET));
        let decoded = percent_decode_str(&encoded).decode_utf8().unwrap().into_owned();
        for value in [&encoded, &decoded] {
            for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer  "] {
                list_with(&format!("{scheme}{value}")).expect(200);
            }
        }
        let unsigned_answer = list_with(&format!("Bearer {token}"));
        if allows_unsigned {
            assert_eq!(unsigned_answer.status, 200)
        } else {
            expect_rejected(&unsigned_answer, "is not valid")
        }
        // BEARER_UNSIGNED accepts neither an invalid signature nor an unsigned token without a session.
        let other_signature = signed_cookie_value(&token, &Secret::new("another secret of more than 32 bytes"));
        for invalid in [
            other_signature.as_str(),
            "unknownunknownunknownunknown1234",
            &decoded[..decoded.len() - 1],
            &format!("{token}."),
        ] {
            expect_rejected(&list_with(&format!("Bearer {invalid}")), "is not valid");
        }
        // BEARER_UNSIGNED does not apply to the cookie.
        expect_rejected(&list(&app, &format!("better-auth.session_token={token}")), "is not valid");
        app.request("GET", "/api/alice/tasks").bearer(&jwt("alice")).send().expect(200);
    }
}

fn cookies_of_rotated_secrets_stay_valid(database: Database) {
    let (new, old) = ("a new secret of more than 32 bytes now", "an old secret of more than 32 bytes now");
    let (app, token) = signed_in(database, &[("BETTER_AUTH_SECRETS", &format!("2:{new},1:{old}"))]);
    for (secret, is_valid) in [(new, true), (old, true), (SECRET, false)] {
        let value = signed_cookie_value(&token, &Secret::new(secret));
        let answer = list(&app, &format!("better-auth.session_token={value}"));
        if is_valid { assert_eq!(answer.status, 200, "{secret}") } else { expect_rejected(&answer, "is not valid") }
    }
}
