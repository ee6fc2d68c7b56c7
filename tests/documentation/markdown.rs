//! Reads the parts of a Markdown file that the tests need: links, anchors, sections, tables.

use std::collections::HashMap;

/// Returns the lines outside code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Returns a line without its inline code.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// Returns the targets of all links and images, in their order.
pub(crate) fn links(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in prose(text).map(without_code) {
        for rest in line.split("](").skip(1) {
            targets.push(rest.split(')').next().unwrap().to_owned());
        }
    }
    targets
}

/// Returns the anchors of the headings, as GitHub and mdBook form them.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let headings = prose(text).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let anchor = anchor(heading);
            let count = seen.entry(anchor.clone()).or_default();
            *count += 1;
            if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
        })
        .collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Returns the headings of a level, such as `## `, outside code blocks.
pub(crate) fn headings<'a>(text: &'a str, level: &str) -> Vec<&'a str> {
    prose(text).filter_map(|line| line.strip_prefix(level)).collect()
}

/// Returns the lines below a heading of the second level, up to the next one.
#[track_caller]
pub(crate) fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}")) + 1;
    let body = &text[start..];
    body[3..].find("\n## ").map_or(body, |end| &body[..end + 3])
}

/// Returns the cells of all rows of tables, without the heads. A `|` of a cell is written `\|`.
pub(crate) fn table_rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = prose(text).collect();
    let is_rule = |line: &&str| line.starts_with("|--") || line.starts_with("|:-");
    let is_head = |index: usize| lines.get(index + 1).is_some_and(is_rule);
    let rows =
        lines.iter().enumerate().filter(|(index, line)| line.starts_with('|') && !is_rule(line) && !is_head(*index));
    rows.map(|(_, line)| cells(line)).collect()
}

fn cells(line: &str) -> Vec<String> {
    let hidden = line.replace("\\|", "\u{0}");
    let inner = hidden.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect()
}

/// Returns the texts in backquotes.
pub(crate) fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn reads_links_anchors_and_tables() {
    let text = "# A `b` c?\n[x](y.md#z) `[no](no)`\n```\n[no](no)\n# no\n```\n## D\n## D\n\n| a | b |\n|---|---|\n| 1 | x\\|y |\n";
    assert_eq!(links(text), ["y.md#z"]);
    assert_eq!(anchors(text), ["a-b-c", "d", "d-1"]);
    assert_eq!(table_rows(text), [["1", "x|y"]]);
    assert_eq!(code("a `b` c `d`"), ["b", "d"]);
}
