//! The signature of a function, as Solidity writes it.

/// Returns the canonical form of a signature, whose hash begins with the selector: without names, modifiers and aliases
/// ([Solidity, ABI](https://docs.soliditylang.org/en/latest/abi-spec.html#function-selector)). `None` if the text is no
/// signature of a function.
// alloy's parser would cost a page 7,500 bytes; tests hold both against each other.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut reader = Reader {
        rest: text.trim_ascii(),
        depth: 0,
    };
    let mut name = reader.word();
    if name == "function" && !reader.rest.starts_with('(') {
        name = reader.word();
    }
    if matches!(name, "" | "function") || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut canonical = name.to_owned();
    reader.tuple(&mut canonical)?;
    reader.modifiers()?;
    Some(canonical)
}

/// The part of a signature that is not read yet.
struct Reader<'a> {
    rest: &'a str,
    /// The number of tuples that are open.
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Reads a word of letters and digits, which may be empty.
    fn word(&mut self) -> &'a str {
        self.skip_space();
        let is_part = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'$');
        let end = self.rest.bytes().position(|c| !is_part(c));
        let (word, rest) = self
            .rest
            .split_at_checked(end.unwrap_or(self.rest.len()))
            .unwrap_or_default();
        self.rest = rest;
        word
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Reads one character if it is the next.
    fn take(&mut self, c: char) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads the types between parentheses.
    fn tuple(&mut self, canonical: &mut String) -> Option<()> {
        /// The greatest depth, which contracts do not come near.
        const DEEPEST: u32 = 32;

        self.depth += 1;
        (self.depth <= DEEPEST && self.take('(')).then(|| canonical.push('('))?;
        let mut is_first = true;
        while !self.take(')') {
            if !is_first {
                self.take(',').then(|| canonical.push(','))?;
            }
            is_first = false;
            self.parameter(canonical)?;
        }
        canonical.push(')');
        self.depth -= 1;
        Some(())
    }

    /// Reads a type, and the name and data location behind it.
    fn parameter(&mut self, canonical: &mut String) -> Option<()> {
        match self.word() {
            "" | "tuple" => self.tuple(canonical)?,
            name => push_type(name, canonical)?,
        }
        while self.take('[') {
            let size = self.word();
            let is_size = size.bytes().all(|c| c.is_ascii_digit()) && !size.starts_with('0');
            canonical.push('[');
            canonical.push_str(size);
            canonical.push(']');
            (is_size && self.take(']')).then_some(())?;
        }
        let mut name = self.word();
        while matches!(name, "memory" | "calldata" | "storage" | "payable") {
            name = self.word();
        }
        (!name.starts_with(|c: char| c.is_ascii_digit())).then_some(())
    }

    /// Reads what may stand behind the arguments.
    fn modifiers(&mut self) -> Option<()> {
        loop {
            match self.word() {
                "external" | "public" | "internal" | "private" | "view" | "pure" | "payable"
                | "nonpayable" | "virtual" | "override" => {}
                "returns" => self.tuple(&mut String::new())?,
                "" => {
                    self.take(';');
                    self.skip_space();
                    return self.rest.is_empty().then_some(());
                }
                _ => return None,
            }
        }
    }
}

/// Appends the canonical name of an elementary type.
fn push_type(name: &str, canonical: &mut String) -> Option<()> {
    let sized = |digits: &str| (!digits.starts_with('0')).then(|| digits.parse::<u16>().ok())?;
    let is_known = match name {
        "address" | "bool" | "string" | "bytes" | "function" | "uint" | "int" => true,
        _ => match (
            name.strip_prefix("bytes"),
            name.strip_prefix('u').unwrap_or(name).strip_prefix("int"),
        ) {
            (Some(size), _) => matches!(sized(size)?, 1..=32),
            (_, Some(size)) => matches!(sized(size)?, bits @ 8..=256 if bits.is_multiple_of(8)),
            _ => false,
        },
    };
    canonical.push_str(name);
    if matches!(name, "uint" | "int") {
        canonical.push_str("256");
    }
    is_known.then_some(())
}

#[cfg(test)]
mod tests {
    use alloy::json_abi::{Function, parser::TypeSpecifier};
    use proptest::prelude::*;

    use super::*;

    /// Returns what alloy's parser makes of a signature.
    fn by_alloy(text: &str) -> Option<String> {
        let function = Function::parse(text).ok()?;
        let canonical = function.signature();
        let arguments = TypeSpecifier::parse(&canonical[function.name.len()..]).ok()?;
        arguments.try_basic_solidity().ok().map(|()| canonical)
    }

    #[test]
    fn signature_loses_names_modifiers_and_aliases() {
        for (text, expected) in [
            ("safeMint(address)", "safeMint(address)"),
            ("f()", "f()"),
            (
                " function transfer( address to , uint amount ) external returns (bool);",
                "transfer(address,uint256)",
            ),
            ("f(int, bytes32[], uint8[2][])", "f(int256,bytes32[],uint8[2][])"),
            (
                "f((address,uint)[] calls, bytes memory data)",
                "f((address,uint256)[],bytes)",
            ),
            (
                "f(tuple(address payable to, string) call) public view",
                "f((address,string))",
            ),
            ("function f(function callback)", "f(function)"),
            ("_f$1(bool)", "_f$1(bool)"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_signature_is_refused() {
        for text in [
            "",
            "f",
            "(address)",
            "1f(address)",
            "f(addres)",
            "f(address",
            "f(address))",
            "f(address,)",
            "f(,address)",
            "f(address to from)",
            "f(uint7)",
            "f(uint264)",
            "f(uint08)",
            "f(uuint8)",
            "f(bytes0)",
            "f(bytes33)",
            "f(uint8[)",
            "f(uint8[0])",
            "f(uint8[a])",
            "f(address) nonsense",
            "f(address) returns",
            "f(ä)",
            "function(address)",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    /// Signatures, most of them valid.
    fn signatures() -> impl Strategy<Value = String> {
        let kind = prop_oneof![
            Just("address".to_owned()),
            Just("bool".to_owned()),
            Just("string".to_owned()),
            Just("uint".to_owned()),
            Just("int".to_owned()),
            (0..40_u16).prop_map(|size| format!("bytes{size}")),
            (0..300_u16).prop_map(|bits| format!("uint{bits}")),
            (0..34_u16).prop_map(|bytes| format!("int{}", bytes * 8)),
        ];
        let kind = kind.prop_recursive(3, 8, 4, |inner| {
            prop_oneof![
                inner.clone().prop_map(|kind| format!("{kind}[]")),
                (inner.clone(), 1..20_u8).prop_map(|(kind, size)| format!("{kind}[{size}]")),
                prop::collection::vec(inner, 1..4).prop_map(|kinds| format!("({})", kinds.join(","))),
            ]
        });
        let named = (kind, prop_oneof![Just(""), Just(" to"), Just(" memory data")]);
        let named = named.prop_map(|(kind, name)| format!("{kind}{name}"));
        let kinds = prop::collection::vec(named, 0..4);
        (
            kinds,
            prop_oneof![Just(""), Just(" external view returns (uint256)")],
        )
            .prop_map(|(kinds, after)| format!("call({}){after}", kinds.join(", ")))
    }

    proptest! {
        #[test]
        fn signature_reads_as_alloy_reads_it(text in signatures()) {
            prop_assert_eq!(canonical(&text), by_alloy(&text), "{}", text);
        }

        #[test]
        fn a_deep_tuple_is_refused(depth in 40..10_000_usize) {
            prop_assert_eq!(canonical(&format!("f{}", "(".repeat(depth))), None);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = canonical(&text);
        }
    }
}
