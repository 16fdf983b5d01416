/// Returns the text with a capital at its beginning, unless it begins with a name such as `eth_chainId` or `0x12…`.
pub(crate) fn sentence(text: &str) -> String {
    let first = text.split([' ', ',', ':']).next().unwrap_or_default();
    let is_word = first.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if is_word => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_with_a_capital_and_names_do_not() {
        for (text, expected) in [
            ("the bundler: no answer", "The bundler: no answer"),
            ("no-one", "No-one"),
            ("eth_chainId: no answer", "eth_chainId: no answer"),
            ("0x12 is no account", "0x12 is no account"),
            ("sendUserOp failed", "sendUserOp failed"),
            ("Already", "Already"),
            ("", ""),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
