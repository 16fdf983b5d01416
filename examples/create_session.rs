//! A session from its grant to its use, without hooks and without a browser.
//!
//! With the local chain of `cargo xtask dev` running, or of `cargo run --package devnet -- --port 8545`:
//!
//! ```sh
//! cargo run --no-default-features --example create_session
//! ```
//!
//! It takes the address of another local chain as its argument. The account's owner is a fresh key, or the one in
//! the variable `OWNER_KEY`.

use std::{env, error::Error, path::Path, process::ExitCode, sync::Arc, time::Duration};

use alloy::{
    primitives::{Address, address},
    signers::local::PrivateKeySigner,
    sol,
};
use use_aa::{
    BiconomyV2, BundlerKind, Call, CreateSession, FileStore, PaymasterKind, Payment, Policy, Request,
    Services, SessionKey, SmartAccountClient, UseSession, UserOpReceipt,
};

sol! {
    function safeMint(address to);
}

/// A collection that anyone may mint from.
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1);
    let url = url.unwrap_or_else(|| "http://127.0.0.1:8545".to_owned());
    let owner = match env::var("OWNER_KEY") {
        Ok(key) => key.parse()?,
        Err(_) => PrivateKeySigner::random(),
    };
    let folder = env::temp_dir().join("use-aa-sessions");

    let (account, _) = create_session(&url, owner, &folder).await?;
    use_session(&url, account, &folder).await?;
    Ok(())
}

/// The owner signs once, and a key may mint to the account from then on.
pub(crate) async fn create_session(
    url: &str,
    owner: PrivateKeySigner,
    folder: &Path,
) -> Result<(Address, UserOpReceipt), Box<dyn Error>> {
    // Where the account lives, and where the keys of its sessions are kept.
    let store = Arc::new(FileStore::new(folder));
    let client = SmartAccountClient::new(services(url)?, BiconomyV2::owned_by(owner)).store(store);
    let account = client.address();
    println!("account      {account}");

    // The key that will sign, and all that it may do. The library makes one itself when none is brought.
    let key = SessionKey::random()?;
    println!("session      {}", key.address());
    let policy = Policy::call::<safeMintCall>(NFT).equal(|mint| &mut mint.to, account)?;

    // One operation deploys the account, enables the module for sessions and grants this one.
    let request = CreateSession::new([policy])
        .lasting(Duration::from_hours(1))
        .key(key)
        .pay(Payment::Sponsored);
    let granted = client.create_session(request).await?;
    println!("session      {}", granted.id());

    let receipt = granted.wait(1).await?.ok_or("the grant is no operation")?;
    show(&receipt);
    Ok((account, receipt))
}

/// Later, in another program perhaps: the owner is gone, the session is in the store.
pub(crate) async fn use_session(
    url: &str,
    account: Address,
    folder: &Path,
) -> Result<UserOpReceipt, Box<dyn Error>> {
    let store = Arc::new(FileStore::new(folder));
    let client = SmartAccountClient::new(services(url)?, BiconomyV2::at(account)).store(store);
    let session = client
        .sessions()
        .await?
        .active()
        .pop()
        .ok_or("there is no session")?;
    println!("resumed      {}", session.id);

    let mint = Call::new(NFT, safeMintCall { to: account });
    let request = UseSession::new(mint).session(session.id).pay(Payment::Sponsored);
    let sent = client.use_session(request).await?;
    println!("operation    {sent}");

    let receipt = sent.wait(1).await?;
    show(&receipt);
    Ok(receipt)
}

/// The node, the bundler and the paymaster of a local chain.
fn services(url: &str) -> Result<Services, use_aa::Error> {
    let url = url.trim_end_matches('/');
    Services::new(80002, &format!("{url}/rpc"))?
        .bundler(BundlerKind::STANDARD, &format!("{url}/bundler"))?
        .paymaster(PaymasterKind::ERC7677, &format!("{url}/paymaster"))
}

fn show(receipt: &UserOpReceipt) {
    println!("transaction  {}", receipt.transaction.hash);
    println!("success      {}", receipt.success);
}
