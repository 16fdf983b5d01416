use std::{io, path::PathBuf};

use crate::part::Part;

/// An error of the local chain: during its start, or in a control.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another program listens on the port.
    #[error(
        "port {0} is in use: stop what listens there, choose another with --port, or any free one with --port 0"
    )]
    PortInUse(u16),
    /// The system refuses to listen on the port for another reason.
    #[error("cannot listen on port {port}: {source}")]
    Port {
        /// The requested port.
        port: u16,
        /// The error of the system.
        source: io::Error,
    },
    /// A required program is not installed.
    #[error("`{program}` is missing: install it with `{cure}`")]
    MissingProgram {
        /// The program's name.
        program: String,
        /// The command that installs the program.
        cure: &'static str,
    },
    /// A program could not be started or waited for.
    #[error("cannot run `{program}`: {source}")]
    Run {
        /// The program's name.
        program: String,
        /// The error of the system.
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("`{program}` failed: {output}")]
    Failed {
        /// The command.
        program: String,
        /// The end of the program's output.
        output: String,
    },
    /// A file could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A compiled contract does not have the compiler's output format.
    #[error("{} is damaged: remove its folder, it is made anew", .0.display())]
    DamagedArtifact(PathBuf),
    /// Anvil did not start.
    #[error("anvil did not start: {0}")]
    Anvil(#[from] alloy::node_bindings::NodeError),
    /// The bundler did not start.
    #[error("the bundler did not start: {0}")]
    Bundler(String),
    /// The chain refused a step of the set-up.
    #[error("the chain refused {step}: {message}")]
    Chain {
        /// The step that failed.
        step: String,
        /// The error message of the chain.
        message: String,
    },
    /// A contract has another address than the expected one.
    #[error("{name} landed at {actual} instead of {expected}: its package or compiler settings changed")]
    Misplaced {
        /// The name of the contract.
        name: &'static str,
        /// The expected address.
        expected: alloy::primitives::Address,
        /// The actual address.
        actual: alloy::primitives::Address,
    },
    /// An environment variable holds the URL of a server that is no devnet, or does not respond.
    #[error("no local chain answers at {url}, which {variable} names: {message}")]
    NotRunning {
        /// The variable.
        variable: &'static str,
        /// The URL.
        url: String,
        /// The cause.
        message: String,
    },
    /// The chain or the bundler ended while the devnet was running.
    #[error("the {part} ended, and its last words were: {output}")]
    PartEnded {
        /// The name of the part.
        part: &'static str,
        /// The last line of its output.
        output: String,
    },
    /// The bundler refused to pause or to resume bundling.
    #[error("the bundler refused to hold or to go on: {0}")]
    Hold(String),
    /// A control needs a part that was killed.
    #[error("the {0} is dead: restart it first")]
    Dead(Part),
    /// A reorg would remove the blocks of the contracts.
    #[error("{asked} blocks are too many: {allowed} were added since the contracts are there")]
    TooDeep {
        /// The requested number of blocks.
        asked: u64,
        /// The largest possible number of blocks.
        allowed: u64,
    },
    /// A control has `restart_after_ms` without `kill`.
    #[error("`restart_after_ms` says when what is killed comes back: give `kill` as well")]
    NothingKilled,
    /// A fault has an HTTP status outside 200 to 599.
    #[error("no answer has the HTTP status {0}: give one from 200 to 599")]
    Status(u16),
    /// A fault has a `Retry-After` that is not a valid header value.
    #[error("a header cannot hold `Retry-After: {0}`")]
    RetryAfter(String),
    /// A request sets `dead`, which only responses contain.
    #[error("`dead` only answers: give `kill`")]
    DeadIsAnswer,
    /// A namespace received a control that affects all namespaces.
    #[error("`{0}` concerns all namespaces: ask it of /control, of a devnet that no other test uses")]
    ProcessWide(&'static str),
    /// The name of a namespace is empty, longer than 64 characters, or has a character that is not allowed.
    #[error("`{0}` names no namespace: use 1 to 64 letters, digits, `_` and `-`")]
    NamespaceName(String),
    /// The thread that runs the services ended.
    #[error("the services ended by themselves")]
    Ended,
}

impl Error {
    /// Creates an [`Error::File`] for `path`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// Creates the error of a program that could not be started: missing or broken.
    pub(crate) fn run(program: &str) -> impl FnOnce(io::Error) -> Self {
        let program = program.to_owned();
        move |source| match (source.kind(), program.as_str()) {
            (io::ErrorKind::NotFound, "node") => Self::MissingProgram {
                program,
                cure: "apt-get install nodejs",
            },
            (io::ErrorKind::NotFound, "npm") => Self::MissingProgram {
                program,
                cure: "apt-get install npm",
            },
            _ => Self::Run { program, source },
        }
    }
}
