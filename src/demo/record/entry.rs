use std::{iter::Peekable, str::FromStr};

use alloy::{
    primitives::{Address, B256},
    sol_types::SolCall,
};
use use_aa::{PendingPayment, PendingUserOp, SessionId, UserOpHash, UserOpKind, UserOpReceipt};

use crate::demo::{components::amount, terms::safeMintCall};

/// An operation that was sent. Times are in seconds since 1970, by the clock of this device, and 0 before the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) hash: UserOpHash,
    pub(crate) sender: Address,
    /// The session that signed the operation. `None` for the owner.
    pub(crate) session: Option<SessionId>,
    /// The index in `LABELS`.
    pub(super) label: usize,
    /// True when the account pays in a token.
    pub(crate) is_in_tokens: bool,
    pub(crate) signed: u64,
    pub(crate) sent: u64,
    pub(crate) included: u64,
    pub(crate) confirmed: u64,
    /// True when `included` may be later than the inclusion, which the page has not followed.
    pub(crate) is_late: bool,
    pub(crate) outcome: Outcome,
    /// The paymaster that has paid, if any.
    pub(crate) payer: Option<Address>,
    pub(crate) transaction: Option<B256>,
    /// The used gas, in units of gas. Empty before the inclusion.
    pub(crate) gas: String,
    /// The cost of the gas in the chain's coin. Empty before the inclusion.
    pub(crate) cost: String,
}

/// The outcome of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pending,
    Included,
    Reverted,
    Dropped,
    Replaced,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Included,
        Self::Reverted,
        Self::Dropped,
        Self::Replaced,
    ];
}

/// The purposes of operations. The text of a record has their indices.
const LABELS: [&str; 6] = [
    "Mint",
    "Call",
    "Several calls",
    "Deployment of the account",
    "Change of the sessions",
    "Cancellation",
];

impl Entry {
    /// Creates the entry of an operation that is sent at the given time.
    pub(crate) fn sent(op: &PendingUserOp, sent: u64) -> Self {
        let calls = op.calls.as_deref().unwrap_or_default();
        let is_mint = matches!(calls, [call] if call.data.starts_with(&safeMintCall::SELECTOR));
        let label = match op.kind {
            UserOpKind::Deploy => 3,
            UserOpKind::Grant { .. } => 4,
            UserOpKind::Cancel => 5,
            _ if is_mint => 0,
            _ if calls.len() > 1 => 2,
            _ => 1,
        };
        Self {
            hash: op.hash,
            sender: op.sender,
            session: op.session,
            label,
            is_in_tokens: matches!(op.payment, PendingPayment::Token { .. }),
            signed: op.sent_at,
            sent,
            included: 0,
            confirmed: 0,
            is_late: false,
            outcome: Outcome::Pending,
            payer: None,
            transaction: None,
            gas: String::new(),
            cost: String::new(),
        }
    }

    /// Returns the purpose of the operation.
    pub(crate) fn label(&self) -> &'static str {
        LABELS[self.label]
    }

    /// Adds the receipt, which is seen at the given time. A block that replaces another one changes the receipt. An
    /// operation that was sent before it was followed may have been included earlier.
    pub(super) fn include(&mut self, receipt: &UserOpReceipt, now: u64, since: u64) {
        /// The time in which a receipt is read that was there before, in seconds.
        const AT_ONCE: u64 = 20;

        let transaction = Some(receipt.transaction.hash);
        if self.transaction != transaction {
            (self.transaction, self.included) = (transaction, now);
            self.is_late = self.sent < since && now < since + AT_ONCE;
        }
        self.outcome = match receipt.success {
            true => Outcome::Included,
            false => Outcome::Reverted,
        };
        self.payer = receipt.paymaster;
        self.gas = amount(receipt.actual_gas_used, 0);
        self.cost = amount(receipt.actual_gas_cost, 18);
    }

    pub(super) fn write(&self, text: &mut String) {
        let mut word = |word: &str| {
            text.push(' ');
            text.push_str(if word.is_empty() { NONE } else { word });
        };
        word(&self.hash.to_string());
        word(&self.sender.to_string());
        word(&self.session.map(|it| it.to_string()).unwrap_or_default());
        word(&self.payer.map(|it| it.to_string()).unwrap_or_default());
        word(&self.transaction.map(|it| it.to_string()).unwrap_or_default());
        let numbers = [
            self.label as u64,
            self.outcome as u64,
            u64::from(self.is_in_tokens),
            u64::from(self.is_late),
            self.signed,
            self.sent,
            self.included,
            self.confirmed,
        ];
        for number in numbers {
            word(&number.to_string());
        }
        word(&self.gas);
        word(&self.cost);
    }

    /// Reads an entry. `None` if a word is missing or wrong.
    pub(super) fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let words = &mut words.peekable();
        let hash = UserOpHash(required(words)?);
        let sender = required(words)?;
        let (session, payer, transaction) = (optional(words)?, optional(words)?, optional(words)?);
        let mut number = || required::<u64>(words);
        let (label, outcome) = (number()? as usize, number()? as usize);
        let (is_in_tokens, is_late) = (number()? == 1, number()? == 1);
        let (signed, sent, included, confirmed) = (number()?, number()?, number()?, number()?);
        Some(Self {
            hash,
            sender,
            session,
            label: (label < LABELS.len()).then_some(label)?,
            is_in_tokens,
            signed,
            sent,
            included,
            confirmed,
            is_late,
            outcome: *Outcome::ALL.get(outcome)?,
            payer,
            transaction,
            gas: decimal(words)?,
            cost: decimal(words)?,
        })
    }
}

/// The word for an absent value.
const NONE: &str = "-";

fn required<'a, T: FromStr>(words: &mut impl Iterator<Item = &'a str>) -> Option<T> {
    words.next()?.parse().ok()
}

fn optional<'a, T: FromStr>(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Option<Option<T>> {
    match words.next_if_eq(&NONE) {
        Some(_) => Some(None),
        None => required(words).map(Some),
    }
}

fn decimal<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<String> {
    let word = words.next()?;
    let is_decimal = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match word {
        NONE => Some(String::new()),
        _ => is_decimal.then(|| word.to_owned()),
    }
}
