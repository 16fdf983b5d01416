//! A minimal HTTP client for health checks of local servers.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Returns true if `GET {path}` on a port of this machine gets HTTP 200.
pub(crate) fn answers(port: u16, path: &str) -> bool {
    get(port, path)
        .is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(b"HTTP/1.0 200"))
}

fn get(port: u16, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html, */*\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(16).read_to_end(&mut answer)?;
    Ok(answer)
}
