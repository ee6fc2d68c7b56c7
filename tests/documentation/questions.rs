//! Follows the paths of docs/questions.md from the first screen of README.md.

use crate::{markdown, read};

/// The number of README's lines that a browser shows without scrolling, at least.
const FIRST_SCREEN: usize = 20;

const MAX_CLICKS: usize = 2;

/// One step: a link in docs/questions.md, or the name of a file outside the site. Returns its file and anchor.
fn target(step: &str) -> (String, Option<String>) {
    let link = match markdown::links(step).first() {
        Some(link) => format!("docs/{link}"),
        None => markdown::code(step)[0].to_owned(),
    };
    match link.split_once('#') {
        Some((file, anchor)) => (file.to_owned(), Some(anchor.to_owned())),
        None => (link, None),
    }
}

/// Returns whether the text of a page links to a file of the repository.
fn links_to(page: &str, text: &str, file: &str) -> bool {
    let folder = page.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    markdown::links(text).iter().any(|link| format!("{folder}{}", link.split('#').next().unwrap()) == file)
}

#[test]
fn each_question_has_a_path_of_two_clicks() {
    let readme = read("README.md");
    let first_screen: String = readme.lines().take(FIRST_SCREEN).map(|line| format!("{line}\n")).collect();
    let rows = markdown::table_rows(&read("docs/questions.md"));
    for row in &rows {
        let [question, path] = row.as_slice() else { panic!("{row:?}") };
        let mut steps = path.split(" → ");
        assert_eq!(steps.next(), Some("README"), "{question}");
        let (mut page, mut text, mut clicks) = ("README.md".to_owned(), first_screen.clone(), 0);
        for step in steps {
            let (file, anchor) = target(step);
            assert!(links_to(&page, &text, &file), "{question}: {page} has no link to {file}");
            text = read(&file);
            if let Some(anchor) = anchor {
                assert!(markdown::anchors(&text).contains(&anchor), "{question}: {file} has no heading {anchor}");
            }
            page = file;
            clicks += 1;
        }
        assert!((1..=MAX_CLICKS).contains(&clicks), "{question}: {clicks} clicks");
    }
    for words in ["cookie and JWT differ", "401", "deploy", "upgrade", "error codes", "add a task field"] {
        assert!(rows.iter().any(|row| row[0].contains(words)), "no question with {words}");
    }
}
