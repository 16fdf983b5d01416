//! A test of the architecture of this crate and of the devnet: each module imports only modules of lower layers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The layers of this crate, from low to high. A module includes its children.
const XTASK: &str = "children files http lockfile named port print weight words < project < site < budget disk examples tools \
                     < devnet < dapp setup < acts < bench dev fuzz semver since < size < test < shots";

/// The layers of the devnet, from low to high.
const DEVNET: &str = "journal jsonrpc keys latest part < addresses endpoint error user_op \
                      < fault processes ready split_op sponsor < control npm split_sponsor \
                      < bundler chain contracts < parts place \
                      < services < biconomy paymaster < answer < namespace < server < devnet";

/// The text of each module, by path: `crate::tools::cargo`.
type Sources = BTreeMap<String, String>;
/// The modules that each module declares or imports.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_modules_import_each_other() {
    for folder in ["src", "../end2end/devnet/src"] {
        assert_eq!(cycle(&graph(&sources(folder))), None, "{folder}");
    }
}

#[test]
fn no_module_imports_what_is_above_or_beside_it() {
    let mut wrongs = Vec::new();
    for (folder, layers) in [("src", XTASK), ("../end2end/devnet/src", DEVNET)] {
        for (module, imports) in graph(&sources(folder)) {
            for import in imports.iter().filter(|import| top(import) != top(&module)) {
                if layer(import, layers) >= layer(&module, layers) {
                    wrongs.push(format!("{folder}: {module} may not know {import}"));
                }
            }
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn a_cycle_is_found_in_every_way_to_import() {
    let found = |sample: &str| {
        let modules = sample.split(" / ").map(|module| {
            let (name, text) = module.split_once(": ").unwrap();
            (format!("crate::{name}"), text.to_owned())
        });
        cycle(&graph(&modules.collect()))
    };

    for sample in [
        "a: use crate::b; / b: pub(in crate::a) fn f() {}",
        "a: use super::b; / b: crate::c::f() / c: use crate::{\n    d::{self as e, D},\n    a,\n}; / d: ",
        "a: use crate::{d::D as E, b::{B, c::C}}; / b:  / b::c: super::super::a::f::<A>() / d: ",
        "a: use crate::A;",
    ] {
        assert!(found(sample).is_some(), "{sample}");
    }
    for sample in [
        "a: // use crate::b;\nother_crate::b() / b: use crate::a;",
        "a: use crate::a::b::B; / a::b: use super::c; / a::c: \nmod tests {\n    use super::*;\n}",
    ] {
        assert_eq!(found(sample), None, "{sample}");
    }
    assert_eq!(
        found("a: mod b; / a::b: use super::*;").as_deref(),
        Some("crate::a -> crate::a::b -> crate::a")
    );
}

/// Returns the modules below a folder of this package, without this test.
fn sources(folder: &str) -> Sources {
    let mut modules = Sources::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders = vec![("crate".to_owned(), root)];
    while let Some((parent, folder)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let module = match path.file_stem().unwrap().to_str().unwrap() {
                "lib" | "main" => parent.clone(),
                name => format!("{parent}::{name}"),
            };
            if path.is_dir() {
                folders.push((module, path));
            } else if path.extension() == Some("rs".as_ref()) {
                *modules.entry(module).or_default() += &fs::read_to_string(path).unwrap();
            }
        }
    }
    modules.remove("crate::layers");
    modules
}

fn graph(modules: &Sources) -> Graph {
    let mut graph = Graph::new();
    for (module, text) in modules {
        if let Some((parent, _)) = module.rsplit_once("::") {
            graph.entry(parent.to_owned()).or_default().insert(module.clone());
        }
        let imports = graph.entry(module.clone()).or_default();
        for mut path in paths(module, text) {
            while path.len() > 1 && !modules.contains_key(&path.join("::")) {
                path.pop();
            }
            imports.insert(path.join("::"));
        }
        imports.remove(module);
    }
    graph
}

/// Returns the paths of a module that begin with `crate` or `super`, from the root.
fn paths<'a>(module: &'a str, text: &'a str) -> Vec<Vec<&'a str>> {
    let own: Vec<_> = module.split("::").collect();
    let mut paths = Vec::new();
    // The parent of a file's tests is the file.
    let tests = text.find("\nmod tests {").unwrap_or(text.len());
    let starts = text
        .match_indices("crate::")
        .chain(text[..tests].match_indices("super::"));
    for (start, _) in starts {
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        let is_inside = line.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        if !is_inside && !line.trim_start().starts_with("//") {
            expand(&own, &text[start..], &mut paths);
        }
    }
    paths
}

/// Adds the path at the start of a text, or those of a group, and returns the text after it.
fn expand<'a>(prefix: &[&'a str], text: &'a str, paths: &mut Vec<Vec<&'a str>>) -> &'a str {
    if let Some(mut rest) = text.strip_prefix('{') {
        while !rest.is_empty() && !rest.starts_with('}') {
            rest = expand(prefix, rest.trim_start(), paths);
            // A member may end with `as name`.
            rest = rest.trim_start_matches(|c: char| c != ',' && c != '}');
            rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let path = match name {
        "crate" => vec!["crate"],
        "super" => prefix[..prefix.len() - 1].to_vec(),
        name => [prefix, &[name]].concat(),
    };
    if let Some(rest) = rest.strip_prefix("::") {
        return expand(&path, rest, paths);
    }
    paths.push(path);
    rest
}

/// Returns the name of a module of the crate's root, for the module itself and all below.
fn top(module: &str) -> Option<&str> {
    module.split("::").nth(1)
}

/// Returns the layer of a module, from 0. The root is above all layers.
fn layer(module: &str, layers: &str) -> usize {
    let is_in = |layer: &str| layer.split(' ').any(|name| top(module) == Some(name));
    match layers.split(" < ").position(is_in) {
        Some(layer) => layer,
        None if module == "crate" => usize::MAX,
        None => panic!("{module} belongs to no layer: give it one in layers.rs"),
    }
}

/// Returns the modules of a cycle of imports, if there is one.
fn cycle(graph: &Graph) -> Option<String> {
    follow(graph, vec!["crate"], &mut BTreeSet::new())
}

fn follow<'a>(graph: &'a Graph, path: Vec<&'a str>, seen: &mut BTreeSet<&'a str>) -> Option<String> {
    let (module, earlier) = path.split_last()?;
    if let Some(start) = earlier.iter().position(|earlier| earlier == module) {
        return Some(path[start..].join(" -> "));
    }
    if !seen.insert(*module) {
        return None;
    }
    let mut imports = graph[*module].iter();
    imports.find_map(|next| follow(graph, [path.as_slice(), &[next.as_str()]].concat(), seen))
}
