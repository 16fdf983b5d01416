use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_devnet");

#[test]
fn a_port_in_use_is_told_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();

    let output = Command::new(PROGRAM)
        .args(["--port", &port.to_string()])
        .output()
        .expect("it runs");

    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains(&format!("port {port} is in use")), "{stderr}");
}

#[test]
fn a_mistaken_argument_is_told_in_one_line() {
    for arguments in [&["--port", "many"][..], &["--port"], &["--fast"]] {
        let output = Command::new(PROGRAM).args(arguments).output().expect("it runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), stderr.lines().count()),
            (Some(2), 1),
            "{stderr}"
        );
    }
}

#[test]
fn nothing_remains_when_it_is_killed() {
    end_without_a_trace(&mut start(Stdio::inherit()).0, "KILL");
}

#[test]
fn nothing_remains_when_it_is_asked_to_end() {
    end_without_a_trace(&mut start(Stdio::inherit()).0, "TERM");
}

#[test]
fn it_ends_and_says_why_when_the_chain_ends() {
    let (mut child, _) = start(Stdio::piped());

    let sent = signal(named(child.id(), "anvil\n"), "KILL");
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut stderr)
        .expect("text");

    assert!(sent);
    assert!(!child.wait().expect("it ends").success());
    assert!(stderr.contains("the chain ended"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[tokio::test]
async fn nothing_remains_of_parts_that_were_restarted() {
    let (mut child, ready) = start(Stdio::inherit());
    for part in ["chain", "bundler"] {
        control(&ready, json!({"kill": part})).await;
        control(&ready, json!({"restart": part})).await;
    }

    end_without_a_trace(&mut child, "KILL");
}

#[tokio::test]
async fn a_bundler_that_falls_with_the_chain_comes_back_with_it() {
    let (mut child, ready) = start(Stdio::inherit());
    let bundler = named(child.id(), "node\n");

    control(&ready, json!({"kill": "chain"})).await;
    assert!(signal(bundler, "KILL"));
    let patience = Instant::now() + Duration::from_secs(60);
    while control(&ready, json!({})).await["dead"] != json!(["chain", "bundler"]) {
        assert!(Instant::now() < patience, "the bundler has not fallen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let risen = control(&ready, json!({"restart": "chain"})).await;

    assert_eq!(risen["dead"], json!([]));
    assert_ne!(named(child.id(), "node\n"), bundler);
    end_without_a_trace(&mut child, "TERM");
}

/// Applies a control and returns the active controls.
async fn control(ready: &devnet::Ready, control: Value) -> Value {
    let sent = reqwest::Client::new()
        .post(format!("{}/control", ready.url))
        .json(&control)
        .send()
        .await;
    let answer = sent.expect("an answer");
    assert!(answer.status().is_success(), "{control}");
    answer.json().await.expect("JSON")
}

fn start(stderr: Stdio) -> (Child, devnet::Ready) {
    let mut child = Command::new(PROGRAM)
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .expect("it runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    (child, serde_json::from_str(&line).expect("one line of JSON"))
}

fn end_without_a_trace(child: &mut Child, name: &str) {
    let children = children_of(child.id());
    let folder = log_folder(child.id());
    assert_eq!(children.len(), 3, "chain, bundler and watchdog");
    assert!(folder.exists());

    assert!(signal(child.id(), name));
    child.wait().expect("it ends");

    let patience = Instant::now() + Duration::from_secs(60);
    while children.iter().any(|pid| is_running(*pid)) || folder.exists() {
        assert!(
            Instant::now() < patience,
            "still there: {children:?} or {}",
            folder.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(pid: u32, name: &str) -> bool {
    let sent = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    sent.expect("kill runs").success()
}

/// Returns the child process of this name.
fn named(parent: u32, name: &str) -> u32 {
    let name_of = |pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let mut children = children_of(parent).into_iter();
    children.find(|pid| name_of(*pid) == name).expect("it runs")
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|pid| stat(*pid).is_some_and(|(_, its_parent)| its_parent == parent))
        .collect()
}

fn is_running(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}

/// Returns the state and the parent of a process.
fn stat(pid: u32) -> Option<(String, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

fn log_folder(pid: u32) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("use-aa-devnet-{pid}-0"))
}
