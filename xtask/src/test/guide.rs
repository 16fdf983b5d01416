//! The app of the guide "getting started": made in an empty folder by the guide's own commands and files, and tried in
//! Chromium.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{self, Child},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{browser, examples::settings, run::Run, suites, tally::Tally};
use crate::{
    dapp,
    examples::{read, remove, write},
    http, print,
    project::Project,
};

/// The guide.
const GUIDE: &str = "src/guide/getting_started.md";
/// The first section without a command that the app needs.
const END: &str = "\n# What each part does\n";
/// The address of the repository. A reader clones it from there, the test from one made of the checkout.
const REPOSITORY: &str = "https://github.com/use-aa/use-aa";
/// The dependency of an app, and in its place that on the clone. The guide names both.
const LIBRARY: (&str, &str) = ("use-aa = \"0.1\"", "use-aa = { path = \"../use-aa\" }");
/// Commands that install tools for the whole machine. [`prepare`](super::prepare) has installed the same tools.
const INSTALLED: [&str; 2] = ["rustup target add wasm32-unknown-unknown", "cargo install trunk"];
/// Commands that run until they are stopped: how each begins, its port in the guide, and a path that it serves.
const SERVERS: [(&str, &str, &str); 2] = [
    ("cargo run --package devnet", "8545", "/log"),
    ("trunk serve", "8080", "/"),
];
/// The time after which a server without an answer counts as hung, 20 minutes: more than a full compilation takes on a
/// small machine.
const PATIENCE: Duration = Duration::from_secs(20 * 60);
const POLL: Duration = Duration::from_millis(200);

/// Follows the guide, and mints with the app.
pub(super) fn guide(run: &mut Run<'_>) -> Result<Tally> {
    // The specs need the packages of the checkout, and share its compiled crates.
    suites::build(run)?;
    print::announce("Building the app of the guide");
    // Always the same, so that crates compiled for it are found again.
    let folder = env::temp_dir().join("use-aa-guide");
    remove(&folder)?;
    fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut reader = Reader::new(run.project, &folder)?;
    let tally = reader
        .follow(run, &read(&run.project.root.join(GUIDE))?)
        .and_then(|()| {
            let [chain, app] = reader.ports.map(|(_, port)| format!("http://127.0.0.1:{port}"));
            browser::guide(run, &app, &chain)
        });
    let stopped = reader.stop();
    remove(&folder)?;
    stopped.and(tally)
}

/// A block of a guide: commands, or the content of a file.
#[derive(Debug, PartialEq)]
enum Block {
    Commands(Vec<String>),
    File { name: String, text: String },
}

/// Returns the shell commands and the named files of a guide, in order. The lines that rustdoc hides are left out.
fn blocks(guide: &str) -> Vec<Block> {
    let parts: Vec<_> = guide.split("```").collect();
    let blocks = parts.chunks_exact(2).filter_map(|part| {
        let (language, text) = part[1].split_once('\n')?;
        let is_hidden = |line: &&str| language.starts_with("rust") && line.starts_with("# ");
        let lines = text.lines().filter(|line| !is_hidden(line));
        if language == "sh" {
            return Some(Block::Commands(lines.map(str::to_owned).collect()));
        }
        let name = part[0].trim_end().lines().last()?;
        let name = name.strip_prefix('`')?.strip_suffix("`:")?;
        Some(Block::File {
            name: name.to_owned(),
            text: lines.map(|line| format!("{line}\n")).collect(),
        })
    });
    blocks.collect()
}

/// Makes a repository of the files of the checkout, committed or not, and returns its folder.
fn repository(project: &Project) -> Result<PathBuf> {
    let folder = project.scratch("guide")?.join("checkout.git");
    remove(&folder)?;
    let git = |arguments: &[&str]| {
        let mut git = project.command("git");
        git.arg("--git-dir").arg(&folder).args(arguments);
        project.run(&mut git)
    };
    git(&["init", "--quiet", "--bare"])?;
    git(&["--work-tree", ".", "add", "--all"])?;
    let author = "-c user.name=xtask -c user.email=xtask@localhost -c commit.gpgsign=false";
    let commit = format!("--work-tree . {author} commit --quiet --message checkout");
    git(&commit.split(' ').collect::<Vec<_>>())?;
    Ok(folder)
}

/// A reader who does what the guide says.
struct Reader<'a> {
    project: &'a Project,
    /// The repository that is cloned.
    repository: PathBuf,
    /// The folder in which each terminal opens.
    home: PathBuf,
    /// The folder of the present terminal.
    here: PathBuf,
    /// The ports of the guide, each with one that is free here.
    ports: [(&'static str, u16); 2],
    running: Vec<Child>,
}

impl<'a> Reader<'a> {
    fn new(project: &'a Project, home: &Path) -> Result<Self> {
        let held = [listen()?, listen()?];
        let [chain, app] = held.each_ref().map(TcpListener::local_addr);
        Ok(Self {
            project,
            repository: repository(project)?,
            home: home.to_owned(),
            here: home.to_owned(),
            ports: [(SERVERS[0].1, chain?.port()), (SERVERS[1].1, app?.port())],
            running: Vec::new(),
        })
    }

    /// Does all that the guide asks for before the app is used.
    fn follow(&mut self, run: &mut Run<'_>, guide: &str) -> Result<()> {
        let (guide, _) = guide
            .split_once(END)
            .with_context(|| format!("{GUIDE} has no section `{}`", END.trim()))?;
        if !guide.contains(&format!("`{}`", LIBRARY.1)) {
            bail!("{GUIDE} does not name the library of a clone: `{}`", LIBRARY.1);
        }
        for block in blocks(guide) {
            match block {
                Block::File { name, text } => {
                    let text = self.with_ports(&text.replace(LIBRARY.0, LIBRARY.1));
                    write(&self.here.join(name), &text)?;
                }
                Block::Commands(lines) => {
                    for command in lines.iter().flat_map(|line| line.split(" && ")) {
                        self.execute(run, &self.with_ports(command))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn execute(&mut self, run: &mut Run<'_>, command: &str) -> Result<()> {
        print::out(format_args!("$ {command}"));
        if INSTALLED.contains(&command) {
            return Ok(());
        }
        let server = SERVERS.iter().position(|(begin, ..)| command.starts_with(begin));
        let words: Vec<_> = command.split(' ').collect();
        match (server, &*words) {
            (Some(server), _) => self.serve(&words, server),
            (None, ["cd", folder]) => {
                self.here.push(folder);
                Ok(())
            }
            (None, ["cargo", "new", name]) => {
                run.build(&mut self.command(&words))?;
                self.share_crates(&self.here.join(name))
            }
            (None, _) => run.build(&mut self.command(&words)),
        }
    }

    /// Starts a server, waits until it answers, and opens another terminal.
    fn serve(&mut self, words: &[&str], server: usize) -> Result<()> {
        let (name, _, path) = SERVERS[server];
        let (_, port) = self.ports[server];
        let mut command = self.command(words);
        let mut child = command
            .spawn()
            .with_context(|| format!("`{name}` did not start"))?;
        let answered = answers(&mut child, name, port, path);
        // A server that never answers is stopped with the others.
        self.running.push(child);
        self.here.clone_from(&self.home);
        answered
    }

    /// Creates a command in the present folder.
    fn command(&self, words: &[&str]) -> process::Command {
        let mut command = self.project.command(words[0]);
        command
            .args(&words[1..])
            .current_dir(&self.here)
            .env("CARGO_TARGET_DIR", self.home.join("target"))
            .env("TRUNK_SKIP_VERSION_CHECK", "true")
            .env("TRUNK_BUILD_CARGO_PROFILE", dapp::TEST_PROFILE)
            .env("GIT_CONFIG_COUNT", "1")
            .env(
                "GIT_CONFIG_KEY_0",
                format!("url.{}.insteadOf", self.repository.display()),
            )
            .env("GIT_CONFIG_VALUE_0", REPOSITORY);
        command
    }

    /// Has an app compile with the versions and the profile of the other tests, and share their crates. The clone may not:
    /// cargo does not tell the crates of one checkout from those of another.
    fn share_crates(&self, app: &Path) -> Result<()> {
        let Project { root, target, .. } = self.project;
        let settings =
            settings(&read(&root.join("Cargo.toml"))?, root).context("Cargo.toml has no profiles")?;
        let settings = format!("{settings}[build]\nbuild-dir = {target:?}\n");
        write(&app.join(".cargo/config.toml"), &settings)?;
        write(&app.join("Cargo.lock"), &read(&root.join("Cargo.lock"))?)
    }

    fn with_ports(&self, text: &str) -> String {
        self.ports.iter().fold(text.to_owned(), |text, (ours, free)| {
            text.replace(ours, &free.to_string())
        })
    }

    /// Stops the servers.
    fn stop(&mut self) -> Result<()> {
        for mut server in self.running.drain(..) {
            if server.try_wait().context("a server is lost")?.is_none() {
                self.project
                    .run(self.project.command("kill").arg(server.id().to_string()))?;
                server.wait().context("a server is lost")?;
            }
        }
        Ok(())
    }
}

/// Waits until a server answers.
fn answers(server: &mut Child, name: &str, port: u16, path: &str) -> Result<()> {
    let start = Instant::now();
    while !http::answers(port, path) {
        if let Some(status) = server.try_wait().with_context(|| format!("`{name}` is lost"))? {
            bail!("`{name}` ended ({status}), see its output above");
        }
        if start.elapsed() > PATIENCE {
            bail!("`{name}` did not answer in {} minutes", PATIENCE.as_secs() / 60);
        }
        thread::sleep(POLL);
    }
    Ok(())
}

fn listen() -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port of this machine is free")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{KIND, fill_in};

    fn file(path: &str) -> String {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
    }

    #[test]
    fn files_of_the_guide_are_those_of_the_template() {
        let blocks = blocks(&file(GUIDE));

        for name in ["Cargo.toml", "index.html", "Trunk.toml", "src/main.rs"] {
            let text = fill_in(&file(&format!("template/{name}")), KIND);
            let name = name.to_owned();
            assert!(
                blocks.contains(&Block::File {
                    name: name.clone(),
                    text
                }),
                "{name}"
            );
        }
    }

    #[test]
    fn blocks_are_commands_and_named_files() {
        let guide = "Text:\n\n```sh\na && b\nc\n```\n\n`x.rs`:\n\n```rust,no_run\n# hidden\nfn x() {}\n```\n\nMore:\n\n```\nlet unnamed = ();\n```\n";

        assert_eq!(
            blocks(guide),
            [
                Block::Commands(vec!["a && b".to_owned(), "c".to_owned()]),
                Block::File {
                    name: "x.rs".to_owned(),
                    text: "fn x() {}\n".to_owned()
                },
            ]
        );
    }

    #[test]
    fn every_server_and_every_installation_stands_in_the_guide() {
        let guide = file(GUIDE);
        let (guide, _) = guide.split_once(END).unwrap();
        let commands: Vec<_> = blocks(guide)
            .into_iter()
            .filter_map(|block| match block {
                Block::Commands(lines) => Some(lines),
                Block::File { .. } => None,
            })
            .flatten()
            .collect();
        let has = |begin: &str| commands.iter().any(|line| line.starts_with(begin));

        assert!(INSTALLED.iter().all(|command| has(command)), "{commands:?}");
        assert!(SERVERS.iter().all(|(begin, ..)| has(begin)), "{commands:?}");
        assert!(SERVERS.iter().all(|(_, port, _)| guide.contains(port)));
        assert!(guide.contains(REPOSITORY));
    }
}
