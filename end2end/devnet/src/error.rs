use std::{io, path::PathBuf};

use crate::Part;

/// Why the local chain could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another program listens on the port.
    #[error(
        "port {0} is in use: stop what listens there, choose another with --port, or any free one with --port 0"
    )]
    PortInUse(u16),
    /// The port cannot be listened on for another reason.
    #[error("cannot listen on port {port}: {source}")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A program that is needed is not installed.
    #[error("`{program}` is missing: install it with `{cure}`")]
    MissingProgram {
        /// The program's name.
        program: String,
        /// The command that installs it.
        cure: &'static str,
    },
    /// A program could not be started or waited for.
    #[error("cannot run `{program}`: {source}")]
    Run {
        /// The program's name.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("`{program}` failed: {output}")]
    Failed {
        /// The command.
        program: String,
        /// The end of what it printed.
        output: String,
    },
    /// A file could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A compiled contract does not have the shape that the compiler writes.
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
        /// What was tried.
        step: String,
        /// What the chain said.
        message: String,
    },
    /// A contract came out at another address than the one that everything expects.
    #[error("{name} landed at {actual} instead of {expected}: its package or compiler settings changed")]
    Misplaced {
        /// The contract.
        name: &'static str,
        /// Where it should be.
        expected: alloy::primitives::Address,
        /// Where it is.
        actual: alloy::primitives::Address,
    },
    /// An environment variable names a local chain that does not answer as one.
    #[error("no local chain answers at {url}, which {variable} names: {message}")]
    NotRunning {
        /// The variable.
        variable: &'static str,
        /// The URL.
        url: String,
        /// What happened instead.
        message: String,
    },
    /// The chain or the bundler ended while it was needed.
    #[error("the {part} ended, and its last words were: {output}")]
    PartEnded {
        /// Which of them.
        part: &'static str,
        /// The last line that it printed.
        output: String,
    },
    /// The bundler did not change whether it bundles.
    #[error("the bundler refused to hold or to go on: {0}")]
    Hold(String),
    /// Something was asked of a part that was killed.
    #[error("the {0} is dead: restart it first")]
    Dead(Part),
    /// A reorg would take the contracts along.
    #[error("{asked} blocks are too many: {allowed} were added since the contracts are there")]
    TooDeep {
        /// How many blocks were asked for.
        asked: u64,
        /// How many may go.
        allowed: u64,
    },
    /// A wish that nothing follows from.
    #[error("`restart_after_ms` says when what is killed comes back: give `kill` as well")]
    NothingKilled,
    /// A fault asks for an HTTP status that no answer has.
    #[error("no answer has the HTTP status {0}: give one from 200 to 599")]
    Status(u16),
    /// A fault asks for a `Retry-After` that no header holds.
    #[error("a header cannot hold `Retry-After: {0}`")]
    RetryAfter(String),
    /// `dead` was asked for; it only answers.
    #[error("`dead` only answers: give `kill`")]
    DeadIsAnswer,
    /// A control that concerns all namespaces was asked of one.
    #[error("`{0}` concerns all namespaces: ask it of /control, of a devnet that no other test uses")]
    ProcessWide(&'static str),
    /// The name of a namespace is empty, too long, or has other characters than allowed.
    #[error("`{0}` names no namespace: use 1 to 64 letters, digits, `_` and `-`")]
    NamespaceName(String),
    /// The thread that runs the services ended.
    #[error("the services ended by themselves")]
    Ended,
}

impl Error {
    /// An [`Error::File`] about `path`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// A program that could not be started: missing, or broken.
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
