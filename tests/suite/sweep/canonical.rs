use std::{collections::HashMap, ops::Range};

/// Normalizes a text for comparison. Hashes, keys and large numbers become the index of their first appearance. All
/// times and blocks become equal.
pub(crate) fn canonical(text: &str) -> String {
    const BLOCKS: Range<u64> = 7_000_000..8_000_000;
    const SECONDS_SINCE_1970: Range<u64> = 1_600_000_000..2_300_000_000;

    let mut names = HashMap::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        // A word begins before its first digit.
        let begin = rest[..start]
            .rfind(|c: char| !c.is_ascii_alphanumeric())
            .map_or(0, |at| at + 1);
        let is_number = begin == start;
        let is_over = |c: char| !(c.is_alphanumeric() || (c == '.' && is_number));
        let end = rest[start..]
            .find(is_over)
            .map_or(rest.len(), |length| start + length);
        let (before, word) = (&rest[..begin], &rest[begin..end]);
        rest = &rest[end..];
        out.push_str(before);
        let next = names.len();
        match word.parse::<u64>() {
            Ok(number) if BLOCKS.contains(&number) => out.push('B'),
            Ok(number) if SECONDS_SINCE_1970.contains(&number) => out.push('T'),
            Ok(number) if number < 1_000_000 => out.push_str(word),
            Err(_) if is_duration(word) => out.push('D'),
            Err(_) if word.len() < 16 => out.push_str(word),
            _ => out.push_str(&format!("#{}", names.entry(word).or_insert(next))),
        }
    }
    out + rest
}

/// Returns true if a word is a `Duration` in `Debug` format.
fn is_duration(word: &str) -> bool {
    let units = ["ns", "µs", "ms", "s"];
    let number = units.iter().find_map(|unit| word.strip_suffix(unit));
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

#[test]
fn what_does_not_matter_does_not_differ() {
    let one =
        "key 0x00112233445566778899 at 1800000001, block 7000001, after 12.5ms; 0x00112233445566778899 2";
    let same = "key 0xffeeddccbbaa99887766 at 1800000999, block 7000044, after 1s; 0xffeeddccbbaa99887766 2";
    let other = "key 0xffeeddccbbaa99887766 at 1800000999, block 7000044, after 1s; 0xffeeddccbbaa99887767 2";

    assert_eq!(canonical(one), "key #0 at T, block B, after D; #0 2");
    assert_eq!(canonical(one), canonical(same));
    assert_ne!(canonical(one), canonical(other));
}
