//! Tables: what each system needs, and how we stand.

use crate::measure::Row;
use crate::shapes::{Aim, OURS, Title};
use crate::systems::CALL;

/// How one of our systems stands in one kind of work.
pub(crate) struct Standing {
    work: &'static str,
    system: &'static str,
    measured: String,
    target: String,
    verdict: &'static str,
    nearest: String,
}

/// Prints a line for each system, and judges ours.
pub(crate) fn print_rows(title: &Title, rows: &[Row]) -> Vec<Standing> {
    let Some(Row { beside: (beside, _), .. }) = rows.first() else {
        return Vec::new();
    };
    let call = rows.iter().find(|row| row.system == CALL);
    let ratio = if call.is_some() { "x call" } else { "" };
    println!("{}", title.name);
    println!("  {:<26} {:>10} {:>10} {ratio:>8} {beside:>10}", title.unit, "least", "middle");
    for row in rows {
        let ratio = call.map_or(String::new(), |call| number(row.times(call)));
        let (least, middle) = (number(row.least()), number(row.middle()));
        let beside = number(row.beside.1);
        println!("  {:<26} {least:>10} {middle:>10} {ratio:>8} {beside:>10}", row.system);
    }
    println!();
    rows.iter().filter(|row| is_ours(row)).map(|row| stand(title, row, rows)).collect()
}

fn is_ours(row: &Row) -> bool {
    row.system.starts_with(OURS)
}

fn stand(title: &Title, row: &Row, rows: &[Row]) -> Standing {
    let (measured, target, verdict) = match title.aim_of(row.system) {
        Some(aim) => judge(aim, row, rows),
        None => (format!("{} ns", number(row.middle())), String::new(), ""),
    };
    let nearest = nearest(row, rows).unwrap_or_default();
    Standing { work: title.name, system: row.system, measured, target, verdict, nearest }
}

fn judge(aim: Aim, row: &Row, rows: &[Row]) -> (String, String, &'static str) {
    let (measured, most, unit) = match aim {
        Aim::Of(most, unit) => (row.middle(), most, unit.to_owned()),
        Aim::Times(most, measure) => {
            let measure = rows.iter().find(|row| row.system == measure);
            let measure = measure.expect("what an aim is a multiple of is always run");
            (row.times(measure), most, format!("x {}", measure.system))
        }
    };
    let verdict = if measured <= most { "met" } else { "missed" };
    (number(measured), format!("{most} {unit}"), verdict)
}

/// Whoever else needs the least, and how many times as much as ours that is.
fn nearest(row: &Row, rows: &[Row]) -> Option<String> {
    let others = rows.iter().filter(|other| !is_ours(other) && other.system != CALL);
    let nearest = others.min_by(|one, other| one.middle().total_cmp(&other.middle()))?;
    Some(format!("{} x  {}", number(nearest.times(row)), nearest.system))
}

/// The last table.
pub(crate) fn print_standing(standing: &[Standing]) {
    if standing.is_empty() {
        println!("No work has such a name, or nobody of that name can do it.");
        return;
    }
    println!("How we stand");
    println!(
        "  {:<43} {:<22} {:>9}  at most {:<19} {:<7} the best of the others needs",
        "work", "who", "measured", "", ""
    );
    for Standing { work, system, measured, target, verdict, nearest } in standing {
        println!("  {work:<43} {system:<22} {measured:>9}  {target:<27} {verdict:<7} {nearest}");
    }
}

fn number(number: f64) -> String {
    match number {
        n if n == 0.0 || n >= 100.0 => format!("{n:.0}"),
        n if n < 10.0 => format!("{n:.2}"),
        n => format!("{n:.1}"),
    }
}
