//! A test of the words in comments, in the README and in the guides.

use std::{fs, path::Path};

/// The words that open a clause in place of a noun phrase or a verb.
const OPENINGS: [&str; 9] = [
    "what", "whether", "who", "whom", "whose", "where", "how", "which", "that",
];

/// The accepted share of doc comments that open with a clause, in percent.
const MOST: usize = 2;

/// The pronouns that stand for nothing in particular.
const PRONOUNS: [&str; 5] = ["nobody", "somebody", "whoever", "whatever", "anybody"];

#[test]
fn doc_comments_open_with_a_noun_or_a_verb() {
    let (mut count, mut clauses) = (0, Vec::new());
    for (path, source) in rust_files() {
        for (number, line) in first_lines(&source) {
            count += 1;
            if opens_with_clause(line) {
                clauses.push(format!("{path}:{number}: {line}"));
            }
        }
    }

    assert!(count > 1_000, "only {count} doc comments were found");
    assert!(
        100 * clauses.len() <= MOST * count,
        "{} of {count} doc comments open with a clause:\n{}",
        clauses.len(),
        clauses.join("\n")
    );
}

#[test]
fn comments_and_guides_name_the_subject() {
    let mut found = Vec::new();
    for (path, source) in rust_files() {
        let comments = source.lines().map(|line| comment(line).unwrap_or_default());
        found.extend(with_pronoun(&path, comments));
    }
    for (path, text) in ["README.md", "src/guide"].map(|path| files(path, "md")).concat() {
        found.extend(with_pronoun(&path, text.lines()));
    }

    assert!(found.is_empty(), "name the subject in:\n{}", found.join("\n"));
}

#[test]
fn clause_that_opens_a_doc_comment_is_found() {
    let source =
        "//! How it works.\n\n/// That thing,\n/// which is long.\nfn a() {} // Where?\n/// A thing.\n";

    let found = first_lines(source).into_iter();
    let found = found.map(|(number, line)| (number, line, opens_with_clause(line)));

    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            (1, "How it works.", true),
            (3, "That thing,", true),
            (6, "A thing.", false),
        ]
    );
}

#[test]
fn pronoun_is_found_as_a_whole_word_in_any_case() {
    let text = "A thing.\nWhoever asks,\nfor whatever_it_is,\nis nobody's.\n";

    let found = with_pronoun("a.md", text.lines());

    assert_eq!(found, ["a.md:2: Whoever asks,", "a.md:4: is nobody's."]);
}

#[test]
fn comment_is_told_from_code() {
    for (line, expected) in [
        ("let a = 1;", None),
        ("let a = \"https://b\";", None),
        ("let a = \"https://b\"; // c", Some("// c")),
        ("    /// c", Some("/// c")),
    ] {
        assert_eq!(comment(line), expected, "{line}");
    }
}

/// Returns all Rust files of the repository whose comments are checked, with their paths.
fn rust_files() -> Vec<(String, String)> {
    [
        "src",
        "examples",
        "end2end/devnet/src",
        "xtask/src",
        "tests",
        "end2end/fuzz/targets",
    ]
    .map(|folder| files(folder, "rs"))
    .concat()
}

/// Returns the files with an extension at or below a path of the repository, with their paths.
fn files(below: &str, extension: &str) -> Vec<(String, String)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let (mut files, mut paths) = (Vec::new(), vec![root.join(below)]);
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(path).unwrap();
            paths.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|found| found == extension) {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            files.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    files
}

/// Returns the first line of each doc comment, with its number.
fn first_lines(source: &str) -> Vec<(usize, &str)> {
    let (mut lines, mut before) = (Vec::new(), None);
    for (number, line) in (1..).zip(source.lines().map(str::trim)) {
        let mark = ["///", "//!"].into_iter().find(|mark| line.starts_with(*mark));
        if let Some(mark) = mark
            && before != Some(mark)
        {
            lines.push((number, line[mark.len()..].trim_start()));
        }
        before = mark;
    }
    lines
}

fn opens_with_clause(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphabetic());
    let first = words.find(|word| !word.is_empty());
    first.is_some_and(|first| is_one_of(&OPENINGS, first))
}

/// Returns the comment at the end of a line of code.
fn comment(line: &str) -> Option<&str> {
    let mut marks = line.match_indices("//");
    // The slashes of a URL begin no comment.
    let (at, _) = marks.find(|(at, _)| !line[..*at].ends_with(':'))?;
    Some(&line[at..])
}

/// Returns the lines with a pronoun of [`PRONOUNS`], each after its place.
fn with_pronoun<'a>(path: &str, lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_wrong = |line: &str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| is_one_of(&PRONOUNS, word))
    };
    let wrong = (1..).zip(lines).filter(|(_, line)| is_wrong(line));
    wrong
        .map(|(number, line)| format!("{path}:{number}: {}", line.trim()))
        .collect()
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    list.iter().any(|listed| word.eq_ignore_ascii_case(listed))
}
