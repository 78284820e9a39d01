//! What the reference takes for white space.

/// Python's `str.isspace` of one character: Unicode's white space and four control characters.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}
