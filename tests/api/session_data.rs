//! Better Auth's cookie cache: when it saves the look-up of a session, and when it is the session.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use task_api::auth::{KeySet, Reason, Secret, signed_cookie_value};

use crate::on_both;
use crate::support::{
    App, Database, SECRET, Settings, Verdict, compact, cookie_header, ed25519, ed25519_jwk, hs256, inner, judge, jwe,
    jws, verifier,
};
use crate::vectors::{now, of_kind, text};

on_both!(
    a_copy_saves_the_look_up,
    without_being_asked_to_the_service_looks_up,
    a_bad_copy_costs_a_look_up,
    a_ban_in_the_copy_counts,
    without_a_database_the_copy_is_the_session,
);

const TOKEN: &str = "tok00000000000000000000000000000";
const ON: (&str, &str) = ("SESSION_CACHE", "on");
const ALONE: (&str, &str) = ("SESSION_SOURCE", "cookie");
const OTHER: &str = "another secret of more than 32 bytes";

fn in_an_hour() -> i64 {
    (Utc::now() + TimeDelta::hours(1)).timestamp_millis()
}

/// The `Cookie` header of a session with this copy beside its token.
fn with_copy(copy: &str) -> String {
    format!("{}; better-auth.session_data={copy}", cookie_header(TOKEN))
}

/// What the copy comes to beside its token: looked up with `SESSION_CACHE=on` unless it is good, and refused with
/// `SESSION_SOURCE=cookie`, for the reason that is given.
#[track_caller]
fn judged(copy: &str) -> Result<String, Reason> {
    judged_with(&[], &KeySet::default(), &with_copy(copy), Utc::now().timestamp_millis())
}

#[track_caller]
fn judged_with(settings: Settings<'_>, keys: &KeySet, cookies: &str, now: i64) -> Result<String, Reason> {
    let judge_as = |role| judge(&verifier(&[settings, &[role]].concat()), keys, ("Cookie", cookies), now);
    match (judge_as(ALONE), judge_as(ON)) {
        (Verdict::User(alone), Verdict::User(beside)) if alone == beside => Ok(alone),
        (Verdict::Refused(Reason::Banned), Verdict::Refused(Reason::Banned)) => Err(Reason::Banned),
        (Verdict::Refused(reason), Verdict::Session(_)) => Err(reason),
        verdicts => panic!("{verdicts:?}"),
    }
}

// --- the captured ones

/// The settings, the key set and the session token of a vector.
fn parts(vector: &Value) -> (Vec<(&str, &str)>, KeySet, &str) {
    let version = vector["config"]["cookieCache"]["version"].as_str().unwrap_or("1");
    let settings = vec![("BETTER_AUTH_SECRET", text(vector, "/secret")), ("SESSION_CACHE_VERSION", version)];
    let keys = vector["input"]["jwks"]["keys"].as_array().map(|keys| KeySet::from_jwks(keys).0);
    (settings, keys.unwrap_or_default(), text(vector, "/expected/session/token"))
}

/// The cookies of a vector but those whose name ends in `without`.
fn cookies(vector: &Value, without: &str) -> String {
    let all = vector["input"]["cookies"].as_object().expect("cookies").iter();
    let kept = all.filter(|(name, _)| without.is_empty() || !name.contains(without));
    kept.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect::<Vec<_>>().join("; ")
}

/// A copy is good as long as Better Auth says, for its own session alone, and under its own secret.
///
/// In three things we are stricter than the versions that made some of these: up to 1.6 the copy of another session was accepted; the
/// forms `jwe` and signed-by-key-set were good for 15 s more; and up to 1.3 a version was not looked at, since there was none.
pub fn judge_vector(vector: &Value) {
    assert_eq!(vector["expected"]["valid"], true);
    let ((settings, keys, token), whole) = (parts(vector), cookies(vector, ""));
    let judged_at = |cookies: &str, now| judged_with(&settings, &keys, cookies, now);
    let user = text(vector, "/expected/user/id").to_owned();
    assert_eq!(judged_at(&whole, now(vector)), Ok(user.clone()));
    // its own end, or its session's
    let own_end = vector["expected"]["cache_exp_ms"].as_i64().unwrap();
    let session_end: DateTime<Utc> = text(vector, "/expected/session/expiresAt").parse().unwrap();
    let end = own_end.min(session_end.timestamp_millis());
    assert_eq!(judged_at(&whole, end - 1), Ok(user.clone()));
    assert_eq!(judged_at(&whole, end + 1), Err(Reason::Expired));
    // without it, and without the token
    assert_eq!(judged_at(&cookies(vector, "session_data"), now(vector)), Err(Reason::NoSession));
    let own = verifier(&[settings.as_slice(), &[ON]].concat());
    let alone = cookies(vector, "session_token");
    assert_eq!(judge(&own, &keys, ("Cookie", &alone), now(vector)), Verdict::Absent);
    // beside the token of another session
    let beside = |token: &str, secret: &str| {
        format!("better-auth.session_token={}; {alone}", signed_cookie_value(token, &Secret::new(secret)))
    };
    assert_eq!(judged_at(&beside(TOKEN, text(vector, "/secret")), now(vector)), Err(Reason::OtherSession));
    // under another secret, where the token is good; only a public key needs none
    let other = [("BETTER_AUTH_SECRET", OTHER), settings[1]];
    let is_published = vector["kind"] == "session_data_jwt_jwks";
    let expected = if is_published { Ok(user) } else { Err(Reason::BadSignature) };
    assert_eq!(judged_with(&other, &keys, &beside(token, OTHER), now(vector)), expected);
    if is_published {
        assert_eq!(judged_with(&settings, &KeySet::default(), &whole, now(vector)), Err(Reason::UnknownKey));
    }
    // of another version
    let renewed = [settings[0], ("SESSION_CACHE_VERSION", "2")];
    assert_eq!(judged_with(&renewed, &keys, &whole, now(vector)), Err(Reason::OtherVersion));
    // as a Bearer it is nothing, whichever claim names the user
    for claim in ["sub", "user.id"] {
        let ours = verifier(&[settings[0], ("JWT_USER_CLAIM", claim), ON]);
        let bearer = format!("Bearer {}", text(vector, "/input/value"));
        let verdict = judge(&ours, &keys, ("Authorization", &bearer), now(vector));
        assert!(matches!(verdict, Verdict::Refused(_)), "{verdict:?}");
    }
}

/// The token of one session with the copy of another: since 1.7 Better Auth goes by the token, and so do we.
pub fn judge_mix(vector: &Value) {
    for form in ["compact", "jwt", "jwe"] {
        assert_eq!(vector["expected"]["1.7.24"][form], "a@example.com");
        let of_form = of_kind(&format!("session_data_{form}"));
        let (a, b) = (&of_form[0], &of_form[1]);
        let mixed = format!("{}; {}", cookies(a, "session_data"), cookies(b, "session_token"));
        let ours = verifier(&[ON]);
        let verdict = judge(&ours, &KeySet::default(), ("Cookie", &mixed), now(a));
        assert_eq!(verdict, Verdict::Session(text(a, "/expected/session/token").into()));
    }
}

/// What was made under the second of two secrets and then the first. Better Auth reads `compact` and `jwt` of the first alone, and
/// `jwe` of all of them; we read all of all, for services that are renewed one after the other.
pub fn judge_rotated_samples(expected: &Value, [s1, s2, s3]: [&str; 3]) {
    const MOMENT: i64 = 1_795_247_625_000;
    for form in ["compact", "jwt", "jwe"] {
        let sample = expected[format!("session_data_{form}_new_under_rotated_sample")].as_str().expect("a sample");
        let token = token_in_sample(form);
        let cookies = |secret: &str| {
            let token = signed_cookie_value(token, &Secret::new(secret));
            format!("better-auth.session_token={token}; better-auth.session_data={sample}")
        };
        for secrets in [format!("2:{s2},1:{s1}"), format!("3:{s3},2:{s2}")] {
            let judged = judged_with(&[("BETTER_AUTH_SECRETS", &secrets)], &KeySet::default(), &cookies(s2), MOMENT);
            assert!(judged.is_ok(), "{form}: {judged:?}");
        }
        let judged = judged_with(&[("BETTER_AUTH_SECRET", s1)], &KeySet::default(), &cookies(s1), MOMENT);
        assert_eq!(judged, Err(Reason::BadSignature), "{form}");
    }
}

/// The session tokens of those samples, which stand nowhere else in the vector.
fn token_in_sample(form: &str) -> &'static str {
    match form {
        "compact" => "e01QvD7xaK493xyHkHkiylDNoxLBib2q",
        "jwt" => "PYzSJ5fx6hN5D2AJL8pTQocaXISNPBcb",
        _ => "zVPvMYRRESKIAPtyMmwzNWZEfQNJjGt6",
    }
}

// --- made here, and changed

#[test]
fn each_form_proves_the_user_of_its_session() {
    let (inner, exp) = (inner("alice", TOKEN), in_an_hour() / 1000);
    let mut claims = inner.clone();
    claims["exp"] = exp.into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    for secret in [SECRET, OTHER] {
        let copies = [
            compact(&inner, in_an_hour(), secret),
            hs256_bare(&claims, secret),
            jwe(&header, claims.to_string(), secret),
        ];
        for copy in copies {
            let expected = if secret == SECRET { Ok("alice".to_owned()) } else { Err(Reason::BadSignature) };
            assert_eq!(judged(&copy), expected);
            // the older of two secrets
            let secrets = format!("2:{OTHER},1:{SECRET}");
            let now = Utc::now().timestamp_millis();
            let judged = judged_with(&[("BETTER_AUTH_SECRETS", &secrets)], &KeySet::default(), &with_copy(&copy), now);
            assert_eq!(judged, Ok("alice".into()));
        }
    }
}

/// An HS256 JWT without `typ`, as Better Auth makes them.
fn hs256_bare(claims: &Value, secret: &str) -> String {
    jws(r#"{"alg":"HS256"}"#, claims.to_string(), crate::support::hmac(secret))
}

#[test]
fn what_a_copy_says_is_checked() {
    let in_words = |moment: DateTime<Utc>| json!(moment.to_rfc3339_opts(SecondsFormat::Millis, true));
    let (past, future) = (in_words(Utc::now() - TimeDelta::minutes(1)), in_words(Utc::now() + TimeDelta::minutes(1)));
    let alice = || Ok("alice".to_owned());
    let table = [
        ("/session/token", json!("another"), Err(Reason::OtherSession)),
        ("/session/token", json!(null), Err(Reason::OtherSession)),
        ("/session/expiresAt", past.clone(), Err(Reason::Expired)),
        ("/session/expiresAt", json!(null), Err(Reason::BadTimes)),
        ("/session/expiresAt", json!("tomorrow"), Err(Reason::BadTimes)),
        ("/session/userId", json!("bob"), Err(Reason::NoUser)),
        ("/user/id", json!("bob"), Err(Reason::NoUser)),
        ("/user/id", json!(null), Err(Reason::NoUser)),
        ("/user", json!("alice"), Err(Reason::Malformed)),
        ("/session", json!([]), Err(Reason::Malformed)),
        ("/version", json!("2"), Err(Reason::OtherVersion)),
        ("/version", json!(1), Err(Reason::OtherVersion)),
        ("/user/banned", json!(false), alice()),
        ("/user/banned", json!(null), alice()),
        ("/user/banned", json!(true), Err(Reason::Banned)),
        ("/user/banned", json!(1), Err(Reason::Banned)),
        ("/user/banned", json!("yes"), Err(Reason::Banned)),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": past }), alice()),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": future }), Err(Reason::Banned)),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": null }), Err(Reason::Banned)),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": "once" }), Err(Reason::Banned)),
    ];
    for (pointer, value, expected) in table {
        let mut inner = inner("alice", TOKEN);
        match inner.pointer_mut(pointer) {
            Some(member) => *member = value.clone(),
            None => inner["user"]["banned"] = value.clone(),
        }
        assert_eq!(judged(&compact(&inner, in_an_hour(), SECRET)), expected, "{pointer}: {value}");
    }
    // 1.2 and 1.3 write no version
    let mut old = inner("alice", TOKEN);
    old.as_object_mut().unwrap().remove("version");
    assert_eq!(judged(&compact(&old, in_an_hour(), SECRET)), alice());
    assert_eq!(judged(&compact(&old, Utc::now().timestamp_millis() - 9, SECRET)), Err(Reason::Expired));
}

/// RFC 7516, RFC 7518 sections 4.5 and 5.2.5: rightly encrypted, and one thing changed.
#[test]
fn encrypted_copies_are_of_one_kind() {
    let mut claims = inner("alice", TOKEN);
    claims["exp"] = (in_an_hour() / 1000).into();
    let sealed = |header: Value, text: &str| jwe(&header, text, SECRET);
    let header = |members: Value| {
        let mut header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
        header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        header
    };
    let good = sealed(header(json!({})), &claims.to_string());
    assert_eq!(judged(&good), Ok("alice".into()));
    let kid = "it7wZertC6mji5rFPeuM75094hQ33iIFIc_QGnWhucc";
    let table = [
        (json!({ "kid": kid }), Ok("alice".to_owned())),
        (json!({ "kid": kid.to_lowercase() }), Err(Reason::BadSignature)),
        (json!({ "kid": 1 }), Err(Reason::Malformed)),
        // Better Auth names this one too, and has no key of its length
        (json!({ "enc": "A256GCM" }), Err(Reason::AlgorithmNotAllowed)),
        (json!({ "enc": "A128CBC-HS256" }), Err(Reason::AlgorithmNotAllowed)),
        (json!({ "enc": null }), Err(Reason::AlgorithmNotAllowed)),
        (json!({ "alg": "A256KW" }), Err(Reason::AlgorithmNotAllowed)),
        (json!({ "alg": "PBES2-HS256+A128KW", "p2c": 2_000_000_000_u32 }), Err(Reason::AlgorithmNotAllowed)),
        (json!({ "alg": "none" }), Err(Reason::AlgorithmNotAllowed)),
        (json!({ "zip": "DEF" }), Err(Reason::UnsupportedHeader)),
        (json!({ "crit": ["exp"] }), Err(Reason::UnsupportedHeader)),
        (json!({ "jwk": {} }), Err(Reason::UnsupportedHeader)),
        (json!({ "cty": "JWT" }), Err(Reason::UnsupportedHeader)),
    ];
    for (members, expected) in table {
        assert_eq!(judged(&sealed(header(members.clone()), &claims.to_string())), expected, "{members}");
    }
    for (text, reason) in [("", Reason::Malformed), ("[]", Reason::Malformed), ("{}", Reason::BadTimes)] {
        assert_eq!(judged(&sealed(header(json!({})), text)), Err(reason), "{text}");
    }
    claims["exp"] = (Utc::now().timestamp() - 1).into();
    let expired = sealed(header(json!({})), &claims.to_string());
    assert_eq!(judged(&expired), Err(Reason::Expired), "15 s of grace are Better Auth's");
    let parts: Vec<&str> = good.split('.').collect();
    let joined = |parts: &[&str]| judged(&parts.join("."));
    assert_eq!(joined(&[parts[0], "AAAA", parts[2], parts[3], parts[4]]), Err(Reason::Malformed), "with `dir`, a key");
    assert_eq!(joined(&[parts[0], "", &parts[2][..12], parts[3], parts[4]]), Err(Reason::Malformed), "a short IV");
    assert_eq!(joined(&[parts[0], "", parts[2], parts[3], &parts[4][..22]]), Err(Reason::Malformed), "half a tag");
    assert_eq!(joined(&[parts[0], "", parts[2], "", parts[4]]), Err(Reason::BadSignature), "no text");
    assert_eq!(joined(&parts[..4]), Err(Reason::Malformed), "four parts");
}

#[test]
fn published_copies_are_of_their_own_kind() {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    let mut good = inner("alice", TOKEN);
    let more = json!({
        "sid": TOKEN, "sub": "alice", "aud": "better-auth:session-cache", "iss": "http://localhost:3000",
        "iat": Utc::now().timestamp(), "exp": in_an_hour() / 1000,
    });
    good.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let signed = |typ: &str, claims: &Value| {
        let header = json!({ "alg": "EdDSA", "kid": "ed", "typ": typ }).to_string();
        with_copy(&jws(&header, claims.to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec()))
    };
    let judged = |cookies: &str| judged_with(&[], &keys, cookies, Utc::now().timestamp_millis());
    let own = "better-auth.session-cache+jwt";
    assert_eq!(judged(&signed(own, &good)), Ok("alice".into()));
    for typ in ["JWT", "at+jwt", "", "BETTER-AUTH.SESSION-CACHE+JWT"] {
        assert_eq!(judged(&signed(typ, &good)), Err(Reason::ForeignType), "{typ}");
    }
    for (name, value, reason) in [
        ("aud", json!("http://localhost:3000"), Reason::ForeignAudience),
        ("aud", json!(["better-auth:session-cache"]), Reason::ForeignAudience),
        ("sid", json!("another"), Reason::OtherSession),
        ("sub", json!("bob"), Reason::OtherSession),
        ("exp", json!(null), Reason::BadTimes),
        ("exp", json!(Utc::now().timestamp() - 1), Reason::Expired),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(judged(&signed(own, &claims)), Err(reason), "{name}");
    }
    // with its type, under the shared secret: a secret is no public key
    let header = json!({ "alg": "HS256", "typ": own }).to_string();
    let forged = jws(&header, good.to_string(), crate::support::hmac(SECRET));
    assert!(judged(&with_copy(&forged)).is_err());
    // and what is an API token is no copy
    assert_eq!(judged(&with_copy(&hs256(&good, SECRET))), Err(Reason::ForeignType));
    let narrowed: Settings<'_> = &[("JWT_ALGORITHMS", "ES256")];
    let now = Utc::now().timestamp_millis();
    assert_eq!(judged_with(narrowed, &keys, &signed(own, &good), now), Err(Reason::AlgorithmNotAllowed));
}

#[test]
fn chunks_are_put_together_in_their_order() {
    let copy = compact(&inner("alice", TOKEN), in_an_hour(), SECRET);
    let session = cookie_header(TOKEN);
    let chunk = |number: usize, part: &str| format!("better-auth.session_data.{number}={part}");
    let parts: Vec<String> = (0..12).map(|n| chunk(n, &copy[n * copy.len() / 12..(n + 1) * copy.len() / 12])).collect();
    let judged = |cookies: String| judged_with(&[], &KeySet::default(), &cookies, Utc::now().timestamp_millis());
    let reversed: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    assert_eq!(judged(format!("{session}; {}", parts.join("; "))), Ok("alice".into()));
    assert_eq!(judged(format!("{}; {session}", reversed.join(";"))), Ok("alice".into()), "whatever order they come in");
    assert!(judged(format!("{session}; {}", parts[1..].join("; "))).is_err(), "the first is missing");
    assert!(judged(format!("{session}; {}", parts[..11].join("; "))).is_err(), "the last is missing");
    // what is whole counts before chunks that an earlier, longer one has left behind
    assert_eq!(judged(format!("{session}; {}; better-auth.session_data={copy}", chunk(0, "x"))), Ok("alice".into()));
    let big = "A".repeat(65_537);
    assert_eq!(judged(format!("{session}; better-auth.session_data={big}")), Err(Reason::TooLong));
}

#[test]
fn the_cookie_has_the_prefix_of_the_session_cookie() {
    let copy = compact(&inner("alice", TOKEN), in_an_hour(), SECRET);
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    for (settings, token, data) in [
        (&[("COOKIE_PREFIX", "app")] as Settings<'_>, "app.session_token", "app.session_data"),
        (&[("COOKIE_SECURE", "true")], "__Secure-better-auth.session_token", "__Secure-better-auth.session_data"),
        (&[("COOKIE_NAME", "sid")], "sid", "better-auth.session_data"),
    ] {
        let judged = |data: &str| {
            let cookies = format!("{token}={value}; {data}={copy}");
            judged_with(settings, &KeySet::default(), &cookies, Utc::now().timestamp_millis())
        };
        assert_eq!(judged(data), Ok("alice".into()), "{data}");
        assert_eq!(judged("other.session_data"), Err(Reason::NoSession), "{data}");
    }
}

// --- at the HTTP edge

fn get(app: &App, path: &str, cookies: &str) -> u16 {
    let answer = app.request("GET", path).header("Cookie", cookies).send();
    if answer.status != 200 {
        answer.expect(answer.status);
    }
    answer.status
}

fn a_copy_saves_the_look_up(database: Database) {
    // nothing could be looked up: Better Auth's tables are not there
    let app = App::start_with(database, &[ON]);
    let cookies = with_copy(&compact(&inner("alice", TOKEN), in_an_hour(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/bob/tasks", &cookies), 403);
    assert_eq!(get(&app, "/api/alice/tasks", &cookie_header(TOKEN)), 503);
    // it is a cookie: a write needs a proof of origin
    let write = || app.request("POST", "/api/alice/tasks").header("Cookie", &cookies).json(&json!({ "title": "t" }));
    assert_eq!(write().send().expect(403)["error"]["code"], "origin_not_trusted");
    write().header("Origin", "http://localhost:3000").send().expect(201);
}

fn without_being_asked_to_the_service_looks_up(database: Database) {
    let app = App::start(database);
    let cookies = with_copy(&compact(&inner("alice", TOKEN), in_an_hour(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 503);
    app.make_better_auth_tables();
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 401);
}

fn a_bad_copy_costs_a_look_up(database: Database) {
    let app = App::start_with(database, &[ON]);
    let token = app.sign_in("alice");
    let session = cookie_header(&token);
    let good = compact(&inner("alice", &token), in_an_hour(), SECRET);
    let bad = [
        "x".to_owned(),
        compact(&inner("bob", "another session"), in_an_hour(), SECRET),
        compact(&inner("bob", &token), Utc::now().timestamp_millis() - 1, SECRET),
        compact(&inner("bob", &token), in_an_hour(), OTHER),
    ];
    for copy in &bad {
        assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={copy}")), 200);
    }
    app.execute("DELETE FROM session");
    for copy in &bad {
        assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={copy}")), 401);
    }
    // what the cache is: a sign-out counts when the copy has run out
    assert_eq!(get(&app, "/api/alice/tasks", &format!("{session}; better-auth.session_data={good}")), 200);
}

fn a_ban_in_the_copy_counts(database: Database) {
    let app = App::start_with(database, &[ON]);
    let token = app.sign_in("alice");
    let mut banned = inner("alice", &token);
    banned["user"]["banned"] = true.into();
    let copy = compact(&banned, in_an_hour(), SECRET);
    assert_eq!(get(&app, "/api/alice/tasks", &cookie_header(&token)), 200);
    assert_eq!(
        get(&app, "/api/alice/tasks", &format!("{}; better-auth.session_data={copy}", cookie_header(&token))),
        401
    );
}

fn without_a_database_the_copy_is_the_session(database: Database) {
    let app = App::start_with(database, &[ALONE]);
    let mut claims = inner("alice", TOKEN);
    claims["exp"] = (in_an_hour() / 1000).into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    let cookies = with_copy(&jwe(&header, claims.to_string(), SECRET));
    assert_eq!(get(&app, "/api/alice/tasks", &cookies), 200);
    assert_eq!(get(&app, "/api/bob/tasks", &cookies), 403);
    assert_eq!(app.request("GET", "/readyz").send().expect(200)["sessions"], "ok");
    // neither the token alone nor the copy alone; and nothing is asked of a table, though there is one with a row
    assert_eq!(app.sign_in("tok"), "toktok00000000000000000000000000");
    assert_eq!(get(&app, "/api/tok/tasks", &cookie_header("toktok00000000000000000000000000")), 401);
    let (_, copy) = cookies.split_once("; ").unwrap();
    assert_eq!(get(&app, "/api/alice/tasks", copy), 401);
    let bearer = signed_cookie_value("toktok00000000000000000000000000", &Secret::new(SECRET));
    app.request("GET", "/api/tok/tasks").bearer(&bearer).send().expect(401);
    // an end is told apart from what is bad
    claims["exp"] = (Utc::now().timestamp() - 1).into();
    let ended = with_copy(&jwe(&header, claims.to_string(), SECRET));
    let answer = app.request("GET", "/api/alice/tasks").header("Cookie", &ended).send();
    answer.expect(401);
    assert!(answer.header("www-authenticate").unwrap().contains("has expired"), "{answer:?}");
    let write = app.request("POST", "/api/alice/tasks").header("Cookie", &cookies).json(&json!({ "title": "t" }));
    write.send().expect(403);
}
