use std::fmt;

use super::{Refusal, revert};
use crate::{
    primitives::text,
    rpc::error::{MAX_TEXT, cut, shorten},
};

/// The text of a refusal.
impl Refusal {
    /// Describes the refusal in at most `most` characters, without the advice.
    pub(in crate::rpc) fn without_advice(&self, most: usize) -> String {
        let begin = match self.meaning() {
            Some(_) => "",
            None => "the request was refused: ",
        };
        begin.to_owned() + &self.described(most.saturating_sub(begin.len()))
    }

    /// Describes the refusal in at most `most` characters: the meaning and the service's message, or the message and the
    /// code of a refusal without a known meaning. The message is cut to the characters that the rest leaves.
    pub(in crate::rpc) fn described(&self, most: usize) -> String {
        /// The minimum length of a message that is worth its place.
        const LEAST: usize = 10;
        let Some(meaning) = self.meaning() else {
            let code = format!(" (code {})", self.code);
            return self.quoted(most.saturating_sub(code.len())) + &code;
        };
        match most.saturating_sub(meaning.len() + ": ".len()) {
            0..LEAST => meaning.to_owned(),
            left => format!("{meaning}: {}", self.quoted(left)),
        }
    }

    /// Returns true if the refusal has a known meaning that is about an operation or a call, and not about the request.
    pub(in crate::rpc) fn is_of_operation(&self) -> bool {
        self.meaning().is_some() && (self.is_of_user_op() || self.is_revert())
    }

    /// Quotes the service's message, and the revert reason unless the message contains it.
    fn quoted(&self, most: usize) -> String {
        let message = shorten(&self.message, 2 * revert::LONGEST);
        let is_other = |reason: &&str| !text::contains(&message, reason.strip_suffix('…').unwrap_or(reason));
        let Some(reason) = self.revert.as_deref().filter(is_other) else {
            return format!("\"{}\"", cut_message(&message, most.saturating_sub("\"\"".len())));
        };
        let left = most.saturating_sub("\"\", reason \"\"".len());
        // The reason says more than the message, which may be "execution reverted".
        let message = cut_message(
            &message,
            left.saturating_sub(reason.chars().count()).max(left / 3),
        );
        let reason = cut(reason, left.saturating_sub(message.chars().count()));
        format!("\"{message}\", reason \"{reason}\"")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.advice() {
            Some(advice) => {
                let most = MAX_TEXT.saturating_sub("; ".len() + advice.len());
                write!(f, "{}; {advice}", self.without_advice(most))
            }
            None => f.write_str(&self.without_advice(MAX_TEXT)),
        }
    }
}

/// Cuts a service's message to at most `most` characters. Some bundlers begin with 50 characters of their own, as in
/// `UserOperation reverted during simulation with reason: AA21 didn't pay prefund`.
fn cut_message(message: &str, most: usize) -> String {
    let reason = text::behind_last(message, "reason: ").filter(|reason| !reason.is_empty());
    match reason {
        Some(reason) if message.chars().count() > most => cut(&format!("…{reason}"), most),
        _ => cut(message, most),
    }
}
