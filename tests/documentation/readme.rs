//! Checks the size and the sections of README.md.

use crate::{markdown, read};

const MAX_LINES: usize = 130;

#[test]
fn the_readme_is_short_and_has_its_sections() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= MAX_LINES, "README.md has more than {MAX_LINES} lines");
    let sections = [
        "Quick start",
        "Add it to your Next.js app",
        "API",
        "Required settings",
        "Getting a 401?",
        "Deployment",
        "Documentation",
        "Status",
        "Licence",
    ];
    assert_eq!(markdown::headings(&readme, "## "), sections);
    let introduction = readme.split("\n## ").next().unwrap();
    assert!(introduction.contains("authentication by [Better Auth]"));
    assert_eq!(introduction.lines().filter(|line| line.starts_with("- ")).count(), 5, "five features");
    for words in ["**Use it if**", "**Use something else if**"] {
        assert!(introduction.contains(words), "{words}");
    }
    assert!(markdown::section(&readme, "Quick start").contains("(docs/screenshot.png)"));
    assert_eq!(markdown::table_rows(markdown::section(&readme, "API")).len(), 10);
    assert_eq!(markdown::table_rows(markdown::section(&readme, "Required settings")).len(), 4);
}
