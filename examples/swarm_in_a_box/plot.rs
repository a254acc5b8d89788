//! What happened over time, as an SVG.

use std::error::Error;

use kamaelia_torrent::simulation::report::{EventLog, Report, Role, Sample};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::outline::Outline;

const SIZE: (u32, u32) = (900, 1000);
const DONE: RGBColor = RGBColor(0x1b, 0x7f, 0x5c);
const LEAST: RGBColor = RGBColor(0xc2, 0x41, 0x0c);
const MEAN: RGBColor = RGBColor(0x2b, 0x5c, 0xa8);
const BOUND: RGBColor = RGBColor(0x77, 0x77, 0x77);
const FONT: &str = "sans-serif";
const GIB: f64 = (1u64 << 30) as f64;
const MIB: f64 = (1u64 << 20) as f64;

/// What is drawn.
pub(crate) struct Course {
    outline: Outline,
    samples: Vec<Sample>,
    /// From when to when everybody could have finished, in seconds.
    fluid: Option<(f64, f64)>,
}

impl Course {
    /// Of a run.
    pub(crate) fn of(report: &Report) -> Self {
        let leechers = report.peers.iter().filter(|peer| peer.role == Role::Leecher);
        let first = leechers.map(|peer| peer.joined.seconds()).reduce(f64::min);
        let fluid = first.zip(report.bound).map(|(first, bound)| (first, first + bound.seconds));
        Course { outline: Outline::of(report), samples: report.samples.clone(), fluid }
    }

    /// Of the log of a run. Logs do not tell rates, so there is no fluid bound.
    pub(crate) fn of_log(log: &EventLog, outline: Outline) -> Self {
        Course { outline, samples: log.samples(), fluid: None }
    }

    /// The picture: who finished when, how many bytes were there, and how many copies.
    pub(crate) fn svg(&self) -> Result<String, Box<dyn Error>> {
        let mut svg = String::new();
        self.draw(SVGBackend::with_string(&mut svg, SIZE).into_drawing_area())?;
        Ok(svg)
    }

    fn draw(&self, area: DrawingArea<SVGBackend, Shift>) -> Result<(), Box<dyn Error>> {
        area.fill(&WHITE)?;
        let panels = area.titled(&self.outline.title(), (FONT, 20))?.split_evenly((3, 1));
        self.finished(&panels[0])?;
        self.bytes(&panels[1])?;
        self.copies(&panels[2])?;
        area.present()?;
        Ok(())
    }

    fn finished(&self, area: &DrawingArea<SVGBackend, Shift>) -> Result<(), Box<dyn Error>> {
        let all = f64::from(self.outline.leechers);
        let mut panel = Panel::new(area, "peers finished", self.end(), all)?;
        panel.line("finished", DONE, self.over_time(|sample| f64::from(sample.finished)))?;
        if let Some((_, bound)) = self.fluid {
            panel.line("fluid bound", BOUND, vec![(bound, 0.0), (bound, all)])?;
        }
        panel.finish()
    }

    fn bytes(&self, area: &DrawingArea<SVGBackend, Shift>) -> Result<(), Box<dyn Error>> {
        let all = f64::from(self.outline.leechers) * self.outline.torrent.bytes as f64;
        let (unit, name) = if all >= GIB { (GIB, "GiB stored") } else { (MIB, "MiB stored") };
        let mut panel = Panel::new(area, name, self.end(), all / unit)?;
        // The last piece may be shorter, which is less than can be seen.
        let each = self.outline.torrent.bytes as f64
            / f64::from(self.outline.torrent.pieces.max(1))
            / unit;
        let stored = |sample: &Sample| sample.pieces_stored as f64 * each;
        panel.line("stored", DONE, self.over_time(stored))?;
        if let Some((start, bound)) = self.fluid {
            panel.line("fluid bound", BOUND, vec![(start, 0.0), (bound, all / unit)])?;
        }
        panel.finish()
    }

    fn copies(&self, area: &DrawingArea<SVGBackend, Shift>) -> Result<(), Box<dyn Error>> {
        let most = self.samples.iter().map(|sample| sample.mean_copies).fold(1.0, f64::max);
        let mut panel = Panel::new(area, "copies of a piece", self.end(), most)?;
        panel.line("on average", MEAN, self.over_time(|sample| sample.mean_copies))?;
        panel.line("of the rarest", LEAST, self.over_time(|sample| sample.least_copies.into()))?;
        panel.finish()
    }

    fn over_time(&self, value: impl Fn(&Sample) -> f64) -> Vec<(f64, f64)> {
        self.samples.iter().map(|sample| (sample.at.seconds(), value(sample))).collect()
    }

    /// Seconds on the axis of time.
    fn end(&self) -> f64 {
        let last = self.samples.last().map_or(0.0, |sample| sample.at.seconds());
        last.max(self.fluid.map_or(0.0, |(_, bound)| bound))
    }
}

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// One of the pictures, with time to the right.
struct Panel<'a>(Chart<'a>);

impl<'a> Panel<'a> {
    fn new(
        area: &DrawingArea<SVGBackend<'a>, Shift>,
        what: &str,
        seconds: f64,
        most: f64,
    ) -> Result<Self, Box<dyn Error>> {
        // An axis has to have a length, and lines at its end should be seen.
        let length = |end: f64| if end > 0.0 { end * 1.03 } else { 1.0 };
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..length(seconds), 0.0..length(most))?;
        chart
            .configure_mesh()
            .x_desc("virtual seconds")
            .y_desc(what)
            .max_light_lines(1)
            .bold_line_style(BLACK.mix(0.1))
            .x_label_formatter(&short)
            .y_label_formatter(&short)
            .label_style((FONT, 13))
            .draw()?;
        Ok(Panel(chart))
    }

    fn line(
        &mut self,
        name: &str,
        colour: RGBColor,
        points: Vec<(f64, f64)>,
    ) -> Result<(), Box<dyn Error>> {
        self.0
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        Ok(())
    }

    fn finish(mut self) -> Result<(), Box<dyn Error>> {
        self.0
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .label_font((FONT, 13))
            .draw()?;
        Ok(())
    }
}

/// With no more decimals than it has.
fn short(number: &f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
