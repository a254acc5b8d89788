//! A row of figures for each client, beside ours of the same rounds.

use crate::measure::least_and_middle;

/// What several do in turns, round by round.
pub(crate) struct Table {
    title: String,
    columns: &'static [&'static str],
    rows: Vec<(String, Vec<Vec<f64>>)>,
}

impl Table {
    /// Under this title. The first column is the one that is compared.
    pub(crate) fn new(title: &str, columns: &'static [&'static str]) -> Self {
        Table { title: title.to_owned(), columns, rows: Vec::new() }
    }

    /// What one took in a round, a number for each column; nothing if it could not.
    pub(crate) fn note(&mut self, name: &str, figures: Option<&[f64]>) {
        let at = self.rows.iter().position(|(other, _)| other == name).unwrap_or_else(|| {
            self.rows.push((name.to_owned(), Vec::new()));
            self.rows.len() - 1
        });
        self.rows[at].1.extend(figures.map(<[f64]>::to_vec));
    }

    /// Prints the least and the middle of each column, and the middle of the ratios to ours, which
    /// is whoever was noted first.
    pub(crate) fn print(&self) {
        println!("{}", self.title);
        print!("  {:<22}", "least and middle");
        for column in self.columns {
            print!(" {column:>21}");
        }
        println!(" {:>8}", "to ours");
        for (name, rounds) in &self.rows {
            print!("  {name:<22}");
            if rounds.is_empty() {
                println!(" (it did not do it)");
                continue;
            }
            for column in 0..self.columns.len() {
                let figures = rounds.iter().map(|round| round[column]).collect();
                let (least, middle) = least_and_middle(figures);
                print!(" {:>10} {:>10}", figure(least), figure(middle));
            }
            println!(" {:>8}", self.ratio(rounds));
        }
        println!();
    }

    fn ratio(&self, rounds: &[Vec<f64>]) -> String {
        let Some((_, ours)) = self.rows.first().filter(|(_, ours)| !ours.is_empty()) else {
            return "-".into();
        };
        let ratios = rounds.iter().zip(ours).map(|(theirs, ours)| theirs[0] / ours[0]);
        let (_, middle) = least_and_middle(ratios.collect());
        format!("{middle:.2}")
    }
}

/// Three places, more or less.
fn figure(number: f64) -> String {
    match number {
        0.0..10.0 => format!("{number:.3}"),
        10.0..1000.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}
