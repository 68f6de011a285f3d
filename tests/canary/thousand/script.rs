//! Character sets, and encoders of the tests' own for what people write in them.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, WINDOWS_874};
use encoding_rs::{ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7};
use encoding_rs::{ISO_8859_8, ISO_8859_15, WINDOWS_1252, WINDOWS_1254};

/// One choice of Specific Character Set, and the letters of the names written in it.
#[derive(Debug)]
pub struct Set {
    /// Specific Character Set (0008,0005); empty where the attribute is not there.
    pub term: &'static str,
    /// How it writes what is not ASCII.
    pub way: Way,
    /// Parts that family names are made of.
    pub family: &'static str,
    /// Parts that given names are made of.
    pub given: &'static str,
    /// What is said of somebody, with `@` for the name.
    pub said: &'static str,
}

/// How text becomes bytes.
#[derive(Debug)]
pub enum Way {
    /// In one encoding.
    One(&'static Encoding),
    /// With code extensions: an escape sequence before letters that are not ASCII, until the next
    /// delimiter.
    Extended(&'static [Extension]),
}

/// A set that an escape sequence calls in.
#[derive(Clone, Copy, Debug)]
pub enum Extension {
    /// Bytes above 127 of an encoding, called in with this sequence; empty where it is the first
    /// set, which needs none.
    High(&'static [u8], &'static Encoding),
    /// Pairs of seven bits of JIS X 0208, with a way back to ASCII.
    Jis,
}

use Extension::{High, Jis};
use Way::{Extended, One};

const fn set(
    term: &'static str,
    way: Way,
    family: &'static str,
    given: &'static str,
    said: &'static str,
) -> Set {
    Set { term, way, family, given, said }
}

const CYRILLIC: (&str, &str, &str) =
    ("Жорв Квел Щуть Дрям Выхн Цеплю", "Ярм Ефгр Южд Ольх Тырс Фёкл", "осмотрен @, без изменений");
const GREEK: (&str, &str, &str) =
    ("Ξυλφ Ψαθρ Ζωγδ Θρυψ Κβελ Γκρυ", "Ωρξι Ευφθ Λυγκ Ηλψα Σφιγ Χρυδ", "εξέταση: @, χωρίς αλλαγή");
const HEBREW: (&str, &str, &str) =
    ("צפקט גזלם עקרב דחפל טגרן זמשק", "אביש גדעז יקטן נחשת ספקל שזרם", "נבדק @ היום");
const ARABIC: (&str, &str, &str) =
    ("قظفر ضغطس خشقل ثعلب صدقح جحفل", "زغرد طفيل نعضم وهيب ياقظ لقما", "تم فحص @ اليوم");
const THAI: (&str, &str, &str) =
    ("กฤษฎ ฆงฉช ฒณดถ ธนบป ผฝพฟ ภมยร", "ลวศษ สหฬอ ฮกขค งจฉช ซญดต ถทธน", "ตรวจ @ แล้ว");
const JAPANESE: (&str, &str, &str) =
    ("勅使 薬袋 小鳥 一尺 月見 四月", "弥吉 鶴松 亀蔵 梅吉 竹蔵 菊乃", "@様の検査を行った");
const KANA: (&str, &str, &str) =
    ("ﾃｼﾊﾗ ﾐﾅｲｼ ﾀｶﾅｼ ｶﾏﾀﾆ ﾂｷﾐｻ ﾜﾀﾇｷ", "ﾔｷﾁﾛ ﾂﾙﾏﾂ ｶﾒｿﾞ ｳﾒｷﾁ ﾀｹｿﾞ ｷｸﾉｽ", "ｶﾝｼﾞｬ @ ｹﾝｻ");
const KOREAN: (&str, &str, &str) =
    ("남궁 제갈 독고 황보 사공 서문", "길동 춘향 몽룡 심청 흥부 놀부", "환자 @ 검사 완료");
const CHINESE: (&str, &str, &str) =
    ("欧阳 司马 诸葛 皇甫 尉迟 公孙", "玉堂 金锁 春桃 秋菊 冬梅 夏荷", "患者@今日复查");

/// All sets of PS3.3 C.12.1.1.2 that people meet, alone and several in one dataset.
pub static SETS: [Set; 24] = [
    set("", One(WINDOWS_1252), "", "", "seen: @, no change"),
    set("ISO_IR 6", One(WINDOWS_1252), "", "", "seen: @, no change"),
    set("ISO_IR 100", One(WINDOWS_1252), "ü ø ñ ê å ï", "é ö ç ã ë ó", "gesehen: @, unverändert"),
    set("ISO_IR 101", One(ISO_8859_2), "ł ř ž ő ę ť", "č ů ś ň ź ě", "widziany: @, bez zmian"),
    set("ISO_IR 109", One(ISO_8859_3), "ħ ġ ż ĉ ŝ ĝ", "ŭ ĵ ĥ ċ ġ ħ", "mara: @, l-ebda bidla"),
    set("ISO_IR 110", One(ISO_8859_4), "ķ ņ ģ ļ ā ē", "ū ī š ž ų ė", "redzēts: @, bez izmaiņām"),
    set("ISO_IR 144", One(ISO_8859_5), CYRILLIC.0, CYRILLIC.1, CYRILLIC.2),
    set("ISO_IR 127", One(ISO_8859_6), ARABIC.0, ARABIC.1, ARABIC.2),
    set("ISO_IR 126", One(ISO_8859_7), GREEK.0, GREEK.1, GREEK.2),
    set("ISO_IR 138", One(ISO_8859_8), HEBREW.0, HEBREW.1, HEBREW.2),
    set(
        "ISO_IR 148",
        One(WINDOWS_1254),
        "ş ğ ı ç ö ü",
        "ü ş ğ ö ç â",
        "görüldü: @, değişiklik yok",
    ),
    set("ISO_IR 203", One(ISO_8859_15), "œ ž š ÿ é à", "ê ž œ ï š ô", "vu: @, inchangé"),
    set("ISO_IR 166", One(WINDOWS_874), THAI.0, THAI.1, THAI.2),
    set("ISO_IR 13", One(SHIFT_JIS), KANA.0, KANA.1, KANA.2),
    set("ISO_IR 192", One(UTF_8), JAPANESE.0, JAPANESE.1, JAPANESE.2),
    set("ISO_IR 192", One(UTF_8), CYRILLIC.0, CYRILLIC.1, CYRILLIC.2),
    set("GB18030", One(GB18030), CHINESE.0, CHINESE.1, CHINESE.2),
    set("GBK", One(GBK), CHINESE.0, CHINESE.1, CHINESE.2),
    set("\\ISO 2022 IR 87", Extended(&[Jis]), JAPANESE.0, JAPANESE.1, JAPANESE.2),
    set(
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        Extended(&[High(b"", SHIFT_JIS), Jis]),
        JAPANESE.0,
        JAPANESE.1,
        JAPANESE.2,
    ),
    set("\\ISO 2022 IR 149", Extended(&[High(b"\x1b$)C", EUC_KR)]), KOREAN.0, KOREAN.1, KOREAN.2),
    set("\\ISO 2022 IR 58", Extended(&[High(b"\x1b$)A", GBK)]), CHINESE.0, CHINESE.1, CHINESE.2),
    set(
        "ISO 2022 IR 6\\ISO 2022 IR 144\\ISO 2022 IR 126",
        Extended(&[High(b"\x1b-L", ISO_8859_5), High(b"\x1b-F", ISO_8859_7)]),
        CYRILLIC.0,
        CYRILLIC.1,
        CYRILLIC.2,
    ),
    set(
        "ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144",
        Extended(&[
            High(b"", WINDOWS_1252),
            High(b"\x1b-F", ISO_8859_7),
            High(b"\x1b-L", ISO_8859_5),
        ]),
        GREEK.0,
        GREEK.1,
        GREEK.2,
    ),
];

impl Set {
    /// Encodes text.
    ///
    /// # Panics
    /// When the set has no sign for a letter: then the test is wrong.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        match self.way {
            One(encoding) => plain(encoding, text),
            Extended(extensions) => extended(extensions, text),
        }
    }
}

fn plain(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, lost) = encoding.encode(text);
    assert!(!lost, "{} cannot say it", encoding.name());
    bytes.into_owned()
}

/// The bytes of one letter, where the set has it.
fn letter(extension: Extension, letter: char) -> Option<Vec<u8>> {
    let mut text = [0; 4];
    let text = letter.encode_utf8(&mut text);
    let encoding = match extension {
        High(_, encoding) => encoding,
        Jis => EUC_JP,
    };
    let (bytes, _, lost) = encoding.encode(text);
    let single = matches!(extension, High(b"", _));
    match extension {
        _ if lost => None,
        // As a first set it has single bytes only.
        High(..) => (!single || bytes.len() == 1).then(|| bytes.into_owned()),
        Jis if bytes.len() == 2 && bytes[0] != 0x8E => {
            Some(bytes.iter().map(|byte| byte & 0x7F).collect())
        }
        Jis => None,
    }
}

fn extended(extensions: &[Extension], text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut in_force: Option<usize> = None;
    for glyph in text.chars() {
        let is_pairs = in_force.is_some_and(|at| matches!(extensions[at], Jis));
        if glyph.is_ascii() {
            if is_pairs {
                out.extend(b"\x1b(B");
                in_force = None;
            }
            // What was called in ends at each delimiter.
            if "^=\\\r\n".contains(glyph) {
                in_force = None;
            }
            out.push(glyph as u8);
            continue;
        }
        let found = extensions
            .iter()
            .enumerate()
            .find_map(|(at, one)| letter(*one, glyph).map(|bytes| (at, bytes)));
        let (at, bytes) = found.unwrap_or_else(|| panic!("no set has {glyph}"));
        if in_force != Some(at) {
            match extensions[at] {
                High(escape, _) => out.extend(escape),
                Jis => out.extend(b"\x1b$B"),
            }
            in_force = Some(at);
        }
        out.extend(bytes);
    }
    if in_force.is_some_and(|at| matches!(extensions[at], Jis)) {
        out.extend(b"\x1b(B");
    }
    out
}
