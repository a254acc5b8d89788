//! Names in every script, and names that are text but not letters: all of them are names.

use crate::case::{Case, accepted};
use crate::generator::Torrent;

const NAMES: &[(&str, &str)] = &[
    ("Latin", "Größe, œuvre, İıŞş, Việt"),
    ("Greek", "Ελληνικά"),
    ("Cyrillic", "Дом, Її"),
    ("Glagolitic", "ⰀⰁⰂ"),
    ("Armenian", "Հայերեն"),
    ("Georgian", "ქართული"),
    ("Hebrew", "שלום"),
    ("Arabic", "العربية"),
    ("Syriac", "ܣܘܪܝܝܐ"),
    ("Thaana", "ދިވެހި"),
    ("N'Ko", "ߒߞߏ"),
    ("Devanagari", "हिन्दी"),
    ("Bengali", "বাংলা"),
    ("Gurmukhi", "ਪੰਜਾਬੀ"),
    ("Gujarati", "ગુજરાતી"),
    ("Odia", "ଓଡ଼ିଆ"),
    ("Tamil", "தமிழ்"),
    ("Telugu", "తెలుగు"),
    ("Kannada", "ಕನ್ನಡ"),
    ("Malayalam", "മലയാളം"),
    ("Sinhala", "සිංහල"),
    ("Thai", "ภาษาไทย"),
    ("Lao", "ພາສາລາວ"),
    ("Tibetan", "བོད་ཡིག"),
    ("Burmese", "မြန်မာ"),
    ("Khmer", "ខ្មែរ"),
    ("Mongolian", "ᠮᠣᠩᠭᠣᠯ"),
    ("Ethiopic", "አማርኛ"),
    ("Cherokee", "ᏣᎳᎩ"),
    ("Canadian Aboriginal", "ᐃᓄᒃᑎᑐᑦ"),
    ("Ogham", "ᚑᚌᚐᚋ"),
    ("Runic", "ᚱᚢᚾᛖ"),
    ("Tifinagh", "ⵜⵉⴼⵉⵏⴰⵖ"),
    ("Hangul", "한국어"),
    ("Hangul in parts", "\u{1112}\u{1161}\u{11ab}"),
    ("Hiragana and Katakana", "ひらがな・カタカナ"),
    ("half-width Katakana", "ｱｲｳ"),
    ("Bopomofo", "ㄅㄆㄇ"),
    ("Han", "漢字汉字"),
    ("Han beyond sixteen bits", "𠀀𪚥"),
    ("Yi", "ꆈꌠꉙ"),
    ("Gothic", "𐌲𐌿𐍄"),
    ("cuneiform", "𒀀𒁀"),
    ("hieroglyphs", "𓀀𓂀"),
    ("Adlam", "𞤀𞤣𞤤𞤢𞤥"),
    ("mathematical letters", "𝕏𝒜"),
    ("Braille", "⠃⠗⠇"),
    ("a family of four", "👨‍👩‍👧‍👦.ogg"),
    ("a flag", "🇪🇺"),
    ("a tower of marks", "z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}"),
    ("a mark on nothing", "\u{301}"),
    ("written right to left", "gpj\u{202e}exe.scr"),
    ("isolated", "\u{2067}a\u{2069}"),
    ("a space of no width", "a\u{200b}b\u{2060}c"),
    ("spaces of every width", "a\u{a0}\u{2003}\u{3000}b"),
    ("a space that stands alone", "\u{a0}"),
    ("a line separator", "a\u{2028}b\u{2029}c"),
    ("a mark of byte order", "\u{feff}a"),
    ("for private use", "\u{e000}\u{10fffd}"),
    ("no character", "\u{ffff}\u{10ffff}"),
    ("a soft hyphen", "\u{ad}"),
    ("tags nobody sees", "a\u{e0041}\u{e007f}"),
];

pub(crate) fn cases() -> Vec<Case> {
    let case = |(script, name): &(&str, &str)| {
        let path = format!("{name}/{name}");
        accepted(*script, &Torrent::directory(name, &[&[name]]), &[&path])
    };
    NAMES.iter().map(case).collect()
}
