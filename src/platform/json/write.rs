use super::{Digits, Fields, Json};

pub(super) fn written(value: &Json) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Json, text: &mut String) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(true) => text.push_str("true"),
        Json::Bool(false) => text.push_str("false"),
        Json::Number(Digits(digits)) => text.push_str(digits),
        Json::String(string) => quote(string, text),
        Json::Array(members) => {
            text.push('[');
            for (place, member) in members.iter().enumerate() {
                separate(place, text);
                write(member, text);
            }
            text.push(']');
        }
        Json::Object(Fields(fields)) => {
            text.push('{');
            for (place, (name, value)) in fields.iter().enumerate() {
                separate(place, text);
                quote(name, text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

fn separate(place: usize, text: &mut String) {
    if place > 0 {
        text.push(',');
    }
}

fn quote(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\u{0}'..='\u{1f}' => {
                let code = alloy::hex::encode([character as u8]);
                text.push_str("\\u00");
                text.push_str(&code);
            }
            plain => text.push(plain),
        }
    }
    text.push('"');
}
