//! A terminal's screen as a picture: an SVG that looks the same wherever it is shown.

use std::fmt::Write;

use vt100::{Cell, Color, Screen};

/// A letter's place, in pixels.
const WIDTH: usize = 9;
const HEIGHT: usize = 18;

/// Around the screen.
const MARGIN: usize = 12;

/// What a terminal is usually set to.
const PAPER: &str = "#1d1f21";
const INK: &str = "#c5c8c6";
const DIM_INK: &str = "#8a8d8f";
const COLOURS: [&str; 8] =
    ["#1d1f21", "#cc6666", "#b5bd68", "#f0c674", "#81a2be", "#b294bb", "#8abeb7", "#c5c8c6"];

/// Letters that look the same, and where they begin.
struct Run {
    column: usize,
    text: String,
    look: (&'static str, bool),
}

/// The screen, drawn.
pub fn picture(screen: &Screen) -> String {
    let (lines, columns) = screen.size();
    let width = usize::from(columns.get()) * WIDTH + 2 * MARGIN;
    let height = usize::from(lines.get()) * HEIGHT + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{PAPER}\"/>\n\
         <g font-family=\"monospace\" font-size=\"15\" xml:space=\"preserve\">\n"
    );
    for line in 0..lines.get() {
        for run in runs(screen, line, columns.get()) {
            // Writing to a string does not fail.
            let _ = writeln!(svg, "{}", text(&run, usize::from(line)));
        }
    }
    svg + "</g>\n</svg>\n"
}

fn text(run: &Run, line: usize) -> String {
    let (x, y) = (MARGIN + run.column * WIDTH, MARGIN + line * HEIGHT + HEIGHT * 3 / 4);
    let length = run.text.chars().count() * WIDTH;
    let (fill, is_bold) = run.look;
    let weight = if is_bold { " font-weight=\"bold\"" } else { "" };
    let escaped = run.text.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\" \
         fill=\"{fill}\"{weight}>{escaped}</text>"
    )
}

/// The runs of a line. Blanks belong to the run before them, those at its end to none.
fn runs(screen: &Screen, line: u16, columns: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let cell = screen.cell(line, column).expect("it is on the screen");
        let (letter, look) = (if cell.has_contents() { cell.contents() } else { " " }, look(cell));
        match runs.last_mut() {
            Some(run) if run.look == look || letter == " " => run.text.push_str(letter),
            _ if letter == " " => {}
            _ => runs.push(Run { column: column.into(), text: letter.to_owned(), look }),
        }
    }
    runs.iter_mut().for_each(|run| run.text.truncate(run.text.trim_end().len()));
    runs
}

fn look(cell: &Cell) -> (&'static str, bool) {
    let ink = match cell.fgcolor() {
        Color::Idx(index) => COLOURS.get(usize::from(index)).copied().unwrap_or(INK),
        _ if cell.dim() => DIM_INK,
        _ => INK,
    };
    (ink, cell.bold())
}
