//! A picture as lines of a terminal.

use console::{Style, measure_text_width, truncate_str};

use super::board::{Picture, Row};

/// A bar is no narrower, while there is something else that can give way.
const BAR_MIN: usize = 8;

/// More tells nobody more.
const BAR_MAX: usize = 40;

/// So much of a name is left, whatever is said beside it.
const NAME_MIN: usize = 16;

/// Columns of ` `, ` 100% ` and the like, which are always there.
const FIXED: usize = 7;

/// Columns of the rows, which begin below each other.
struct Columns {
    name: usize,
    bar: usize,
    says: usize,
}

/// The lines of a picture, none of which is wider than that.
pub(super) fn lines(picture: &Picture, columns: usize) -> Vec<String> {
    let widths = Columns::of(&picture.rows, columns);
    let rows = picture.rows.iter().map(|row| widths.line(row));
    let summary =
        fitting(&picture.summaries, columns).map(|text| bold().apply_to(text).to_string());
    rows.chain(summary).map(|line| truncate_str(&line, columns, "").into_owned()).collect()
}

impl Columns {
    /// Where there is little room bars are narrower, then names are cut, and then what is said.
    fn of(rows: &[Row], all: usize) -> Self {
        let name = rows.iter().map(|row| measure_text_width(&row.name)).max().unwrap_or_default();
        let room = all.saturating_sub(FIXED + BAR_MIN);
        let says_max = room.saturating_sub(name.min(NAME_MIN));
        let says = rows.iter().map(|row| measure_text_width(&said(row, says_max)));
        let says = says.max().unwrap_or_default();
        let name = name.min(room.saturating_sub(says));
        let bar = (room + BAR_MIN).saturating_sub(name + says).min(BAR_MAX);
        Columns { name, bar, says }
    }

    fn line(&self, row: &Row) -> String {
        let name = middle_cut(&row.name, self.name);
        let pad = " ".repeat(self.name.saturating_sub(measure_text_width(&name)));
        let bar = self.bar(row.fraction);
        let percent = (row.fraction * 100.0) as u64;
        let says = said(row, self.says);
        format!("{name}{pad} {bar} {percent:>3}% {}", dim().apply_to(says))
    }

    fn bar(&self, fraction: f64) -> String {
        let full = ((fraction * self.bar as f64) as usize).min(self.bar);
        let head = usize::from(fraction > 0.0 && full < self.bar);
        let done = "━".repeat(full) + &"╸".repeat(head);
        let rest = "─".repeat(self.bar - full - head);
        format!("{}{}", cyan().apply_to(done), dim().apply_to(rest))
    }
}

/// What is said beside a bar, where it may be as wide as that.
fn said(row: &Row, columns: usize) -> String {
    fitting(&parts(&row.says), columns).unwrap_or_default()
}

/// A sentence, and what is left of it without its last part, and so on.
fn parts(text: &str) -> Vec<String> {
    let ends = text.rmatch_indices(", ").map(|(end, _)| end);
    [text.len()].into_iter().chain(ends).map(|end| text[..end].to_owned()).collect()
}

/// The first of these that fits; if none does, as much of the last as does.
fn fitting(texts: &[String], columns: usize) -> Option<String> {
    let fits = |text: &&String| measure_text_width(text) <= columns;
    let cut = || texts.last().map(|text| truncate_str(text, columns, "…").into_owned());
    texts.iter().find(fits).cloned().or_else(cut)
}

/// A name without its middle, for names often differ at their ends.
fn middle_cut(name: &str, columns: usize) -> String {
    if measure_text_width(name) <= columns {
        return name.to_owned();
    }
    let ending = columns.saturating_sub(1) / 2;
    let mut end = name.len();
    for (at, _) in name.char_indices().rev() {
        if measure_text_width(&name[at..]) > ending {
            break;
        }
        end = at;
    }
    let room = columns.saturating_sub(measure_text_width(&name[end..]));
    format!("{}{}", truncate_str(name, room, "…"), &name[end..])
}

fn cyan() -> Style {
    Style::new().cyan().for_stderr()
}

fn dim() -> Style {
    Style::new().dim().for_stderr()
}

fn bold() -> Style {
    Style::new().bold().for_stderr()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAYS: &str = "1.50 MiB/s from 2 peers, 3 minutes left";

    fn row(name: &str) -> Row {
        Row { name: name.to_owned(), fraction: 0.5, says: SAYS.to_owned() }
    }

    fn shown(rows: Vec<Row>, columns: usize) -> Vec<String> {
        let picture = Picture { rows, summaries: vec!["all of it".to_owned(), "it".to_owned()] };
        lines(&picture, columns).iter().map(|line| console::strip_ansi_codes(line).into()).collect()
    }

    #[test]
    fn bars_give_way_before_names_and_names_before_what_is_said() {
        let name = "Symphony number nine in D minor.ogg";
        let long = format!("{name} ━━━━━━━━━━╸──────────  50% {SAYS}");
        assert_eq!(shown(vec![row(name)], 102)[0], long);
        let narrow = format!("{name} ━━━━╸────  50% {SAYS}");
        assert_eq!(shown(vec![row(name)], 90)[0], narrow);
        let cut = format!("Symphony n…minor.ogg ━━━━╸───  50% {SAYS}");
        assert_eq!(shown(vec![row(name)], 74)[0], cut);
        let short = "Symphony nu… minor.ogg ━━━━╸───  50% 1.50 MiB/s from 2 peers";
        assert_eq!(shown(vec![row(name)], 60)[0].trim_end(), short);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_whatever_a_name_is_written_in() {
        for columns in 1..130 {
            for name in ["short", &"x".repeat(200), &"交響曲".repeat(30), "a\u{301}e\u{301}"] {
                for line in shown(vec![row(name), row("other")], columns) {
                    assert!(measure_text_width(&line) <= columns, "{columns}: {line}");
                }
            }
        }
    }

    #[test]
    fn bars_begin_below_each_other() {
        let lines = shown(vec![row("a"), row("longer"), row("交響曲")], 100);
        let at = |line: &String| measure_text_width(&line[..line.find('━').unwrap()]);
        assert!(lines[..3].iter().all(|line| at(line) == 7), "{lines:#?}");
    }

    #[test]
    fn of_the_last_line_is_shown_what_fits() {
        assert_eq!(shown(vec![], 9), ["all of it"]);
        assert_eq!(shown(vec![], 8), ["it"]);
    }
}
