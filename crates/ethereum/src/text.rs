//! What is hostile about a text, for findings. Display is always [`vitrine_review::escape`].
//!
//! Sources: UAX 9 (bidi), UAX 15 (normalization), UTS 39 (confusables, mixed scripts).

use std::collections::BTreeSet;

use unicode_normalization::is_nfc;
use unicode_security::{MixedScript, skeleton};

/// Something about a text that can mislead whoever reads it unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFact {
    /// Control characters: they can move the cursor, break lines and hide text. Each once, in order of code point.
    Control(Vec<char>),
    /// Characters that turn the direction of writing, so that text is shown in another order than it is stored.
    Bidi(Vec<char>),
    /// Characters that are not seen, or seen as a space.
    Invisible(Vec<char>),
    /// The text is not in normalization form C: two spellings look alike.
    NotNormalized,
    /// Letters of other scripts that look like ASCII, and the text as it looks.
    LooksLike(String),
    /// Words with letters of several scripts that are not written together.
    MixedScripts(Vec<String>),
}

/// Everything about a text that can mislead; nothing for plain ASCII of one line.
pub fn facts(text: &str) -> Vec<TextFact> {
    let mut facts = Vec::new();
    let mut add_chars = |found: Vec<char>, fact: fn(Vec<char>) -> TextFact| {
        if !found.is_empty() {
            facts.push(fact(found));
        }
    };
    add_chars(those(text, |c| c.is_control() || is_line_end(c)), TextFact::Control);
    add_chars(those(text, is_bidi), TextFact::Bidi);
    add_chars(those(text, |c| is_invisible(c) && !is_bidi(c)), TextFact::Invisible);
    if !is_nfc(text) {
        facts.push(TextFact::NotNormalized);
    }
    facts.extend(looks_like(text).map(TextFact::LooksLike));
    let mixed: Vec<_> = words(text).filter(|word| !word.is_single_script()).map(str::to_owned).collect();
    if !mixed.is_empty() {
        facts.push(TextFact::MixedScripts(mixed));
    }
    facts
}

/// Whether one text can be taken for the other: their skeletons (UTS 39) are equal without regard to case, or differ
/// in characters alone that are not seen. Equal texts are no imitation.
pub fn imitates(text: &str, other: &str) -> bool {
    text != other && seen(text) == seen(other)
}

/// The text as it looks.
fn seen(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_invisible(*c) && !c.is_control() && !c.is_whitespace()).collect();
    skeleton(&skeleton(&visible).collect::<String>().to_lowercase()).collect()
}

fn those(text: &str, is: impl Fn(char) -> bool) -> Vec<char> {
    text.chars().filter(|c| is(*c)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c.is_ascii() || c.is_whitespace()).filter(|word| !word.is_empty())
}

/// The text with each look-alike replaced, if there is one.
fn looks_like(text: &str) -> Option<String> {
    let mut found = false;
    let shown = text.chars().map(|c| {
        let prototype: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
        let imitates = !c.is_ascii() && prototype.bytes().any(|b| b.is_ascii_alphanumeric()) && prototype.is_ascii();
        found |= imitates;
        if imitates { prototype } else { c.to_string() }
    });
    let shown = shown.collect();
    found.then_some(shown)
}

/// Line and paragraph separators, which are no control characters.
const fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks, embeddings, overrides and isolates (UAX 9).
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Format characters (category Cf), others that are not seen, and spaces other than the usual one.
const fn is_invisible(c: char) -> bool {
    let format = matches!(
        c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    let unseen = matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
    );
    let space = matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    );
    format || unseen || space
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_texts_have_nothing_to_tell() {
        for text in [
            "",
            "USD Coin",
            "Tether USD (Bridged)",
            "Zażółć gęślą jaźń",
            "東京タワー",
            "서울",
            "Ελλάδα",
            "Привет",
            "café №",
        ] {
            let facts = facts(text);
            let only_looks = facts.iter().all(|fact| matches!(fact, TextFact::LooksLike(_)));
            assert!(only_looks, "{text}: {facts:?}");
        }
        for text in ["USD Coin", "東京タワー", "x_1 - y!", "0xdead"] {
            assert_eq!(facts(text), [], "{text}");
        }
    }

    #[test]
    fn each_trick_is_named() {
        assert_eq!(facts("a\nb\u{0}\u{7f}"), [TextFact::Control(vec!['\u{0}', '\n', '\u{7f}'])]);
        assert_eq!(facts("pay \u{202e}txt\u{2066}"), [TextFact::Bidi(vec!['\u{202e}', '\u{2066}'])]);
        for c in
            ['\u{200b}', '\u{ad}', '\u{2060}', '\u{feff}', '\u{3164}', '\u{2800}', '\u{e0041}', '\u{a0}', '\u{fe0f}']
        {
            assert!(facts(&format!("US{c}DC")).contains(&TextFact::Invisible(vec![c])), "{c:?}");
        }
        assert!(facts("e\u{301}").contains(&TextFact::NotNormalized));
        assert!(facts("a\u{2028}b").contains(&TextFact::Control(vec!['\u{2028}'])));
        let cyrillic = facts("UЅDС");
        assert!(cyrillic.contains(&TextFact::LooksLike("USDC".to_owned())), "{cyrillic:?}");
        assert!(cyrillic.contains(&TextFact::MixedScripts(vec!["UЅDС".to_owned()])));
        assert!(facts("ехаmple ok").contains(&TextFact::MixedScripts(vec!["ехаmple".to_owned()])));
    }

    #[test]
    fn a_whole_word_in_another_script_looks_like_one_in_ascii() {
        let facts = facts("ЅОЅ");
        assert_eq!(facts, [TextFact::LooksLike("SOS".to_owned())]);
    }

    #[test]
    fn imitations_are_found() {
        for (text, other) in [
            ("USDС", "USDC"),
            ("USD\u{200b}C", "USDC"),
            ("usdc", "USDC"),
            ("USD C", "USDC"),
            ("Binαnce", "Binance"),
            ("paypaI", "paypal"),
            ("rnetamask", "metamask"),
            ("ＵＳＤＣ", "USDC"),
        ] {
            assert!(imitates(text, other) && imitates(other, text), "{text} {other}");
        }
        for (text, other) in [("USDC", "USDC"), ("USDC", "USDT"), ("Dai", "Ðai2"), ("", "x")] {
            assert!(!imitates(text, other), "{text} {other}");
        }
    }
}
