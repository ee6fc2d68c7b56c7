//! Draws the layers of CONTRIBUTING.md as docs/layers.svg.

use std::fmt::Write;

use crate::{expect_generated, markdown, read};

/// The bands of the diagram, from top to bottom: a title, a colour, and its lowest layer.
const BANDS: [(&str, &str, &str); 5] = [
    ("process", "#dfe7fb", "server"),
    ("HTTP", "#dff3ea", "api"),
    ("background", "#fdf0d9", "config"),
    ("database", "#fbe3e0", "db"),
    ("domain", "#ece6f7", "recurrence"),
];

const WIDTH: usize = 900;
const ROW: usize = 26;
const TOP: usize = 46;

/// Returns the layers with their contents, highest first.
fn layers() -> Vec<(String, String)> {
    let contributing = read("CONTRIBUTING.md");
    let rows = markdown::table_rows(markdown::section(&contributing, "Layers"));
    rows.into_iter().rev().map(|row| (row[0].trim_matches('`').to_owned(), row[1].clone())).collect()
}

/// Returns the first sentence, as text of XML.
fn summary(contents: &str) -> String {
    let sentence = contents.split(". ").next().unwrap().replace('`', "");
    let short: String = sentence.chars().take(86).collect();
    let short = if short.len() < sentence.len() { format!("{}…", short.trim_end()) } else { short };
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn draw() -> String {
    let layers = layers();
    let height = TOP + (layers.len() + 1) * ROW + BANDS.len() * 6 + 8;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title>The layers of task-api, highest first</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    text(&mut svg, 110, 28, "#333333", "A layer imports only the layers below it.");
    let (mut y, mut band) = (TOP, 0);
    for (name, contents) in &layers {
        let (title, colour, lowest) = BANDS[band];
        row(&mut svg, y, colour, name, contents);
        if layers.iter().position(|(other, _)| other == name) == first_of(&layers, band) {
            text(&mut svg, 10, y + 16, "#666666", title);
        }
        y += ROW;
        if name == lowest {
            (y, band) = (y + 6, band + 1);
        }
    }
    assert_eq!(band, BANDS.len(), "each layer is in a band");
    row(
        &mut svg,
        y,
        "#e8e8e8",
        "better-auth-guard",
        "the crate that verifies credentials: bytes in, a user or an error out",
    );
    text(&mut svg, 10, y + 16, "#666666", "crate");
    arrow(&mut svg, TOP, y + ROW);
    svg + "</svg>\n"
}

/// Returns the index of the highest layer of a band.
fn first_of(layers: &[(String, String)], band: usize) -> Option<usize> {
    let before = band.checked_sub(1).map(|band| BANDS[band].2);
    before.map_or(Some(0), |lowest| layers.iter().position(|(name, _)| name == lowest).map(|index| index + 1))
}

fn row(svg: &mut String, y: usize, colour: &str, name: &str, contents: &str) {
    let width = WIDTH - 120;
    let height = ROW - 3;
    writeln!(svg, "<rect x=\"104\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"{colour}\"/>")
        .unwrap();
    writeln!(
        svg,
        "<text x=\"112\" y=\"{}\" font-family=\"monospace\" font-weight=\"bold\" fill=\"#1a1a1a\">{name}</text>",
        y + 16
    )
    .unwrap();
    text(svg, 260, y + 16, "#333333", &summary(contents));
}

fn text(svg: &mut String, x: usize, y: usize, colour: &str, text: &str) {
    writeln!(svg, "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{text}</text>").unwrap();
}

/// Draws the direction of imports on the left.
fn arrow(svg: &mut String, from: usize, to: usize) {
    let tip = to - 4;
    writeln!(
        svg,
        "<path d=\"M94 {from} V{tip} M89 {} L94 {tip} L99 {}\" fill=\"none\" stroke=\"#888888\"/>",
        tip - 8,
        tip - 8
    )
    .unwrap();
}

#[test]
fn the_diagram_has_the_layers_of_the_table() {
    expect_generated("docs/layers.svg", &draw());
}
