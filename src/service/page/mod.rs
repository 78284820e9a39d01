//! Pages that stand alone: styles and pictures within them, no scripts, no network.

/// What every page looks like, light and dark, on screen and on paper.
const STYLE: &str = include_str!("style.css");

/// A whole page. `title` is escaped here, `body` is HTML, `style` comes after the shared one.
pub(super) fn page(title: &str, style: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Text as it may stand in an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The first `texts` columns are words, the others numbers.
pub(super) fn table(header: &[&str], texts: usize, rows: &str) -> String {
    let head = cells("th", header, texts);
    format!("<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
}

pub(super) fn row(columns: &[&str], texts: usize, class: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<tr{class}>{}</tr>", cells("td", columns, texts))
}

fn cells(tag: &str, columns: &[&str], texts: usize) -> String {
    let cell = |(place, text): (usize, &&str)| {
        let class = if place < texts { " class=\"text\"" } else { "" };
        format!("<{tag}{class}>{}</{tag}>", escape(text))
    };
    columns.iter().enumerate().map(cell).collect()
}
