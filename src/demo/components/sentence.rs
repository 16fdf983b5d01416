/// Returns the text with a capital at its beginning, unless it begins with a name such as `eth_chainId` or `0x12…`.
pub(crate) fn sentence(text: &str) -> String {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_lowercase() || byte == b'-'));
    let is_word = end.is_none_or(|end| end > 0 && matches!(text.as_bytes()[end], b' ' | b',' | b':'));
    let mut text = text.to_owned();
    if is_word && let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
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
