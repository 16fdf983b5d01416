//! An HTTP server for the files of a built dapp.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_REQUEST: u64 = 64 * 1024;

/// Serves the folder on any free port of this machine until this process ends, and returns its URL.
pub(crate) fn serve(folder: PathBuf) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen on 127.0.0.1")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            let folder = folder.clone();
            // A browser that disconnects in the middle of a response is no error.
            thread::spawn(move || answer(&stream, &folder).ok());
        }
    });
    Ok(url)
}

fn answer(mut stream: &TcpStream, folder: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(LONGEST_REQUEST)).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }

    let (status, kind, body) = match locate(folder, &request) {
        Some(file) => ("200 OK", content_type(&file), fs::read(&file)?),
        None => (
            "404 Not Found",
            "text/plain; charset=utf-8",
            b"not found\n".to_vec(),
        ),
    };
    let policy = policy(&body).map_or_else(String::new, |policy| {
        format!("Content-Security-Policy: {policy}; frame-ancestors 'none'\r\n")
    });
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{policy}Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

/// Returns the file for an HTTP request line. A path without a file extension is a page of the dapp.
fn locate(folder: &Path, request: &str) -> Option<PathBuf> {
    let target = request.strip_prefix("GET /")?.split(' ').next()?;
    let path = Path::new(target.split(['?', '#']).next()?);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }

    let file = folder.join(path);
    if file.is_file() {
        return Some(file);
    }
    path.extension().is_none().then(|| folder.join("index.html"))
}

/// Reads the content security policy from a page. `frame-ancestors` has no effect in a page and needs a header.
fn policy(body: &[u8]) -> Option<&str> {
    let (_, rest) = str::from_utf8(body)
        .ok()?
        .split_once("<meta http-equiv=\"Content-Security-Policy\" content=\"")?;
    rest.split_once('"').map(|(policy, _)| policy)
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "webmanifest") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_fall_back_to_the_index_and_files_do_not() {
        let folder = std::env::temp_dir().join(format!("xtask-files-{}", std::process::id()));
        fs::create_dir_all(folder.join("img")).unwrap();
        fs::write(folder.join("index.html"), "").unwrap();
        fs::write(folder.join("img/a.svg"), "").unwrap();
        let table = [
            ("GET / HTTP/1.1", Some("index.html")),
            ("GET /?account=1 HTTP/1.1", Some("index.html")),
            ("GET /sessions/1 HTTP/1.1", Some("index.html")),
            ("GET /img/a.svg HTTP/1.1", Some("img/a.svg")),
            ("GET /config.json HTTP/1.1", None),
            ("GET /../secret HTTP/1.1", None),
            ("GET //etc/passwd HTTP/1.1", None),
            ("POST / HTTP/1.1", None),
            ("", None),
        ];

        let answers = table.map(|(request, _)| locate(&folder, request));
        fs::remove_dir_all(&folder).unwrap();

        for ((request, file), answer) in table.iter().zip(answers) {
            assert_eq!(answer, file.map(|file| folder.join(file)), "{request}");
        }
    }

    #[test]
    fn the_policy_of_a_page_is_found() {
        let page = "<meta charset=utf-8><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\"><p title=\"x\">";

        assert_eq!(policy(page.as_bytes()), Some("default-src 'none'"));
        assert_eq!(policy(b"<meta charset=utf-8>"), None);
        assert_eq!(policy(b"\0asm\xff"), None);
    }

    #[test]
    fn a_file_is_served_with_its_type() {
        let folder = std::env::temp_dir().join(format!("xtask-serve-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.wasm"), b"\0asm").unwrap();

        let url = serve(folder.clone()).unwrap();
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        write!(stream, "GET /a.wasm HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        fs::remove_dir_all(&folder).unwrap();

        let answer = String::from_utf8(answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/wasm\r\n"),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\n\0asm"), "{answer}");
    }
}
