//! The rules: from words to valences, and from valences to scores.

use super::{
    Polarity,
    lexicon::{DAMPENING, DAMPENING_PAIRS, idiom},
    tokens::{Token, Tokens},
};

/// What a word in capitals adds to its valence, where other words are not.
const SHOUT: f64 = 0.733;
/// What a negation multiplies a valence by.
const NEGATION: f64 = -0.74;
/// What "never so" and "never this" multiply it by.
const NEVER_SO: f64 = 1.25;
/// How much of a booster's effect is left one, two and three words away.
const FADING: [f64; 3] = [1.0, 0.95, 0.9];

/// The valence of every token after all rules; zero for a word without sentiment.
pub(super) fn valences(tokens: &Tokens<'_>) -> Vec<f64> {
    let list = &tokens.list;
    let mut valences: Vec<f64> = (0..list.len())
        .map(|i| {
            let token = &list[i];
            let kind_of = token.is("kind") && list.get(i + 1).is_some_and(|next| next.is("of"));
            match token.entry.valence {
                Some(valence) if token.entry.boost.is_none() && !kind_of => word(tokens, i, valence),
                _ => 0.0,
            }
        })
        .collect();
    weigh_around_but(list, &mut valences);
    valences
}

/// The valence of the lexicon word at `i`, whose entry is `lexical`.
fn word(tokens: &Tokens<'_>, i: usize, lexical: f64) -> f64 {
    let list = &tokens.list;
    // The token `distance` places before; none before the first.
    let before = |distance: usize| i.checked_sub(distance).map(|at| &list[at]);
    let is_no = |distance: usize| before(distance).is_some_and(|token| token.is("no"));

    let mut valence = lexical;
    // Before a lexicon word "no" has no valence of its own: it negates that word.
    if list[i].is("no") && list.get(i + 1).is_some_and(Token::in_lexicon) {
        valence = 0.0;
    }
    let after_or = before(1).is_some_and(|token| token.is_any(["or", "nor"]));
    if is_no(1) || is_no(2) || (is_no(3) && after_or) {
        valence = lexical * NEGATION;
    }
    if list[i].upper && tokens.shouting {
        valence += if valence > 0.0 { SHOUT } else { -SHOUT };
    }
    for distance in 1..=3 {
        let Some(modifier) = before(distance).filter(|token| !token.in_lexicon()) else { continue };
        valence += boost(modifier, valence, tokens.shouting) * FADING[distance - 1];
        valence = negate(valence, list, i, distance);
        if distance == 3 {
            valence = apply_idioms(valence, list, i);
        }
    }
    // "At least" and "very least" do not negate; at the start of a text "least" always does.
    if before(1).is_some_and(|token| token.is("least") && !token.in_lexicon())
        && !before(2).is_some_and(|token| token.is_any(["at", "very"]))
    {
        valence *= NEGATION;
    }
    valence
}

/// What the word before adds: a booster moves the valence away from zero, a dampener towards it.
fn boost(modifier: &Token<'_>, valence: f64, shouting: bool) -> f64 {
    let Some(boost) = modifier.entry.boost else { return 0.0 };
    let boost = if valence < 0.0 { -boost } else { boost };
    match modifier.upper && shouting {
        true if valence > 0.0 => boost + SHOUT,
        true => boost - SHOUT,
        false => boost,
    }
}

/// What a negation `distance` words before `i` makes of the valence; `i >= distance`.
fn negate(valence: f64, list: &[Token<'_>], i: usize, distance: usize) -> f64 {
    let near = |distance: usize| &list[i - distance];
    let so = |distance: usize| near(distance).is_any(["so", "this"]);
    let (never_so, without_doubt) = match distance {
        1 => (false, false),
        2 => (near(2).is("never") && so(1), near(2).is("without") && near(1).is("doubt")),
        // The reference binds "and" before "or": three words on, "so" and "this" suffice.
        _ => (
            near(3).is("never") && so(2) || so(1),
            near(3).is("without") && (near(2).is("doubt") || near(1).is("doubt")),
        ),
    };
    if never_so {
        valence * NEVER_SO
    } else if !without_doubt && near(distance).entry.negates {
        valence * NEGATION
    } else {
        valence
    }
}

/// Idioms and dampening pairs around the word at `i >= 3`.
fn apply_idioms(valence: f64, list: &[Token<'_>], i: usize) -> f64 {
    let phrase = |from: usize, to: usize| {
        let words: Vec<&str> = list[from..=to].iter().map(|token| token.lower.as_ref()).collect();
        words.join(" ")
    };
    let before = [(i - 1, i), (i - 2, i), (i - 2, i - 1), (i - 3, i - 1), (i - 3, i - 2)];
    let mut valence = before.iter().find_map(|&(from, to)| idiom(&phrase(from, to))).unwrap_or(valence);
    for to in [i + 1, i + 2] {
        if to < list.len()
            && let Some(meaning) = idiom(&phrase(i, to))
        {
            valence = meaning;
        }
    }
    for (from, to) in [(i - 3, i - 2), (i - 2, i - 1)] {
        if DAMPENING_PAIRS.contains(&phrase(from, to).as_str()) {
            valence += DAMPENING;
        }
    }
    valence
}

/// What comes before the first "but" counts half, what comes after it half as much again.
///
/// The reference finds each valence's place by its value, and so changes the first of equal
/// ones, some of them twice.
fn weigh_around_but(list: &[Token<'_>], valences: &mut [f64]) {
    let Some(but) = list.iter().position(|token| token.is("but")) else { return };
    for i in 0..valences.len() {
        let valence = valences[i];
        // A zero stays zero whatever it is multiplied by.
        if valence == 0.0 {
            continue;
        }
        let Some(place) = valences.iter().position(|other| *other == valence) else { continue };
        if place < but {
            valences[place] = valence * 0.5;
        } else if place > but {
            valences[place] = valence * 1.5;
        }
    }
}

/// What exclamation and question marks, wherever they stand, add to the whole.
fn emphasis(text: &str) -> f64 {
    let count = |mark: u8| text.bytes().filter(|byte| *byte == mark).count();
    let exclamations = count(b'!').min(4) as f64 * 0.292;
    let questions = match count(b'?') {
        0 | 1 => 0.0,
        few @ (2 | 3) => few as f64 * 0.18,
        _ => 0.96,
    };
    exclamations + questions
}

pub(super) fn polarity(text: &str, valences: &[f64]) -> Polarity {
    if valences.is_empty() {
        return Polarity::default();
    }
    let emphasis = emphasis(text);
    let mut sum: f64 = valences.iter().fold(0.0, |sum, valence| sum + valence);
    let (mut positive, mut negative, mut neutral) = (0.0, 0.0, 0.0);
    for valence in valences {
        // A neutral word counts one, so one is added to every other.
        if *valence > 0.0 {
            positive += valence + 1.0;
        } else if *valence < 0.0 {
            negative += valence - 1.0;
        } else {
            neutral += 1.0;
        }
    }
    if sum > 0.0 {
        sum += emphasis;
    } else if sum < 0.0 {
        sum -= emphasis;
    }
    if positive > f64::abs(negative) {
        positive += emphasis;
    } else if positive < f64::abs(negative) {
        negative -= emphasis;
    }
    let total = positive + f64::abs(negative) + neutral;
    Polarity {
        compound: round(normalize(sum), 4),
        neg: round(f64::abs(negative / total), 3),
        neu: round(neutral / total, 3),
        pos: round(positive / total, 3),
    }
}

/// Into -1..1; 15 approximates the greatest sum to be expected.
fn normalize(sum: f64) -> f64 {
    (sum / (sum * sum + 15.0).sqrt()).clamp(-1.0, 1.0)
}

/// Python's `round`: to the nearest decimal of the exact binary value, ties to even. So does
/// the standard library's formatting.
fn round(value: f64, digits: usize) -> f64 {
    format!("{value:.digits$}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_python_does() {
        for (value, rounded) in [(0.0625, 0.062), (0.1875, 0.188), (0.3125, 0.312), (0.0005, 0.001), (2.675, 2.675)] {
            assert_eq!(round(value, 3), rounded, "{value}");
        }
        assert_eq!(round(0.031_25, 4), 0.0312);
    }
}
