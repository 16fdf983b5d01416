//! The program as child processes, on a local chain.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use alloy::{
    primitives::{Address, U256, address},
    signers::local::PrivateKeySigner,
    sol,
};
use devnet::{Control, Devnet, Entry, Fault, Options, Service};
use use_aa::{
    SmartAccountClient,
    rpc::{Http, Node},
};

use crate::postgres::{Postgres, VAULT_KEY};

sol! {
    function balanceOf(address owner) external view returns (uint256);
}

/// The sample collection, at the same address on every local chain.
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

/// The account kinds of `ACCOUNT_KIND`.
pub(crate) const KINDS: [&str; 2] = ["biconomy-v2", "nexus"];

/// A delay longer than anything takes, even on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// A database and a namespace of the local chain, with an owner.
pub(crate) struct World {
    pub(crate) database: String,
    pub(crate) devnet: String,
    owner: PrivateKeySigner,
    kind: &'static str,
}

/// A running server, which is killed when the value is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    process: Child,
}

impl World {
    pub(crate) async fn new(kind: &'static str) -> Self {
        static DEVNET: OnceLock<Devnet> = OnceLock::new();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let devnet = DEVNET.get_or_init(|| Devnet::running_or_start(Options::default()).unwrap());
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            database: Postgres::shared().database().await,
            devnet: format!("{}/t/server-{}-{number}", devnet.url(), std::process::id()),
            owner: PrivateKeySigner::random(),
            kind,
        }
    }

    /// Returns the value of an environment variable of the program.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let value = match name {
            "DATABASE_URL" => self.database.clone(),
            "VAULT_KEY" => VAULT_KEY.to_owned(),
            "CHAIN_ID" => "80002".to_owned(),
            "NODE_URL" => format!("{}/rpc", self.devnet),
            "BUNDLER_URL" => format!("{}/bundler", self.devnet),
            "PAYMASTER_URL" => format!("{}/paymaster", self.devnet),
            "ACCOUNT_KIND" => self.kind.to_owned(),
            "NFT" => NFT.to_string(),
            "OWNER_KEY" => self.owner.to_bytes().to_string(),
            "LISTEN" => "127.0.0.1:0".to_owned(),
            _ => return None,
        };
        Some(value)
    }

    /// Creates a command of the program with its variables.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server-minting"));
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in [
            "DATABASE_URL",
            "VAULT_KEY",
            "CHAIN_ID",
            "NODE_URL",
            "BUNDLER_URL",
            "PAYMASTER_URL",
            "ACCOUNT_KIND",
            "NFT",
            "OWNER_KEY",
            "LISTEN",
        ] {
            command.env(name, self.variable(name).unwrap());
        }
        command
    }

    /// Starts a grant.
    pub(crate) fn start_grant(&self) -> Child {
        self.command(&["grant"]).spawn().unwrap()
    }

    /// Grants a session, and returns the account.
    pub(crate) fn grant(&self) -> Address {
        let printed = succeeded(self.start_grant().wait_with_output().unwrap());
        printed
            .lines()
            .next()
            .unwrap()
            .strip_prefix("account ")
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Issues vouchers.
    pub(crate) fn vouchers(&self, number: usize) -> Vec<String> {
        let issued = self.command(&["voucher", &number.to_string()]).output().unwrap();
        let vouchers: Vec<_> = succeeded(issued).lines().map(str::to_owned).collect();
        assert_eq!(vouchers.len(), number);
        vouchers
    }

    /// Starts a server.
    pub(crate) fn serve(&self, account: Address) -> Server {
        let mut command = self.command(&["serve"]);
        command
            .env("ACCOUNT", account.to_string())
            .env_remove("OWNER_KEY");
        let mut process = command.stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening at ").unwrap().to_owned();
        Server { url, process }
    }

    /// Delays the requests of a method to the bundler.
    pub(crate) async fn delay(&self, method: &str, by: Duration) {
        self.control(Control::faults([Fault::on(Service::Bundler, method).delay(by)]))
            .await;
    }

    pub(crate) async fn delay_nothing(&self) {
        self.control(Control::faults([])).await;
    }

    async fn control(&self, control: Control) {
        let request = reqwest::Client::new()
            .post(format!("{}/control", self.devnet))
            .body(serde_json::to_string(&control).unwrap());
        assert!(request.send().await.unwrap().status().is_success());
    }

    /// Resolves once a method was requested.
    pub(crate) async fn is_asked(&self, method: &str) {
        let is_asked = async || {
            let log = reqwest::get(format!("{}/log", self.devnet)).await.unwrap();
            let log: Vec<Entry> = serde_json::from_str(&log.text().await.unwrap()).unwrap();
            log.iter()
                .any(|entry| entry.methods.iter().any(|asked| asked == method))
        };
        while !is_asked().await {
            tokio::task::yield_now().await;
        }
    }

    /// Returns the owner's client in this process.
    pub(crate) async fn client(&self) -> SmartAccountClient {
        let variable = |name: &str| self.variable(name);
        let settings = server_minting::Settings::read(variable).unwrap();
        settings.connect().await.unwrap().owner(variable).unwrap()
    }
}

impl Server {
    /// Sends a voucher as a hydrated page does, and returns the status and the body.
    pub(crate) async fn mint(&self, voucher: &str) -> (u16, String) {
        let request = reqwest::Client::new()
            .post(format!("{}/api/mint", self.url))
            .form(&[("voucher", voucher)]);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the number of NFTs of an account.
pub(crate) async fn balance(world: &World, owner: Address) -> U256 {
    let node = Node::new(Http::new(format!("{}/rpc", world.devnet).parse().unwrap()));
    node.call(NFT, &balanceOfCall { owner }).await.unwrap()
}

/// Returns the output of a program that has succeeded.
pub(crate) fn succeeded(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the error text of a program that has failed.
pub(crate) fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}
