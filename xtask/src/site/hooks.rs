//! The file of each hook's page: the source of its example, the fields that it returns, and its documented errors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::json;
use syn::{File, ImplItem, ImplItemFn, Item, ItemFn, ItemStruct, Visibility};

use super::{
    docs::{doc, text},
    highlight::highlight,
    returned::Returned,
    source::read,
};

/// The folder of the hooks.
const HOOKS: &str = "src/hooks";
/// The folder of the verbs that the hooks perform.
const VERBS: &str = "src/client";
/// The folder of the examples.
const EXAMPLES: &str = "src/demo/pages/hooks";

/// The errors that a phrase of a documentation stands for.
const PHRASES: [(&str, &str); 6] = [
    ("owner does not sign", "Owner"),
    ("signer does not sign", "Owner"),
    ("session's signer", "SessionSigner"),
    ("the store", "Store"),
    ("fails", "Service"),
    ("operation is refused", "Refused"),
];

/// The errors of the connection, which is no verb of the client: the fields of `UseSmartAccount` document them.
const CONNECTION: (&str, [&str; 2]) = ("use_smart_account", ["Owner", "WrongChain"]);

/// A verb that a hook runs in the background: the hook returns no error of it.
const BACKGROUND: (&str, &str) = ("use_pending_user_ops", "wait");

/// Returns the name and the text of each file.
pub(super) fn files(root: &Path) -> Result<Vec<(String, String)>> {
    let verbs = verbs(&root.join(VERBS))?;
    let structs = structs(root)?;
    let mut files = Vec::new();
    for (hook, source) in sources(&root.join(HOOKS))? {
        let example = read(&root.join(EXAMPLES).join(format!("{hook}.rs")))?;
        let file = syn::parse_file(&source).with_context(|| format!("{HOOKS}/{hook}.rs is no Rust"))?;
        let function =
            function(&file, &hook).with_context(|| format!("{HOOKS}/{hook}.rs has no `{hook}`"))?;
        let returned = Returned::of(function).with_context(|| format!("`{hook}` returns nothing"))?;
        let parts = highlight(&example);
        let page = json!({
            "source": parts.iter().map(|(colour, text)| [colour.class(), *text]).collect::<Vec<_>>(),
            "returns": returned.text,
            "fields": returned.fields(&structs),
            "errors": match CONNECTION {
                (name, errors) if name == hook => errors.map(str::to_owned).to_vec(),
                _ => errors(&hook, &source, &verbs),
            },
        });
        files.push((format!("{hook}.json"), page.to_string()));
    }
    Ok(files)
}

/// Returns the stem and the text of each file of a folder that is named after a hook.
fn sources(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut sources = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        if path.is_file() && stem.starts_with("use_") {
            sources.insert(stem.to_owned(), read(&path)?);
        }
    }
    Ok(sources)
}

/// Returns the documented errors of each method of the client.
fn verbs(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut verbs = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let file =
            syn::parse_file(&read(&path)?).with_context(|| format!("{} is no Rust", path.display()))?;
        for method in file.items.iter().flat_map(client_methods) {
            let doc = doc(&method.attrs);
            if let Some((_, errors)) = doc.split_once("# Errors") {
                let errors = errors.split("\n#").next().unwrap_or_default();
                verbs.insert(method.sig.ident.to_string(), errors.to_owned());
            }
        }
    }
    Ok(verbs)
}

fn client_methods(item: &Item) -> Vec<&ImplItemFn> {
    let Item::Impl(item) = item else {
        return Vec::new();
    };
    let is_client = item.trait_.is_none() && text(&*item.self_ty) == "SmartAccountClient";
    let methods = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => Some(method),
        _ => None,
    });
    methods.filter(|_| is_client).collect()
}

/// Returns the names of the errors that the verbs of a hook document, in the order of their documentation.
fn errors(hook: &str, source: &str, verbs: &BTreeMap<String, String>) -> Vec<String> {
    let mut names = Vec::new();
    let (code, _) = source.split_once("\n#[cfg(test)]").unwrap_or((source, ""));
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    for verb in verbs.keys() {
        let is_called = ["client?", "client()?", "client", "services()?"]
            .iter()
            .any(|client| {
                code.contains(&format!("{client}.{verb}("))
                    || code.contains(&format!("{client}.{verb}_telling("))
            });
        if is_called && (hook, verb.as_str()) != BACKGROUND {
            add(verb, verbs, &mut names, &mut BTreeSet::new());
        }
    }
    if code.contains("Mutation::sending(") {
        names.push("NotConnected".to_owned());
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Adds the errors of a verb, and of the verbs that its documentation refers to.
fn add(verb: &str, verbs: &BTreeMap<String, String>, names: &mut Vec<String>, seen: &mut BTreeSet<String>) {
    let Some(errors) = verbs.get(verb).filter(|_| seen.insert(verb.to_owned())) else {
        return;
    };
    let words = errors.split_whitespace().collect::<Vec<_>>().join(" ");
    let kinds = words.split("[`ErrorKind::").skip(1);
    names.extend(kinds.filter_map(|rest| Some(rest.split_once('`')?.0.to_owned())));
    // What is linked is named; what is told in words is not.
    let (_, told) = words.split_once("[`Error`]").unwrap_or_default();
    for (phrase, name) in PHRASES {
        if told.contains(phrase) {
            names.push(name.to_owned());
        }
    }
    for rest in words.split("(Self::").skip(1) {
        if let Some((other, _)) = rest.split_once(')') {
            add(other, verbs, names, seen);
        }
    }
}

/// Returns the structs that hooks return, by name.
fn structs(root: &Path) -> Result<BTreeMap<String, ItemStruct>> {
    let mut structs = BTreeMap::new();
    for name in ["mutation", "query", "use_smart_account"] {
        let path = root.join(HOOKS).join(format!("{name}.rs"));
        let file =
            syn::parse_file(&read(&path)?).with_context(|| format!("{} is no Rust", path.display()))?;
        structs.extend(file.items.into_iter().filter_map(|item| match item {
            Item::Struct(item) => Some((item.ident.to_string(), item)),
            _ => None,
        }));
    }
    Ok(structs)
}

fn function<'a>(file: &'a File, name: &str) -> Option<&'a ItemFn> {
    file.items.iter().find_map(|item| match item {
        Item::Fn(item) if item.sig.ident == name => Some(item),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn pages() -> BTreeMap<String, Value> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files = files(&root).unwrap().into_iter();
        files
            .map(|(name, text)| (name, serde_json::from_str(&text).unwrap()))
            .collect()
    }

    fn texts(values: &Value) -> Vec<&str> {
        let values = values.as_array().unwrap().iter();
        values.filter_map(Value::as_str).collect()
    }

    #[test]
    fn every_page_has_its_source_and_the_documented_fields() {
        let pages = pages();

        assert!(pages.len() > 20);
        for (name, page) in &pages {
            let fields = page["fields"].as_array().unwrap();
            assert!(!fields.is_empty(), "{name}");
            for field in fields {
                let [_, of, doc] = [0, 1, 2].map(|at| field[at].as_str().unwrap());
                assert!(!of.is_empty() && doc.ends_with('.'), "{name}: {field}");
                assert!(!doc.contains(['[', '`']), "{name}: {doc}");
            }
            let parts = page["source"].as_array().unwrap().iter();
            let source: String = parts.map(|part| part[1].as_str().unwrap()).collect();
            let example = format!("../{EXAMPLES}/{}", name.replace(".json", ".rs"));
            let example = Path::new(env!("CARGO_MANIFEST_DIR")).join(example);
            assert_eq!(source, fs::read_to_string(example).unwrap(), "{name}");
        }
    }

    #[test]
    fn the_fields_have_the_types_of_the_hook() {
        let page = &pages()["use_create_session.json"];

        assert_eq!(page["returns"], "Mutation<CreateSession, SessionGrant>");
        assert_eq!(page["fields"][0][0], "mutate");
        assert_eq!(page["fields"][0][1], "Callback<CreateSession>");
        assert_eq!(page["fields"][1][1], "Signal<Option<SessionGrant>>");
        let names = page["fields"].as_array().unwrap().iter().map(|field| &field[0]);
        assert!(names.clone().any(|name| name == "is_pending"));
        assert!(!names.clone().any(|name| name == "calls"));
    }

    #[test]
    fn the_errors_are_those_of_the_documentation() {
        let pages = pages();
        let of = |hook: &str| texts(&pages[&format!("{hook}.json")]["errors"]);

        assert_eq!(
            of("use_create_session"),
            [
                "Policy",
                "UntrackedSessions",
                "Owner",
                "Service",
                "Refused",
                "NotConnected"
            ]
        );
        assert_eq!(of("use_user_op_wait"), ["TimedOut", "Replaced", "Dropped"]);
        // By way of `create_session`, which the documentation refers to.
        assert!(of("use_renew_session").starts_with(&["NotActive", "Policy"]));
        assert!(of("use_session").contains(&"Forbidden"));
        assert!(of("use_wallets").is_empty());
        for (name, page) in &pages {
            let returns = page["returns"].as_str().unwrap();
            let may_fail = returns.starts_with("Mutation") || returns.starts_with("Query");
            let may_fail = may_fail || returns == "UseSmartAccount";
            assert_eq!(may_fail, !texts(&page["errors"]).is_empty(), "{name}");
        }
    }
}
