//! Plain text out of what sources give: one line, no markup, no control characters, bounded.

use html2text::{config, render::TrivialDecorator};

/// The longest headline, and the longest body, in characters; the rest is cut off.
pub const MOST_CHARS: usize = 10_000;
/// Of markup, what is read at all, in bytes.
const MOST_MARKUP: usize = 64 << 10;
/// And in tags: the time that deep nesting takes grows by its square.
const MOST_TAGS: usize = 1_000;
/// Columns: wide enough that no line of text is worth breaking.
const WIDTH: usize = 100_000;

/// Words separated by single spaces.
pub(in crate::io) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let (mut chars, mut gap) = (0, false);
    for c in text.chars() {
        if c.is_whitespace() || c == '\0' {
            gap = true;
        } else if !is_hidden(c) {
            let needed = 1 + usize::from(gap && chars > 0);
            if chars + needed > MOST_CHARS {
                break;
            }
            if needed == 2 {
                plain.push(' ');
            }
            plain.push(c);
            (chars, gap) = (chars + needed, false);
        }
    }
    plain
}

/// As [`plain`], of HTML; `None` where it cannot be read.
pub(super) fn from_markup(text: &str) -> Option<String> {
    if !text.contains(['<', '&']) {
        return Some(plain(text));
    }
    let text = &text[..text.floor_char_boundary(MOST_MARKUP)];
    let text = text.match_indices('<').nth(MOST_TAGS).map_or(text, |(at, _)| &text[..at]);
    let rendered = config::with_decorator(TrivialDecorator::new())
        .allow_width_overflow()
        .raw_mode(true)
        .string_from_read(text.as_bytes(), WIDTH);
    rendered.ok().map(|text| plain(&text))
}

/// Control characters, and those that reorder or hide text; the joiner of emoji is none.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_words() {
        let check = |markup, text| assert_eq!(from_markup(markup).as_deref(), Some(text), "{markup}");
        check("no  markup,\n 1 > 0", "no markup, 1 > 0");
        check("<p>ETH &amp; BTC: <a href='https://x'>up</a> <b>5&nbsp;%</b></p><p>Next</p>", "ETH & BTC: up 5 % Next");
        check("It&#8217;s &lt;fine&gt;", "It\u{2019}s <fine>");
        check("<script>alert(1)</script><style>p{}</style>seen", "seen");
        check("<table><tr><td>a</td><td>b</td></tr></table>", "a b");
        check("cut off <a href='x", "cut off");
        check("", "");
    }

    #[test]
    fn control_characters_go() {
        assert_eq!(plain("a\u{0}b\u{1b}[31mc\u{7f}\u{202e}d\r\n\te\u{feff}"), "a b[31mcd e");
    }

    #[test]
    fn ten_megabytes_are_cut() {
        assert_eq!(plain(&"é".repeat(5 << 20)).chars().count(), MOST_CHARS);
        // A space at the very end is none.
        assert_eq!(plain(&"a b ".repeat(3 << 20)).chars().count(), MOST_CHARS - 1);
        let words = from_markup(&"<p>word &amp; </p>".repeat(600_000)).unwrap();
        assert!(words.starts_with("word & word &") && words.chars().count() <= MOST_CHARS);
    }

    #[test]
    fn deep_nesting_does_no_harm() {
        for tag in ["div", "b", "ul><li", "table><tr><td", "blockquote", "a"] {
            let markup = format!("first {}last", format!("<{tag}>").repeat(20_000));
            assert!(from_markup(&markup).unwrap().starts_with("first"), "{tag}");
        }
    }
}
