//! The parts of Rust source, by their colour.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

const KEYWORDS: [&str; 37] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// The colour of a part. Each has a class of one letter in `style/hooks.css`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Colour {
    Plain,
    Keyword,
    Type,
    Function,
    Literal,
    Comment,
}

impl Colour {
    /// Returns the class, which is empty for the colour of all other text.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Keyword => "k",
            Self::Type => "t",
            Self::Function => "f",
            Self::Literal => "s",
            Self::Comment => "c",
        }
    }
}

/// Splits source into parts, which together are the source. Source that is no Rust is one plain part.
pub(super) fn highlight(source: &str) -> Vec<(Colour, &str)> {
    let Ok(tokens) = source.parse::<TokenStream>() else {
        return vec![(Colour::Plain, source)];
    };
    let mut parts = Parts {
        source,
        at: 0,
        parts: Vec::new(),
    };
    parts.stream(tokens);
    parts.until(source.len());
    parts.parts
}

struct Parts<'a> {
    source: &'a str,
    /// The end of the parts so far.
    at: usize,
    parts: Vec<(Colour, &'a str)>,
}

impl<'a> Parts<'a> {
    fn stream(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let colour = match &token {
                TokenTree::Group(group) => {
                    self.stream(group.stream());
                    continue;
                }
                TokenTree::Ident(name) => {
                    let is_called = match tokens.peek() {
                        Some(TokenTree::Punct(next)) => next.as_char() == '!',
                        Some(TokenTree::Group(next)) => next.delimiter() == Delimiter::Parenthesis,
                        _ => false,
                    };
                    of_name(&name.to_string(), is_called)
                }
                TokenTree::Literal(_) => Colour::Literal,
                TokenTree::Punct(_) => continue,
            };
            let range = token.span().byte_range();
            let Some(text) = self.source.get(range.clone()) else {
                continue;
            };
            // The parser makes an attribute of a doc comment, all parts of which are at the comment's place.
            let colour = if text.starts_with("//") || text.starts_with("/*") {
                Colour::Comment
            } else {
                colour
            };
            if range.start >= self.at {
                self.until(range.start);
                self.push(colour, text);
                self.at = range.end;
            }
        }
    }

    /// Adds the text between two tokens: spaces, punctuation and comments.
    fn until(&mut self, end: usize) {
        let gap = self.source.get(self.at..end).unwrap_or_default();
        for line in gap.split_inclusive('\n') {
            let (before, comment) = line.split_at(line.find("//").unwrap_or(line.len()));
            self.push(Colour::Plain, before);
            self.push(Colour::Comment, comment);
        }
        self.at = end;
    }

    fn push(&mut self, colour: Colour, text: &'a str) {
        if !text.is_empty() {
            self.parts.push((colour, text));
        }
    }
}

fn of_name(name: &str, is_called: bool) -> Colour {
    match name {
        _ if KEYWORDS.contains(&name) => Colour::Keyword,
        _ if name.starts_with(char::is_uppercase) => Colour::Type,
        _ if is_called => Colour::Function,
        _ => Colour::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_colour() {
        let source = "/// Doc.\nfn a() -> Option<u8> { view! { <p>\"Hi\"</p> }; b(1) } // End.\n";

        let parts = highlight(source);

        let coloured: Vec<_> = parts
            .iter()
            .filter(|(colour, _)| *colour != Colour::Plain)
            .map(|(colour, text)| (colour.class(), *text))
            .collect();
        let expected = [
            ("c", "/// Doc."),
            ("k", "fn"),
            ("f", "a"),
            ("t", "Option"),
            ("f", "view"),
            ("s", "\"Hi\""),
            ("f", "b"),
            ("s", "1"),
            ("c", "// End.\n"),
        ];
        assert_eq!(coloured, expected);
    }

    #[test]
    fn the_parts_are_the_source() {
        for source in [
            "let a = \"ä\"; // ö\n\n    /* b */ c!(d)\n",
            "no \"Rust",
            "",
            "#[x]\n/** y */ struct Z;",
        ] {
            let parts = highlight(source).into_iter();
            assert_eq!(parts.map(|(_, text)| text).collect::<String>(), source);
        }
        assert_eq!(highlight("no \"Rust"), [(Colour::Plain, "no \"Rust")]);
    }
}
