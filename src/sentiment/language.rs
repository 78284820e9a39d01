//! Which language a text is in, by its letters' frequencies (`whatlang`).

use whatlang::{Lang, detect, detect_script};

#[derive(Clone, Debug, PartialEq)]
pub struct LanguageParams {
    /// The languages to keep, by ISO 639-3 code (`eng`); at least one.
    pub languages: Vec<String>,
    /// Below so many letters detection is a guess: only a foreign script is dropped.
    pub short_letters: usize,
    /// What the confidence of a text of uncertain language is multiplied by.
    pub unsure_confidence: f64,
}

/// What was found out of a text's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Language {
    /// One of ours.
    Wanted,
    /// Too short or too mixed to tell.
    Unsure,
    /// Another, by ISO 639-3 code; or a script in which none of ours is written, by its name.
    Foreign(String),
}

impl LanguageParams {
    /// Whether `code` names a language that can be detected.
    pub fn knows(code: &str) -> bool {
        Lang::from_code(code).is_some()
    }

    pub(super) fn judge(&self, text: &str) -> Language {
        // Tags are names, run together, in every language.
        let prose = text.split(' ').filter(|word| !word.starts_with(['#', '$'])).collect::<Vec<_>>().join(" ");
        let text = prose.as_str();
        let wanted = |lang: &Lang| self.languages.iter().any(|code| code == lang.code());
        // A text without letters (only emojis, only digits) is of every language.
        let Some(script) = detect_script(text) else { return Language::Unsure };
        if !script.langs().iter().any(wanted) {
            return Language::Foreign(script.name().to_owned());
        }
        let letters = text.chars().filter(|character| character.is_alphabetic()).count();
        match detect(text) {
            Some(found) if wanted(&found.lang()) && found.is_reliable() => Language::Wanted,
            Some(found) if found.is_reliable() && !wanted(&found.lang()) && letters >= self.short_letters => {
                Language::Foreign(found.lang().code().to_owned())
            }
            _ => Language::Unsure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Language {
        let languages = vec!["eng".to_owned()];
        LanguageParams { languages, short_letters: 60, unsure_confidence: 0.5 }.judge(text)
    }

    #[test]
    fn keeps_ours_and_what_is_too_short_to_tell() {
        let english = "The exchange paused withdrawals this morning and has given its users no reason so far.";
        assert_eq!(judge(english), Language::Wanted);
        let tags = "So #Bitcoinnieuws #CelsiusNetwork #Kryptowaehrungen #Geldanlage #blockchaintechnologie #Steuern";
        for text in ["", "🚀🚀🚀", "62,000", "BTC pump", "wen moon ser", tags] {
            assert_eq!(judge(text), Language::Unsure, "{text}");
        }
    }

    #[test]
    fn drops_others() {
        let german = "Die Börse hat heute Morgen alle Auszahlungen gestoppt und bisher keinen Grund genannt.";
        assert_eq!(judge(german), Language::Foreign("deu".to_owned()));
        assert_eq!(judge("比特币大涨"), Language::Foreign("Mandarin".to_owned()));
        assert!(matches!(judge("Биткойн растет"), Language::Foreign(_)));
        assert!(LanguageParams::knows("eng") && !LanguageParams::knows("en"));
    }
}
