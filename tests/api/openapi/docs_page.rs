//! The page `/docs`, and the setting that turns it and the document off.

use crate::support::{App, Database};

#[test]
fn the_page_runs_only_its_own_script() {
    let app = App::start(Database::Sqlite);
    for path in ["/docs", "/docs/"] {
        let answer = app.request("GET", path).send();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let policy = answer.header("content-security-policy").expect("the page has a policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe") && !policy.contains("http"),
            "{policy}"
        );
        let page = String::from_utf8(answer.body.clone()).expect("the page is UTF-8");
        for (name, directive) in [("script", "script-src"), ("style", "style-src")] {
            let (_, rest) = page.split_once(&format!("<{name}>")).expect("the element is inline");
            let (text, _) = rest.split_once(&format!("</{name}>")).expect("the element ends");
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
            let hash = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
            assert!(policy.contains(&format!("{directive} 'sha256-{hash}'")), "{policy}");
        }
        assert!(!page.contains("http://") && !page.contains("https://"), "the page loads nothing from another origin");
    }
}

#[test]
fn the_page_and_the_document_can_be_turned_off() {
    let app = App::start_with(Database::Sqlite, &[("DOCS", "off")]);
    for path in ["/docs", "/docs/", "/openapi.json"] {
        let problem = app.request("GET", path).send().expect(404);
        assert_eq!(problem["error"]["code"], "path_not_found");
    }
}
