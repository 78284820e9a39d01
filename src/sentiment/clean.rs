//! A text made ready for the scorers: without links and handles, control characters and
//! needless space.

/// A cleaned text, and what the cleaning met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Words with one space between them; cashtags and hashtags are kept as they are.
    pub text: String,
    /// All words that stood there, links and handles included.
    pub words: usize,
    pub links: usize,
    pub mentions: usize,
    /// `#word`; cashtags are none.
    pub hashtags: usize,
}

/// Cleans the first `most_characters` of a text; what comes after them is not looked at, so
/// that no post can hold up the bot by its length.
///
/// A link is taken to end at the next white space.
pub fn clean(text: &str, most_characters: usize) -> Cleaned {
    let end = text.char_indices().nth(most_characters).map_or(text.len(), |(at, _)| at);
    let visible: String = text[..end].chars().filter(|character| !is_invisible(*character)).collect();
    let mut cleaned = Cleaned::default();
    let mut tokens = visible.split(is_gap).filter(|token| !token.is_empty()).peekable();
    while let Some(token) = tokens.next() {
        cleaned.words += 1;
        let mut kept = token;
        if let Some(at) = link_in(token) {
            cleaned.links += 1;
            // `[name](https://...)` leaves the name.
            kept = token[..at].trim_end_matches(['(', '<', '"', '\'', ']', '[']);
        }
        if is_handle(kept) {
            cleaned.mentions += 1;
            kept = "";
        }
        // The mark of a repeated post stands before whom it repeats.
        if kept == "RT" && tokens.peek().is_some_and(|next| is_handle(next)) {
            kept = "";
        }
        if is_tag(kept) {
            cleaned.hashtags += 1;
        }
        if !kept.is_empty() {
            if !cleaned.text.is_empty() {
                cleaned.text.push(' ');
            }
            cleaned.text.push_str(kept);
        }
    }
    cleaned
}

fn is_gap(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

/// Marks that show nothing: zero width, direction, byte order.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{ad}'
    )
}

/// Where a link begins within the token.
fn link_in(token: &str) -> Option<usize> {
    // Lower-casing ASCII alone keeps every byte's place.
    let lower = token.to_ascii_lowercase();
    let scheme = ["https://", "http://"].iter().filter_map(|scheme| lower.find(scheme)).min();
    let bare = {
        let start = lower.len() - lower.trim_start_matches(['(', '<', '"', '\'', '[']).len();
        lower[start..].starts_with("www.").then_some(start)
    };
    scheme.into_iter().chain(bare).min()
}

fn is_handle(token: &str) -> bool {
    marked(token, '@')
}

fn is_tag(token: &str) -> bool {
    marked(token, '#')
}

/// Whether the token is a name behind `mark`, with punctuation around it or none.
fn marked(token: &str, mark: char) -> bool {
    let bare = token.trim_start_matches(['(', '[', '"', '\'', '.', ',', ':', '-']);
    bare.strip_prefix(mark).is_some_and(|name| name.starts_with(|first: char| first.is_alphanumeric() || first == '_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, cleaned: &str, [words, links, mentions, hashtags]: [usize; 4]) {
        let expected = Cleaned { text: cleaned.to_owned(), words, links, mentions, hashtags };
        assert_eq!(clean(text, 10_000), expected, "{text}");
    }

    #[test]
    fn links_and_handles_go_and_tags_stay() {
        check("Buy $ETH now! https://t.co/a?b=c #ETH", "Buy $ETH now! #ETH", [5, 1, 0, 1]);
        check("RT @whale_1: $BTC up @x!", "$BTC up", [5, 0, 2, 0]);
        check("see [the thread](HTTPS://reddit.com/r/x/) (www.a.b) <http://c>", "see [the thread", [5, 3, 0, 0]);
        check("a@b.example is @ 5", "a@b.example is @ 5", [4, 0, 0, 0]);
        check(" tabs\tand\u{0}lines\r\n\u{feff}zero\u{200b}width ", "tabs and lines zerowidth", [4, 0, 0, 0]);
        check("$1664.02 # 1 #(x)", "$1664.02 # 1 #(x)", [4, 0, 0, 0]);
        check("", "", [0, 0, 0, 0]);
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(clean("äöü äöü", 5).text, "äöü ä");
    }

    proptest! {
        #[test]
        fn cleaning_again_changes_nothing(text in "\\PC{0,60}|([ a#@$(.]|http://|www\\.|RT ){0,12}") {
            let once = clean(&text, 10_000);
            let twice = clean(&once.text, 10_000);
            prop_assert!(once.text.len() <= text.len());
            prop_assert_eq!((twice.links, twice.mentions), (0, 0), "{:?}", &once.text);
        }
    }
}
