//! The guide as static pages, without a script.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd, html};

use super::{
    highlight::{Colour, highlight},
    source::read,
};

const GUIDE: &str = "src/guide";
const DOCS: &str = "https://docs.rs/use-aa/latest/use_aa/";

/// The pages load the dapp's styles and pictures, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/// The pages of the dapp, as its header has them.
const DAPP: [(&str, &str); 5] = [
    ("Mint", "#/"),
    ("Sessions", "#/sessions"),
    ("Activity", "#/activity"),
    ("Hooks", "#/hooks"),
    ("How it works", "#/how-it-works"),
];

/// Returns the name and the text of each file: a page for each guide, and the style that they have of their own. `dapp` is the
/// page of the built dapp, whose styles the pages share.
pub(super) fn files(root: &Path, dapp: &str) -> Result<Vec<(String, String)>> {
    let folder = root.join(GUIDE);
    let index = read(&folder.join("index.md"))?;
    let names = names(&index);
    let written = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    if written.count() != names.len() + 1 {
        bail!(
            "{GUIDE}/index.md lists {} guides, and the folder has others: list each",
            names.len()
        );
    }
    let styles = styles(dapp);
    let mut files = vec![("guide.css".to_owned(), read(&root.join("style/guide.css"))?)];
    for name in names.iter().map(String::as_str).chain(["index"]) {
        let text = read(&folder.join(format!("{name}.md")))?;
        files.push((format!("{name}.html"), page(name, &text, &names, &styles)));
    }
    Ok(files)
}

/// Returns the names of the guides, in the order of the index.
fn names(index: &str) -> Vec<String> {
    let rows = index.lines().filter_map(|row| row.strip_prefix("| [`"));
    let names = rows.filter_map(|row| row.split('`').next());
    names.map(str::to_owned).collect()
}

/// Returns the links to the styles of the dapp, from a folder below it.
fn styles(dapp: &str) -> String {
    let links = dapp
        .split("<link ")
        .skip(1)
        .filter_map(|link| link.split('>').next());
    let links = links.filter(|link| link.contains("rel=\"stylesheet\""));
    let hrefs = links.filter_map(|link| link.split("href=\"").nth(1)?.split('"').next());
    let hrefs = hrefs.map(|href| match href.strip_prefix("./") {
        Some(relative) => format!("../{relative}"),
        None if href.starts_with('/') || href.contains("://") => href.to_owned(),
        None => format!("../{href}"),
    });
    let links = hrefs.chain(["guide.css".to_owned()]);
    links
        .map(|href| format!("<link rel=\"stylesheet\" href=\"{href}\" />\n"))
        .collect()
}

fn page(name: &str, text: &str, names: &[String], styles: &str) -> String {
    let title = title(name);
    let links = |links: &mut dyn Iterator<Item = (String, String, bool)>| {
        let items = links.map(|(href, label, is_here)| {
            let here = if is_here { " aria-current=\"page\"" } else { "" };
            format!("<li><a href=\"{href}\"{here}>{label}</a></li>\n")
        });
        items.collect::<String>()
    };
    let dapp = links(
        &mut DAPP
            .iter()
            .map(|(label, hash)| (format!("../{hash}"), (*label).to_owned(), false)),
    );
    let guides = ["index"].into_iter().chain(names.iter().map(String::as_str));
    let guides = links(&mut guides.map(|other| (format!("{other}.html"), self::title(other), other == name)));
    let body = body(text);
    format!(
        "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\" />
<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\" />
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />
<meta name=\"color-scheme\" content=\"light dark\" />
<title>{title} · Guide · use-aa</title>
<link rel=\"icon\" href=\"../favicon.svg\" type=\"image/svg+xml\" />
{styles}</head>
<body>
<header class=\"bar\">
<a class=\"brand\" href=\"../#/\"><img src=\"../favicon.svg\" width=\"32\" height=\"32\" alt=\"\" />Night Bloom</a>
<nav aria-label=\"Pages\"><ul>
{dapp}</ul></nav>
</header>
<div class=\"with-menu\">
<nav class=\"menu\" aria-label=\"Guides\"><ul>
{guides}</ul></nav>
<main class=\"guide\">
<a class=\"back\" href=\"index.html\">All guides</a>
<h1>{title}</h1>
{body}</main>
</div>
<footer class=\"foot\">The guide of use-aa. It is part of the <a href=\"{DOCS}\">documentation</a> of the library.</footer>
</body>
</html>
"
    )
}

/// Returns the title of a guide, which is the name of its file in words.
fn title(name: &str) -> String {
    match name {
        "index" => return "Guide".to_owned(),
        "from_react" => return "Coming from React".to_owned(),
        _ => {}
    }
    let mut letters = name.replace('_', " ").chars().collect::<Vec<_>>();
    if let Some(first) = letters.first_mut() {
        *first = first.to_ascii_uppercase();
    }
    letters.into_iter().collect()
}

/// Renders a guide. Its headings are below the page's own.
fn body(text: &str) -> String {
    let mut events = Vec::new();
    let (mut code, mut tables) = (None, 0);
    let mut parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    while let Some(event) = parser.next() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => "text".to_owned(),
                };
                code = Some((language, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, text)) = code.take() {
                    events.push(Event::Html(block(&language, &text).into()));
                }
            }
            Event::Text(text) if code.is_some() => {
                if let Some((_, block)) = &mut code {
                    block.push_str(&text);
                }
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let mut parts = Vec::new();
                for part in parser
                    .by_ref()
                    .take_while(|part| !matches!(part, Event::End(TagEnd::Heading(_))))
                {
                    parts.push(linked(part));
                }
                let level = level as u8 + 1;
                let words: String = parts.iter().filter_map(words).collect();
                let mut heading = String::new();
                html::push_html(&mut heading, parts.into_iter());
                let heading = format!("<h{level} id=\"{}\">{heading}</h{level}>\n", slug(&words));
                events.push(Event::Html(heading.into()));
            }
            Event::Start(Tag::Table(alignments)) => {
                tables += 1;
                // Focusable, so that the arrow keys scroll a wide table.
                let start = format!(
                    "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table {tables}\">"
                );
                events.extend([Event::Html(start.into()), Event::Start(Tag::Table(alignments))]);
            }
            Event::End(TagEnd::Table) => {
                events.extend([Event::End(TagEnd::Table), Event::Html("</div>\n".into())]);
            }
            event => events.push(linked(event)),
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
}

/// Points a link of rustdoc to the page of a guide, or to the search of docs.rs.
fn linked(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: target(&dest_url).into(),
            title,
            id,
        }),
        event => event,
    }
}

fn target(link: &str) -> String {
    if let Some(guide) = item(link).and_then(|item| item.strip_prefix("guide::")) {
        let (name, anchor) = guide.split_once('#').unwrap_or((guide, ""));
        let anchor = if anchor.is_empty() {
            String::new()
        } else {
            format!("#{anchor}")
        };
        return format!("{name}.html{anchor}");
    }
    match item(link) {
        // `Type::method` finds the method; a module in front of it does not.
        Some(item) => {
            let parts: Vec<_> = item.split("::").collect();
            let is_type = |part: &&str| part.starts_with(char::is_uppercase);
            let first = parts.iter().position(is_type);
            let item = parts[first.unwrap_or(parts.len() - 1)..].join("::");
            format!("{DOCS}?search={}", item.trim_end_matches("()"))
        }
        None => link.to_owned(),
    }
}

/// Returns the path of the item of a rustdoc link, without the name of the crate.
fn item(link: &str) -> Option<&str> {
    link.strip_prefix("crate")?.strip_prefix("::")
}

fn words(event: &Event<'_>) -> Option<String> {
    match event {
        Event::Text(text) | Event::Code(text) => Some(text.to_string()),
        _ => None,
    }
}

/// Returns the id of a heading, as rustdoc makes it.
fn slug(heading: &str) -> String {
    let letters = heading.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter if letter.is_alphanumeric() => Some(letter.to_ascii_lowercase()),
        _ => None,
    });
    letters.collect()
}

/// Renders a block of code. The lines that rustdoc hides are left out.
fn block(language: &str, text: &str) -> String {
    const RUST: [&str; 5] = ["", "rust", "no_run", "ignore", "should_panic"];
    let is_rust = language.split(',').all(|word| RUST.contains(&word.trim()));
    let is_hidden = |line: &&str| is_rust && (line.trim() == "#" || line.trim_start().starts_with("# "));
    let lines: String = text
        .split_inclusive('\n')
        .filter(|line| !is_hidden(line))
        .collect();
    let parts = match is_rust {
        true => highlight(lines.trim()),
        false => vec![(Colour::Plain, lines.trim_end())],
    };
    let parts = parts.into_iter().map(|(colour, text)| match colour.class() {
        "" => escape(text),
        class => format!("<span class=\"{class}\">{}</span>", escape(text)),
    });
    // Focusable, so that the arrow keys scroll long lines.
    let parts = parts.collect::<String>();
    format!("<pre tabindex=\"0\"><code translate=\"no\">{parts}</code></pre>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DAPP_PAGE: &str = "<head><link rel=\"icon\" href=\"favicon.svg\"/><link rel=\"stylesheet\" href=\"/base-1.css\" \
                             integrity=\"x\"/><link rel=\"stylesheet\" href=\"./parts-2.css\"></head>";

    /// Returns a text with the links of rustdoc. Written out, they would be imports to the test of the layers.
    fn rustdoc(text: &str) -> String {
        text.replace('~', concat!("crate", "::"))
    }

    fn pages() -> Vec<(String, String)> {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), DAPP_PAGE).unwrap()
    }

    /// Returns the values of an attribute of a page.
    fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
        let parts = page.split(attribute).skip(1);
        parts
            .filter_map(|part| part.strip_prefix("=\"")?.split('"').next())
            .collect()
    }

    #[test]
    fn every_link_between_the_pages_leads_to_a_page_and_its_heading() {
        let pages = pages();
        let names: BTreeSet<_> = pages.iter().map(|(name, _)| name.as_str()).collect();

        assert!(names.len() > 10);
        for (name, page) in &pages {
            for href in values(page, "href") {
                let is_elsewhere = ["https://", "../", "/"]
                    .iter()
                    .any(|start| href.starts_with(start));
                let (file, anchor) = href.split_once('#').unwrap_or((href, ""));
                assert!(is_elsewhere || names.contains(file), "{name}: {href}");
                let target = pages.iter().find(|(other, _)| other == file);
                let ids = target
                    .map(|(_, target)| values(target, " id"))
                    .unwrap_or_default();
                assert!(
                    is_elsewhere || anchor.is_empty() || ids.contains(&anchor),
                    "{name}: {href}"
                );
                assert!(!href.starts_with("crate"), "{name}: {href}");
            }
        }
    }

    #[test]
    fn the_header_has_the_pages_of_the_dapp() {
        let dapp = include_str!("../../../index.html");

        let (_, nav) = dapp.split_once("<nav").unwrap();
        let (nav, _) = nav.split_once("</nav>").unwrap();
        let links: Vec<_> = nav.split("<a ").skip(1).collect();
        assert_eq!(links.len(), DAPP.len());
        for (link, (name, path)) in links.iter().zip(DAPP) {
            assert!(link.starts_with(&format!("href=\"{path}\">{name}</a>")), "{link}");
        }
    }

    #[test]
    fn a_page_has_the_dapps_styles_and_no_script() {
        for (name, page) in pages().iter().filter(|(name, _)| name.ends_with(".html")) {
            for style in ["/base-1.css", "../parts-2.css", "guide.css"] {
                assert!(
                    page.contains(&format!("<link rel=\"stylesheet\" href=\"{style}\" />")),
                    "{name}: {style}"
                );
            }
            assert!(!page.contains("<script") && !page.contains(" style=\""), "{name}");
            assert_eq!(page.matches("<h1>").count(), 1, "{name}");
        }
    }

    #[test]
    fn hidden_lines_are_left_out_and_code_is_escaped() {
        let text = rustdoc(
            "Lead with [`Policy`](~permission::Policy::new).\n\n# To `use` it\n\n```\n# let b = 1;\nlet a: Option<u8>;\n```\n",
        );

        assert_eq!(
            body(&text),
            "<p>Lead with <a href=\"https://docs.rs/use-aa/latest/use_aa/?search=Policy::new\"><code>Policy</code></a>.</p>\n\
             <h2 id=\"to-use-it\">To <code>use</code> it</h2>\n\
             <pre tabindex=\"0\"><code translate=\"no\"><span class=\"k\">let</span> a: \
             <span class=\"t\">Option</span>&lt;u8&gt;;</code></pre>\n"
        );
    }

    #[test]
    fn a_link_of_rustdoc_leads_to_a_page_that_exists() {
        let table = [
            ("~guide::sessions", "sessions.html"),
            ("~guide::gas#a-sponsor", "gas.html#a-sponsor"),
            (
                "~ErrorKind::WrongHash",
                "https://docs.rs/use-aa/latest/use_aa/?search=ErrorKind::WrongHash",
            ),
            ("~rpc::http", "https://docs.rs/use-aa/latest/use_aa/?search=http"),
            ("https://rustup.rs", "https://rustup.rs"),
        ];
        for (link, expected) in table {
            assert_eq!(target(&rustdoc(link)), expected);
        }
    }
}
