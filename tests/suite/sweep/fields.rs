//! Every field of every answer replaced by a value of another kind, in every act.

use std::{collections::BTreeMap, time::Duration};

use devnet::{Fault, Service};
use serde_json::{Value, json};
use tokio::{runtime::Builder, time::timeout};
use use_aa::{Error, ErrorKind, rpc::Failure};

use super::{
    act::{Act, Scene},
    trial::service_error,
};
use crate::{
    support::Kind as Account,
    world::{Dialect, MISSING, Request},
};

const ACTS: [Act; 8] = [
    Act::CreateFirst,
    Act::Mint,
    Act::SendFirst,
    Act::Send,
    Act::Revoke,
    Act::SpeedUp,
    Act::PayInTokens,
    Act::Withdraw,
];

/// The longest time of an act, in simulated time.
const FOREVER: Duration = Duration::from_mins(30);
const PATIENCE: Duration = Duration::from_secs(20);

fn values() -> [(&'static str, Value); 9] {
    [
        ("null", Value::Null),
        ("missing", json!(MISSING)),
        ("number", json!(7)),
        ("fraction", json!(1.5)),
        ("decimal text", json!("7")),
        ("text", json!("none")),
        ("object", json!({"hex": {"hex": []}})),
        ("list", json!([[], null, 7])),
        ("megabyte", json!("0".repeat(1 << 20))),
    ]
}

/// Returns the JSON pointers of all fields of an answer, of the answer as a whole first. A list shows its first
/// elements.
fn pointers(at: &str, answer: &Value, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match answer {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| pointers(&format!("{at}/{name}"), value, found)),
        Value::Array(list) => (0..)
            .zip(list.iter().take(4))
            .for_each(|(index, value): (usize, _)| pointers(&format!("{at}/{index}"), value, found)),
        _ => {}
    }
}

/// Performs an act and waits for its operation. `fault` lasts for both.
async fn perform(scene: &Scene, fault: Fault) -> Result<(), Error> {
    let client = scene.client();
    scene.world.faults([fault]);
    if let Some(hash) = scene.perform(&client, PATIENCE).await? {
        scene.world.hold(false);
        let wait = use_aa::WaitOptions::default().timeout(PATIENCE);
        client.wait(hash, wait).await?;
    }
    Ok(())
}

/// Returns true if a JSON pointer is that of a field, or of a part of the field.
fn is_within(pointer: &str, field: &str) -> bool {
    let rest = pointer.strip_prefix(field);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the last name in a JSON pointer: the number of an element is not a name.
fn field_name(pointer: &str) -> &str {
    let mut names = pointer.rsplit('/');
    let name = names.find(|name| name.parse::<usize>().is_err());
    name.unwrap_or_default()
}

/// Returns what is wrong with an act under a fault, if anything. An error about a malformed answer contains one of
/// `names`.
async fn wrong(
    scene: &Scene,
    service: Service,
    method: &str,
    names: &[&str],
    fault: Fault,
) -> Option<String> {
    let scene = scene.twin().await.expect("a copy");
    let before = scene.world.included();
    let Ok(outcome) = timeout(FOREVER, perform(&scene, fault)).await else {
        return Some("it hangs".to_owned());
    };
    let effects = scene.world.included() - before;
    if effects > 1 {
        return Some(format!("{effects} operations"));
    }
    let error = outcome.err()?;
    let text = error.to_string();
    if scene
        .secrets()
        .iter()
        .any(|secret| text.contains(secret.as_str()))
    {
        return Some(format!("it shows a secret: {text}"));
    }
    // The operation may be sent and is kept, or the service and the method at fault are named.
    match (error.may_be_sent(), service_error(&error)) {
        (Some(hash), _) => {
            let pending = scene.client().pending_user_ops().await.unwrap_or_default();
            let is_kept = pending.iter().any(|op| op.hash == hash);
            (!is_kept).then(|| format!("the operation is lost: {text}"))
        }
        (None, Some(found)) => {
            let is_read = matches!(
                found.failure(),
                Failure::Malformed(_) | Failure::Missing | Failure::TooLarge(_) | Failure::Changed(_)
            );
            let is_named =
                format!("{:?}", found.service()) == format!("{service:?}") && found.method() == method;
            let names_field = match found.failure() {
                Failure::Malformed(why) => names.iter().any(|name| why.to_string().contains(name)),
                _ => true,
            };
            // A wrong number is a number: another service refuses what was made of it.
            let is_wrong = is_read && !(is_named && names_field);
            is_wrong.then(|| format!("another method or no field is named: {text}"))
        }
        (None, None) => {
            let is_typed = matches!(
                error.kind(),
                ErrorKind::WrongChain { .. }
                    | ErrorKind::WrongEntryPoint(_)
                    | ErrorKind::WrongClock { .. }
                    | ErrorKind::WrongHash { .. }
                    | ErrorKind::NotTheSponsor(_)
                    | ErrorKind::TooDear { .. }
                    | ErrorKind::Excessive { .. }
                    | ErrorKind::NonceTaken { .. }
                    | ErrorKind::NoSession
                    | ErrorKind::NotActive(_)
                    | ErrorKind::UntrackedSessions { .. }
                    | ErrorKind::Unsettled
                    | ErrorKind::TooManyTokens { .. }
                    | ErrorKind::NotEnough { .. }
            );
            (!is_typed).then(|| format!("an unexpected error: {} {text}", error.code()))
        }
    }
}

/// An answer of a service in an act: the service, the method and the JSON pointer of a field.
type Field = (String, String, String);

/// Performs an act without a fault, and returns the fields of all answers, each with its service.
async fn answered(scene: &Scene) -> Result<BTreeMap<Field, Service>, Error> {
    let scene = scene.twin().await?;
    scene.world.forget();
    perform(&scene, Fault::on(Service::Node, "none").null()).await?;
    let mut fields = BTreeMap::new();
    for Request {
        service,
        method,
        result,
        ..
    } in scene.world.requests()
    {
        let mut found = Vec::new();
        pointers("", &result, &mut found);
        let named = found
            .into_iter()
            .map(|field| ((format!("{service:?}"), method.clone(), field), service));
        fields.extend(named);
    }
    Ok(fields)
}

fn sweep(account: Account, dialect: Dialect) {
    let mut wrongs = Vec::new();
    let mut trials = 0;
    for act in ACTS {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async {
            let scene = Scene::before(act, account, dialect).await.expect("an account");
            let fields = answered(&scene).await.expect("the act succeeds");
            for ((_, method, field), service) in &fields {
                let names = fields
                    .keys()
                    .filter(|(_, other, at)| other == method && is_within(at, field));
                let names = names.map(|(.., at)| field_name(at)).collect::<Vec<_>>();
                // The same readers read all depths, so a few values are enough deep down.
                let is_deep = field.matches('/').count() > 1;
                let is_of_field = |kind: &str| match kind {
                    "fraction" | "list" => !is_deep,
                    "missing" => !field.is_empty(),
                    _ => true,
                };
                for (kind, value) in values().into_iter().filter(|(kind, _)| is_of_field(kind)) {
                    let calls = Fault::on(*service, method);
                    let fault = match field.is_empty() {
                        true => calls.rewrite(value),
                        false => calls.merge(json!({ field.clone(): value })),
                    };
                    // A long answer takes a while to write, so one is enough.
                    let fault = match kind {
                        "megabyte" => fault.times(1),
                        _ => fault,
                    };
                    trials += 1;
                    if let Some(why) = wrong(&scene, *service, method, &names, fault).await {
                        wrongs.push(format!(
                            "{account:?} {dialect:?} {act} {method} {field}={kind}: {why}"
                        ));
                    }
                }
            }
        });
    }
    println!("{dialect:?}: {trials} trials");
    assert!(trials > 500, "only {trials} trials");
    assert!(
        wrongs.is_empty(),
        "{} are wrong:\n{}",
        wrongs.len(),
        wrongs.join("\n")
    );
}

#[test]
fn every_field_of_a_standard_service_may_be_anything() {
    sweep(Account::BiconomyV2, Dialect::Standard);
}

#[test]
fn every_field_of_pimlicos_services_may_be_anything() {
    sweep(Account::BiconomyV2, Dialect::Pimlico);
}

#[test]
fn every_field_of_rundlers_services_may_be_anything() {
    sweep(Account::BiconomyV2, Dialect::Rundler);
}

#[test]
fn every_field_of_biconomys_services_may_be_anything() {
    sweep(Account::BiconomyV2, Dialect::Biconomy);
}

#[test]
fn every_field_of_a_standard_service_may_be_anything_for_a_nexus_account() {
    sweep(Account::Nexus, Dialect::Standard);
}
