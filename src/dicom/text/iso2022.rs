//! Single-byte sets and code extensions after ISO 2022 (PS3.5 6.1.2.5, PS3.3 C.12.1.1.2).

use dicom_core::VR;

use crate::dicom::text::Decoded;
use crate::dicom::text::sets::{Set, Term, guess};

const ESC: u8 = 0x1B;

/// The set declared first, and those to which escapes may switch.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Extended {
    /// What holds before any escape and again behind each delimiter, in G1; `None`: ASCII alone.
    first: Option<Set>,
    /// Romaji of JIS X 0201 in G0 from the start.
    romaji: bool,
    others: Vec<Set>,
}

/// What is invoked on the left, by bytes without the high bit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Ascii,
    Romaji,
    Set(Set),
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    left: Left,
    right: Option<Set>,
}

/// What an escape designates.
enum Designated {
    Left(Left),
    Right(Set),
}

impl Extended {
    /// `None` if a term among several is one that can only stand alone.
    pub(super) fn new(terms: &[Term]) -> Option<Self> {
        let mut sets = terms.iter().map(|term| match term {
            Term::Ascii => Some(None),
            Term::Set(set) => Some(Some(*set)),
            Term::Utf8 | Term::Gb18030 | Term::Gbk => None,
        });
        let first = sets.next().unwrap_or(Some(None))?;
        let others: Vec<_> = sets.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let mut all = Self { first, romaji: first == Some(Set::Katakana), others };
        if let Some(left) = first.filter(|set| set.is_left()) {
            // Against the standard, but seen: what starts is then ASCII.
            all.first = None;
            all.others.insert(0, left);
        }
        Some(all)
    }

    const fn start(&self) -> State {
        let left = if self.romaji { Left::Romaji } else { Left::Ascii };
        State { left, right: self.first }
    }

    fn declares(&self, designated: &Designated) -> bool {
        let declared = |set| self.first == Some(set) || self.others.contains(&set);
        match designated {
            Designated::Left(Left::Ascii) => self.first.is_some() || !self.others.is_empty(),
            Designated::Left(Left::Romaji) => declared(Set::Katakana),
            Designated::Left(Left::Set(set)) | Designated::Right(set) => declared(*set),
        }
    }

    pub(super) fn decode(&self, bytes: &[u8], vr: VR) -> Decoded {
        let plain = bytes.is_ascii() && !bytes.contains(&ESC);
        if plain && !self.romaji {
            let text = String::from_utf8_lossy(bytes).into_owned();
            return Decoded { text, clean: true };
        }
        if self.first.is_none() && self.others.is_empty() && !bytes.contains(&ESC) {
            return guess(bytes);
        }
        let mut decoder = Decoder {
            sets: self,
            vr,
            state: self.start(),
            last_right: self.others.iter().copied().find(|set| !set.is_left()),
            out: Decoded { text: String::with_capacity(bytes.len()), clean: true },
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = decoder.step(rest);
            rest = rest.get(taken..).unwrap_or_default();
        }
        decoder.out
    }

    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        let (mut out, mut state) = (Vec::with_capacity(text.len()), self.start());
        for wanted in text.chars() {
            if let Some(byte) = self.left_byte(wanted) {
                if matches!(state.left, Left::Set(_)) {
                    out.extend(if self.romaji { [ESC, b'(', b'J'] } else { [ESC, b'(', b'B'] });
                    state.left = self.start().left;
                }
                if is_delimiter(byte, VR::PN) {
                    state = self.start();
                }
                out.push(byte);
                continue;
            }
            let (set, code) = self.choose(wanted, state)?;
            if set.is_left() {
                if state.left != Left::Set(set) {
                    out.push(ESC);
                    out.extend(set.escape());
                    state.left = Left::Set(set);
                }
                out.extend(code.iter().map(|byte| byte & 0x7F));
            } else {
                if state.right != Some(set) {
                    out.push(ESC);
                    out.extend(set.escape());
                    state.right = Some(set);
                }
                out.extend(code);
            }
        }
        if matches!(state.left, Left::Set(_)) {
            out.extend(if self.romaji { [ESC, b'(', b'J'] } else { [ESC, b'(', b'B'] });
        }
        Some(out)
    }

    /// The byte of a character of the left set that holds at the start.
    fn left_byte(&self, wanted: char) -> Option<u8> {
        match wanted {
            '\u{1b}' => None,
            '¥' if self.romaji => Some(0x5C),
            '\u{203e}' if self.romaji => Some(0x7E),
            '~' if self.romaji => None,
            _ => u8::try_from(wanted).ok().filter(u8::is_ascii),
        }
    }

    /// The set to write a character in: what is invoked, the first, then in order of declaration.
    fn choose(&self, wanted: char, state: State) -> Option<(Set, Vec<u8>)> {
        let invoked = match state.left {
            Left::Set(set) => Some(set),
            _ => state.right,
        };
        let sets = invoked.into_iter().chain(self.first).chain(self.others.iter().copied());
        sets.into_iter().find_map(|set| Some((set, set.code_of(wanted)?)))
    }
}

/// Whether the first set holds again behind this byte (PS3.5 6.1.2.5.3).
fn is_delimiter(byte: u8, vr: VR) -> bool {
    match byte {
        b'\t' | b'\n' | 0x0C | b'\r' => true,
        b'\\' => !is_one_text(vr),
        b'^' | b'=' => vr == VR::PN,
        _ => false,
    }
}

/// Whether a backslash is a character in values of this VR.
const fn is_one_text(vr: VR) -> bool {
    matches!(vr, VR::ST | VR::LT | VR::UT | VR::UR)
}

struct Decoder<'a> {
    sets: &'a Extended,
    vr: VR,
    state: State,
    /// Where high bytes belong that follow no designation: some writers forget to repeat it.
    last_right: Option<Set>,
    out: Decoded,
}

impl Decoder<'_> {
    /// Decodes one character or escape at the start of `rest`; returns the bytes it took.
    fn step(&mut self, rest: &[u8]) -> usize {
        let byte = rest.first().copied().unwrap_or_default();
        match byte {
            ESC => self.escape(rest),
            0..0x20 | 0x20 | 0x7F => self.control(byte),
            0x80.. => self.right(rest),
            _ => self.left(rest, byte),
        }
    }

    /// Controls, and the blank, which are the same in every set.
    fn control(&mut self, byte: u8) -> usize {
        self.out.text.push(char::from(byte));
        if is_delimiter(byte, self.vr) {
            self.state = self.sets.start();
        }
        1
    }

    fn escape(&mut self, rest: &[u8]) -> usize {
        let after = rest.get(1..).unwrap_or_default();
        let found = if after.starts_with(b"(B") {
            Some((Designated::Left(Left::Ascii), 2))
        } else if after.starts_with(b"(J") {
            Some((Designated::Left(Left::Romaji), 2))
        } else {
            Set::ALL.into_iter().find(|set| after.starts_with(set.escape())).map(|set| {
                let left = set.is_left();
                let to =
                    if left { Designated::Left(Left::Set(set)) } else { Designated::Right(set) };
                (to, set.escape().len())
            })
        };
        let Some((designated, length)) = found else {
            self.out.clean = false;
            self.out.text.push(char::REPLACEMENT_CHARACTER);
            return 1;
        };
        // What it means is plain even where the declaration forgot it.
        self.out.clean &= self.sets.declares(&designated);
        match designated {
            Designated::Left(left) => self.state.left = left,
            Designated::Right(set) => {
                self.state.right = Some(set);
                self.last_right = Some(set);
            }
        }
        1 + length
    }

    fn left(&mut self, rest: &[u8], byte: u8) -> usize {
        let set = match self.state.left {
            Left::Set(set) => set,
            left => {
                let text = is_one_text(self.vr);
                self.out.text.push(match (left, byte) {
                    (Left::Romaji, 0x5C) if text => '¥',
                    (Left::Romaji, 0x7E) => '\u{203e}',
                    _ => char::from(byte),
                });
                if is_delimiter(byte, self.vr) {
                    self.state = self.sets.start();
                }
                return 1;
            }
        };
        let code = rest.get(..2).map(|pair| [pair[0] | 0x80, pair[1] | 0x80]);
        let whole = rest.get(..2).is_some_and(|pair| pair.iter().all(|b| (0x21..0x7F).contains(b)));
        match code.filter(|_| whole).and_then(|code| set.char_of(&code)) {
            Some(found) => self.out.text.push(found),
            None => return self.broken(usize::from(whole) + 1),
        }
        2
    }

    fn right(&mut self, rest: &[u8]) -> usize {
        if self.state.right.is_none() {
            self.out.clean = false;
        }
        let Some(set) = self.state.right.or(self.last_right) else {
            self.out.text.push_str(&guess(rest.get(..1).unwrap_or_default()).text);
            return 1;
        };
        match rest.get(..set.width()).and_then(|code| set.char_of(code)) {
            Some(found) => {
                self.out.text.push(found);
                set.width()
            }
            None if set.width() == 1 => {
                self.out.clean = false;
                self.out.text.push_str(&guess(rest.get(..1).unwrap_or_default()).text);
                1
            }
            None => self.broken(1),
        }
    }

    fn broken(&mut self, taken: usize) -> usize {
        self.out.clean = false;
        self.out.text.push(char::REPLACEMENT_CHARACTER);
        taken
    }
}
