//! `server-minting grant`, `server-minting voucher` and `server-minting serve`.

use std::{env, process::ExitCode, time::Duration};

use server_minting::{
    Minter, Settings, StartError, Vouchers,
    mint::safeMintCall,
    page,
    settings::{Connected, listen},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use use_aa::{CreateSession, Payment, Policy, Request};

const USAGE: &str = "\
usage: server-minting grant             grants a session of 24 hours, with the key in OWNER_KEY
       server-minting voucher [NUMBER]  prints vouchers for one mint each
       server-minting serve             serves the page at LISTEN, for the account in ACCOUNT";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["grant"] => grant().await,
        ["voucher"] => vouchers("1").await,
        ["voucher", number] => vouchers(number).await,
        ["serve"] => serve().await,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

async fn connect() -> Result<Connected, StartError> {
    Settings::read(variable)?.connect().await
}

/// Grants a session that mints to the account itself. Its key is made here and goes sealed to the database.
async fn grant() -> Result<(), StartError> {
    let connected = connect().await?;
    let nft = connected.nft;
    let client = connected.owner(variable)?;
    let policy = Policy::call::<safeMintCall>(nft)
        .equal(|mint| &mut mint.to, client.address())
        .map_err(use_aa::Error::from)?;
    let request = CreateSession::new([policy])
        .lasting(Duration::from_hours(24))
        .pay(Payment::Sponsored);
    let granted = client.create_session(request).await?;
    let session = granted.id();
    granted.wait(1).await?;
    println!("account {}", client.address());
    println!("session {session}");
    Ok(())
}

async fn vouchers(number: &str) -> Result<(), StartError> {
    let number: u16 = number.parse()?;
    let vouchers = Vouchers::new(connect().await?.store.pool().clone());
    for _ in 0..number {
        println!("{}", vouchers.issue().await?);
    }
    Ok(())
}

async fn serve() -> Result<(), StartError> {
    let connected = connect().await?;
    let vouchers = Vouchers::new(connected.store.pool().clone());
    let nft = connected.nft;
    let router = page::router(Minter::new(connected.account(variable)?, vouchers, nft));
    let listener = TcpListener::bind(listen(variable)?).await?;
    println!("listening at http://{}", listener.local_addr()?);
    let mut ending = signal(SignalKind::terminate())?;
    let stopped = async move {
        tokio::select! {
            _ = ending.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    // A mint that is being sent is completed first.
    Ok(axum::serve(listener, router)
        .with_graceful_shutdown(stopped)
        .await?)
}
