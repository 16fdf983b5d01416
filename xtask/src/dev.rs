//! `cargo xtask dev`: runs the local chain and the dapp until interrupted.

use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{dapp, devnet::Devnet, http, port, print, project::Project, setup};

const POLL: Duration = Duration::from_millis(200);

#[derive(Args)]
pub(crate) struct Dev {
    /// Port of the local chain and its services
    #[arg(long, default_value_t = 8545)]
    port: u16,
    /// Port of the dapp
    #[arg(long, default_value_t = 8080)]
    dapp_port: u16,
}

impl Dev {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        self.require_ports()?;
        setup::dapp(project)?;
        setup::chain(project)?;
        // Both ports may have been taken during a long installation.
        self.require_ports()?;

        print::announce("Starting the devnet");
        let mut devnet = Devnet::start(project, self.port)?;
        let config = dapp::write_config(&devnet, &project.scratch("config")?)?;

        print::announce("Building the dapp");
        let mut trunk = dapp::serve(project, self.dapp_port, &config)?
            .spawn()
            .context("trunk did not start")?;
        let mut announced = false;
        loop {
            if let Some(ended) = devnet.ended() {
                bail!("{ended}");
            }
            if let Some(status) = trunk.try_wait().context("trunk is lost")? {
                bail!("trunk ended ({status}), see its output above");
            }
            if !announced && http::answers(self.dapp_port, "/") {
                println!("{}", self.summary(&devnet));
                announced = true;
            }
            thread::sleep(POLL);
        }
    }

    fn require_ports(&self) -> Result<()> {
        if self.port != 0 {
            port::require_free(self.port, "--port")?;
        }
        port::require_free(self.dapp_port, "--dapp-port")
    }

    fn summary(&self, devnet: &Devnet) -> String {
        let Devnet { url, chain_id, .. } = devnet;
        let dapp = format!("http://127.0.0.1:{}", self.dapp_port);
        let line = "-".repeat(64);
        format!(
            "
{line}
  The dapp is ready: open {dapp}

  dapp        {dapp}
  chain       {url}/rpc   (chain id {chain_id})
  bundler     {url}/bundler
  paymaster   {url}/paymaster
  call log    {url}/log

  Edit src/ and the page reloads. Ctrl+C stops everything.
{line}
"
        )
    }
}
