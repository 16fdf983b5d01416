use std::{
    collections::{HashMap, HashSet},
    mem, slice,
};

use devnet::Service;
use tokio::runtime::Builder;
use use_aa::Error;

use super::{
    act::{Act, Scene},
    blow::{Blow, Call},
    kinds::{self, Kind},
    trial::{Known, Step, Trial, Wrong, service_error},
};
use crate::{
    support::Kind as Account,
    world::{Dialect, Request},
};

/// All trials of one act with the services of one dialect.
///
/// Every kind of fault is tried at every call of every step. Then, from every state after one fault, every kind is
/// tried at every call of the next step. Of two faults that lead to the same state only the first is continued:
/// services, store and client are identical afterwards. Of two kinds that lead to the same state at a method's first
/// call only the first is tried at later calls, and as the second fault.
pub(crate) struct Sweep {
    name: String,
    scene: Scene,
    known: Known,
    nodes: Vec<Node>,
    /// The kinds that lead to different states, for each method of a step.
    classes: HashMap<String, Vec<(Kind, Option<String>)>>,
    /// The request sequences of steps that continued after a first fault.
    overcome: HashSet<String>,
    rows: Vec<String>,
    wrongs: Vec<String>,
    trials: usize,
    /// The number of pairs that were tried, including equivalent ones.
    pairs: usize,
}

/// A state after one fault.
struct Node {
    blow: Blow,
    /// The number of steps until the state is reached.
    number: usize,
    /// The next step without another fault.
    next: Step,
    /// The number of faults that lead to the state.
    ways: usize,
}

impl Sweep {
    pub(crate) fn of(act: Act, account: Account, dialect: Dialect) -> Result<Self, Wrong> {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let scene = runtime
            .block_on(Scene::before(act, account, dialect))
            .map_err(|error| error.to_string())?;
        let kind = if account == Account::Nexus { "nexus " } else { "" };
        Ok(Self {
            name: format!("{kind}{dialect:?} {act}").to_lowercase(),
            scene,
            known: Known::new(),
            nodes: Vec::new(),
            classes: HashMap::new(),
            overcome: HashSet::new(),
            rows: Vec::new(),
            wrongs: Vec::new(),
            trials: 0,
            pairs: 0,
        })
    }

    /// Runs all trials, or the one row of a given name, and returns the failures.
    pub(crate) fn run(mut self, row: Option<&str>) -> Vec<String> {
        match row.map(|row| row.strip_prefix(&self.name)) {
            None => self.try_all(),
            Some(Some(blows)) if blows.is_empty() || blows.starts_with(' ') => self.show(blows),
            Some(_) => return Vec::new(),
        }
        let Self {
            name,
            rows,
            known,
            mut wrongs,
            trials,
            pairs,
            ..
        } = self;
        for row in &rows {
            println!("{row}");
        }
        println!(
            "{name}: {} faults, {pairs} pairs of faults, {trials} trials, {} states",
            rows.len(),
            known.len()
        );
        if row.is_none() && rows.len() < kinds::ALL.len() {
            wrongs.push(format!("{name}: only {} faults", rows.len()));
        }
        wrongs
    }

    /// Runs one row, and prints every step.
    fn show(&mut self, blows: &str) {
        let blows: Result<Vec<Blow>, _> = blows.split_whitespace().map(str::parse).collect();
        let (steps, end) = self.run_under(&blows.expect("faults, as in 0:node.eth_call.0=drop"));
        for (number, step) in steps.iter().enumerate() {
            println!("step {number}: {:?}", step.outcome);
            for request in &step.requests {
                let Request { began, ended, .. } = request;
                let end = if request.failed { " fails" } else { "" };
                println!(
                    "    {began:?} to {ended:?}: {:?} {}{end}",
                    request.service, request.method
                );
            }
        }
        self.wrongs.extend(end.err());
    }

    fn try_all(&mut self) {
        let (good, end) = self.run_under(&[]);
        if end.is_err() {
            return self.judge(&self.name.clone(), end);
        }
        let mut ways = Vec::new();
        for (step, next) in good.iter().enumerate() {
            for call in calls(&next.requests) {
                for kind in self.kinds_to_try(next, &call) {
                    let blow = Blow {
                        step,
                        call: call.clone(),
                        kind,
                        lasts: false,
                    };
                    let Some(steps) = self.try_one(&blow, next) else {
                        continue;
                    };
                    let is_it =
                        |request: &&Request| request.service == call.service && request.method == call.method;
                    if call.place == 0 && steps[step].requests.iter().filter(is_it).count() > 1 {
                        let lasts = true;
                        self.try_one(
                            &Blow {
                                lasts,
                                ..blow.clone()
                            },
                            next,
                        );
                    }
                    self.learn(&blow, &steps, &good);
                    ways.push((blow, steps));
                }
            }
        }
        for (blow, steps) in ways {
            self.try_in_one_step(&blow, &steps, &good);
        }
        for node in mem::take(&mut self.nodes) {
            self.try_after(&node);
        }
    }

    /// Tries one fault. Returns `None` if the step with the fault does not end.
    fn try_one(&mut self, blow: &Blow, good: &Step) -> Option<Vec<Step>> {
        let name = format!("{} {blow}", self.name);
        let (steps, end) = self.run_under(slice::from_ref(blow));
        let outcome = steps.get(blow.step).map(|step| &step.outcome);
        let told = match outcome {
            None => "no end",
            Some(Ok(())) => "success",
            Some(Err(error)) => error.code(),
        };
        self.rows.push(format!("{name:90} {told}"));
        let judged = outcome.map_or(Ok(()), |outcome| check(outcome, &[blow], good));
        let is_over = outcome.is_some();
        self.judge(&name, end.and(judged));
        is_over.then_some(steps)
    }

    /// Records the states after a fault.
    fn learn(&mut self, blow: &Blow, steps: &[Step], good: &[Step]) {
        let state = |steps: &[Step], number: usize| steps.get(number).map(|step| step.state.clone());
        let class = self
            .classes
            .entry(class(&good[blow.step], &blow.call))
            .or_default();
        if blow.call.place == 0 {
            let reached = state(steps, blow.step + 1);
            if class.iter().all(|(_, other)| *other != reached) {
                class.push((blow.kind, reached));
            }
        }
        for (number, step) in steps.iter().enumerate().skip(blow.step + 1) {
            if good.iter().any(|good| good.state == step.state) {
                // Later faults from this state on are tried as a single fault.
                self.pairs += step.requests.len() * kinds::ALL.len();
                continue;
            }
            match self.nodes.iter_mut().find(|node| node.next.state == step.state) {
                Some(node) => node.ways += 1,
                None => self.nodes.push(Node {
                    blow: blow.clone(),
                    number,
                    next: step.clone(),
                    ways: 1,
                }),
            }
        }
    }

    /// Tries a second fault in the same step, if the first is overcome.
    fn try_in_one_step(&mut self, first: &Blow, steps: &[Step], good: &[Step]) {
        let (step, good_step) = (&steps[first.step], &good[first.step]);
        let is_it =
            |request: &&Request| request.service == first.call.service && request.method == first.call.method;
        let places = step
            .requests
            .iter()
            .enumerate()
            .filter(|(_, request)| is_it(request));
        let Some((met, request)) = places.clone().nth(first.call.place as usize) else {
            return;
        };
        let over = request.ended.unwrap_or(request.began);
        let later = &step.requests[met + 1..];
        let after = calls(later)
            .into_iter()
            .zip(later)
            .filter(|(_, request)| request.began >= over);
        let after = after.map(|(call, _)| call).collect::<Vec<_>>();
        self.pairs += after.len() * kinds::ALL.len();
        let went = |steps: &[Step]| {
            let requests = steps[first.step].requests.iter();
            let mut requests = requests
                .map(|request| (&request.method, request.failed))
                .collect::<Vec<_>>();
            requests.sort_unstable();
            let next = steps.get(first.step + 1).map(|step| &step.state);
            format!("{} {met} {requests:?} {next:?}", first.step)
        };
        let way = went(steps);
        // The first fault had no effect, or an equivalent one was continued.
        if way == went(good) || !self.overcome.insert(way) {
            return;
        }
        for call in after {
            for kind in self.kinds_at(good_step, &call) {
                let second = Blow {
                    step: first.step,
                    call: call.clone(),
                    kind,
                    lasts: false,
                };
                self.try_two(first, &second, good_step);
            }
        }
    }

    /// Tries a second fault in the step after the state of a first fault.
    fn try_after(&mut self, node: &Node) {
        for call in calls(&node.next.requests) {
            self.pairs += node.ways * kinds::ALL.len();
            let key = class(&node.next, &call);
            let is_new = !self.classes.contains_key(&key);
            for kind in self.kinds_at(&node.next, &call) {
                let second = Blow {
                    step: node.number,
                    call: call.clone(),
                    kind,
                    lasts: false,
                };
                let steps = self.try_two(&node.blow, &second, &node.next);
                if is_new && call.place == 0 {
                    let reached = steps.get(node.number + 1).map(|step| step.state.clone());
                    let class = self.classes.entry(key.clone()).or_default();
                    if class.iter().all(|(_, other)| *other != reached) {
                        class.push((kind, reached));
                    }
                }
            }
        }
    }

    fn try_two(&mut self, first: &Blow, second: &Blow, good: &Step) -> Vec<Step> {
        let name = format!("{} {first} {second}", self.name);
        let (steps, end) = self.run_under(&[first.clone(), second.clone()]);
        let judged = end.and_then(|()| {
            let step = steps.get(second.step).ok_or("the second fault is not reached")?;
            let blows = [first, second];
            check(
                &step.outcome,
                if first.step == second.step {
                    &blows
                } else {
                    &blows[1..]
                },
                good,
            )
        });
        self.judge(&name, judged);
        steps
    }

    /// Returns the distinguishable kinds at a call, or all if they are not known yet.
    fn kinds_to_try(&self, step: &Step, call: &Call) -> Vec<Kind> {
        let class = self.classes.get(&class(step, call));
        class.map_or(kinds::ALL.to_vec(), |class| {
            class.iter().map(|(kind, _)| *kind).collect()
        })
    }

    /// Returns the kinds of a second fault at a call.
    fn kinds_at(&self, step: &Step, call: &Call) -> Vec<Kind> {
        let kinds = self.kinds_to_try(step, call);
        // Calls of one method are concurrent: the step fails if any of them fails.
        match call.place {
            0 => kinds,
            _ => kinds.into_iter().take(1).collect(),
        }
    }

    fn run_under(&mut self, blows: &[Blow]) -> (Vec<Step>, Result<(), Wrong>) {
        self.trials += 1;
        Trial::run(&self.scene, blows, &mut self.known)
    }

    fn judge(&mut self, name: &str, end: Result<(), Wrong>) {
        if let Err(wrong) = end {
            self.wrongs.push(format!("{name}: {wrong}"));
        }
    }
}

/// Checks that a step succeeds, reports the right fault, or ends as without faults.
fn check(outcome: &Result<(), Error>, blows: &[&Blow], good: &Step) -> Result<(), Wrong> {
    let Err(error) = outcome else { return Ok(()) };
    // A step that fails without faults may fail, also later.
    let is_as_good = |good: &Error| [good.code(), "operation.timed_out"].contains(&error.code());
    // A bundler that only claims to have the owner's operation leaves the account as it was.
    let is_send = |blow: &&Blow| blow.call.method == "eth_sendUserOperation";
    let is_unchanged = error.code() == "refused.by_contract" && blows.iter().any(is_send);
    if is_unchanged || good.outcome.as_ref().is_err_and(is_as_good) {
        return Ok(());
    }
    // A failed request is repeated.
    let is_overcome = |blow: &&Blow| !blow.lasts && !blow.kind.codes.contains(&"service.timed_out");
    if good.name == "wait" && good.outcome.is_ok() && blows.iter().all(is_overcome) {
        return Err(format!("the wait has ended with {error:?}"));
    }
    let is_of = |blow: &&&Blow| match service_error(error) {
        // The bundler reports a transaction that the node appears to lack.
        Some(told) if told.code() == "service.not_on_chain" => blow.call.service == Service::Node,
        Some(told) => {
            format!("{:?}", told.service()) == format!("{:?}", blow.call.service)
                && told.method() == blow.call.method
                && blow.kind.codes.contains(&told.code())
        }
        // The service did not respond for longer than the wait.
        None => error.code() == "operation.timed_out" && blow.kind.codes.contains(&"service.timed_out"),
    };
    match blows.iter().any(|blow| is_of(&blow)) {
        true => Ok(()),
        false => Err(format!("it says {error:?}")),
    }
}

/// Returns each call of a step, numbered by method.
fn calls(requests: &[Request]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for Request { service, method, .. } in requests {
        let is_same = |call: &&Call| call.service == *service && call.method == *method;
        let place = u32::try_from(calls.iter().filter(is_same).count()).unwrap_or(u32::MAX);
        calls.push(Call {
            service: *service,
            method: method.clone(),
            place,
        });
    }
    calls
}

/// Returns the class of a call: the step's name, the service and the method.
fn class(step: &Step, call: &Call) -> String {
    format!("{} {:?} {}", step.name, call.service, call.method)
}
