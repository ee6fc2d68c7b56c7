//! Checks every relative link and anchor, and every mention of a page in other files.

use std::path::{Component, Path, PathBuf};

use crate::{files, markdown, read, repository};

/// Returns the path of a link, relative to the repository, without `.` and `..`.
fn resolve(page: &Path, target: &str) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in page.parent().unwrap().join(target).components() {
        match part {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::CurDir => {}
            part => resolved.push(part),
        }
    }
    resolved
}

/// Returns what is wrong with a link. `None`: nothing, or the link is external.
fn problem(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (target, anchor) = link.split_once('#').map_or((link, None), |(target, anchor)| (target, Some(anchor)));
    let file = if target.is_empty() { page.to_owned() } else { resolve(page, target) };
    let place = format!("{}: {link}", page.display());
    if !repository().join(&file).exists() {
        return Some(format!("{place}: the file does not exist"));
    }
    let anchor = anchor?;
    let anchors = markdown::anchors(&read(file.to_str().unwrap()));
    (!anchors.iter().any(|known| known == anchor)).then(|| format!("{place}: no such heading; there are {anchors:?}"))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let pages = files(".", &["md"]);
    assert!(pages.len() > 30, "{pages:?}");
    let mut problems = Vec::new();
    for page in pages {
        let text = read(page.to_str().unwrap());
        problems.extend(markdown::links(&text).iter().filter_map(|link| problem(&page, link)));
    }
    assert_eq!(problems, [""; 0]);
}

#[test]
fn a_wrong_link_is_found() {
    let page = Path::new("docs/api.md");
    assert_eq!(problem(page, "api.md#conventions"), None);
    assert_eq!(problem(page, "../README.md#quick-start"), None);
    assert_eq!(problem(page, "https://example.com/none"), None);
    assert!(problem(page, "none.md").is_some());
    assert!(problem(page, "#none").is_some());
}

/// Comments, error texts, scripts and manifests name pages as `docs/NAME.md`.
#[test]
fn every_page_that_a_file_names_exists() {
    let extensions = [
        "rs", "md", "mjs", "js", "ts", "tsx", "py", "sh", "sql", "toml", "yml", "yaml", "env", "conf", "service",
        "json",
    ];
    let mut problems = Vec::new();
    for file in files(".", &extensions) {
        let Ok(text) = std::fs::read_to_string(repository().join(&file)) else { continue };
        for rest in text.split("docs/").skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            let rest = &rest[name.len()..];
            let Some(rest) = rest.strip_prefix(".md").filter(|_| !name.is_empty()) else { continue };
            let link = rest.strip_prefix('#').map_or(String::new(), |rest| {
                let anchor: String =
                    rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
                format!("#{anchor}")
            });
            let page = format!("docs/{name}.md");
            problems.extend(
                problem(Path::new("README.md"), &format!("{page}{link}"))
                    .map(|_| format!("{}: {page}{link}", file.display())),
            );
        }
    }
    assert_eq!(problems, [""; 0]);
}
