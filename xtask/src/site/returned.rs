//! The fields that a hook returns.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use syn::{Fields, GenericArgument, ItemFn, ItemStruct, PathArguments, ReturnType, Type, Visibility};

use super::docs::{doc, first_paragraph, text};

/// The return type of a hook.
pub(super) struct Returned {
    name: String,
    /// The whole type.
    pub(super) text: String,
    arguments: Vec<String>,
    doc: String,
}

impl Returned {
    pub(super) fn of(function: &ItemFn) -> Option<Self> {
        let ReturnType::Type(_, returned) = &function.sig.output else {
            return None;
        };
        let Type::Path(path) = &**returned else {
            return None;
        };
        let last = path.path.segments.last()?;
        let arguments = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments
                .args
                .iter()
                .filter(|argument| matches!(argument, GenericArgument::Type(_)))
                .map(text)
                .collect(),
            _ => Vec::new(),
        };
        Some(Self {
            name: last.ident.to_string(),
            text: text(&**returned),
            arguments,
            doc: first_paragraph(&doc(&function.attrs)),
        })
    }

    /// Returns a row for each public field: its name, its type and its documentation. A signal is one row.
    pub(super) fn fields(&self, structs: &BTreeMap<String, ItemStruct>) -> Vec<Value> {
        let Some(item) = structs.get(&self.name) else {
            return vec![json!(["signal", self.text, self.doc])];
        };
        let parameters: Vec<_> = item
            .generics
            .type_params()
            .map(|parameter| parameter.ident.to_string())
            .collect();
        let Fields::Named(fields) = &item.fields else {
            return Vec::new();
        };
        let public = fields
            .named
            .iter()
            .filter(|field| matches!(field.vis, Visibility::Public(_)));
        public
            .map(|field| {
                let mut of = text(&field.ty);
                for (parameter, argument) in parameters.iter().zip(&self.arguments) {
                    of = replace_word(&of, parameter, argument);
                }
                let name = field.ident.as_ref().map(ToString::to_string);
                json!([name, of, first_paragraph(&doc(&field.attrs))])
            })
            .collect()
    }
}

/// Replaces a name in a type.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let is_in_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_in_name) {
        let (before, from) = rest.split_at(at);
        let (name, after) = from.split_at(from.find(|c| !is_in_name(c)).unwrap_or(from.len()));
        parts.extend([before, if name == word { with } else { name }]);
        rest = after;
    }
    parts.push(rest);
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_whole() {
        assert_eq!(
            replace_word("Callback<Request, MyRequest>", "Request", "A<B>"),
            "Callback<A<B>, MyRequest>"
        );
        assert_eq!(replace_word("()", "Request", "A"), "()");
    }
}
