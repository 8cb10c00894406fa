//! Markdown of people and staff, turned into HTML that can do nothing but be read (requirement IO-04).
//!
//! Raw HTML and images are refused when a text is saved ([`check`]), and whatever gets past is removed when it is shown
//! ([`html`]): the renderer escapes it, and an allow-list goes over the result as a browser would parse it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

/// Lists, block quotes and emphasis may nest so deep; deeper texts are refused.
const DEPTH: usize = 30;

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "a",
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "del",
        "code",
        "pre",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ];
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["https", "http", "mailto"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener noreferrer"));
    builder
});

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.render.escape = true;
    options
}

/// Refuses what has no place in a text: raw HTML, images, links that are no web or mail address, and nesting without end.
///
/// # Errors
/// One sentence for the form, with the number of the line.
pub fn check(source: &str) -> Result<(), String> {
    let arena = Arena::new();
    let root = parse_document(&arena, source, &options());
    for node in root.descendants() {
        let data = node.data();
        let line = data.sourcepos.start.line;
        match &data.value {
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) | NodeValue::Raw(_) => {
                return Err(format!(
                    "Line {line} holds HTML; write it in Markdown, or put a backslash before “<”."
                ));
            }
            NodeValue::Image(_) => return Err(format!("Line {line} holds an image; use a link instead.")),
            NodeValue::Link(link) if !sound_address(&link.url) => {
                return Err(format!(
                    "The link in line {line} must begin with https://, http://, mailto: or a single slash."
                ));
            }
            _ => {}
        }
        if node.ancestors().take(DEPTH + 1).count() > DEPTH {
            return Err(format!("Line {line} is nested too deeply."));
        }
    }
    Ok(())
}

fn sound_address(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    ["https://", "http://", "mailto:", "#"].iter().any(|s| lower.starts_with(s))
        || (lower.starts_with('/') && !lower.starts_with("//") && !lower.contains('\\'))
}

/// The HTML of a text. The highest heading becomes `h2`, because the page has its own `h1`.
#[must_use]
pub fn html(source: &str) -> String {
    let arena = Arena::new();
    let root = parse_document(&arena, source, &options());
    for node in root.descendants() {
        if let NodeValue::Heading(heading) = &mut node.data_mut().value {
            heading.level = (heading.level + 1).clamp(2, 4);
        }
    }
    let mut out = String::new();
    if comrak::format_html(root, &options(), &mut out).is_err() {
        // Writing into a string does not fail; the plain text stands in for the impossible case.
        out.clear();
        let _ = write!(out, "<p>{}</p>", ammonia::clean_text(source));
    }
    // A wide table scrolls by itself, never the page.
    CLEANER
        .clean(&out)
        .to_string()
        .replace(
            "<table>",
            "<div class=\"table-wrap\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table>",
        )
        .replace("</table>", "</table></div>")
}

/// A value put into Markdown as plain text: every character that could mean something gets a backslash.
#[must_use]
pub fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_payloads_are_inert() {
        let payloads = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "a <b onclick=x>b</b>",
            "![x](https://example.org/x.png)",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>1</script>)",
            "[x](//evil.example)",
            "[x](/\\evil.example)",
            "<svg/onload=alert(1)>",
            "<https://example.org/\"onmouseover=alert(1)>",
            "[x][y]\n\n[y]: javascript:alert(1)",
            "<!-- x --> <style>*{}</style>",
            "```\"><script>alert(1)</script>\nx\n```",
        ];
        for payload in payloads {
            let shown = html(payload);
            let page = scraper::Html::parse_fragment(&shown);
            let all = scraper::Selector::parse("*").unwrap();
            for element in page.select(&all) {
                let name = element.value().name();
                assert!(!["script", "img", "svg", "style", "iframe"].contains(&name), "{payload}: {shown}");
                for (attribute, value) in element.value().attrs() {
                    assert!(["href", "rel", "start"].contains(&attribute), "{payload}: {shown}");
                    let scheme = value.split(':').next().unwrap_or("").to_lowercase();
                    assert!(!["javascript", "data", "vbscript"].contains(&scheme.as_str()), "{shown}");
                }
            }
        }
        for payload in &payloads[..9] {
            assert!(check(payload).is_err(), "{payload}");
        }
        assert!(check(&format!("{}x", "> ".repeat(200))).unwrap_err().contains("deep"));
        assert!(check("one\n\n<b>two</b>").unwrap_err().contains("Line 3"));
    }

    #[test]
    fn ordinary_texts_keep_their_form() {
        let source = "# Rules\n\nBe *kind* and **fair**, see <https://example.org> or [us](/contact).\n\n\
            1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n5 \\< 6 & 7";
        check(source).unwrap();
        let shown = html(source);
        for part in [
            "<h2>Rules</h2>",
            "<em>kind</em>",
            "<strong>fair</strong>",
            "<li>one</li>",
            "<td>2</td>",
            "table-wrap",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        assert!(shown.contains("href=\"/contact\"") && shown.contains("5 &lt; 6 &amp; 7"), "{shown}");
        let name = "*A* [b](c) <i> `x` _y_ #1";
        let shown = html(&format!("Hello {}.", escape(name)));
        assert_eq!(
            scraper::Html::parse_fragment(&shown).root_element().text().collect::<String>().trim(),
            format!("Hello {name}.")
        );
    }
}
