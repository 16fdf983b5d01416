//! Every act of the library with every bundler: the cells of the table in `docs/bundlers.md`.
//!
//! Runs with `cargo xtask test bundlers`, which starts the bundlers. Arguments select the cells whose names contain one
//! of them. A cell that differs from the table prints its requests and answers.

mod act;
mod bundler;
mod ended;
mod forger;
mod recorder;
mod scene;
mod shape;
mod table;

use std::{
    cell::RefCell,
    env,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::{sync::Mutex, time::timeout};

use self::{
    act::{ACTS, Act},
    bundler::Bundler,
    ended::Ended,
    scene::{Scene, World},
    table::{Table, WORKS},
};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// A timeout longer than an act takes.
const PATIENCE: Duration = Duration::from_secs(75);

fn main() -> ExitCode {
    let selected: Vec<_> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let table = Table::expected();
    let names = |bundler: &str, act: &str| {
        let name = format!("{bundler}: {act}");
        selected.is_empty() || selected.iter().any(|part| name.contains(part))
    };
    let cells = table
        .bundlers
        .iter()
        .flat_map(|bundler| ACTS.iter().map(move |act| (bundler, act.name)));
    let (chosen, filtered) = cells.partition::<Vec<_>, _>(|(bundler, act)| names(bundler, act));
    println!("\nrunning {} tests", chosen.len());
    if env::var_os("USE_AA_VOLTAIRE").is_none() {
        println!("the bundlers are started by `cargo xtask test bundlers`");
        summary(&[], chosen.len(), filtered.len(), Duration::ZERO);
        return ExitCode::SUCCESS;
    }

    let start = Instant::now();
    match run(&table, names) {
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        Ok(cells) => {
            let outcome = |bundler: &str, act: &str| {
                let cell = cells
                    .iter()
                    .find(|cell| cell.bundler == bundler && cell.act == act)?;
                Some(cell.outcome.clone())
            };
            println!("\n{}", table.with(outcome));
            for cell in cells.iter().filter(|cell| !cell.holds) {
                println!("---- {}: {} ----\n{}", cell.bundler, cell.act, cell.report);
            }
            summary(&cells, 0, filtered.len(), start.elapsed());
            match cells.iter().all(|cell| cell.holds) {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
    }
}

/// A cell of the table that was run.
struct Cell {
    bundler: &'static str,
    act: &'static str,
    outcome: String,
    /// True if the outcome is that of the table.
    holds: bool,
    /// The difference, with the requests and answers.
    report: String,
}

/// Runs the cells whose names are chosen: those of one bundler one after another, the bundlers side by side.
fn run(table: &Table, chosen: impl Fn(&str, &str) -> bool) -> Fallible<Vec<Cell>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let alto = Arc::<Mutex<()>>::default();
        let world = World {
            url: env::var("USE_AA_DEVNET")?,
            mock_paymaster: env::var("USE_AA_MOCK_PAYMASTER")?,
            alto: Arc::clone(&alto),
        };
        let bundlers = Bundler::all(&world.url, &alto)?;
        table.check(
            bundlers.iter().map(|bundler| bundler.name),
            ACTS.iter().map(|act| act.name),
        )?;
        let done = RefCell::new(Vec::new());
        let columns = bundlers.iter().map(async |bundler| {
            for act in ACTS.iter().filter(|act| chosen(bundler.name, act.name)) {
                let cell = cell(table, &world, bundler, act).await;
                let result = if cell.holds { "ok" } else { "FAILED" };
                println!("test {}: {} ... {result}", cell.bundler, cell.act);
                done.borrow_mut().push(cell);
            }
        });
        join_all(columns).await;
        Ok(done.into_inner())
    })
}

async fn cell(table: &Table, world: &World, bundler: &Bundler, act: &Act) -> Cell {
    let scene = Scene::new(world, bundler);
    let start = Instant::now();
    let ended = timeout(PATIENCE, (act.perform)(&scene))
        .await
        .unwrap_or(Err(Ended::Hung));
    let took = start.elapsed();
    let outcome = ended.as_ref().map_or_else(Ended::code, |()| WORKS);
    let expected = table.outcome(bundler.name, act.name).unwrap_or("no cell");
    let text = ended
        .as_ref()
        .map_or_else(ToString::to_string, |()| "no error".to_owned());
    let report = format!(
        "expected: {expected}\n  actual: {outcome}, after {:.1} s\n    text: {text}\n{}",
        took.as_secs_f64(),
        scene.recorder.transcript(&world.node())
    );
    Cell {
        bundler: bundler.name,
        act: act.name,
        outcome: outcome.to_owned(),
        holds: outcome == expected,
        report,
    }
}

/// Prints the counts in the notation of cargo.
fn summary(cells: &[Cell], ignored: usize, filtered: usize, took: Duration) {
    let failed = cells.iter().filter(|cell| !cell.holds).count();
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "test result: {result}. {} passed; {failed} failed; {ignored} ignored; 0 measured; {filtered} filtered out; \
         finished in {:.2}s\n",
        cells.len() - failed,
        took.as_secs_f64()
    );
}
