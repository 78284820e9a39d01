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

/// Text, and whether more of it came than is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bounded {
    pub(super) text: String,
    pub(super) is_cut: bool,
}

/// Words separated by single spaces.
pub(in crate::io) fn plain(text: &str) -> String {
    bounded(text).text
}

/// As [`plain`].
pub(super) fn bounded(text: &str) -> Bounded {
    let mut plain = String::new();
    let (mut chars, mut gap, mut is_cut) = (0, false, false);
    for c in text.chars() {
        if c.is_whitespace() || c == '\0' {
            gap = true;
        } else if !is_hidden(c) {
            let needed = 1 + usize::from(gap && chars > 0);
            if chars + needed > MOST_CHARS {
                is_cut = true;
                break;
            }
            if needed == 2 {
                plain.push(' ');
            }
            plain.push(c);
            (chars, gap) = (chars + needed, false);
        }
    }
    Bounded { text: plain, is_cut }
}

/// As [`plain`], of HTML; `None` where it cannot be read.
pub(super) fn from_markup(markup: &str) -> Option<Bounded> {
    if !markup.contains(['<', '&']) {
        return Some(bounded(markup));
    }
    let text = &markup[..markup.floor_char_boundary(MOST_MARKUP)];
    let text = text.match_indices('<').nth(MOST_TAGS).map_or(text, |(at, _)| &text[..at]);
    let rendered = config::with_decorator(TrivialDecorator::new())
        .allow_width_overflow()
        .raw_mode(true)
        .string_from_read(text.as_bytes(), WIDTH);
    let is_read_whole = text.len() == markup.len();
    rendered.ok().map(|text| {
        let Bounded { text, is_cut } = bounded(&text);
        Bounded { text, is_cut: is_cut || !is_read_whole }
    })
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
        let check = |markup, text: &str| {
            assert_eq!(from_markup(markup), Some(Bounded { text: text.to_owned(), is_cut: false }), "{markup}");
        };
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
        assert!(words.text.starts_with("word & word &") && words.text.chars().count() <= MOST_CHARS && words.is_cut);
    }

    #[test]
    fn only_what_is_left_out_is_cut() {
        let full = "é".repeat(MOST_CHARS);
        for (text, is_cut) in
            [(full.clone(), false), (format!("{full} \n\u{200b} "), false), (full.clone() + "é", true)]
        {
            assert_eq!(bounded(&text), Bounded { text: full.clone(), is_cut });
            assert_eq!(from_markup(&text), Some(Bounded { text: full.clone(), is_cut }));
        }
        assert!(!from_markup(&format!("<p>{full}</p>")).unwrap().is_cut);
        assert!(from_markup(&format!("<p>{full} more</p>")).unwrap().is_cut);
    }

    #[test]
    fn deep_nesting_does_no_harm() {
        for tag in ["div", "b", "ul><li", "table><tr><td", "blockquote", "a"] {
            let markup = format!("first {}last", format!("<{tag}>").repeat(20_000));
            let Bounded { text, is_cut } = from_markup(&markup).unwrap();
            assert!(text.starts_with("first") && is_cut, "{tag}");
        }
    }
}
