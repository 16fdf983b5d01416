//! Searches in the texts of services and wallets.
//!
//! The searches of `str` would link their tables of Unicode and of character boundaries, 15,000 bytes of a page.

/// Returns the place of the first occurrence of `part`, which is not empty.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    windows(text, part).position(|window| window == part.as_bytes())
}

/// Returns the text behind the last occurrence of `part`.
pub(crate) fn behind_last<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    let at = windows(text, part).rposition(|window| window == part.as_bytes())?;
    text.get(at + part.len()..)
}

/// Replaces each occurrence of `part`.
pub(crate) fn replaced(text: &str, part: &str, by: &str) -> String {
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some((before, behind)) = find(rest, part).and_then(|at| {
        let (before, found) = rest.split_at_checked(at)?;
        Some((before, found.get(part.len()..)?))
    }) {
        replaced.push_str(before);
        replaced.push_str(by);
        rest = behind;
    }
    replaced.push_str(rest);
    replaced
}

/// Returns true if `part` occurs in the text.
pub(crate) fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || find(text, part).is_some()
}

/// Returns true if `part` occurs in the text, in upper or lower case.
pub(crate) fn says(text: &str, part: &str) -> bool {
    windows(text, part).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

fn windows<'a>(text: &'a str, part: &str) -> std::slice::Windows<'a, u8> {
    text.as_bytes().windows(part.len().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_wherever_it_stands() {
        let text = "Größe: ab, AB und ab";

        assert_eq!(find(text, "ab"), text.find("ab"));
        assert_eq!(find(text, "ba"), None);
        assert_eq!(find("a", "ab"), None);
        assert_eq!(behind_last(text, "ab"), Some(""));
        assert_eq!(behind_last(text, "ab, "), Some("AB und ab"));
        assert_eq!(behind_last(text, "größe"), None);
        assert_eq!(replaced(text, "ab", "…"), text.replace("ab", "…"));
        assert_eq!(replaced("aaaaa", "aa", "b"), "bba");
        assert!(says(text, "aB UND"));
        assert!(!says(text, "aB oder"));
        assert!(contains(text, "und") && !contains(text, "Und"));
        assert!(contains(text, "") && contains("", ""));
        assert_eq!(find("", ""), None);
    }
}
