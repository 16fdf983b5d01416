//! The checkout, the tool cache, and the commands that run in them.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use anyhow::{Context, Result, bail};

use crate::children::Children;

/// The checkout that commands run in.
pub(crate) struct Project {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// The target folder of cargo.
    pub(crate) target: PathBuf,
    /// The cache folder of installed tools, outside the checkout.
    pub(crate) cache: PathBuf,
    /// The process group of all child processes.
    pub(crate) children: Children,
    tools: Mutex<Vec<PathBuf>>,
}

impl Project {
    /// Opens the project that this program was built from.
    pub(crate) fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies outside its workspace: build it from the checkout")?
            .to_path_buf();
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        let cache = cache_folder(
            env::var_os("XDG_CACHE_HOME").as_deref(),
            env::var_os("HOME").as_deref(),
        )
        .context("neither XDG_CACHE_HOME nor HOME is set: set one, tools are kept there")?;

        Ok(Self {
            root,
            target,
            cache,
            children: Children::new()?,
            tools: Mutex::default(),
        })
    }

    /// Creates a command in the checkout that finds the installed tools and ends with this process.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.children.command(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        if let Some(path) = self.path() {
            command.env("PATH", path);
        }
        // Cargo's variables about this package are wrong for the children.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }

    /// Adds a folder of programs to the front of the `PATH` of later commands.
    pub(crate) fn add_tools(&self, folder: PathBuf) {
        if let Ok(mut tools) = self.tools.lock()
            && !tools.contains(&folder)
        {
            tools.push(folder);
        }
    }

    /// Runs the command to its end.
    ///
    /// # Errors
    /// Fails if the command cannot start or does not succeed; the error names the command.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let name = describe(command);
        let status = command
            .status()
            .with_context(|| format!("`{name}` did not start"))?;
        if !status.success() {
            bail!("`{name}` failed ({status}), see its output above");
        }
        Ok(())
    }

    /// Runs the command and returns its standard output.
    ///
    /// # Errors
    /// Fails if the command cannot start or does not succeed; the error holds its standard error.
    pub(crate) fn output(&self, command: &mut Command) -> Result<String> {
        let name = describe(command);
        let output = command
            .output()
            .with_context(|| format!("`{name}` did not start"))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("`{name}` failed: {}", complaint.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Creates a folder of the given name below cargo's target folder.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.target.join("xtask").join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}: check its permissions", folder.display()))?;
        Ok(folder)
    }

    /// Returns the first program of this name in the tool folders or on the `PATH`.
    pub(crate) fn which(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.path()?)
            .map(|folder| folder.join(program))
            .find(|path| path.is_file())
    }

    /// Checks that a program of the system is installed.
    ///
    /// # Errors
    /// Fails if the program is missing; the error tells how to install it.
    pub(crate) fn require(&self, program: &str, cure: &str) -> Result<()> {
        if self.which(program).is_none() {
            bail!("{program} is missing: {cure}");
        }
        Ok(())
    }

    fn path(&self) -> Option<std::ffi::OsString> {
        let tools = self.tools.lock().ok()?.clone();
        let inherited = env::var_os("PATH").unwrap_or_default();
        env::join_paths(tools.into_iter().chain(env::split_paths(&inherited))).ok()
    }
}

/// Returns `$XDG_CACHE_HOME/use-aa`, or `~/.cache/use-aa`.
fn cache_folder(xdg: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    let set = |value: &&OsStr| !value.is_empty();
    let cache = match xdg.filter(set) {
        Some(xdg) => PathBuf::from(xdg),
        None => Path::new(home.filter(set)?).join(".cache"),
    };
    Some(cache.join("use-aa"))
}

/// Formats the command as a shell line, without the folder of its program.
pub(crate) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xdg_cache_home_comes_before_home() {
        let both = cache_folder(Some("/x".as_ref()), Some("/home/a".as_ref()));
        let empty = cache_folder(Some("".as_ref()), Some("/home/a".as_ref()));
        let neither = cache_folder(None, None);

        assert_eq!(both, Some(PathBuf::from("/x/use-aa")));
        assert_eq!(empty, Some(PathBuf::from("/home/a/.cache/use-aa")));
        assert_eq!(neither, None);
    }

    #[test]
    fn a_command_is_described_as_typed() {
        let mut command = Command::new("/opt/tools/trunk");
        command.args(["build", "--release"]);

        assert_eq!(describe(&command), "trunk build --release");
    }
}
