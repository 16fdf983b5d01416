//! `cargo xtask size --since`: the functions of a page that grew since a commit.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::{acts, print, project::Project};

/// The most functions that are listed.
const MOST: usize = 40;

/// Code by function: the number of functions of one name, and their bytes together.
type Functions = BTreeMap<String, (usize, i64)>;

/// Builds a page as it is and as it was at a commit, and prints the functions that differ, those that grew most first. The
/// bytes are those of the linked program, before it is optimised and compressed.
pub(crate) fn print(project: &Project, commit: &str, page: &str) -> Result<()> {
    let then = Checkout::of(project, commit)?;
    let target = project.scratch("since")?.join("target");
    let before = acts::program(project, &then.folder, &target, page);
    then.remove()?;
    let before = functions(&before?);
    let now = functions(&acts::program(project, &project.root, &project.target, page)?);
    print::out(table(&before?, &now?).trim_end());
    Ok(())
}

/// A commit in a folder of its own.
struct Checkout<'a> {
    project: &'a Project,
    folder: PathBuf,
}

impl<'a> Checkout<'a> {
    fn of(project: &'a Project, commit: &str) -> Result<Self> {
        let checkout = Self {
            project,
            folder: project.scratch("since")?.join("checkout"),
        };
        if checkout.folder.exists() {
            checkout.remove()?;
        }
        let mut git = project.command("git");
        git.args(["worktree", "add", "--detach"])
            .arg(&checkout.folder)
            .arg(commit);
        project.run(&mut git)?;
        Ok(checkout)
    }

    fn remove(&self) -> Result<()> {
        let mut git = self.project.command("git");
        git.args(["worktree", "remove", "--force"]).arg(&self.folder);
        self.project.run(&mut git)
    }
}

/// Reads the functions of a program with their names.
fn functions(program: &Path) -> Result<Functions> {
    let wasm = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let (mut imported, mut sizes, mut names) = (0, Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(&wasm) {
        match payload.with_context(|| format!("{} is no program", program.display()))? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.as_bytes().len()),
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(sections) = custom.as_known() {
                    for section in sections {
                        if let Name::Function(functions) = section? {
                            for function in functions {
                                let function = function?;
                                names.insert(function.index as usize, function.name.to_owned());
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let mut functions = Functions::new();
    for (number, size) in sizes.into_iter().enumerate() {
        let name = names.get(&(imported + number)).map_or("?", String::as_str);
        // Without the hash, which differs from build to build.
        let name = format!("{:#}", rustc_demangle::demangle(name));
        let (count, bytes) = functions.entry(name).or_default();
        *count += 1;
        *bytes += i64::try_from(size)?;
    }
    Ok(functions)
}

/// Formats the functions whose bytes differ.
fn table(before: &Functions, now: &Functions) -> String {
    let sum = |functions: &Functions| functions.values().map(|(_, bytes)| bytes).sum::<i64>();
    let none = (0, 0);
    let of = |functions: &Functions, name: &String| *functions.get(name).unwrap_or(&none);
    let names = before
        .keys()
        .chain(now.keys().filter(|name| !before.contains_key(*name)));
    let mut rows: Vec<_> = names
        .map(|name| (of(now, name).1 - of(before, name).1, of(now, name), name))
        .filter(|(more, ..)| *more != 0)
        .collect();
    rows.sort_by_key(|(more, _, name)| (-more, *name));
    let left = rows.len().saturating_sub(MOST);
    let rows = rows.iter().take(MOST);
    let rows: String = rows
        .map(|(more, (count, bytes), name)| format!("{more:>+8} {bytes:>8} {count:>4}  {name}\n"))
        .collect();
    let (was, is) = (sum(before), sum(now));
    format!(
        "\n   grown      now   of  function\n{rows}{:>+8} {is:>8}       all code, which was {was}; {left} more functions differ\n",
        is - was
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(functions: &[(&str, usize, i64)]) -> Functions {
        let functions = functions.iter();
        functions
            .map(|(name, count, bytes)| ((*name).to_owned(), (*count, *bytes)))
            .collect()
    }

    #[test]
    fn functions_that_grew_come_first() {
        let before = of(&[("a", 1, 10), ("b", 1, 50), ("c", 2, 7)]);
        let now = of(&[("a", 1, 30), ("c", 2, 7), ("d", 3, 90)]);

        assert_eq!(
            table(&before, &now),
            "\n   grown      now   of  function\n     \
             +90       90    3  d\n     \
             +20       30    1  a\n     \
             -50        0    0  b\n     \
             +60      127       all code, which was 67; 0 more functions differ\n"
        );
    }

    #[test]
    fn functions_of_a_program_have_their_names_and_bytes() {
        let folder = std::env::temp_dir().join(format!("xtask-since-{}", std::process::id()));
        // An imported function, and one of the module that calls it, with the name of a Rust function.
        let module = [
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x07\x01\x01a\x01b\0\0\x03\x02\x01\0\x0a\x06\x01\x04\0\x10\0\x0b".as_slice(),
            b"\0\x25\x04name\x01\x1e\x01\x01\x1b_ZN1a1b17h0123456789abcdefE",
        ]
        .concat();
        fs::write(&folder, module).unwrap();

        let found = functions(&folder);
        fs::remove_file(&folder).unwrap();

        assert_eq!(found.unwrap(), of(&[("a::b", 1, 4)]));
    }
}
