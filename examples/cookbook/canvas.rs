//! What is written to a terminal so that bars stand below all else.
//!
//! The bars hang below the line of the cursor, and the cursor stays where it was. So what somebody types,
//! and what other programs write, goes where it would go without bars; and from the cursor on everything
//! is ours, to be erased and drawn again: wherever the cursor has gone meanwhile, and whatever a terminal
//! of another size has made of the lines.
//!
//! Nothing here writes.

use console::measure_text_width;

/// From the cursor to the end of the screen.
const ERASE: &str = "\u{1b}[J";
const REMEMBER: &str = "\u{1b}7";
const RETURN: &str = "\u{1b}8";
/// One line down in the same column, where a newline would go back to the first. The screen scrolls.
const DOWN: &str = "\u{b}";

/// Empty lines between that of the cursor and the bars: for what comes after a newline that was typed, as
/// long as the bars have not moved.
const GAP: usize = 1;

/// The rows that are there, and what has happened since they were drawn.
#[derive(Default)]
pub(super) struct Canvas {
    rows: Vec<String>,
    /// Lines that other programs may have written since.
    by_others: usize,
}

impl Canvas {
    /// These rows instead of those that are there.
    pub(super) fn draw(&mut self, rows: Vec<String>) -> String {
        if rows.is_empty() && self.rows.is_empty() {
            return String::new();
        }
        (self.rows, self.by_others) = (rows, 0);
        format!("{ERASE}{}", self.hung())
    }

    /// What goes before and after this text, so that it stands above the bars; and above what was typed
    /// of a line that is not complete.
    pub(super) fn around(&self, text: &str, (lines, columns): (usize, usize)) -> (String, String) {
        if self.rows.is_empty() {
            return (String::new(), String::new());
        }
        let height = height(text, columns);
        let below = height + GAP + self.rows.len();
        if !text.ends_with('\n') || below >= lines {
            return (format!("\r{ERASE}"), self.hung());
        }
        let before = format!("{ERASE}{}{REMEMBER}\r\u{1b}[{height}L", room(below));
        (before, format!("{RETURN}\u{1b}[{height}B{}", self.hung()))
    }

    /// Another program may write so many lines to the same terminal. If they are more than there is room
    /// for, the bars are gone until they are drawn again.
    pub(super) fn make_way(&mut self, count: usize) -> &'static str {
        self.by_others += count;
        if self.rows.is_empty() || self.by_others <= GAP { "" } else { ERASE }
    }

    /// The bars are gone, and what was typed of a line that is not complete.
    pub(super) fn leave(&mut self) -> String {
        let was_empty = std::mem::take(&mut self.rows).is_empty();
        if was_empty { String::new() } else { format!("\r{ERASE}") }
    }

    /// The rows below the line of the cursor.
    fn hung(&self) -> String {
        let rows: String = self.rows.iter().map(|row| format!("\r\n{row}")).collect();
        let gap = "\r\n".repeat(GAP);
        format!("{}{REMEMBER}{gap}{rows}{RETURN}", room(GAP + self.rows.len()))
    }
}

/// Has so many lines of the screen below that of the cursor, which scrolls if need be.
fn room(lines: usize) -> String {
    match lines {
        0 => String::new(),
        _ => format!("{}\u{1b}[{lines}A", DOWN.repeat(lines)),
    }
}

/// How many lines of a terminal a text takes.
fn height(text: &str, columns: usize) -> usize {
    let width = |line| measure_text_width(line).max(1);
    text.lines().map(|line| width(line).div_ceil(columns.max(1))).sum()
}
