//! The table of strangers: whoever has no business at a path is turned away there, before anything they send is looked at.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use task_api::auth::{Secret, signed_cookie_value};
use task_api::routes::ROUTES;

use crate::on_both;
use crate::support::{Answer, App, BETTER_AUTH_URL, Database, SECRET, cookie_header, hmac, hs256, jws, jwt};

const NONE: &str = r#"Bearer realm="tasks""#;
const BAD: &str = r#"Bearer realm="tasks", error="invalid_token", error_description="The credential is not valid.""#;
const EXPIRED: &str = r#"Bearer realm="tasks", error="invalid_token", error_description="The credential has expired.""#;

/// What lies behind the guard, for one method of a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    List,
    Create,
    /// Something made of the owner's tasks; a body is not read.
    Own,
    /// Operations on tasks.
    Bulk,
    /// Tasks from elsewhere; its body may be larger than others.
    Import,
    /// A task by its id; a body is not read.
    Task,
    /// A task by its id; a body may be sent.
    TaskMayTakeBody,
    /// A task by its id; a body must be sent.
    TaskTakesBody,
    /// No guard at all.
    Open,
}
use Behind::{Bulk, Create, Import, List, Open, Own, Task, TaskMayTakeBody, TaskTakesBody};

/// Every resource of the service, by the first of its paths. One that is mounted and not known here fails the test below.
const KNOWN: [(&str, &[(&str, Behind)]); 15] = [
    ("/api/{user_id}/tasks", &[("GET", List), ("HEAD", List), ("POST", Create)]),
    ("/api/{user_id}/tasks/stats", &[("GET", Own), ("HEAD", Own)]),
    ("/api/{user_id}/tasks/bulk", &[("POST", Bulk)]),
    ("/api/{user_id}/tasks/export", &[("GET", Own), ("HEAD", Own)]),
    ("/api/{user_id}/tasks/import", &[("POST", Import)]),
    (
        "/api/{user_id}/tasks/{id}",
        &[("GET", Task), ("HEAD", Task), ("PUT", TaskTakesBody), ("PATCH", TaskTakesBody), ("DELETE", Task)],
    ),
    ("/api/{user_id}/tasks/{id}/complete", &[("PATCH", TaskMayTakeBody), ("POST", TaskMayTakeBody)]),
    ("/api/{user_id}/tasks/{id}/toggle", &[("PATCH", TaskMayTakeBody)]),
    ("/api/{user_id}/tasks/{id}/status", &[("PATCH", TaskTakesBody)]),
    ("/api/{user_id}/tasks/{id}/restore", &[("POST", Task)]),
    ("/livez", &[("GET", Open), ("HEAD", Open)]),
    ("/readyz", &[("GET", Open), ("HEAD", Open)]),
    ("/healthz", &[("GET", Open), ("HEAD", Open)]),
    ("/openapi.json", &[("GET", Open), ("HEAD", Open)]),
    ("/docs", &[("GET", Open), ("HEAD", Open)]),
];

on_both!(
    every_guarded_path_asks_for_a_credential,
    strangers_without_a_good_credential,
    strangers_with_a_credential_of_their_own,
    the_first_kind_of_credential_decides,
    owners_are_any_text,
    owners_are_compared_byte_for_byte,
    a_user_may_be_called_tasks,
);

#[test]
fn the_table_knows_every_resource() {
    assert_eq!(ROUTES.len(), KNOWN.len(), "a resource was added: add it to the table");
    for (served, (path, methods)) in ROUTES.iter().zip(KNOWN) {
        let names: Vec<&str> = methods.iter().map(|(name, _)| *name).collect();
        assert_eq!(served.allow, names.join(", "), "{path}");
        let guarded = methods.iter().all(|(_, behind)| *behind != Open);
        assert_eq!(served.guarded, guarded, "{path}");
        let ownerless = path.replace("/{user_id}", "");
        let mut paths = vec![path.to_owned(), format!("{path}/"), ownerless.clone(), format!("{ownerless}/")];
        paths.truncate(if guarded { 4 } else { 2 });
        assert_eq!(served.paths(), paths);
    }
}

/// A request of every kind that the service knows: path pattern, method, and what answers it (`None`: 405 with the methods that are).
fn every_request(mut visit: impl FnMut(&str, &str, Result<Behind, &'static str>)) {
    for (served, (_, methods)) in ROUTES.iter().zip(KNOWN) {
        let unserved = ["DELETE", "POST"].into_iter().find(|method| !served.allow.contains(method));
        for path in &served.paths() {
            for (method, behind) in methods {
                visit(path, method, Ok(*behind));
            }
            visit(path, unserved.expect("nothing serves both"), Err(served.allow));
        }
    }
}

/// Bodies that must never be the reason of an answer that the guard owes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Body {
    None,
    Good,
    Malformed,
    Oversize,
}

impl Body {
    const ALL: [Self; 4] = [Self::None, Self::Good, Self::Malformed, Self::Oversize];

    fn text(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Good => Some(json!({ "title": "stolen", "completed": true, "status": "completed" }).to_string()),
            Self::Malformed => Some("{not json".into()),
            Self::Oversize => Some(" ".repeat(64 * 1024 + 1)),
        }
    }
}

type Headers<'a> = &'a [(&'a str, String)];

fn send(app: &App, method: &str, path: &str, headers: Headers<'_>, body: Body) -> Answer {
    let request = headers.iter().fold(app.request(method, path), |request, (name, value)| request.header(name, value));
    match body.text() {
        Some(text) => request.text(&text).send(),
        None => request.send(),
    }
}

/// The answer to HEAD has no body to look at.
#[track_caller]
fn expect(answer: &Answer, method: &str, status: u16, why: &str) {
    assert_eq!(answer.status, status, "{why}: {}", String::from_utf8_lossy(&answer.body));
    if method != "HEAD" {
        answer.expect(status);
    }
}

fn fill(path: &str, user: &str, id: i64) -> String {
    path.replace("{user_id}", user).replace("{id}", &id.to_string())
}

/// A task that strangers are after, and everything that its owner sees.
struct Victim<'a> {
    app: &'a App,
    id: i64,
    before: Value,
}

impl<'a> Victim<'a> {
    fn new(app: &'a App) -> Self {
        app.make_better_auth_tables();
        let id = app.create("alice", &json!({ "title": "mine" }))["id"].as_i64().expect("ids are numbers");
        let before = app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
        Self { app, id, before }
    }

    #[track_caller]
    fn expect_untouched(&self, after: &str) {
        assert_eq!(self.app.by("alice", "GET", "/api/alice/tasks").send().expect(200), self.before, "{after}");
    }
}

fn every_guarded_path_asks_for_a_credential(database: Database) {
    let app = App::start(database);
    let mut seen = (0, 0);
    every_request(|path, method, behind| {
        let answer = app.request(method, &fill(path, "alice", 1)).send();
        let open = ROUTES.iter().any(|served| !served.guarded && served.paths().iter().any(|known| known == path));
        if open {
            seen.0 += 1;
            assert_eq!(answer.status, if behind.is_ok() { 200 } else { 405 }, "{method} {path}");
        } else {
            seen.1 += 1;
            expect(&answer, method, 401, path);
            assert_eq!(answer.header("www-authenticate"), Some(NONE), "{method} {path}");
        }
    });
    assert!(seen.0 > 0 && seen.1 > 0, "both kinds were tried");
    for path in ["/", "/api", "/api/alice", "/api//tasks", "/api/alice/tasks/1/nothing", "/api/tasks/1/complete/x"] {
        assert_eq!(app.request("GET", path).send().expect(404)["error"]["code"], "path_not_found", "{path}");
    }
}

fn strangers_without_a_good_credential(database: Database) {
    let app = App::start(database);
    let victim = Victim::new(&app);
    let session = app.sign_in("alice");
    for (name, headers, challenge) in bad_credentials(&session) {
        every_request(|path, method, behind| {
            let open = behind == Ok(Open)
                || ROUTES.iter().any(|served| !served.guarded && served.paths().iter().any(|known| known == path));
            for body in [Body::None, Body::Malformed, Body::Oversize].into_iter().filter(|_| !open) {
                let answer = send(&app, method, &fill(path, "alice", victim.id), &headers, body);
                expect(&answer, method, 401, &format!("{name}: {method} {path} {body:?}"));
                assert_eq!(answer.header("www-authenticate"), Some(challenge), "{name}");
            }
        });
        victim.expect_untouched(name);
    }
}

/// A name, the headers that are presented, and the challenge that must answer them.
type Stranger = (&'static str, Vec<(&'static str, String)>, &'static str);

/// All of them claim to be alice, whose session this is.
fn bad_credentials(session: &str) -> Vec<Stranger> {
    let bearer = |value: &str| vec![("Authorization", format!("Bearer {value}"))];
    let cookie = |value: &str| vec![("Cookie", format!("better-auth.session_token={value}"))];
    let ends = |seconds: i64| json!({ "sub": "alice", "exp": chrono::Utc::now().timestamp() + seconds });
    let signed_by = |secret: &str| signed_cookie_value(session, &Secret::new(secret));
    let none = |alg: &str, signature: &[u8]| {
        jws(&json!({ "alg": alg, "typ": "JWT" }).to_string(), ends(900).to_string(), |_| signature.to_vec())
    };
    let good = jwt("alice");
    let unsigned = good.rsplit_once('.').map_or("", |(message, _)| message);
    let two = [bearer(&good), bearer(&good)].concat();
    let wrong = "another secret of more than 32 bytes";
    let unknown = cookie_header("unknownunknownunknownunknown1234");
    vec![
        ("no credential", Vec::new(), NONE),
        ("a scheme of a proxy", vec![("Authorization", "Basic YWxpY2U6c2VjcmV0".into())], NONE),
        ("a nonsense bearer", bearer("nonsense"), BAD),
        ("a bearer of nothing", vec![("Authorization", "Bearer".into())], BAD),
        ("two good bearers", two, BAD),
        ("an expired JWT", bearer(&hs256(&ends(-3600), SECRET)), EXPIRED),
        ("a JWT under a wrong secret", bearer(&hs256(&ends(900), wrong)), BAD),
        ("an expired JWT under a wrong secret", bearer(&hs256(&ends(-3600), wrong)), BAD),
        ("a JWT without its signature", bearer(&format!("{unsigned}.")), BAD),
        ("alg none", bearer(&none("none", b"")), BAD),
        ("alg None", bearer(&none("None", b"")), BAD),
        ("alg NONE with a signature", bearer(&none("NONE", &[0; 32])), BAD),
        ("a cookie badly signed", cookie(&signed_by(wrong)), BAD),
        ("a cookie not signed", cookie(session), BAD),
        ("a cookie of an unknown session", vec![("Cookie", unknown)], BAD),
        ("a bearer of a session, badly signed", bearer(&signed_by(wrong)), BAD),
        ("a bearer of a session, not signed", bearer(session), BAD),
        ("a bad bearer before a good cookie", [bearer("nonsense"), cookie(&signed_by(SECRET))].concat(), BAD),
    ]
}

fn strangers_with_a_credential_of_their_own(database: Database) {
    let app = App::start(database);
    let victim = Victim::new(&app);
    let good = jwt("mallory");
    let cookie = cookie_header(&app.sign_in("mallory"));
    let origin = ("Origin", BETTER_AUTH_URL.to_owned());
    assert_eq!(app.by("mallory", "GET", "/api/tasks").send().expect(200), json!([]));
    for headers in [vec![("Authorization", format!("Bearer {good}"))], vec![("Cookie", cookie), origin]] {
        every_request(|path, method, behind| {
            for body in Body::ALL.into_iter().filter(|_| behind != Ok(Open) && path.starts_with("/api/")) {
                let foreign = send(&app, method, &fill(path, "alice", victim.id), &headers, body);
                let why = format!("{method} {path} {body:?}");
                let own_path = fill(path, "mallory", victim.id);
                if path.contains("{user_id}") {
                    expect(&foreign, method, 403, &why);
                    expect_nothing_of_others(
                        &send(&app, method, &own_path, &headers, body),
                        method,
                        behind,
                        body,
                        &why,
                    );
                } else {
                    expect_nothing_of_others(&foreign, method, behind, body, &why);
                }
            }
        });
        victim.expect_untouched("mallory");
    }
}

/// Where the path is the stranger's own: the victim's task is not there, and no list or answer shows it.
#[track_caller]
fn expect_nothing_of_others(answer: &Answer, method: &str, behind: Result<Behind, &str>, body: Body, why: &str) {
    let reads_body = !matches!(behind, Ok(List | Own | Task) | Err(_));
    let status = match (behind, body) {
        (Err(_), _) => 405,
        (Ok(Import), Body::None) => 415,
        (Ok(Import), Body::Oversize) => 400, // not too large for it, and no JSON
        (Ok(Bulk | Import), Body::Good) => 422,
        (Ok(_), Body::Oversize) if reads_body => 413,
        (Ok(_), Body::Malformed) if reads_body => 400,
        (Ok(Create | TaskTakesBody | Bulk), Body::None) => 400,
        (Ok(Create), _) => 201,
        (Ok(List | Own), _) => 200,
        (Ok(_), _) => 404,
    };
    if behind == Ok(Own) {
        assert_eq!(answer.status, status, "{why}");
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("mine") && !text.contains("alice"), "{why}: {text}");
        return;
    }
    expect(answer, method, status, why);
    if let Err(allow) = behind {
        assert_eq!(answer.header("allow"), Some(allow), "{why}");
    }
    if status < 300 && method != "HEAD" {
        let seen = answer.json();
        let tasks = seen.as_array().cloned().unwrap_or_else(|| vec![seen]);
        assert!(tasks.iter().all(|task| task["user_id"] == "mallory"), "{why}: {tasks:?}");
    }
}

fn the_first_kind_of_credential_decides(database: Database) {
    let app = App::start(database);
    let session = app.sign_in("alice");
    let cookie = cookie_header(&session);
    let ask = |path: &str, authorization: &[&str], cookie: &str| {
        let request = app.request("GET", path).header("Cookie", cookie);
        authorization.iter().fold(request, |request, value| request.header("Authorization", value)).send()
    };
    for scheme in ["Basic YTpi", "basic YTpi", "Negotiate abc", "Bearerish abc", "Digest"] {
        ask("/api/alice/tasks", &[scheme], &cookie).expect(200);
    }
    let bob = format!("Bearer {}", jwt("bob"));
    for bad in ["better-auth.session_token=bad.signature", &cookie_header("unknown"), &cookie] {
        ask("/api/bob/tasks", &[&bob], bad).expect(200);
        ask("/api/alice/tasks", &[&bob], bad).expect(403);
    }
    let bad_ones = ["Bearer bad", "Bearer", "bEaReR bad", "Bearer a.b.c"];
    let refused = bad_ones.iter().map(|bad| ask("/api/alice/tasks", &[bad], &cookie));
    let doubled = [["Basic YTpi", &bob], [&bob, "Basic YTpi"]].map(|two| ask("/api/bob/tasks", &two, &cookie));
    for answer in refused.chain(doubled) {
        assert_eq!(answer.expect(401)["error"]["code"], "invalid_credential");
        assert_eq!(answer.header("www-authenticate"), Some(BAD));
    }
}

fn owners_are_any_text(database: Database) {
    let app = App::start(database);
    let odd =
        ["a/b", "a%2Fb", "100%", "a b", "+a+b", "ü€🦀", "..", ".", "a.b", "o'neil\"", "\\", "q?x#y", "a;b=c&d", "a\nb"];
    for user in odd.into_iter().chain(["42", "api", "{user_id}", "auth0|6", "a@b.c", "(select 1)--"]) {
        let path = format!("/api/{}/tasks", utf8_percent_encode(user, NON_ALPHANUMERIC));
        let created = app.by(user, "POST", &path).json(&json!({ "title": "t", "user_id": "alice" })).send().expect(201);
        assert_eq!(created["user_id"], user);
        assert_eq!(app.by(user, "GET", &path).send().expect(200), json!([created]), "{user}");
        assert_eq!(app.by(user, "GET", "/api/tasks").send().expect(200), json!([created]), "{user}");
        assert_eq!(app.by("alice", "GET", &path).send().expect(403)["error"]["code"], "not_owner", "{user}");
    }
    // what needs no escape is read as it stands, and what had none may have one
    for (user, path) in [("..", ".."), (".", "."), ("a.b", "a.b"), ("+a+b", "+a+b"), ("alice", "%61lice"), ("42", "42")]
    {
        app.by(user, "GET", &format!("/api/{path}/tasks")).send().expect(200);
    }
    // what PostgreSQL cannot hold is still no fault of the service
    assert!(app.by("a\0b", "GET", "/api/tasks").send().status < 500);
    let exp = chrono::Utc::now().timestamp() + 900;
    let number = hs256(&json!({ "sub": 42, "exp": exp }), SECRET);
    assert_eq!(app.request("GET", "/api/42/tasks").bearer(&number).send().expect(200)[0]["user_id"], "42");
}

fn owners_are_compared_byte_for_byte(database: Database) {
    let app = App::start(database);
    let like = [
        ("alice", "Alice"),
        ("alice", "alice%20"),
        ("alice", "%20alice"),
        ("alice", "alice%00"),
        ("alice", "alice."),
        ("alice", "alice%2F"),
        ("alice", "%2561lice"),
        ("alice", "%EF%BD%81lice"), // a full-width a
        ("alice ", "alice"),
        ("Alice", "alice"),
        ("a b", "a+b"),
        ("a+b", "a%20b"),
        ("a/b", "a%252Fb"),
        ("a%2Fb", "a%2Fb"),
        ("\u{e9}", "e%CC%81"), // one character, or a letter and its accent
        ("\u{fffd}", "%FF"),   // no text at all is nobody's name
        ("42", "042"),
        ("42", "+42"),
        ("42", "42.0"),
    ];
    for (user, path) in like {
        let answer = app.by(user, "GET", &format!("/api/{path}/tasks")).send();
        assert_eq!(answer.status, 403, "{user:?} at {path}");
    }
    // a path that climbs is not followed
    app.by("alice", "GET", "/api/alice/tasks/..%2F..%2Fbob%2Ftasks").send().expect(404);
    app.by("alice", "GET", "/api/alice/../bob/tasks").send().expect(404);
}

fn a_user_may_be_called_tasks(database: Database) {
    let app = App::start(database);
    let task = app.create("tasks", &json!({ "title": "t" }));
    for path in ["/api/tasks/tasks", "/api/tasks/tasks/", "/api/tasks"] {
        assert_eq!(app.by("tasks", "GET", path).send().expect(200), json!([task]), "{path}");
    }
    assert_eq!(app.by("tasks", "GET", &format!("/api/tasks/tasks/{}", task["id"])).send().expect(200), task);
    app.by("alice", "GET", "/api/tasks/tasks").send().expect(403);
    app.request("GET", "/api/tasks/tasks").bearer(&jws("{}", "{}", hmac("k"))).send().expect(401);
}
