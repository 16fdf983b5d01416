use clap::ValueEnum;

/// The steps of a test run, in order.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(super) enum Step {
    /// Check the formatting with rustfmt
    Fmt,
    /// Run clippy on the host and for wasm, with and without Leptos
    Clippy,
    /// Test the library, its hooks and these commands, without a chain or a browser
    Unit,
    /// Test the client, the vectors and the dapp's reads, against devnets
    Core,
    /// Test the examples of the documentation, and build rustdoc without warnings
    Doc,
    /// Run the wasm tests in headless Chromium
    Wasm,
    /// Run the devnet's own tests
    Devnet,
    /// Publish the package without the upload, and check its list of files
    Package,
    /// Check the library with the least Rust that it promises, on the host and for wasm
    Msrv,
    /// Run the library's tests with the newest candidate of the next line of Leptos, on the host and in a browser
    LeptosNext,
    /// Create and use sessions with the unmodified @biconomy/account on a devnet
    Interop,
    /// Run every act of the library with the bundlers of several vendors on a devnet
    Bundlers,
    /// Mint through the servers of `examples/server-minting`, with PostgreSQL, on a devnet
    Server,
    /// Run the Playwright tests of the dapp in Chromium on devnets
    E2e,
    /// Build the app of the guide "getting started" by the guide's own commands, and mint with it
    Guide,
    /// Check that the published dapp starts, and that its size is within the budget
    Release,
    /// Check that the smallest page of each act and the smallest example are within their budgets
    Size,
}

impl Step {
    pub(super) fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Returns true if the step runs the devnet's program.
    pub(super) fn needs_devnet(self) -> bool {
        matches!(
            self,
            Self::Core
                | Self::Devnet
                | Self::Interop
                | Self::Bundlers
                | Self::Server
                | Self::E2e
                | Self::Guide
                | Self::Release
        )
    }
}
