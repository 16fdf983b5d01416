use super::{Digits, Json, JsonError};

/// The depth at which nested arrays and objects are refused, so that a hostile text does not exhaust the stack.
const TOO_DEEP: usize = 128;

pub(super) fn parse(text: &str) -> Result<Json, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0);
    if value.is_some() {
        reader.skip_space();
    }
    match value {
        Some(value) if reader.at == text.len() => Ok(value),
        _ => Err(JsonError { at: reader.at }),
    }
}

/// A text and the position up to which it has been read.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        self.skip_space();
        match self.peek()? {
            b'{' if depth < TOO_DEEP - 1 => self.object(depth),
            b'[' if depth < TOO_DEEP - 1 => self.array(depth),
            b'"' => self.string().map(Json::String),
            b'n' => self.word("null").then_some(Json::Null),
            b't' => self.word("true").then_some(Json::Bool(true)),
            b'f' => self.word("false").then_some(Json::Bool(false)),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let mut fields = Vec::new();
        self.at += 1;
        if !self.closes(b'}') {
            loop {
                self.skip_space();
                let name = self.string()?;
                self.skip_space();
                self.token(b':')?;
                fields.push((name, self.value(depth + 1)?));
                if self.closes(b'}') {
                    break;
                }
                self.token(b',')?;
            }
        }
        Some(Json::sorted(fields))
    }

    fn array(&mut self, depth: usize) -> Option<Json> {
        let mut members = Vec::new();
        self.at += 1;
        if !self.closes(b']') {
            loop {
                members.push(self.value(depth + 1)?);
                if self.closes(b']') {
                    break;
                }
                self.token(b',')?;
            }
        }
        Some(Json::Array(members))
    }

    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        self.token(b'"')?;
        loop {
            let plain = self.rest().bytes();
            let plain = plain
                .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20))
                .count();
            text.push_str(self.rest().get(..plain)?);
            self.at += plain;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(text);
                }
                b'\\' => {
                    self.at += 1;
                    text.push(self.escaped()?);
                }
                // A control character, which must be escaped.
                _ => return None,
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let escaped = match self.peek()? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            plain @ (b'"' | b'\\' | b'/') => char::from(plain),
            _ => return None,
        };
        self.at += 1;
        Some(escaped)
    }

    /// Reads the digits behind `\u`, and the second half of a surrogate pair. Half a pair becomes U+FFFD: services
    /// write one when they cut a message.
    fn unicode(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if let Some(high) = first.checked_sub(0xd800).filter(|half| *half < 0x400) {
            let after_first = self.at;
            let second = self.rest().starts_with("\\u").then(|| {
                self.at += 2;
                self.four_digits()
            });
            let low = second.flatten().and_then(|second| second.checked_sub(0xdc00));
            if let Some(low) = low.filter(|half| *half < 0x400) {
                return char::from_u32(0x10000 + (high << 10) + low);
            }
            self.at = after_first;
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        self.at += 4;
        Some(number)
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        self.sign(b"-");
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.some_digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.sign(b"+-");
            self.some_digits()?;
        }
        Some(Json::Number(Digits(self.text.get(start..self.at)?.to_owned())))
    }

    fn sign(&mut self, signs: &[u8]) {
        if self.peek().is_some_and(|sign| signs.contains(&sign)) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Option<()> {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        (count > 0).then_some(())
    }

    fn word(&mut self, word: &str) -> bool {
        let is_next = self.rest().starts_with(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Skips the end of an array or object, if it is next.
    fn closes(&mut self, end: u8) -> bool {
        self.skip_space();
        self.token(end).is_some()
    }

    fn token(&mut self, token: u8) -> Option<()> {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next.then_some(())
    }

    fn skip_space(&mut self) {
        let space = self.rest().bytes();
        self.at += space.take_while(|byte| b" \t\n\r".contains(byte)).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
}
