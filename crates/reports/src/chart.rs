//! Pictures of outputs as SVG. The same numbers always stand in a table beside, so that nothing is only a picture.
//!
//! Colours come from the page's style sheet (`bar`, `line`, `axis`); several series differ in shading or dashes as well, so
//! that no one depends on colour. Withheld numbers are left out and said so.

use std::fmt::Write;

use crate::output::{Cell, CellKind, Output, Picture, Shape};

const WIDTH: f64 = 760.0;
const LABELS: f64 = 190.0;
const VALUES: f64 = 90.0;
const BAR: f64 = 18.0;
const GAP: f64 = 8.0;
const MOST_BARS: usize = 60;
const MOST_POINTS: usize = 400;
const SHADES: [&str; 8] = ["1", "0.55", "0.8", "0.35", "0.9", "0.45", "0.7", "0.25"];
const DASHES: [&str; 8] = ["none", "8 4", "2 4", "12 4 2 4", "4 4", "1 3", "16 4", "6 2 2 2"];

/// The picture of a chart or histogram; `None` for other outputs, and when there is nothing to draw.
pub fn svg(output: &Output) -> Option<String> {
    match output {
        Output::BarChart(picture) => bars(&picture.title, &Series::of(picture)?),
        Output::LineChart(picture) => lines(&picture.title, &Series::of(picture)?),
        Output::Histogram { title, shape } => bars(title, &Series::of_histogram(shape)?),
        _ => None,
    }
}

/// Numbers taken out of a table.
struct Series {
    labels: Vec<String>,
    names: Vec<(String, CellKind)>,
    /// One line for each label, one value for each name; nothing where withheld or empty.
    values: Vec<Vec<Option<f64>>>,
    left_out: usize,
    withheld: usize,
}

impl Series {
    fn of(picture: &Picture) -> Option<Series> {
        let shape = &picture.shape;
        let x = shape.place(&picture.x)?;
        let places = picture.y.iter().map(|name| shape.place(name)).collect::<Option<Vec<_>>>()?;
        let names = places
            .iter()
            .filter_map(|at| shape.columns.get(*at))
            .map(|head| (head.name.clone(), head.kind))
            .collect();
        let kind = shape.columns.get(x)?.kind;
        let labels = shape
            .rows
            .iter()
            .map(|row| row.get(x).map(|cell| cell.words(kind)).unwrap_or_default())
            .collect();
        Some(Series::collect(shape, labels, names, &places))
    }

    fn of_histogram(shape: &Shape) -> Option<Series> {
        let (from, to, count) = (shape.place("from")?, shape.place("to")?, shape.place("count")?);
        let range = |row: &Vec<Cell>| match (row.get(from), row.get(to)) {
            (Some(low), Some(high)) => {
                format!("{} – {}", low.words(CellKind::Number), high.words(CellKind::Number))
            }
            _ => String::new(),
        };
        let labels = shape.rows.iter().map(range).collect();
        Some(Series::collect(shape, labels, vec![("count".to_owned(), CellKind::Integer)], &[count]))
    }

    fn collect(
        shape: &Shape,
        labels: Vec<String>,
        names: Vec<(String, CellKind)>,
        places: &[usize],
    ) -> Series {
        let cells = || shape.rows.iter().flat_map(|row| places.iter().filter_map(|at| row.get(*at)));
        let withheld = cells().filter(|cell| **cell == Cell::WITHHELD).count();
        let values = shape
            .rows
            .iter()
            .map(|row| places.iter().map(|at| row.get(*at).and_then(Cell::number)).collect())
            .collect();
        Series { labels, names, values, left_out: 0, withheld }
    }

    /// At most so many labels; says how many are left out.
    fn shortened(&self, most: usize) -> Series {
        Series {
            labels: self.labels.iter().take(most).cloned().collect(),
            names: self.names.clone(),
            values: self.values.iter().take(most).cloned().collect(),
            left_out: self.labels.len().saturating_sub(most),
            withheld: self.withheld,
        }
    }

    /// Smallest and largest, zero among them.
    fn span(&self) -> (f64, f64) {
        let all = self.values.iter().flatten().filter_map(|value| *value);
        let (low, high) =
            all.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        if high > low { (low, high) } else { (0.0, 1.0) }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "{} of {} entries",
            self.names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
            self.labels.len()
        );
        if let (Some(first), Some(last)) = (self.labels.first(), self.labels.last()) {
            let _ = write!(text, ", from {first} to {last}");
        }
        if self.withheld > 0 {
            let _ = write!(text, "; {} numbers below ten are withheld", self.withheld);
        }
        text + ". The table beside has the numbers."
    }
}

fn words(value: f64, kind: CellKind) -> String {
    match kind {
        CellKind::Integer | CellKind::Money => Cell::Integer(value as i64).words(kind),
        _ => Cell::Number(value).words(kind),
    }
}

fn open(title: &str, height: f64, description: &str) -> String {
    let (title, description) = (escape(title), escape(description));
    format!(
        r#"<svg viewBox="0 0 {WIDTH} {height:.0}" role="img" aria-label="{title}"><title>{title}</title><desc>{description}</desc>"#
    )
}

fn bars(title: &str, all: &Series) -> Option<String> {
    if all.labels.is_empty() {
        return None;
    }
    let series = all.shortened(MOST_BARS);
    let (low, high) = series.span();
    let many = series.names.len();
    let legend = if many > 1 { 26.0 } else { 0.0 };
    let step = BAR * many as f64 + GAP;
    let rest = if series.left_out > 0 { 24.0 } else { 0.0 };
    let mut out = open(title, legend + step * series.labels.len() as f64 + rest + GAP, &all.description());
    key(&mut out, &series, false);
    let scale = (WIDTH - LABELS - VALUES) / (high - low);
    let zero = LABELS + (0.0 - low) * scale;
    for (at, (label, values)) in series.labels.iter().zip(&series.values).enumerate() {
        let top = legend + step * at as f64 + GAP;
        let middle = top + BAR * many as f64 / 2.0 + 5.0;
        let _ = write!(
            out,
            r#"<text x="{:.1}" y="{middle:.1}" text-anchor="end">{}</text>"#,
            LABELS - 8.0,
            escape(&shorten(label))
        );
        for (series_at, (value, (_, kind))) in values.iter().zip(&series.names).enumerate() {
            let y = top + BAR * series_at as f64;
            let Some(value) = value else { continue };
            let (x, width) =
                if *value < 0.0 { (zero + value * scale, -value * scale) } else { (zero, value * scale) };
            let shade = SHADES.get(series_at).unwrap_or(&"1");
            let _ = write!(
                out,
                r#"<rect class="bar" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{:.1}" fill-opacity="{shade}"/>"#,
                BAR - 3.0
            );
            let _ = write!(
                out,
                r#"<text x="{:.1}" y="{:.1}">{}</text>"#,
                x + width + 6.0,
                y + BAR - 5.0,
                escape(&words(*value, *kind))
            );
        }
    }
    let _ = write!(
        out,
        r#"<line class="axis" x1="{zero:.1}" y1="{legend:.1}" x2="{zero:.1}" y2="{:.1}"/>"#,
        legend + step * series.labels.len() as f64 + GAP
    );
    if series.left_out > 0 {
        let y = legend + step * series.labels.len() as f64 + GAP + 18.0;
        let _ = write!(out, r#"<text x="{LABELS}" y="{y:.1}">{} more in the table</text>"#, series.left_out);
    }
    out.push_str("</svg>");
    Some(out)
}

fn lines(title: &str, all: &Series) -> Option<String> {
    if all.labels.is_empty() {
        return None;
    }
    let series = all.shortened(MOST_POINTS);
    let (low, high) = series.span();
    let (left, top, bottom, right) = (90.0, 34.0, 300.0, WIDTH - 30.0);
    let mut out = open(title, 340.0, &all.description());
    key(&mut out, &series, true);
    let last = (series.labels.len() - 1).max(1) as f64;
    let across = |at: usize| {
        if series.labels.len() == 1 { (left + right) / 2.0 } else { left + (right - left) * at as f64 / last }
    };
    let down = |value: f64| bottom - (bottom - top) * (value - low) / (high - low);
    let kind = series.names.first().map_or(CellKind::Number, |(_, kind)| *kind);
    for part in 0..=4 {
        let value = low + (high - low) * f64::from(part) / 4.0;
        // Whole numbers get whole marks only.
        if kind == CellKind::Integer && (value - value.round()).abs() > 1e-9 {
            continue;
        }
        let y = down(value);
        let _ = write!(out, r#"<line class="axis" x1="{left}" y1="{y:.1}" x2="{right}" y2="{y:.1}"/>"#);
        let _ = write!(
            out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            left - 8.0,
            y + 5.0,
            escape(&words(value, kind))
        );
    }
    for (at, _) in series.names.iter().enumerate() {
        let dashes = DASHES.get(at).unwrap_or(&"none");
        // A gap in the numbers is a gap in the line.
        let mut path = String::new();
        let mut pen = 'M';
        for (place, values) in series.values.iter().enumerate() {
            match values.get(at).copied().flatten() {
                Some(value) => {
                    let _ = write!(path, "{pen}{:.1} {:.1}", across(place), down(value));
                    let _ = write!(
                        out,
                        r#"<circle class="bar" cx="{:.1}" cy="{:.1}" r="3"/>"#,
                        across(place),
                        down(value)
                    );
                    pen = 'L';
                }
                None => pen = 'M',
            }
        }
        let _ = write!(out, r#"<path class="line" d="{path}" fill="none" stroke-dasharray="{dashes}"/>"#);
    }
    let every = series.labels.len().div_ceil(8).max(1);
    for (at, label) in series.labels.iter().enumerate().step_by(every) {
        let _ = write!(
            out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
            across(at),
            bottom + 24.0,
            escape(&shorten(label))
        );
    }
    out.push_str("</svg>");
    Some(out)
}

/// Which series is which; for a single one the title says it.
fn key(out: &mut String, series: &Series, lines: bool) {
    if series.names.len() < 2 {
        return;
    }
    let width = (WIDTH - 20.0) / series.names.len() as f64;
    for (at, (name, _)) in series.names.iter().enumerate() {
        let x = 10.0 + width * at as f64;
        if lines {
            let dashes = DASHES.get(at).unwrap_or(&"none");
            let _ = write!(
                out,
                r#"<line class="line" x1="{x:.1}" y1="12" x2="{:.1}" y2="12" stroke-dasharray="{dashes}"/>"#,
                x + 34.0
            );
        } else {
            let shade = SHADES.get(at).unwrap_or(&"1");
            let _ = write!(
                out,
                r#"<rect class="bar" x="{x:.1}" y="5" width="34" height="13" fill-opacity="{shade}"/>"#
            );
        }
        let _ = write!(out, r#"<text x="{:.1}" y="17">{}</text>"#, x + 40.0, escape(&shorten(name)));
    }
}

fn shorten(label: &str) -> String {
    if label.chars().count() <= 26 {
        label.to_owned()
    } else {
        label.chars().take(25).chain(['…']).collect()
    }
}

/// For text and attributes. Control characters are not allowed in XML at all.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().filter(|c| !c.is_control() || *c == '\n') {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn chart(kind: &str, rows: serde_json::Value) -> String {
        let heads = json!([{"name": "x", "kind": "text"}, {"name": "n", "kind": "integer", "role": "count"}, {"name": "m", "kind": "number"}]);
        let output = Output::parse(
            json!({"kind": kind, "title": "A \"title\" <i>", "x": "x", "y": ["n", "m"], "columns": heads, "rows": rows}),
        );
        svg(&output.unwrap()).unwrap()
    }

    #[test]
    fn texts_cannot_leave_their_place() {
        for kind in ["bar_chart", "line_chart"] {
            let picture = chart(kind, json!([["</text><script>", 3, 1.5], ["b", -2, null]]));
            assert!(!picture.contains("<script") && !picture.contains("<i>"), "{picture}");
            assert!(picture.contains("&lt;script&gt;") && picture.contains("A &quot;title&quot; &lt;i&gt;"));
            assert!(picture.contains("role=\"img\"") && picture.contains("<desc>"));
        }
    }

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let picture = chart("bar_chart", json!([["a", 100, null], ["b", 25, null]]));
        let widths: Vec<f64> = picture
            .split("<rect class=\"bar\"")
            .skip(3)
            .filter_map(|part| part.split("width=\"").nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(widths, [480.0, 120.0]);
    }

    #[test]
    fn a_gap_in_the_numbers_is_a_gap_in_the_line() {
        let picture = chart("line_chart", json!([["a", 1, 1.0], ["b", null, 2.0], ["c", 3, 3.0]]));
        let first = picture.split("<path").nth(1).unwrap();
        assert_eq!(first.matches('M').count(), 2);
    }

    #[test]
    fn nothing_to_draw_is_no_picture() {
        let output = Output::parse(
            json!({"kind": "bar_chart", "title": "", "x": "x", "y": ["n"], "columns": [{"name": "x", "kind": "text"}, {"name": "n", "kind": "integer"}], "rows": []}),
        );
        assert_eq!(svg(&output.unwrap()), None);
    }
}
