//! What a slow seed costs, and how much of it is because it sends the same piece again and again.
//!
//! The setting is that of figures 3 and 4 of Bharambe, Herley and Padmanabhan (INFOCOM 2006), whose
//! *smart seed* sends each piece once before it sends one twice. Ours that come near do super-seeding
//! (BEP 16).

use kamaelia_torrent::simulation::ScenarioError;

use crate::curves::{Curve, Curves};
use crate::flash_crowds::{Outcome, crowd};

/// Thousand bits a second.
const RATES: [u64; 5] = [200, 400, 600, 800, 1000];

pub(crate) fn play(leechers: u32, seed: u64) -> Result<Curves, ScenarioError> {
    println!("| seed, kbit/s | uplinks used | mean, s | super-seeding: uplinks used | mean, s |");
    println!("|--:|--:|--:|--:|--:|");
    let mut curves = [Curve::new("seeding", Vec::new()), Curve::new("super-seeding", Vec::new())];
    for kbps in RATES {
        let mut row = format!("| {kbps}");
        for (curve, super_seeding) in curves.iter_mut().zip([false, true]) {
            let report = crowd(leechers, kbps * 125, super_seeding, seed)?;
            let Outcome { mean, used, .. } = Outcome::of(&report);
            row += &format!(" | {:.1} % | {mean:.0}", 100.0 * used);
            curve.points.push((kbps as f64, 100.0 * used));
        }
        println!("{row} |");
    }
    Ok(Curves {
        title: format!("{leechers} leechers and one slow seed"),
        across: "what the seed sends, kbit/s",
        up: "leechers' uplinks used, per cent",
        curves: curves.into(),
    })
}
