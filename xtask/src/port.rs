//! Ports of this machine.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

use anyhow::{Result, anyhow, bail};

/// Checks that the port is free to listen on.
///
/// # Errors
/// Fails if another program holds the port; the error names the option that selects another port.
pub(crate) fn require_free(port: u16, option: &str) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!(
                "port {port} is in use: stop the program that holds it, or choose another port with {option}"
            )
        }
        Err(error) => Err(anyhow!(
            "cannot listen on port {port} ({error}): choose another with {option}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named_with_the_option_to_change_it() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();

        let error = require_free(port, "--port").unwrap_err().to_string();
        drop(held);

        assert!(error.starts_with(&format!("port {port} is in use")), "{error}");
        assert!(error.contains("--port"), "{error}");
        assert!(!error.contains('\n'));
        require_free(port, "--port").unwrap();
    }
}
