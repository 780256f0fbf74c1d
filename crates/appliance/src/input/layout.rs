//! What keys write: our own tables of six layouts, those that Linux desktops have by the same name.

/// A keyboard layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// United States.
    #[default]
    Us,
    /// United Kingdom.
    Uk,
    /// Germany, with dead keys.
    De,
    /// France, with dead keys.
    Fr,
    /// Spain, with dead keys.
    Es,
    /// Switzerland, German, with dead keys.
    Ch,
}

/// The space bar, which writes a space whatever is held with it.
const SPACE: u16 = 57;

/// Codes of the keys that write, as the kernel numbers them (`linux/input-event-codes.h`), row by row as on the table.
const ROWS: [&[u16]; 4] = [
    &[41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    &[16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 43],
    &[30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40],
    &[86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53],
];

/// Plain, with Shift, with AltGr, with both; for each the rows of [`ROWS`]. A space is a key that writes nothing, a
/// combining mark is a dead key.
type Levels = [[&'static str; 4]; 4];

/// What a key writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A character.
    Writes(char),
    /// A mark for the next letter: the combining character.
    Dead(char),
}

impl Layout {
    /// All of them, in the order in which F2 takes them.
    pub const ALL: [Self; 6] = [Self::Us, Self::Uk, Self::De, Self::Fr, Self::Es, Self::Ch];

    /// Its name in the X keyboard database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Uk => "gb",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::Ch => "ch",
        }
    }

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Us => "keyboard: US",
            Self::Uk => "keyboard: UK",
            Self::De => "keyboard: DE",
            Self::Fr => "keyboard: FR",
            Self::Es => "keyboard: ES",
            Self::Ch => "keyboard: CH",
        }
    }

    /// The layout after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let next = Self::ALL.iter().skip_while(|layout| **layout != self).nth(1);
        next.copied().unwrap_or_default()
    }

    /// What the key with this code writes, if it writes anything.
    pub fn stroke(self, code: u16, shift: bool, altgr: bool) -> Option<Stroke> {
        if code == SPACE {
            return Some(Stroke::Writes(' '));
        }
        let [plain, shifted, third, fourth] = self.levels();
        let rows = match (altgr, shift) {
            (false, false) => plain,
            (false, true) => shifted,
            (true, false) => third,
            (true, true) => fourth,
        };
        let mut placed = ROWS.iter().zip(rows).flat_map(|(codes, signs)| codes.iter().zip(signs.chars()));
        let (_, sign) = placed.find(|(placed, _)| **placed == code)?;
        match sign {
            ' ' => None,
            mark @ '\u{300}'..='\u{36f}' => Some(Stroke::Dead(mark)),
            sign => Some(Stroke::Writes(sign)),
        }
    }

    const fn levels(self) -> &'static Levels {
        match self {
            Self::Us => &UNITED_STATES,
            Self::Uk => &UNITED_KINGDOM,
            Self::De => &GERMANY,
            Self::Fr => &FRANCE,
            Self::Es => &SPAIN,
            Self::Ch => &SWITZERLAND,
        }
    }
}

/// The codes of every key that writes.
pub fn writing_keys() -> impl Iterator<Item = u16> {
    ROWS.into_iter().flatten().copied().chain([SPACE])
}

const UNITED_STATES: Levels = [
    ["`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "<zxcvbnm,./"],
    ["~!@#$%^&*()_+", "QWERTYUIOP{}|", "ASDFGHJKL:\"", ">ZXCVBNM<>?"],
    ["             ", "             ", "           ", "|          "],
    ["             ", "             ", "           ", "¦          "],
];

const UNITED_KINGDOM: Levels = [
    ["`1234567890-=", "qwertyuiop[]#", "asdfghjkl;'", "\\zxcvbnm,./"],
    ["¬!\"£$%^&*()_+", "QWERTYUIOP{}~", "ASDFGHJKL:@", "|ZXCVBNM<>?"],
    ["|¹²³€½¾{[]}\\\u{327}", "@ſe¶ŧ←↓→øþ\u{308}\u{303}\u{300}", "æßðđŋħ\u{309}ĸł\u{301}\u{302}", "|«»¢„“”µ•·\u{323}"],
    ["|¡⅛£¼⅜⅝⅞™±°¿\u{328}", "Ω§E®Ŧ¥↑ıØÞ\u{30a}\u{304}\u{306}", "ÆẞÐªŊĦ\u{31b}&Ł\u{30b}\u{30c}", "¦<>©‚‘’º×÷\u{307}"],
];

const GERMANY: Levels = [
    ["\u{302}1234567890ß\u{301}", "qwertzuiopü+#", "asdfghjklöä", "<yxcvbnm,.-"],
    ["°!\"§$%&/()=?\u{300}", "QWERTZUIOPÜ*'", "ASDFGHJKLÖÄ", ">YXCVBNM;:_"],
    ["′¹²³¼½¬{[]}\\\u{327}", "@ſ€¶ŧ←↓→øþ\u{308}~’", "æſðđŋħ\u{323}ĸł\u{30b}\u{302}", "|»«¢„“”µ·…–"],
    ["″¡⅛£¤⅜⅝⅞™±°¿\u{328}", "Ω§€®Ŧ¥↑ıØÞ\u{30a}¯\u{306}", "ÆẞÐªŊĦ\u{307}&Ł\u{323}\u{30c}", "\u{331}›‹©‚‘’º×÷—"],
];

const FRANCE: Levels = [
    ["²&é\"'(-è_çà)=", "azertyuiop\u{302}$*", "qsdfghjklmù", "<wxcvbn,;:!"],
    ["~1234567890°+", "AZERTYUIOP\u{308}£µ", "QSDFGHJKLM%", ">WXCVBN?./§"],
    ["¬¹~#{[|`\\^@]}", "æ«€¶ŧ←↓→øþ\u{308}¤\u{300}", "@ßðđŋħ\u{309}ĸłµ\u{302}", "|ł»¢„“”\u{301}•·\u{323}"],
    ["¬¡⅛£$⅜⅝⅞™±°¿\u{328}", "Æ<¢®Ŧ¥↑ıØÞ\u{30a}\u{304}\u{306}", "ΩẞÐªŊĦ\u{31b}&Łº\u{30c}", "¦Ł>©‚‘’\u{30b}×÷\u{307}"],
];

const SPAIN: Levels = [
    ["º1234567890'¡", "qwertyuiop\u{300}+ç", "asdfghjklñ\u{301}", "<zxcvbnm,.-"],
    ["ª!\"·$%&/()=?¿", "QWERTYUIOP\u{302}*Ç", "ASDFGHJKLÑ\u{308}", ">ZXCVBNM;:_"],
    ["\\|@#~½¬{[]}\\\u{327}", "@ſ€¶ŧ←↓→øþ[]}", "æßðđŋħ\u{309}ĸł\u{303}{", "|«»¢„“”µ•·\u{323}"],
    ["\\¡⅛£$⅜⅝⅞™±°¿\u{328}", "Ω§¢®Ŧ¥↑ıØÞ\u{30a}\u{304}\u{306}", "ÆẞÐªŊĦ\u{31b}&Ł\u{30b}\u{30c}", "¦<>©‚‘’º×÷\u{307}"],
];

const SWITZERLAND: Levels = [
    ["§1234567890'\u{302}", "qwertzuiopü\u{308}$", "asdfghjklöä", "<yxcvbnm,.-"],
    ["°+\"*ç%&/()=?\u{300}", "QWERTZUIOPè!£", "ASDFGHJKLéà", ">YXCVBNM;:_"],
    ["¬|@#¼½¬|¢]}\u{301}\u{303}", "@ſ€¶ŧ←↓→œþ[]}", "æßðđŋħ\u{309}ĸł\u{301}{", "\\«»¢„“”µ•·\u{323}"],
    ["¬¡⅛£$⅜⅝⅞™±°¿\u{328}", "Ω§E®Ŧ¥↑ıŒÞ\u{30a}\u{304}\u{306}", "ÆẞÐªŊĦ\u{31b}&Ł\u{30b}\u{30c}", "¦<>©‚‘’º×÷\u{307}"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_sign_for_each_key() {
        for layout in Layout::ALL {
            for level in layout.levels() {
                for (codes, signs) in ROWS.iter().zip(level) {
                    assert_eq!(codes.len(), signs.chars().count(), "{layout:?}: {signs}");
                }
            }
        }
        assert_eq!(writing_keys().count(), 49);
    }

    #[test]
    fn f2_comes_back_to_the_first_layout() {
        let mut layout = Layout::Us;
        let mut seen = Vec::new();
        for _ in Layout::ALL {
            seen.push(layout);
            layout = layout.next();
        }
        assert_eq!((seen.as_slice(), layout), (Layout::ALL.as_slice(), Layout::Us));
    }

    #[test]
    fn keys_that_differ_between_countries_write_what_is_printed_on_them() {
        let plain = |layout: Layout, code| layout.stroke(code, false, false);
        let writes = |sign| Some(Stroke::Writes(sign));
        assert_eq!(
            [plain(Layout::Us, 21), plain(Layout::De, 21), plain(Layout::Ch, 21)],
            [writes('y'), writes('z'), writes('z')]
        );
        assert_eq!([plain(Layout::Us, 16), plain(Layout::Fr, 16)], [writes('q'), writes('a')]);
        assert_eq!([plain(Layout::Fr, 3), Layout::Fr.stroke(3, true, false)], [writes('é'), writes('2')]);
        assert_eq!(Layout::De.stroke(16, false, true), writes('@'));
        assert_eq!(Layout::Fr.stroke(11, false, true), writes('@'));
        assert_eq!(Layout::Es.stroke(3, false, true), writes('@'));
        assert_eq!(Layout::Ch.stroke(3, false, true), writes('@'));
        assert_eq!([Layout::Uk.stroke(3, true, false), Layout::Us.stroke(3, true, false)], [writes('"'), writes('@')]);
        assert_eq!([plain(Layout::Uk, 43), plain(Layout::Us, 43)], [writes('#'), writes('\\')]);
        assert_eq!([plain(Layout::De, 12), plain(Layout::Es, 39)], [writes('ß'), writes('ñ')]);
        assert_eq!([plain(Layout::Ch, 13), plain(Layout::De, 41)], [Some(Stroke::Dead('\u{302}')); 2]);
        assert_eq!(plain(Layout::Us, 1), None);
    }
}
