//! Checks the contents of the mdBook.

use std::collections::BTreeSet;

use crate::{files, markdown, read};

#[test]
fn the_summary_has_every_page_once() {
    let listed = markdown::links(&read("docs/SUMMARY.md"));
    let unique: BTreeSet<String> = listed.iter().map(|page| format!("docs/{page}")).collect();
    assert_eq!(unique.len(), listed.len(), "a page is listed twice");
    let pages = files("docs", &["md"]).into_iter().map(|page| page.to_str().unwrap().to_owned());
    assert_eq!(pages.filter(|page| page != "docs/SUMMARY.md").collect::<BTreeSet<_>>(), unique);
}

/// The site has the pages of docs only. A page names other files of the repository instead of linking to them.
#[test]
fn pages_link_only_to_pages() {
    for page in files("docs", &["md"]) {
        let links = markdown::links(&read(page.to_str().unwrap()));
        let outside: Vec<&String> = links.iter().filter(|link| link.starts_with("../")).collect();
        assert!(outside.is_empty(), "{}: {outside:?}", page.display());
    }
}

/// The map of the documents leads to every page.
#[test]
fn the_map_has_every_page() {
    let listed: BTreeSet<String> = markdown::links(&read("docs/SUMMARY.md")).into_iter().collect();
    let map: BTreeSet<String> = markdown::links(&read("docs/index.md")).into_iter().collect();
    let missing: Vec<&String> = listed.difference(&map).filter(|page| *page != "index.md").collect();
    assert_eq!(missing, Vec::<&String>::new());
}
