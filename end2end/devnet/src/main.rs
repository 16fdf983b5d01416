//! Starts the local chain and runs until it is stopped.

use std::{process::ExitCode, time::Duration};

use devnet::{Devnet, Error, Options, contracts};

const USAGE: &str = "\
A local chain with the contracts of ERC-4337, a bundler and paymasters, behind one port.

Usage: devnet [--port <PORT>]   start it; it prints one line of JSON when it is ready
       devnet contracts         install the npm packages and compile the contracts, then end

Options:
  --port <PORT>  the port of all services, 0 for any free one [default: 0]
  --help         this text";

enum Command {
    Start(Options),
    Contracts,
    Help,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).map(run) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("devnet: {error}");
            ExitCode::FAILURE
        }
        Err(mistake) => {
            eprintln!("devnet: {mistake}; see --help");
            ExitCode::from(2)
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let (name, value) = argument
            .split_once('=')
            .map_or((argument.as_str(), None), |(a, b)| (a, Some(b.to_owned())));
        match name {
            "--port" => {
                let port = value
                    .or_else(|| arguments.next())
                    .ok_or("--port needs a number")?;
                options = options.port(port.parse().map_err(|_| format!("`{port}` is not a port"))?);
            }
            "contracts" => return Ok(Command::Contracts),
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(format!("`{other}` is not known")),
        }
    }
    Ok(Command::Start(options))
}

fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Help => println!("{USAGE}"),
        Command::Contracts => println!("{}", contracts::compile()?.folder().display()),
        Command::Start(options) => {
            let mut devnet = Devnet::start(options)?;
            println!("{}", devnet.ready().to_line());
            wait_for_stop(&mut devnet)?;
        }
    }
    Ok(())
}

/// Waits for Ctrl-C, a termination signal, or a part that ends by itself.
fn wait_for_stop(devnet: &mut Devnet) -> Result<(), Error> {
    let failed = |source| Error::Run {
        program: "signal handler".to_owned(),
        source,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut hang_up = signal(SignalKind::hangup()).map_err(failed)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(failed),
            _ = terminate.recv() => Ok(()),
            _ = hang_up.recv() => Ok(()),
            error = ended(devnet) => Err(error),
        }
    })
}

async fn ended(devnet: &mut Devnet) -> Error {
    loop {
        tokio::time::sleep(Duration::from_millis(250)).await;
        if let Some(error) = devnet.ended() {
            return error;
        }
    }
}
