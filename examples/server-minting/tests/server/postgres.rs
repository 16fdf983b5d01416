//! PostgreSQL servers for tests, on Unix sockets in temporary folders.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio, id},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use server_minting::{PostgresStore, Vault};
use sqlx::{Connection, Executor, PgConnection};

/// The key of the vaults in tests.
pub(crate) const VAULT_KEY: &str = "e15f0a2d2f9c6d2b8f5e9a4c7b3d1f608192a3b4c5d6e7f8091a2b3c4d5e6f70";

/// A script that runs PostgreSQL until its input ends, however this process ends, and then removes the folder. A line
/// of input ends PostgreSQL and keeps the folder.
const RUN: &str = r#"
trap '' INT TERM HUP
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c max_connections=200 >>"$2/log" 2>&1 &
pid=$!
until "$1/pg_isready" --quiet --host "$2"; do
    [ $? -le 2 ] && kill -0 "$pid" 2>/dev/null || { kill -QUIT "$pid"; exit 1; }
    sleep 0.1
done
echo ready
read -r line
kill -QUIT "$pid"
wait "$pid"
[ -n "$line" ] || rm -rf "$2"
"#;

/// A PostgreSQL server.
pub(crate) struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    running: Option<Child>,
}

impl Postgres {
    /// Returns the server that the tests share, started once.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a server with a new folder.
    pub(crate) fn start() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("use-aa-postgres-{}-{number}", id()));
        fs::create_dir_all(&folder).unwrap();
        if let Some((user, group)) = user() {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let mut server = Self {
            bin: bin(),
            folder,
            running: None,
        };
        let made = server
            .command("initdb")
            .arg("--pgdata")
            .arg(server.folder.join("data"))
            .args([
                "--username=use_aa",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.restart();
        server
    }

    /// Starts the server again in its folder.
    pub(crate) fn restart(&mut self) {
        let mut running = self
            .command("sh")
            .args(["-c", RUN, "postgres"])
            .args([&self.bin, &self.folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(running.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert_eq!(line, "ready\n", "PostgreSQL did not start: {log}");
        self.running = Some(running);
    }

    /// Ends the server and keeps its folder.
    pub(crate) fn stop(&mut self) {
        let mut running = self.running.take().unwrap();
        running.stdin.take().unwrap().write_all(b"stop\n").unwrap();
        assert!(running.wait().unwrap().code().is_some());
    }

    /// Creates a database and returns its URL.
    pub(crate) async fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        connection
            .execute(&*format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        self.url(&name)
    }

    /// Returns the text of a dump of a database.
    pub(crate) fn dump(&self, url: &str) -> String {
        let dump = Command::new(self.bin.join("pg_dump")).arg(url).output().unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        String::from_utf8(dump.stdout).unwrap()
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres://use_aa@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    /// Creates a command of the server's user: PostgreSQL refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = match program {
            "sh" => PathBuf::from(program),
            program => self.bin.join(program),
        };
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        if let Some((user, group)) = user() {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.stdin.take());
            let _ = running.wait();
        }
    }
}

/// Connects to a database with the vault of the tests.
pub(crate) async fn connect(url: &str) -> PostgresStore {
    PostgresStore::connect(url, vault()).await.unwrap()
}

pub(crate) fn vault() -> Vault {
    Vault::parse(VAULT_KEY).unwrap()
}

/// Returns the number of advisory locks in a database that are held, or waited for.
pub(crate) async fn locks(url: &str, are_held: bool) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted = $1
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .bind(are_held)
    .fetch_one(&mut connection)
    .await
    .unwrap()
}

/// Resolves once this many advisory locks are held, or waited for.
pub(crate) async fn locks_are(url: &str, are_held: bool, number: i64) {
    while locks(url, are_held).await != number {
        tokio::task::yield_now().await;
    }
}

/// Returns the folder of the newest PostgreSQL.
fn bin() -> PathBuf {
    let folders = env::var_os("PATH").unwrap_or_default();
    let programs = env::split_paths(&folders).map(|folder| folder.join("initdb"));
    // A link on the path says where the other programs are.
    let mut programs = programs.filter_map(|program| program.canonicalize().ok());
    let on_path = programs.find_map(|program| program.parent().map(Path::to_owned));
    let of_debian = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let bins = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
        bins.filter(|bin| bin.join("initdb").is_file())
            .max_by_key(|bin| version(bin))
    };
    on_path
        .or_else(of_debian)
        .expect("PostgreSQL is missing: install it, for example with `apt-get install postgresql`")
}

fn version(bin: &Path) -> Option<u32> {
    bin.parent()?.file_name()?.to_str()?.parse().ok()
}

/// Returns the ids of the user `postgres` and its group if this process runs as root.
fn user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let postgres = users.lines().find(|line| line.starts_with("postgres:"));
    is_root.then(|| {
        let fields: Vec<_> = postgres
            .expect("the user postgres is missing: install PostgreSQL, for example with `apt-get install postgresql`")
            .split(':')
            .collect();
        (fields[2].parse().unwrap(), fields[3].parse().unwrap())
    })
}
