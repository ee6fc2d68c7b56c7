//! The page at `/`, which leads to the documentation.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database};

on_both!(the_start_page_leads_to_the_documentation, docs_off_turns_the_start_page_off);

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn the_start_page_leads_to_the_documentation(database: Database) {
    let app = App::start(database);
    for accept in ["text/html", BROWSER, "application/json, Text/HTML;q=0.5"] {
        let page = app.request("GET", "/").header("Accept", accept).send();
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{accept}");
        let vary = page.header("vary").unwrap();
        assert!(vary.contains("Origin") && vary.contains("Accept"), "{vary}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("script-src"),
            "{policy}"
        );
        let text = String::from_utf8(page.body).unwrap();
        for target in ["docs", "openapi.json", "docs/errors", "readyz"] {
            assert!(text.contains(&format!("<a href=\"{target}\">")), "{target}: {text}");
            assert_eq!(app.request("GET", &format!("/{target}")).send().status, 200, "{target}");
        }
        assert!(!text.contains(env!("CARGO_PKG_VERSION")), "the page has no version");
    }
    let links = json!({ "docs": "/docs", "openapi": "/openapi.json", "errors": "/docs/errors", "ready": "/readyz" });
    for accept in [None, Some("*/*"), Some("application/json"), Some("text/plain"), Some("")] {
        let request = app.request("GET", "/");
        let request = accept.map_or(request.clone(), |accept| request.header("Accept", accept));
        assert_eq!(request.send().expect(200), links, "{accept:?}");
    }
    // a query has no effect
    assert_eq!(app.request("GET", "/?x=1").send().expect(200), links);
    let head = app.request("HEAD", "/").send();
    assert_eq!((head.status, head.header("content-type")), (200, Some("application/json")));
    assert_eq!(app.request("POST", "/").send().expect(405)["error"]["code"], "method_not_allowed");
}

fn docs_off_turns_the_start_page_off(database: Database) {
    let app = App::start_with(database, &[("DOCS", "off")]);
    for accept in [BROWSER, "*/*"] {
        app.request("GET", "/").header("Accept", accept).send().expect(404);
    }
}
