//! `cargo xtask test --changed`: selects the steps that changes of the working tree can affect.

use anyhow::{Context, Result};

use super::step::Step::{
    self, Bundlers, Clippy, Core, Devnet, Doc, E2e, Fmt, Guide, Interop, LeptosNext, Msrv, Package, Release,
    Server, Size, Unit, Wasm,
};
use crate::{print, project::Project};

/// The steps that a file can affect. A folder ends with `/`. The first matching entry applies. A path without an entry
/// affects all steps.
const AFFECTED: &[(&str, &[Step])] = &[
    // The tests on the host and those on wasm are built with the dapp.
    (
        "src/demo/Cargo.toml",
        &[
            Fmt, Clippy, Unit, Core, Doc, Wasm, Devnet, Interop, Server, E2e, Release,
        ],
    ),
    ("src/demo/", &[Fmt, Clippy, Unit, Core, E2e, Release]),
    ("src/demo.rs", &[Fmt, Clippy, Unit, Core, E2e, Release]),
    ("src/main.rs", &[Fmt, Clippy, Unit, Core, E2e, Release]),
    // Host tests and Playwright read the table of error codes.
    // Its commands and files are followed.
    (
        "src/guide/getting_started.md",
        &[Fmt, Unit, Core, Doc, Package, E2e, Guide, Release],
    ),
    ("src/guide/", &[Fmt, Unit, Core, Doc, Package, E2e, Release]),
    (
        "src/",
        &[
            Fmt, Clippy, Unit, Core, Doc, Wasm, Package, Msrv, LeptosNext, Interop, Bundlers, Server, E2e,
            Guide, Release, Size,
        ],
    ),
    // A unit test reads the comments of all tests. The suite searches these files for the errors that only browsers
    // reach.
    ("tests/browser/", &[Fmt, Clippy, Unit, Core, Wasm, LeptosNext]),
    ("tests/suite/interop.rs", &[Fmt, Clippy, Unit, Interop]),
    ("tests/suite/interop/", &[Fmt, Clippy, Unit, Interop]),
    ("tests/bundlers/", &[Fmt, Clippy, Unit, Bundlers]),
    ("tests/vectors/", &[Core]),
    ("tests/fixtures/", &[Core]),
    (
        "tests/suite/support/store.rs",
        &[Fmt, Clippy, Unit, Core, Wasm, Server],
    ),
    ("tests/", &[Fmt, Clippy, Unit, Core, Interop]),
    (
        "examples/server-minting/Cargo.toml",
        &[
            Fmt, Clippy, Unit, Core, Doc, Devnet, Interop, Bundlers, Server, E2e, Release,
        ],
    ),
    ("examples/server-minting/", &[Fmt, Clippy, Unit, Doc, Server]),
    ("examples/create_session.rs", &[Fmt, Clippy, Core, Package]),
    ("examples/README.md", &[]),
    // Packages of their own. Unit tests read their sources.
    ("examples/", &[Fmt, Unit, E2e, Size]),
    ("template/", &[Unit, E2e, Guide]),
    // A test checks that the dapp lists all hooks of the table.
    ("README.md", &[Unit, Core, Doc, Package]),
    ("CHANGELOG.md", &[Package]),
    // A test checks that the files that it names exist.
    ("CONTRIBUTING.md", &[Unit]),
    ("LICENSE-APACHE", &[Package]),
    ("LICENSE-MIT", &[Package]),
    ("Trunk.toml", &[Unit, E2e, Release]),
    // A unit test reads the profile in it.
    ("index.html", &[Unit, E2e, Release]),
    ("public/", &[E2e, Release]),
    ("style/", &[E2e, Release]),
    ("end2end/bench/budget.toml", &[Release, Size]),
    ("end2end/bench/pages/", &[Fmt, Clippy, Size]),
    ("trunk/", &[E2e, Release, Size]),
    ("webdriver.json", &[Wasm]),
    ("rustfmt.toml", &[Fmt]),
    ("clippy.toml", &[Clippy]),
    ("end2end/tests/", &[E2e]),
    ("end2end/published/", &[Release]),
    ("end2end/guide/", &[Guide]),
    ("end2end/guide.config.ts", &[Guide]),
    ("end2end/pages/", &[E2e, Release]),
    // A test compares one of these files with the devnet's kinds of faults.
    ("end2end/support/", &[Devnet, E2e, Guide, Release]),
    ("end2end/playwright.config.ts", &[E2e, Guide, Release]),
    ("end2end/published.config.ts", &[Release]),
    // `cargo xtask shots` alone runs these.
    ("end2end/shots/", &[]),
    ("end2end/shots.config.ts", &[]),
    ("end2end/tsconfig.json", &[E2e, Release]),
    ("end2end/interop/", &[Interop]),
    ("end2end/bundlers/", &[Bundlers]),
    ("end2end/bench/", &[Fmt, Clippy]),
    // Unit tests replay the seeds and findings.
    ("end2end/fuzz/", &[Unit, Core]),
    (
        "end2end/devnet/",
        &[
            Fmt, Clippy, Unit, Core, Doc, Devnet, Interop, Bundlers, Server, E2e, Guide, Release,
        ],
    ),
    (
        "end2end/package.json",
        &[Core, Devnet, Interop, Bundlers, Server, E2e, Release],
    ),
    (
        "end2end/package-lock.json",
        &[Core, Devnet, Interop, Bundlers, Server, E2e, Release],
    ),
    ("xtask/src/bench.rs", &[Fmt, Clippy, Unit]),
    ("xtask/src/dev.rs", &[Fmt, Clippy, Unit]),
    ("xtask/src/fuzz.rs", &[Fmt, Clippy, Unit]),
    ("xtask/src/layers.rs", &[Fmt, Clippy, Unit]),
    ("xtask/src/semver.rs", &[Fmt, Clippy, Unit]),
    ("xtask/src/shots.rs", &[Fmt, Clippy, Unit]),
    ("xtask/src/since.rs", &[Fmt, Clippy, Unit]),
    ("xtask/src/size.rs", &[Fmt, Clippy, Unit, Release, Size]),
    ("xtask/src/words.rs", &[Fmt, Clippy, Unit]),
    // A test reads its table.
    ("docs/bundlers.md", &[Bundlers]),
    // No step reads these files.
    (".gitignore", &[]),
    (".github/", &[]),
    ("SECURITY.md", &[]),
    ("deny.toml", &[]),
    ("docs/", &[]),
];

/// Returns the steps that the changed files can affect, in order.
fn affected<'a>(paths: impl Iterator<Item = &'a str>, all: &[Step]) -> Vec<Step> {
    let by_path: Vec<_> = paths.map(|path| steps_of(path).unwrap_or(all)).collect();
    let is_affected = |step: &&Step| by_path.iter().any(|steps| steps.contains(step));
    all.iter().filter(is_affected).copied().collect()
}

/// Returns the steps that a file can affect, or `None` for a path without an entry.
fn steps_of(path: &str) -> Option<&'static [Step]> {
    let matches = |pattern: &str| path == pattern || (pattern.ends_with('/') && path.starts_with(pattern));
    let (_, steps) = AFFECTED.iter().find(|(pattern, _)| matches(pattern))?;
    Some(*steps)
}

/// Returns the steps to run for the changes of the working tree: uncommitted changes, and the commits since the branch
/// left its upstream, or `main` without an upstream. Prints the skipped steps with the reason.
///
/// # Errors
/// Fails if git fails.
pub(super) fn steps(project: &Project, all: &[Step]) -> Result<Vec<Step>> {
    let git = |arguments: &[&str]| project.output(project.command("git").args(arguments));
    let (base, branch) = ["@{upstream}", "origin/main", "main"]
        .iter()
        .find_map(|branch| Some((git(&["merge-base", "HEAD", branch]).ok()?, *branch)))
        .context("git knows neither an upstream of this branch nor main: run all steps, without --changed")?;
    let base = base.trim();
    let tracked = git(&["diff", "--name-only", "--no-renames", "-z", base])?;
    let untracked = git(&["ls-files", "--others", "--exclude-standard", "-z"])?;
    let paths: Vec<_> = tracked
        .split('\0')
        .chain(untracked.split('\0'))
        .filter(|path| !path.is_empty())
        .collect();

    let steps = affected(paths.iter().copied(), all);
    print::out(explain(&paths, &steps, all, &format!("{branch} ({base:.12})")).trim_end());
    Ok(steps)
}

/// Describes the selected and skipped steps, with the reason.
fn explain(paths: &[&str], steps: &[Step], all: &[Step], base: &str) -> String {
    let names =
        |steps: &mut dyn Iterator<Item = &Step>| steps.map(|step| step.name()).collect::<Vec<_>>().join(", ");
    let mut text = format!("{} files changed since {base}\n", paths.len());
    for path in paths.iter().filter(|path| steps_of(path).is_none()) {
        text += &format!("{path} may affect every step\n");
    }
    text += &format!("runs: {}\n", names(&mut steps.iter()));
    let left_out = names(&mut all.iter().filter(|step| !steps.contains(step)));
    if !left_out.is_empty() {
        text += &format!("leaves out, for no changed file can affect them: {left_out}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    fn of(paths: &[&str]) -> Vec<Step> {
        affected(paths.iter().copied(), Step::value_variants())
    }

    #[test]
    fn a_change_affects_the_steps_that_read_it() {
        let table: [(&[&str], &[Step]); 19] = [
            (&[], &[]),
            (&[".github/workflows/ci.yml", "docs/dapp.png"], &[]),
            (
                &["src/demo/Cargo.toml"],
                &[
                    Fmt, Clippy, Unit, Core, Doc, Wasm, Devnet, Interop, Server, E2e, Release,
                ],
            ),
            (
                &["src/demo/pages/mint.rs"],
                &[Fmt, Clippy, Unit, Core, E2e, Release],
            ),
            (
                &["src/guide/threat_model.md"],
                &[Fmt, Unit, Core, Doc, Package, E2e, Release],
            ),
            (
                &["src/client.rs"],
                &[
                    Fmt, Clippy, Unit, Core, Doc, Wasm, Package, Msrv, LeptosNext, Interop, Bundlers, Server,
                    E2e, Guide, Release, Size,
                ],
            ),
            (
                &["src/main.rs", "index.html"],
                &[Fmt, Clippy, Unit, Core, E2e, Release],
            ),
            (
                &["tests/browser/wallet.rs"],
                &[Fmt, Clippy, Unit, Core, Wasm, LeptosNext],
            ),
            (&["tests/suite/interop.rs"], &[Fmt, Clippy, Unit, Interop]),
            (&["tests/suite/sessions.rs"], &[Fmt, Clippy, Unit, Core, Interop]),
            (&["end2end/tests/sessions.spec.ts"], &[E2e]),
            (
                &["src/guide/getting_started.md"],
                &[Fmt, Unit, Core, Doc, Package, E2e, Guide, Release],
            ),
            (
                &["style/base.css", "end2end/interop/mint.mjs"],
                &[Interop, E2e, Release],
            ),
            (&["CHANGELOG.md"], &[Package]),
            (
                &["end2end/devnet/src/server.rs"],
                &[
                    Fmt, Clippy, Unit, Core, Doc, Devnet, Interop, Bundlers, Server, E2e, Guide, Release,
                ],
            ),
            (&["docs/bundlers.md", "docs/dapp.png"], &[Bundlers]),
            (&["tests/bundlers/act.rs"], &[Fmt, Clippy, Unit, Bundlers]),
            (
                &["examples/server-minting/src/store.rs"],
                &[Fmt, Clippy, Unit, Doc, Server],
            ),
            (&["xtask/src/size.rs"], &[Fmt, Clippy, Unit, Release, Size]),
        ];

        for (paths, steps) in table {
            assert_eq!(of(paths), steps, "{paths:?}");
        }
    }

    #[test]
    fn what_is_unknown_affects_every_step() {
        let all = Step::value_variants();
        for path in [
            "Cargo.toml",
            "Cargo.lock",
            ".cargo/config.toml",
            ".ci/run",
            "xtask/src/test.rs",
            "new_folder/file",
            "src",
        ] {
            assert_eq!(of(&["docs/dapp.png", path]), all, "{path}");
        }
    }

    #[test]
    fn every_line_can_match() {
        for (line, (pattern, _)) in AFFECTED.iter().enumerate() {
            let earlier = &AFFECTED[..line];
            let hidden = earlier
                .iter()
                .find(|(before, _)| before.ends_with('/') && pattern.starts_with(before));
            assert_eq!(hidden, None, "{pattern}");
        }
    }

    #[test]
    fn what_is_left_out_is_said_with_the_reason() {
        let all = [Fmt, Unit, E2e];

        assert_eq!(
            explain(&["end2end/tests/a.spec.ts"], &[E2e], &all, "main (1a2b3c)"),
            "1 files changed since main (1a2b3c)\n\
             runs: e2e\n\
             leaves out, for no changed file can affect them: fmt, unit\n"
        );
        assert_eq!(
            explain(&["new/file"], &all, &all, "main (1a2b3c)"),
            "1 files changed since main (1a2b3c)\n\
             new/file may affect every step\n\
             runs: fmt, unit, e2e\n"
        );
    }
}
