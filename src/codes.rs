//! Tests of the error codes: each error has a code and a text, and each code has a row in the guide.

mod lengths;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Display},
};

use crate::{
    Error, ImportError, OwnerError, ServiceError, SignerError, StoreError, Violation,
    permission::PolicyError,
    rpc::{MAX_TEXT, UrlError},
    session::smart_sessions,
    signer::{NotAKey, TypedDataError},
};

const GUIDE: &str = include_str!("guide/errors.md");

/// The error enums, each with the source of the file that declares it.
const ENUMS: [(&str, &str); 9] = [
    ("ErrorKind", include_str!("error/kind.rs")),
    ("Failure", include_str!("rpc/error.rs")),
    ("ImportError", include_str!("session/import_error.rs")),
    ("OwnerError", include_str!("signer/owner.rs")),
    ("PolicyError", include_str!("permission/error.rs")),
    ("SignerError", include_str!("signer/session_signer.rs")),
    ("StoreError", include_str!("store.rs")),
    ("UrlError", include_str!("rpc/url.rs")),
    ("Violation", include_str!("permission/violation.rs")),
];

/// The sources of the files that contain the codes of enums from other files.
const CODES: [&str; 2] = [include_str!("error/codes.rs"), include_str!("rpc/error/codes.rs")];

/// The codes that several variants share, because a program handles those variants in the same way.
const SHARED: [&str; 5] = [
    "forbidden.function",
    "operation.nonce_taken",
    "service.failed",
    "service.not_allowed",
    "service.rate_limited",
];

#[test]
fn every_error_has_its_code_and_its_text() {
    let samples = samples();

    for Sample {
        variant,
        given,
        expected,
        ..
    } in &samples
    {
        assert_eq!(given, expected, "{variant}");
    }
    let made = |variant: &String| samples.iter().any(|sample| sample.variant == *variant);
    let missing = variants().into_iter().filter(|variant| !made(variant));
    assert_eq!(
        missing.collect::<Vec<_>>(),
        [""; 0],
        "give `samples` of the enum these too"
    );
}

#[test]
fn text_is_one_line_in_lower_case_without_a_full_stop() {
    for Sample {
        variant,
        given: (_, text),
        ..
    } in samples()
    {
        let begins_low = !text.starts_with(char::is_uppercase);

        assert!(
            begins_low && !text.ends_with('.') && !text.contains('\n'),
            "{variant}: {text:?}"
        );
    }
}

#[test]
fn text_says_what_failed_and_what_to_do_on_a_short_line() {
    for Sample {
        variant,
        given: (_, text),
        ..
    } in samples()
    {
        let length = length(&text);

        assert!(text.contains("; "), "{variant} gives no advice: {text:?}");
        assert!(length <= MAX_TEXT, "{variant} has {length} characters: {text:?}");
    }
}

#[test]
fn every_code_has_a_row_and_every_row_a_code() {
    let mut expected = BTreeMap::<_, Row>::new();
    let given = samples()
        .into_iter()
        .map(|sample| (sample.variant, sample.given.0, sample.error));
    let refused = ServiceError::refusals()
        .map(|(error, code)| (variant("Failure", error.failure()), code, Some(error.into())));
    for (variant, code, error) in given.chain(refused) {
        let row = expected.entry(code).or_default();
        // `ErrorKind::Forbidden` has the codes of its violations.
        if variant != "ErrorKind::Forbidden" {
            row.variants.insert(variant);
        }
        row.is_retryable |= error.as_ref().is_some_and(Error::is_retryable);
        row.may_be_sent |= error.is_some_and(|error| error.may_be_sent().is_some());
    }

    let rows = rows();

    let without_row = expected.keys().filter(|code| !rows.contains_key(*code));
    assert_eq!(
        without_row.collect::<Vec<_>>(),
        [&""; 0],
        "list these in guide/errors.md"
    );
    let without_error = rows.keys().filter(|code| !expected.contains_key(*code));
    assert_eq!(
        without_error.collect::<Vec<_>>(),
        [&""; 0],
        "no error has these codes"
    );
    for (code, row) in expected {
        assert_eq!(rows[code], row, "{code}: in guide/errors.md, and of the error");
    }
}

#[test]
fn code_that_no_sample_has_is_seen() {
    let rows = rows();
    let area = |code: &'static str| code.split_once('.').map(|(area, _)| area);
    let areas = rows.keys().copied().filter_map(area).collect::<BTreeSet<_>>();
    let is_code = |text: &&str| {
        let is_word = text
            .bytes()
            .all(|c| c.is_ascii_lowercase() || matches!(c, b'.' | b'_'));
        is_word && text.split_once('.').is_some_and(|(area, _)| areas.contains(area))
    };
    let sources = ENUMS.map(|(_, source)| source).into_iter().chain(CODES);

    let unlisted = sources
        .flat_map(|source| source.split('"').filter(is_code))
        .filter(|code| !rows.contains_key(code));

    assert_eq!(
        unlisted.collect::<Vec<_>>(),
        [""; 0],
        "list these in guide/errors.md"
    );
}

#[test]
fn code_is_an_area_and_what_happened_there() {
    let is_word = |word: &str| {
        let begins = word.starts_with(|c: char| c.is_ascii_lowercase());
        begins && word.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
    };
    for code in rows().into_keys() {
        let parts = code.split('.').collect::<Vec<_>>();

        assert!(parts.len() == 2 && parts.into_iter().all(is_word), "{code}");
    }
}

#[test]
fn variants_share_a_code_only_where_that_is_meant() {
    let shared = rows().into_iter().filter(|(_, row)| row.variants.len() > 1);

    assert_eq!(shared.map(|(code, _)| code).collect::<Vec<_>>(), SHARED);
}

#[test]
fn what_may_be_sent_is_not_to_be_repeated() {
    for (code, row) in rows() {
        assert!(!(row.may_be_sent && row.is_retryable), "{code}");
    }
}

/// A row of the table in the guide.
#[derive(Debug, Default, PartialEq)]
struct Row {
    variants: BTreeSet<String>,
    is_retryable: bool,
    may_be_sent: bool,
}

/// Returns the rows of the table in the guide, by code.
fn rows() -> BTreeMap<&'static str, Row> {
    let (table, _) = GUIDE.split_once("\n# The codes of the sample dapp").unwrap();
    let mut rows = BTreeMap::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells = line.trim_matches('|').split('|').map(str::trim);
        let [code, variants, meaning, repeat, sent] = cells.collect::<Vec<_>>()[..] else {
            panic!("this row has other columns: {line}");
        };
        let is = |cell| match cell {
            "yes" => true,
            "no" => false,
            _ => panic!("neither yes nor no: {line}"),
        };
        let names = variants.split(", ").map(|name| name.trim_matches('`').to_owned());
        let row = Row {
            variants: names.collect(),
            is_retryable: is(repeat),
            may_be_sent: is(sent),
        };
        assert!(!meaning.is_empty(), "{line}");
        let before = rows.insert(code.trim_matches('`'), row);
        assert_eq!(before, None, "{code} has two rows");
    }
    rows
}

/// A sample of an error, with the actual and the expected code and text.
struct Sample {
    variant: String,
    given: (&'static str, String),
    expected: (&'static str, String),
    /// The error as the client returns it, if the client ever returns it.
    error: Option<Error>,
}

/// Returns samples of every variant.
fn samples() -> Vec<Sample> {
    let samples = [
        around(
            "ErrorKind",
            |error| error.kind(),
            Error::samples(),
            Error::code,
            Some,
        ),
        around(
            "Failure",
            |error| error.failure(),
            ServiceError::samples(),
            ServiceError::code,
            client,
        ),
        of("ImportError", ImportError::samples(), ImportError::code, client),
        of("ImportError", ImportError::of_grants(), ImportError::code, client),
        of("NotAKey", NotAKey::samples(), NotAKey::code, |_| None),
        of("OwnerError", OwnerError::samples(), OwnerError::code, client),
        of("PolicyError", PolicyError::samples(), PolicyError::code, client),
        of(
            "PolicyError",
            smart_sessions::refusal::samples(),
            PolicyError::code,
            client,
        ),
        of("SignerError", SignerError::samples(), SignerError::code, client),
        of("StoreError", StoreError::samples(), StoreError::code, client),
        of(
            "TypedDataError",
            TypedDataError::samples(),
            TypedDataError::code,
            |_| None,
        ),
        of("UrlError", UrlError::samples(), UrlError::code, client),
        of("Violation", Violation::samples(), Violation::code, client),
    ];
    samples.into_iter().flatten().collect()
}

/// Returns the length of a text in characters. An address or a hash counts as 10.
fn length(text: &str) -> usize {
    let parts = text.split("0x").map(|part| {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        match digits {
            40 | 64 => 10 + part.chars().count() - digits,
            _ => "0x".len() + part.chars().count(),
        }
    });
    parts.sum::<usize>() - "0x".len()
}

fn client<E: Into<Error>>(error: E) -> Option<Error> {
    Some(error.into())
}

/// Returns samples of an error enum.
fn of<E: Debug + Display>(
    name: &str,
    samples: Vec<(E, &'static str, &'static str)>,
    code: impl Fn(&E) -> &'static str,
    client: impl Fn(E) -> Option<Error>,
) -> Vec<Sample> {
    around(name, |error| error, samples, code, client)
}

/// Returns samples of an error that is a struct around an enum.
fn around<E: Display>(
    name: &str,
    inner: impl Fn(&E) -> &dyn Debug,
    samples: Vec<(E, &'static str, &'static str)>,
    code: impl Fn(&E) -> &'static str,
    client: impl Fn(E) -> Option<Error>,
) -> Vec<Sample> {
    let sample = |(error, expected, text): (E, _, &str)| Sample {
        variant: variant(name, inner(&error)),
        given: (code(&error), error.to_string()),
        expected: (expected, text.to_owned()),
        error: client(error),
    };
    samples.into_iter().map(sample).collect()
}

/// Returns the name of an error's variant, with its enum.
fn variant(of: &str, error: &dyn Debug) -> String {
    let shown = format!("{error:?}");
    let name = shown.split(|c: char| !c.is_alphanumeric()).next().unwrap();
    match name == of {
        true => name.to_owned(),
        false => format!("{of}::{name}"),
    }
}

/// Returns the declared variants of all enums, except those that only wrap another error.
fn variants() -> Vec<String> {
    let of_enum = |(name, source): (&str, &str)| {
        let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
        let (body, _) = body.split_once("\n}\n").unwrap();
        let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
        let lines = lines.collect::<Vec<_>>();
        let declared = lines.windows(2).filter_map(|pair| match pair {
            ["#[error(transparent)]", _] => None,
            [_, line] => line.starts_with(char::is_uppercase).then_some(*line),
            _ => None,
        });
        let name_of = |line: &str| {
            let end = line.find(|c: char| !c.is_alphanumeric()).unwrap_or(line.len());
            format!("{name}::{}", &line[..end])
        };
        declared.map(name_of).collect::<Vec<_>>()
    };
    ENUMS.into_iter().flat_map(of_enum).collect()
}

#[test]
fn enums_that_errors_are_made_of_are_all_looked_at() {
    let (_, client) = ENUMS[0];
    for made_of in client.split("#[from] ").skip(1) {
        let (name, _) = made_of.split_once(')').unwrap();
        let name = name.replace("ServiceError", "Failure");

        assert!(ENUMS.iter().any(|(listed, _)| *listed == name), "{name}");
    }
}
