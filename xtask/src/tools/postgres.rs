//! PostgreSQL, for the tests of the example's server.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use super::apt;
use crate::{print, project::Project};

/// The folder in which Debian keeps the programs of each version, outside the `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

const CURE: &str = "install it, for example with `apt-get install postgresql`";

/// Checks that PostgreSQL is installed, and installs it with apt where permitted. No server is started.
///
/// # Errors
/// Fails if PostgreSQL is missing and cannot be installed; the error tells how to install it.
pub(crate) fn install(project: &Project) -> Result<()> {
    if is_installed(project) {
        return Ok(());
    }
    if !apt::is_permitted(project)? {
        bail!("PostgreSQL is missing: {CURE}");
    }
    print::announce("Installing PostgreSQL through apt-get");
    apt::install(project, &[&["postgresql"]])
        .with_context(|| format!("apt-get did not bring PostgreSQL: {CURE}"))?;
    match is_installed(project) {
        true => Ok(()),
        false => bail!("apt-get brought no `initdb` of PostgreSQL: {CURE}"),
    }
}

fn is_installed(project: &Project) -> bool {
    project.which("initdb").is_some() || is_in(Path::new(DEBIAN))
}

/// Returns true if the folder of a version below a folder has the program that creates databases.
fn is_in(versions: &Path) -> bool {
    let versions = fs::read_dir(versions).into_iter().flatten();
    versions
        .flatten()
        .any(|version| version.path().join("bin/initdb").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_any_version_are_found() {
        let folder = std::env::temp_dir().join(format!("xtask-postgres-{}", std::process::id()));
        let bin = folder.join("15/bin");
        fs::create_dir_all(&bin).unwrap();

        let before = is_in(&folder);
        fs::write(bin.join("initdb"), "").unwrap();
        let after = is_in(&folder);
        fs::remove_dir_all(&folder).unwrap();

        assert!(!before);
        assert!(after);
        assert!(!is_in(&folder));
    }
}
