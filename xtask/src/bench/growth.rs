//! `cargo xtask bench growth`: costs that grow with a number, plotted.

use std::{collections::BTreeMap, fs, process::ExitCode};

use anyhow::{Context, Result};
use plotters::prelude::*;
use serde::Deserialize;

use super::results::number;
use crate::{devnet::Devnet, print, project::Project, setup};

/// The file of the plots.
const PLOTS: &str = "end2end/bench/growth.svg";
const COLUMNS: usize = 3;
/// The size of a plot in pixels.
const SIZE: (u32, u32) = (420, 300);

/// The points of each cost, by the number.
type Found = BTreeMap<String, Vec<Point>>;

#[derive(Debug, Deserialize, PartialEq)]
struct Point {
    of: String,
    n: f64,
    ms: f64,
    requests: Option<u32>,
}

pub(super) fn run(project: &Project) -> Result<ExitCode> {
    setup::chain(project)?;
    let devnet = Devnet::start(project, 0)?;
    print::announce("Measuring costs that grow");
    let printed = project.output(
        project
            .command("cargo")
            .args(["bench", "--package", "bench", "--bench", "growth"])
            .env("USE_AA_DEVNET", &devnet.url),
    );
    devnet.stop(project)?;
    let found = read(&printed?)?;
    print::out(table(&found).trim_end());
    let plots = project.root.join(PLOTS);
    fs::write(&plots, plot(&found)?).with_context(|| format!("cannot write {}", plots.display()))?;
    print::out(format_args!("\nThe plots are in {PLOTS}."));
    Ok(ExitCode::SUCCESS)
}

/// Reads the lines of JSON that the bench prints.
fn read(printed: &str) -> Result<Found> {
    let mut found = Found::new();
    for line in printed.lines().filter(|line| line.starts_with('{')) {
        let point: Point = serde_json::from_str(line).with_context(|| format!("no point: {line}"))?;
        found.entry(point.of.clone()).or_default().push(point);
    }
    Ok(found)
}

/// Returns a row for each cost: its milliseconds at each number, its requests, and how it grows between the last two numbers,
/// as a power of the number. `n log n` is about 1.1 from 1,000 to 10,000.
fn table(found: &Found) -> String {
    let mut table =
        "\n| | milliseconds at n | requests | grows as n to the |\n|---|---|---:|---:|\n".to_owned();
    for (name, points) in found {
        let costs = points
            .iter()
            .map(|point| format!("{}: {}", point.n, shown(point.ms)));
        let costs = costs.collect::<Vec<_>>().join(", ");
        let requests = points.last().and_then(|point| point.requests);
        let requests = requests.map_or_else(String::new, |requests| requests.to_string());
        let power = power(points).map_or_else(String::new, |power| format!("{power:.2}"));
        table += &format!("| {name} | {costs} | {requests} | {power} |\n");
    }
    table
}

fn shown(ms: f64) -> String {
    match ms < 1.0 {
        true => format!("{ms:.4}").trim_end_matches('0').to_owned(),
        false => number(ms),
    }
}

/// Returns the power of the number with which a cost grows between its last two points.
fn power(points: &[Point]) -> Option<f64> {
    let [.., before, last] = points else {
        return None;
    };
    Some((last.ms / before.ms).ln() / (last.n / before.n).ln())
}

/// Draws a plot for each cost, with both axes logarithmic, and a line of `n log n` through its last point.
fn plot(found: &Found) -> Result<String> {
    let rows = found.len().div_ceil(COLUMNS);
    let (width, height) = (SIZE.0 * u32::try_from(COLUMNS)?, SIZE.1 * u32::try_from(rows)?);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        area.fill(&WHITE)?;
        for (area, (name, points)) in area.split_evenly((rows, COLUMNS)).iter().zip(found) {
            draw(area, name, points)?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn draw<'a>(
    area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>,
    name: &str,
    points: &[Point],
) -> Result<()> {
    let last = points.last().context("a cost has no point")?;
    let bound = |n: f64| last.ms * (n * (n + 1.0).ln()) / (last.n * (last.n + 1.0).ln());
    let most = points.iter().map(|point| point.ms).fold(0.0, f64::max);
    let least = points.iter().map(|point| point.ms).fold(f64::MAX, f64::min);
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{name}, ms"), ("sans-serif", 14))
        .margin(10)
        .margin_right(24)
        .x_label_area_size(24)
        .y_label_area_size(56)
        .build_cartesian_2d(
            (points[0].n..last.n).log_scale(),
            (least / 2.0..most * 2.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .max_light_lines(1)
        .x_labels(5)
        .y_labels(4)
        .x_label_formatter(&|n| format!("{n}"))
        .y_label_formatter(&|ms| shown(*ms))
        .draw()?;
    let bound = points.iter().map(|point| (point.n, bound(point.n)));
    let bound = bound.filter(|(_, ms)| *ms > least / 2.0);
    chart.draw_series(LineSeries::new(bound, BLACK.mix(0.3)))?;
    let line = || points.iter().map(|point| (point.n, point.ms));
    chart.draw_series(LineSeries::new(line(), &BLUE))?;
    chart.draw_series(line().map(|point| Circle::new(point, 3, BLUE.filled())))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "running\n{\"of\":\"list\",\"n\":10,\"ms\":2.0,\"requests\":null}\n\
                           {\"of\":\"list\",\"n\":1000,\"ms\":200.0,\"requests\":3}\n";

    #[test]
    fn the_table_says_how_a_cost_grows() {
        let found = read(PRINTED).unwrap();

        assert_eq!(
            table(&found),
            "\n| | milliseconds at n | requests | grows as n to the |\n|---|---|---:|---:|\n\
             | list | 10: 2.0, 1000: 200 | 3 | 1.00 |\n"
        );
        assert!(read("{\"of\":1}").is_err());
    }

    #[test]
    fn each_cost_has_a_plot() {
        let svg = plot(&read(PRINTED).unwrap()).unwrap();

        assert!(svg.starts_with("<svg") && svg.contains("list, ms"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 2);
    }
}
