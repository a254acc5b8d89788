//! A snapshot as a table for a terminal, the most crowded places on top.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use super::rates::{LinkRate, Rates};
use super::snapshot::{ComponentStatus, LinkStatus, Snapshot};
use super::text::{shortened, visible};

/// Letters of one cell: a line with a few of them still fits a wide terminal.
const CELL_LETTERS_MAX: usize = 48;

/// Two tables: components by messages that wait for them, and links by messages in them. Whoever
/// is equal in that stays in the snapshot's order.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tables(self, None))
    }
}

impl Snapshot {
    /// The same tables as [`Display`](fmt::Display) writes, with what passed each link per second
    /// since an earlier snapshot.
    pub fn table_since(&self, earlier: &Snapshot) -> String {
        tables(self, Some(&self.since(earlier)))
    }
}

fn tables(snapshot: &Snapshot, rates: Option<&Rates>) -> String {
    let Snapshot { taken_at, components, links, .. } = snapshot;
    let seconds = taken_at.as_secs_f64();
    let mut text = format!(
        "after {seconds:.3} s: {}, {}\n",
        counted(components.len(), "component"),
        counted(links.len(), "link")
    );
    if !components.is_empty() {
        text += "\n";
        text += &component_table(snapshot).written();
    }
    if !links.is_empty() {
        text += "\n";
        text += &link_table(snapshot, rates).written();
    }
    text
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn component_table(snapshot: &Snapshot) -> Table {
    let mut queued: HashMap<u64, usize> = HashMap::new();
    for link in &snapshot.links {
        *queued.entry(link.to.number).or_default() += link.depth;
    }
    let queued = |component: &ComponentStatus| queued.get(&component.number).copied().unwrap_or(0);
    let mut components: Vec<_> = snapshot.components.iter().collect();
    components.sort_by_key(|component| Reverse(queued(component)));

    let mut table = Table::new(&[
        left("COMPONENT"),
        right("QUEUED"),
        right("RESTARTS"),
        left("RUNS ON"),
        left("STATE"),
        left("TYPE"),
    ]);
    for component in components {
        table.row([
            component.name.clone(),
            queued(component).to_string(),
            component.restarts.to_string(),
            component.home.to_string(),
            component.state.to_string(),
            component.kind.clone(),
        ]);
    }
    table
}

fn link_table(snapshot: &Snapshot, rates: Option<&Rates>) -> Table {
    let mut columns = vec![
        left("FROM"),
        left("TO"),
        right("HOLDS"),
        right("OF"),
        right("PEAK"),
        right("SENT"),
        right("TAKEN"),
        right("DROPPED"),
        right("BLOCKED"),
    ];
    if rates.is_some() {
        columns.extend([right("SENT/S"), right("TAKEN/S"), right("BLOCKED %")]);
    }
    columns.extend([left("WHEN FULL"), left("MESSAGE")]);

    let rates = rates.map_or(&[][..], |rates| &rates.links);
    let rates: HashMap<_, _> = rates.iter().map(|rate| ((&rate.from, &rate.to), rate)).collect();
    let mut table = Table::new(&columns);
    let mut links: Vec<_> = snapshot.links.iter().collect();
    links.sort_by_key(|link| Reverse(link.depth));
    for link in links {
        let rate = rates.get(&(&link.from, &link.to)).copied();
        table.row(link_row(link, rate));
    }
    table
}

fn link_row(link: &LinkStatus, rate: Option<&LinkRate>) -> Vec<String> {
    let mut row = vec![
        link.from.to_string(),
        link.to.to_string(),
        link.depth.to_string(),
        link.capacity.to_string(),
        or_nothing(link.high_water, |messages| messages.to_string()),
        link.sent.to_string(),
        link.taken.to_string(),
        link.dropped.to_string(),
        or_nothing(link.blocked, |blocked| format!("{:.3} s", blocked.as_secs_f64())),
    ];
    if let Some(rate) = rate {
        row.push(format!("{:.1}", rate.sent));
        row.push(format!("{:.1}", rate.taken));
        row.push(or_nothing(rate.blocked, |share| format!("{:.1}", share * 100.0)));
    }
    row.extend([link.policy.clone(), link.message.clone()]);
    row
}

fn or_nothing<T>(known: Option<T>, write: impl Fn(T) -> String) -> String {
    known.map_or_else(|| "-".to_owned(), write)
}

#[derive(Clone, Copy)]
struct Column {
    heading: &'static str,
    is_number: bool,
}

fn left(heading: &'static str) -> Column {
    Column { heading, is_number: false }
}

fn right(heading: &'static str) -> Column {
    Column { heading, is_number: true }
}

struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With the headings as its first row.
    fn new(columns: &[Column]) -> Self {
        let headings = columns.iter().map(|column| column.heading.to_owned()).collect();
        Table { columns: columns.to_vec(), rows: vec![headings] }
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| shortened(&visible(&cell), CELL_LETTERS_MAX));
        self.rows.push(cells.collect());
    }

    fn written(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len()).map(|at| self.width(at)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, column), width) in row.iter().zip(&self.columns).zip(&widths) {
                match column.is_number {
                    true => line += &format!("{cell:>width$}  "),
                    false => line += &format!("{cell:<width$}  "),
                }
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::example::{NASTY, all_called, running};
    use super::*;

    #[test]
    fn the_most_crowded_stand_on_top() {
        let expected = "\
after 2.500 s: 5 components, 3 links

COMPONENT      QUEUED  RESTARTS  RUNS ON      STATE                               TYPE
sink               40         0  worker main  paused                              Sink
squeeze/pack        4         0  worker main  ready                               Pack
source              0         0  own thread   waits for room to send from outbox  Source<u8>
squeeze/check       0         2  worker main  waits for a message in inbox        Check
clock               0         0  worker slow  panicked: no time                   Clock

FROM                  TO                   HOLDS  OF  PEAK  SENT  TAKEN  DROPPED  BLOCKED  WHEN FULL    MESSAGE
squeeze/check.outbox  sink.inbox              40  64     -   300    250       10        -  drop oldest  Vec<u8>
source.outbox         squeeze/pack.inbox       4   4     4  1204   1200        0  0.250 s  wait         u8
squeeze/pack.outbox   squeeze/check.inbox      0  64     -   300    300        0        -  wait         Vec<u8>
";
        assert_eq!(running().to_string(), expected);
    }

    #[test]
    fn an_empty_graph_is_one_line() {
        assert_eq!(Snapshot::default().to_string(), "after 0.000 s: 0 components, 0 links\n");
    }

    #[test]
    fn columns_stay_aligned_and_lines_whole_whatever_the_names() {
        for name in NASTY {
            let text = all_called(name).to_string();
            assert_eq!(text.lines().count(), 8, "{name:?} gives\n{text}");
            assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
        }
    }

    #[test]
    fn one_long_name_does_not_push_the_rest_off_the_screen() {
        let text = all_called(&"x".repeat(10_000)).to_string();
        assert!(text.lines().all(|line| line.chars().count() < 300), "{text}");
    }

    #[test]
    fn a_rate_stands_beside_its_link() {
        let mut earlier = running();
        earlier.taken_at -= Duration::from_secs(1);
        for link in &mut earlier.links {
            (link.sent, link.taken) = (0, 0);
        }
        let text = running().table_since(&earlier);
        let expected = "SENT/S  TAKEN/S  BLOCKED %  WHEN FULL    MESSAGE";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("1204.0   1200.0        0.0  wait         u8\n"), "{text}");
    }
}
