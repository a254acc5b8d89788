//! Curves in one picture, as SVG.

use std::error::Error;

use plotters::prelude::*;

const SIZE: (u32, u32) = (800, 420);
const FONT: &str = "sans-serif";

/// What is drawn, beginning at zero in both directions.
pub(crate) struct Curves {
    /// Over the picture.
    pub(crate) title: String,
    /// What is to the right.
    pub(crate) across: &'static str,
    /// What is upwards.
    pub(crate) up: &'static str,
    pub(crate) curves: Vec<Curve>,
}

/// Points from left to right.
pub(crate) struct Curve {
    name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Curve {
    pub(crate) fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Curve { name: name.into(), points }
    }
}

impl Curves {
    pub(crate) fn svg(&self) -> Result<String, Box<dyn Error>> {
        let mut svg = String::new();
        self.draw(SVGBackend::with_string(&mut svg, SIZE))?;
        Ok(svg)
    }

    fn draw(&self, backend: SVGBackend<'_>) -> Result<(), Box<dyn Error>> {
        let area = backend.into_drawing_area();
        area.fill(&WHITE)?;
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let right = points().map(|point| point.0).fold(f64::MIN_POSITIVE, f64::max);
        let top = points().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max);
        let mut chart = ChartBuilder::on(&area)
            .caption(&self.title, (FONT, 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d(0.0..right * 1.05, 0.0..top * 1.1)?;
        chart
            .configure_mesh()
            .max_light_lines(1)
            .bold_line_style(BLACK.mix(0.1))
            .x_desc(self.across)
            .y_desc(self.up)
            .label_style((FONT, 13))
            .draw()?;
        for (number, curve) in self.curves.iter().enumerate() {
            let style = Palette99::pick(number).stroke_width(2);
            chart
                .draw_series(LineSeries::new(curve.points.iter().copied(), style).point_size(3))?
                .label(&curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .label_font((FONT, 13))
            .draw()?;
        area.present()?;
        Ok(())
    }
}
