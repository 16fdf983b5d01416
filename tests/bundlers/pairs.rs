mod dice;
mod fault;
mod trial;

use std::{
    env, fmt,
    num::ParseIntError,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, future::join_all, stream};
use tokio::time::timeout;
use use_aa::Payment;

pub(crate) use self::fault::{BUNDLER, Fault, Faults, NODE, PAYMASTER};
use self::{dice::Dice, fault::Placed, trial::Trial};
use crate::{
    Fallible, Test,
    bundler::Bundler,
    scene::{Scene, World},
};

/// The seed of the pairs. `USE_AA_PAIRS_SEED` sets another one.
const SEED: u64 = 4337;
/// The number of pairs for each bundler. `USE_AA_PAIRS` sets another one.
const COUNT: usize = 200;
/// The bundlers that run here.
const BUNDLERS: [&str; 3] = ["alto", "test-bundler", "voltaire"];
/// The number of accounts at once, for each bundler.
const AT_ONCE: usize = 20;
/// A timeout longer than a wish takes.
const PATIENCE: Duration = Duration::from_secs(150);

/// Pairs of faults at the calls of a wish, drawn from a seed.
pub(crate) struct Pairs {
    seed: u64,
    count: usize,
}

/// A wish with two faults.
pub(crate) struct Pair {
    name: String,
    wish: Wish,
    payment: Payment,
    /// True if the user reloads the page after each error.
    reloads: bool,
    faults: [Placed; 2],
}

/// The wish of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// A session of an account without code.
    FirstCreate,
    /// A session of a deployed account.
    Create,
    /// A mint that a session signs.
    Mint,
    /// A mint that the owner signs.
    Send,
    /// The revocation of a session.
    Revoke,
}

impl Pairs {
    /// Reads the number and the seed from the environment.
    pub(crate) fn from_env() -> Fallible<Self> {
        let number = |name: &str| {
            let parsed = env::var(name).ok().map(|text| text.parse::<u64>()).transpose();
            parsed.map_err(|error: ParseIntError| format!("{name}: {error}"))
        };
        let count = number("USE_AA_PAIRS")?.map(usize::try_from).transpose()?;
        Ok(Self {
            seed: number("USE_AA_PAIRS_SEED")?.unwrap_or(SEED),
            count: count.unwrap_or(COUNT),
        })
    }

    /// Returns the names of all pairs.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let pairs = BUNDLERS.iter().flat_map(|bundler| self.of(bundler));
        pairs.map(|pair| pair.name)
    }

    /// Draws the pairs of a bundler.
    fn of(&self, bundler: &str) -> Vec<Pair> {
        let numbers = 0..self.count;
        numbers.map(|number| self.pair(bundler, number)).collect()
    }

    fn pair(&self, bundler: &str, number: usize) -> Pair {
        let mut seed = Dice::new(self.seed ^ u64::try_from(number).unwrap_or_default());
        // Each bundler has pairs of its own.
        let name = bundler.bytes().map(u64::from).sum::<u64>();
        let mut dice = Dice::new(seed.roll() ^ name);
        // Voltaire cannot estimate session calls.
        let mint = if bundler == "voltaire" {
            Wish::Send
        } else {
            Wish::Mint
        };
        let wish = dice.choose(&[Wish::FirstCreate, Wish::Create, mint, mint, Wish::Revoke]);
        let payment = dice.choose(&[Payment::Own, Payment::Sponsored]);
        let reloads = dice.once_in(3);
        let mut fault = || Placed::draw(&mut dice, payment == Payment::Sponsored, bundler == "alto");
        Pair {
            name: format!("{bundler}: pair {number:03}"),
            wish,
            payment,
            reloads,
            faults: [fault(), fault()],
        }
    }

    /// Runs the pairs whose names are chosen, the bundlers side by side.
    pub(crate) async fn run(
        &self,
        world: &World,
        bundlers: &[Bundler],
        chosen: impl Fn(&str) -> bool,
    ) -> Vec<Test> {
        let real = bundlers.iter().filter(|bundler| BUNDLERS.contains(&bundler.name));
        let (start, chosen) = (Instant::now(), &chosen);
        let columns = join_all(real.map(|bundler| self.run_at(world, bundler, chosen))).await;
        let tests = columns.into_iter().flatten().collect::<Vec<_>>();
        let (two, one) = (count(&tests, 2), count(&tests, 1));
        if !tests.is_empty() {
            println!(
                "\n{self}: {} were run in {:.0} s; both faults were met in {two} of them, one in {one}",
                tests.len(),
                start.elapsed().as_secs_f64()
            );
        }
        tests.into_iter().map(|(test, _)| test).collect()
    }

    /// Runs the pairs of one bundler whose names are chosen, many accounts at once. Returns the number of faults that were
    /// met in each as well.
    async fn run_at(
        &self,
        world: &World,
        bundler: &Bundler,
        chosen: impl Fn(&str) -> bool,
    ) -> Vec<(Test, usize)> {
        let pairs = self.of(bundler.name).into_iter();
        let tests = pairs.filter(|pair| chosen(&pair.name)).map(async |pair| {
            let test = self.test(world, bundler, &pair).await;
            test.0.print();
            test
        });
        stream::iter(tests).buffer_unordered(AT_ONCE).collect().await
    }

    async fn test(&self, world: &World, bundler: &Bundler, pair: &Pair) -> (Test, usize) {
        let scene = Scene::new(world, bundler);
        let mut steps = Vec::new();
        let failure = match Trial::begin(&scene, pair).await {
            Err(error) => Some(format!("before the faults: {error}")),
            Ok(mut trial) => {
                let end = timeout(PATIENCE, trial.run()).await;
                steps = trial.steps;
                match end {
                    Err(_) => Some("it hangs".to_owned()),
                    Ok(end) => end.err().map(|error| error.to_string()),
                }
            }
        };
        let met = scene.recorder.faults.met();
        let report = failure.as_ref().map(|failure| {
            let (seed, transcript) = (self.seed, scene.recorder.transcript(&world.node()));
            let steps = steps.join("\n    ");
            format!("seed {seed}: {pair}\n  {failure}\n    {steps}\n{transcript}")
        });
        let test = Test {
            name: pair.name.clone(),
            holds: failure.is_none(),
            report: report.unwrap_or_default(),
        };
        (test, met)
    }
}

/// Counts the tests that met a number of faults.
fn count(tests: &[(Test, usize)], faults: usize) -> usize {
    tests.iter().filter(|(_, met)| *met == faults).count()
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.faults;
        let (wish, payment) = (self.wish, self.payment);
        let reloads = if self.reloads { ", reloads" } else { "" };
        write!(f, "{wish:?}, {payment:?}{reloads}: {first}, {second}")
    }
}

/// Describes the pairs of a run.
impl fmt::Display for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} pairs of faults for each bundler, seed {}",
            self.count, self.seed
        )
    }
}
