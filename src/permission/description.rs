use alloy::primitives::{Address, Selector, keccak256};

use super::{Erc20Policy, Interval, Limit, Permission, Policy, Rule, Word, signature::canonical};
use crate::primitives::checksum;

/// The display names of functions and addresses, for [`Permission::describe_with`].
///
/// The encoded bytes stay authoritative: a function's name is used only if its signature hashes to the selector, and an
/// address is always shown beside its name.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{Names, Permission, Policy, Rule};
///
/// let flowers = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let policy = Policy::function(flowers, "safeMint(address)")?.rule(Rule::equal(0, account));
/// let names = Names::new()
///     .function("safeMint(address to)")
///     .address(flowers, "the flowers")
///     .address(account, "your account");
///
/// assert_eq!(Permission::from(policy).describe_with(&names), [
///     "Call safeMint(address) of the flowers (0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e)",
///     "In each call, “to” must equal your account (0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af)",
///     "In each call, send no coins along",
///     "Valid always",
/// ]);
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    functions: Vec<Function>,
    addresses: Vec<(Address, String)>,
}

impl Names {
    /// Creates an empty set of names: functions are shown by their selectors, arguments by their numbers.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            functions: Vec::new(),
            addresses: Vec::new(),
        }
    }

    /// Names a function and its arguments by its signature, as in `transfer(address to, uint256 amount)`.
    ///
    /// Text that is not a signature matches no selector and is never shown.
    #[must_use]
    pub fn function(mut self, signature: &str) -> Self {
        self.functions.extend(Function::read(signature));
        self
    }

    /// Names an address.
    #[must_use]
    pub fn address(mut self, address: Address, name: &str) -> Self {
        self.addresses.push((address, name.to_owned()));
        self
    }

    fn of_selector(&self, selector: Selector) -> Option<&Function> {
        self.functions
            .iter()
            .find(|function| function.selector == selector)
    }

    /// Formats an address, after its name if it has one.
    pub(crate) fn of_address(&self, address: Address) -> String {
        match self.addresses.iter().find(|(named, _)| *named == address) {
            Some((_, name)) => format!("{name} ({})", checksum(&address)),
            None => checksum(&address),
        }
    }

    /// Formats a word, as an address if it is a named one.
    fn of_word(&self, word: Word) -> String {
        let is_named = |(address, _): &(Address, _)| Word::from(*address) == word;
        match self.addresses.iter().find(|named| is_named(named)) {
            Some((address, _)) => self.of_address(*address),
            None => word.to_string(),
        }
    }
}

impl Permission {
    /// Describes the permission, in sentences for the owner who grants it: the function and contract, each rule, the
    /// value limit of a call, each limit on all calls together, and the interval.
    ///
    /// The description covers everything that is encoded, so different permissions have different descriptions.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::{U256, address};
    /// use use_aa::{Erc20Policy, Interval, Permission};
    ///
    /// let token = address!("FeE0000000000000000000000000000000000006");
    /// let shop = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
    /// let august = Interval { valid_after: 1_785_542_400, valid_until: 1_788_220_800 };
    /// let permission = Permission::from(Erc20Policy::new(token, shop, U256::from(5)).interval(august));
    ///
    /// assert_eq!(permission.describe(), [
    ///     "Transfer the token 0xFeE0000000000000000000000000000000000006, or call another function of it with such arguments",
    ///     "In each transfer, only to 0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af",
    ///     "In each transfer, at most 5 of the token's smallest unit",
    ///     "In each transfer, send no coins along",
    ///     "Valid from 2026-08-01 00:00 UTC to 2026-09-01 00:00 UTC",
    /// ]);
    /// ```
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        self.describe_with(&Names::new())
    }

    /// Describes the permission like [`describe`](Self::describe), with names for functions, arguments and addresses.
    #[must_use]
    pub fn describe_with(&self, names: &Names) -> Vec<String> {
        match self {
            Self::Abi(policy) => abi(policy, names),
            Self::Erc20(policy) => erc20(policy, names),
        }
    }
}

fn abi(policy: &Policy, names: &Names) -> Vec<String> {
    let function = names.of_selector(policy.selector());
    let called = match function {
        Some(function) => function.signature.clone(),
        None => format!("the function {}", policy.selector()),
    };
    let contract = names.of_address(policy.contract());
    let mut words = vec![match policy.is_transfer() {
        true => format!("Send coins to {contract}"),
        false => format!("Call {called} of {contract}"),
    }];
    words.extend(policy.rules().iter().map(|rule| bound(rule, function, names)));
    words.push(match policy.value_limit() {
        0 => "In each call, send no coins along".to_owned(),
        wei => format!("In each call, send at most {wei} wei along"),
    });
    words.extend(policy.limits().iter().map(|limit| counted(limit, function)));
    words.push(describe_interval(policy.valid()));
    words
}

fn bound(rule: &Rule, function: Option<&Function>, names: &Names) -> String {
    let place = match function.and_then(|function| function.argument(rule)) {
        Some(name) => format!("“{name}”"),
        None => rule.place(),
    };
    let reference = names.of_word(rule.reference);
    format!("In each call, {place} {} {reference}", rule.condition)
}

/// Describes a limit on all calls together.
fn counted(limit: &Limit, function: Option<&Function>) -> String {
    let argument = limit.place().and_then(|rule| function?.argument(&rule));
    limit.describe(argument)
}

fn erc20(policy: &Erc20Policy, names: &Names) -> Vec<String> {
    let mut words = vec![
        // The module does not check the selector.
        format!(
            "Transfer the token {}, or call another function of it with such arguments",
            names.of_address(policy.token()),
        ),
        format!(
            "In each transfer, only to {}",
            names.of_address(policy.recipient())
        ),
        format!(
            "In each transfer, at most {} of the token's smallest unit",
            policy.max_amount()
        ),
        "In each transfer, send no coins along".to_owned(),
    ];
    words.extend(policy.limits().iter().map(|limit| counted(limit, None)));
    words.push(describe_interval(policy.valid()));
    words
}

/// Describes a validity interval.
pub(crate) fn describe_interval(interval: Interval) -> String {
    format!("Valid {interval}")
}

/// A function's signature and the names of its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Function {
    /// The signature without the arguments' names, which is hashed.
    signature: String,
    selector: Selector,
    /// The names of the arguments that fill one word each, up to the first that does not.
    arguments: Vec<Option<String>>,
}

impl Function {
    fn read(text: &str) -> Option<Self> {
        let signature = canonical(text)?;
        let [a, b, c, d, ..] = keccak256(&signature).0;
        Some(Self {
            selector: [a, b, c, d].into(),
            signature,
            arguments: arguments(text),
        })
    }

    /// Returns the name of the argument that a rule compares, unless another argument has the same name.
    fn argument(&self, rule: &Rule) -> Option<&str> {
        let number = usize::try_from(rule.offset / 32).ok()?;
        let name = self.arguments.get(number)?.as_deref()?;
        let is_only = self
            .arguments
            .iter()
            .flatten()
            .filter(|other| *other == name)
            .count()
            == 1;
        (rule.offset.is_multiple_of(32) && is_only).then_some(name)
    }
}

/// Returns the names of the arguments that fill one word each, up to the first that does not.
fn arguments(signature: &str) -> Vec<Option<String>> {
    let (_, inside) = signature.split_once('(').unwrap_or_default();
    let mut open = 1_u32;
    let is_inside = |c: &u8| {
        open = match c {
            b'(' => open + 1,
            b')' => open - 1,
            _ => open,
        };
        open > 0
    };
    let length = inside.bytes().take_while(is_inside).count();
    let inside = inside.get(..length).unwrap_or_default();
    inside
        .split(',')
        .take_while(|argument| !argument.contains(['(', '[']))
        .map(|argument| {
            let mut words = argument.split_whitespace();
            let (kind, name) = (words.next()?, words.last()?);
            let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            // The word of a dynamic argument is an offset.
            let is_value = !matches!(kind, "bytes" | "string");
            (is_name && is_value).then(|| name.to_owned())
        })
        .collect()
}
