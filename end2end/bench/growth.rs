//! Costs that grow with a number, on a local chain: `cargo xtask bench growth` plots them.
//!
//! Prints one line of JSON for each point: `{"of": "…", "n": 100, "ms": 1.2, "requests": 3}`.

#[cfg(not(target_family = "wasm"))]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    host::run().await
}

#[cfg(target_family = "wasm")]
fn main() {}

#[cfg(not(target_family = "wasm"))]
mod host {
    use std::{
        env,
        error::Error,
        hint::black_box,
        sync::Arc,
        time::{Duration, Instant},
    };

    use alloy::{
        primitives::{Address, address, keccak256},
        signers::local::PrivateKeySigner,
    };
    use futures::future::try_join_all;
    use serde_json::{Value, json};
    use use_aa::{
        AccountKind, BiconomyV2, BundlerKind, Call, CreateSession, Deploy, Nexus, PaymasterKind, Payment,
        Policy, Request, SendTransaction, Services, SmartAccountClient, UseSession, session::merkle::Tree,
    };

    alloy::sol! {
        function safeMint(address to);
    }

    type Outcome = Result<(), Box<dyn Error>>;

    const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    const LEAVES: [usize; 5] = [1, 10, 100, 1_000, 10_000];
    const SESSIONS: [usize; 4] = [1, 10, 100, 1_000];
    const IN_FLIGHT: [usize; 4] = [1, 10, 30, 100];
    const WAITS: [usize; 3] = [1, 10, 50];
    /// The measurements of a point, of which the median is printed.
    const TIMES: usize = 9;

    pub(super) async fn run() -> Outcome {
        let url = env::var("USE_AA_DEVNET")?;
        let devnet = Devnet(url);
        for n in LEAVES {
            let leaves: Vec<_> = (0..n).map(|number| keccak256(number.to_be_bytes())).collect();
            let times = (0..TIMES).map(|_| {
                let start = Instant::now();
                let tree = Tree::new(black_box(&leaves).iter().copied());
                black_box((tree.root(), tree.proof(leaves[n / 2])));
                start.elapsed()
            });
            print("tree of n leaves and a proof", n, times.collect(), None);
        }
        sessions(&devnet, "Nexus", &Nexus::KIND).await?;
        sessions(&devnet, "Biconomy V2", &BiconomyV2::KIND).await?;
        waits(&devnet).await?;
        in_flight(&devnet).await
    }

    /// Grants sessions to one account, and measures the grant, the list and a mint beside those that are there.
    async fn sessions(devnet: &Devnet, name: &str, kind: &dyn AccountKind) -> Outcome {
        let client = devnet.client(kind)?;
        client
            .deploy(Deploy::default().pay(Payment::Sponsored))
            .await?
            .wait(1)
            .await?;
        let mut granted = 0;
        for n in SESSIONS {
            let (mut grants, mut lists, mut mints) = (Vec::new(), Vec::new(), Vec::new());
            let (mut listing, mut minting) = (0, 0);
            while granted < n + TIMES {
                let start = Instant::now();
                let grant = client.create_session(grant(client.address())).await?;
                if granted >= n {
                    grants.push(start.elapsed());
                }
                grant.wait(1).await?;
                granted += 1;
            }
            for _ in 0..TIMES {
                devnet.forget().await?;
                let start = Instant::now();
                black_box(client.sessions().await?);
                lists.push(start.elapsed());
                listing = devnet.requests().await?;
                let mint = UseSession::new(mint(client.address())).pay(Payment::Sponsored);
                devnet.forget().await?;
                let start = Instant::now();
                let sent = client.use_session(mint).await?;
                mints.push(start.elapsed());
                minting = devnet.requests().await?;
                sent.wait(1).await?;
            }
            print(&format!("{name}: grant beside n sessions"), n, grants, None);
            print(&format!("{name}: list of n sessions"), n, lists, Some(listing));
            print(
                &format!("{name}: mint beside n sessions, until sent"),
                n,
                mints,
                Some(minting),
            );
        }
        Ok(())
    }

    /// Waits for one operation as often as n components that show it.
    async fn waits(devnet: &Devnet) -> Outcome {
        let client = devnet.client(&BiconomyV2::KIND)?;
        for n in WAITS {
            let (mut times, mut requests) = (Vec::new(), 0);
            for _ in 0..TIMES {
                let send = SendTransaction::from(mint(client.address())).pay(Payment::Sponsored);
                let sent = client.send(send).await?;
                devnet.forget().await?;
                let start = Instant::now();
                try_join_all((0..n).map(|_| sent.wait(1))).await?;
                times.push(start.elapsed());
                requests = devnet.requests().await?;
            }
            print("n waits for one operation", n, times, Some(requests));
        }
        Ok(())
    }

    /// Sends operations that the bundler holds, and measures the next one beside those that are in flight.
    async fn in_flight(devnet: &Devnet) -> Outcome {
        let client = devnet.client(&BiconomyV2::KIND)?;
        client
            .deploy(Deploy::default().pay(Payment::Sponsored))
            .await?
            .wait(1)
            .await?;
        devnet.hold(true).await?;
        let mut sent = 0;
        let outcome: Outcome = async {
            for n in IN_FLIGHT {
                let (mut times, mut lists) = (Vec::new(), Vec::new());
                let mut requests = 0;
                while sent < n + TIMES {
                    devnet.forget().await?;
                    let start = Instant::now();
                    let send = SendTransaction::from(mint(client.address())).pay(Payment::Sponsored);
                    client.send(send).await?;
                    if sent >= n {
                        times.push(start.elapsed());
                        requests = devnet.requests().await?;
                    }
                    sent += 1;
                }
                for _ in 0..TIMES {
                    let start = Instant::now();
                    black_box(client.pending_user_ops().await?);
                    lists.push(start.elapsed());
                }
                print("send beside n operations in flight", n, times, Some(requests));
                print("list of n operations in flight", n, lists, None);
            }
            Ok(())
        }
        .await;
        devnet.hold(false).await?;
        outcome
    }

    fn mint(to: Address) -> Call {
        Call::new(NFT, safeMintCall { to })
    }

    fn grant(account: Address) -> CreateSession {
        let policy = Policy::call::<safeMintCall>(NFT).equal(|mint| &mut mint.to, account);
        let policy = policy.expect("the argument has a fixed offset");
        CreateSession::new([policy])
            .lasting(Duration::from_hours(1))
            .pay(Payment::Sponsored)
    }

    fn print(of: &str, n: usize, mut times: Vec<Duration>, requests: Option<usize>) {
        times.sort_unstable();
        let median = times[times.len() / 2].as_secs_f64() * 1_000.0;
        println!(
            "{}",
            json!({"of": of, "n": n, "ms": median, "requests": requests})
        );
    }

    /// A local chain and its services.
    struct Devnet(String);

    impl Devnet {
        fn client(&self, kind: &dyn AccountKind) -> Result<SmartAccountClient, Box<dyn Error>> {
            let Self(url) = self;
            let services = Services::new(80002, &*format!("{url}/rpc"))?
                .bundler(BundlerKind::PIMLICO, &*format!("{url}/bundler"))?
                .paymaster(PaymasterKind::ERC7677, &*format!("{url}/paymaster"))?;
            let account = kind.owned_by(Arc::new(PrivateKeySigner::random()));
            Ok(SmartAccountClient::of(services, account))
        }

        /// Returns the number of requests since the last [`forget`](Self::forget).
        async fn requests(&self) -> Result<usize, Box<dyn Error>> {
            let log: Vec<Value> = reqwest::get(format!("{}/log", self.0)).await?.json().await?;
            Ok(log.len())
        }

        async fn forget(&self) -> Outcome {
            let client = reqwest::Client::new();
            client.delete(format!("{}/log", self.0)).send().await?;
            Ok(())
        }

        async fn hold(&self, hold: bool) -> Outcome {
            let client = reqwest::Client::new();
            let control = client
                .post(format!("{}/control", self.0))
                .json(&json!({"hold": hold}));
            control.send().await?.error_for_status()?;
            Ok(())
        }
    }
}
