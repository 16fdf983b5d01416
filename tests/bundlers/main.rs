//! Every act of the library with every bundler: the cells of the table in `docs/bundlers.md`; and pairs of faults between
//! the library and its services.
//!
//! Runs with `cargo xtask test bundlers`, which starts the bundlers. Arguments select the cells and pairs whose names
//! contain one of them. A cell that differs from the table prints its requests and answers, and so does a pair with a
//! wrong end.

mod act;
mod bundler;
mod ended;
mod forger;
mod pairs;
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
use tokio::{sync::RwLock, time::timeout};

use self::{
    act::{ACTS, Act},
    bundler::Bundler,
    ended::Ended,
    pairs::Pairs,
    scene::{Scene, World},
    table::{Table, WORKS},
};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// A timeout longer than an act takes.
const PATIENCE: Duration = Duration::from_secs(150);

fn main() -> ExitCode {
    let selected: Vec<_> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let chosen = |name: &str| selected.is_empty() || selected.iter().any(|part| name.contains(part));
    match try_main(chosen) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn try_main(chosen: impl Fn(&str) -> bool) -> Fallible<ExitCode> {
    let (table, pairs) = (Table::expected(), Pairs::from_env()?);
    let cells = table.bundlers.iter().flat_map(|bundler| {
        let acts = ACTS.iter();
        acts.map(move |act| cell_name(bundler, act.name))
    });
    let names = cells.chain(pairs.names());
    let (running, filtered) = names.partition::<Vec<_>, _>(|name| chosen(name));
    println!("\nrunning {} tests", running.len());
    if env::var_os("USE_AA_VOLTAIRE").is_none() {
        println!("the bundlers are started by `cargo xtask test bundlers`");
        summary(&[], running.len(), filtered.len(), Duration::ZERO);
        return Ok(ExitCode::SUCCESS);
    }

    let start = Instant::now();
    let (cells, faulty) = run(&table, &pairs, chosen)?;
    let outcome = |bundler: &str, act: &str| {
        let mut cells = cells.iter();
        let cell = cells.find(|cell| cell.bundler == bundler && cell.act == act)?;
        Some(cell.outcome.clone())
    };
    if !cells.is_empty() {
        println!("\n{}", table.with(outcome));
    }
    let tests = cells.into_iter().map(|cell| cell.test).chain(faulty);
    let tests = tests.collect::<Vec<_>>();
    for test in tests.iter().filter(|test| !test.holds) {
        println!("---- {} ----\n{}", test.name, test.report);
    }
    summary(&tests, 0, filtered.len(), start.elapsed());
    Ok(match tests.iter().all(|test| test.holds) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// A test that was run.
struct Test {
    name: String,
    holds: bool,
    /// The difference from what is expected, with the requests and answers.
    report: String,
}

impl Test {
    fn print(&self) {
        let result = if self.holds { "ok" } else { "FAILED" };
        println!("test {} ... {result}", self.name);
    }
}

/// A cell of the table that was run.
struct Cell {
    bundler: &'static str,
    act: &'static str,
    outcome: String,
    /// The test holds if the outcome is that of the table.
    test: Test,
}

fn cell_name(bundler: &str, act: &str) -> String {
    format!("{bundler}: {act}")
}

/// Runs the tests whose names are chosen: first the cells, those of one bundler one after another and the bundlers side by
/// side, and then the pairs of faults.
fn run(table: &Table, pairs: &Pairs, chosen: impl Fn(&str) -> bool) -> Fallible<(Vec<Cell>, Vec<Test>)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let alto = Arc::<RwLock<()>>::default();
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
            let acts = ACTS.iter();
            for act in acts.filter(|act| chosen(&cell_name(bundler.name, act.name))) {
                let cell = cell(table, &world, bundler, act).await;
                cell.test.print();
                done.borrow_mut().push(cell);
            }
        });
        join_all(columns).await;
        let faulty = pairs.run(&world, &bundlers, &chosen).await;
        Ok((done.into_inner(), faulty))
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
        test: Test {
            name: cell_name(bundler.name, act.name),
            holds: outcome == expected,
            report,
        },
    }
}

/// Prints the counts in the notation of cargo.
fn summary(tests: &[Test], ignored: usize, filtered: usize, took: Duration) {
    let failed = tests.iter().filter(|test| !test.holds).count();
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "test result: {result}. {} passed; {failed} failed; {ignored} ignored; 0 measured; {filtered} filtered out; \
         finished in {:.2}s\n",
        tests.len() - failed,
        took.as_secs_f64()
    );
}
