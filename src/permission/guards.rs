use std::time::Duration;

use alloy::{
    primitives::{Address, Selector},
    sol_types::SolCall,
};

use super::{Condition, Permission, Policy, PolicyError};
use crate::contracts::token::{
    Dai, Erc20, Erc20Allowance, Erc721, Erc721WithData, Erc777, Erc1155, Erc1363, Erc1363WithData, Permit2,
};

/// The checks that a grant must pass, each with a step that opts out.
///
/// The guards refuse:
///
/// - A permission that never ends, or lasts longer than 24 hours: [`longest`](Self::longest),
///   [`without_end`](Self::without_end).
/// - A permission for the account itself, one of its modules, or the entry point, through which a key could take over
///   the account: [`allow_target`](Self::allow_target). A grant reads the modules of a deployed account from
///   the chain.
/// - A permission that does not bind the spender, operator or recipient of the account's tokens:
///   [`allow_unbound`](Self::allow_unbound). The guard covers the functions that approve, permit, send or transfer
///   tokens by [ERC-20](https://eips.ethereum.org/EIPS/eip-20), [ERC-721](https://eips.ethereum.org/EIPS/eip-721),
///   [ERC-777](https://eips.ethereum.org/EIPS/eip-777), [ERC-1155](https://eips.ethereum.org/EIPS/eip-1155),
///   [ERC-1363](https://eips.ethereum.org/EIPS/eip-1363), [EIP-2612](https://eips.ethereum.org/EIPS/eip-2612), DAI's
///   `permit` or Permit2, and requires a [`Rule::equal`](super::Rule::equal) for that argument. Similar functions of
///   other contracts are not recognized.
/// - Token transfers to the account itself, which are of use only to a thief: [`allow_target`](Self::allow_target) for
///   the account.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use alloy::primitives::address;
/// use use_aa::{CreateSession, Guards, Policy};
///
/// let game = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let request = CreateSession::new([Policy::function(game, "play(uint256)")?])
///     .lasting(Duration::from_hours(72))
///     .guards(Guards::new().longest(Duration::from_hours(72)));
/// # let _ = request;
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guards {
    longest: Option<Duration>,
    targets: Vec<Address>,
    unbound: Vec<Selector>,
}

impl Guards {
    /// Creates guards with every check enabled.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            longest: Some(Duration::from_hours(24)),
            targets: Vec::new(),
            unbound: Vec::new(),
        }
    }

    /// Sets the maximum duration of a permission, in whole seconds, from now or from the beginning of its interval. The
    /// default is 24 hours.
    #[must_use]
    pub const fn longest(mut self, duration: Duration) -> Self {
        self.longest = Some(duration);
        self
    }

    /// Allows permissions of any duration, including permissions without an end. By default they are refused.
    #[must_use]
    pub const fn without_end(mut self) -> Self {
        self.longest = None;
        self
    }

    /// Allows permissions for a contract that is refused otherwise. The default is none.
    ///
    /// A key that may call the account itself can do everything that the owner can, unless rules limit the calls.
    #[must_use]
    pub fn allow_target(mut self, contract: Address) -> Self {
        self.targets.push(contract);
        self
    }

    /// Allows a function without a rule for its spender, operator or recipient. The default is none.
    ///
    /// A key that may choose the recipient can take the account's whole balance of the token.
    #[must_use]
    pub fn allow_unbound(mut self, selector: impl Into<Selector>) -> Self {
        self.unbound.push(selector.into());
        self
    }

    /// Checks the permissions of a grant at the time `now`, in seconds since 1970. `modules` are the known modules of
    /// the account's kind. No request is sent.
    ///
    /// # Errors
    ///
    /// The first refusal, which names the permission and the ways to fix or opt out: [`PolicyError::Endless`],
    /// [`PolicyError::TooLong`], [`PolicyError::RefusedTarget`], [`PolicyError::ToItself`] or [`PolicyError::Unbound`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use alloy::{primitives::{Address, address}, sol, sol_types::SolCall};
    /// use use_aa::{Guards, Interval, Permission, Policy, Rule, permission::PolicyError};
    ///
    /// sol! {
    ///     function approve(address spender, uint256 amount);
    /// }
    ///
    /// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
    /// let entry_point = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");
    /// let token = address!("fee0000000000000000000000000000000000006");
    /// let exchange = Address::with_last_byte(7);
    /// let hour = Interval { valid_after: 0, valid_until: 3600 };
    /// let check = |guards: Guards, policy: &Policy| {
    ///     guards.check(&[policy.clone().into()], account, entry_point, &[], 0)
    /// };
    ///
    /// let unbound = Policy::new(token, approveCall::SELECTOR).interval(hour);
    /// assert!(matches!(check(Guards::new(), &unbound), Err(PolicyError::Unbound { argument: 0, .. })));
    /// assert_eq!(check(Guards::new().allow_unbound(approveCall::SELECTOR), &unbound), Ok(()));
    /// assert_eq!(check(Guards::new(), &unbound.rule(Rule::equal(0, exchange))), Ok(()));
    /// ```
    pub fn check(
        &self,
        permissions: &[Permission],
        account: Address,
        entry_point: Address,
        modules: &[Address],
        now: u64,
    ) -> Result<(), PolicyError> {
        for (number, permission) in permissions.iter().enumerate() {
            self.check_time(number, permission, now)?;
            let target = permission.target();
            if let Some(what) = part(target, account, entry_point, modules)
                && !self.allows(target)
            {
                return Err(PolicyError::RefusedTarget {
                    permission: number,
                    target,
                    what,
                });
            }
            match permission {
                Permission::Abi(policy) => self.check_bounds(number, policy)?,
                // The module checks the first argument of every function.
                Permission::Erc20(policy) if policy.recipient() == account => {
                    if !self.allows(account) {
                        return Err(PolicyError::ToItself(number));
                    }
                }
                Permission::Erc20(_) => {}
            }
        }
        Ok(())
    }

    /// The role of a module in a refusal.
    pub(crate) const MODULE: &str = "a module of the account";

    /// Returns true if a contract of any role may be called.
    pub(crate) fn allows(&self, target: Address) -> bool {
        self.targets.contains(&target)
    }

    fn check_time(&self, number: usize, permission: &Permission, now: u64) -> Result<(), PolicyError> {
        let Some(longest) = self.longest else {
            return Ok(());
        };
        match permission.interval().remaining(now) {
            None => Err(PolicyError::Endless(number)),
            Some(lasts) if lasts > longest => Err(PolicyError::TooLong {
                permission: number,
                lasts,
                longest,
            }),
            Some(_) => Ok(()),
        }
    }

    fn check_bounds(&self, number: usize, policy: &Policy) -> Result<(), PolicyError> {
        let selector = policy.selector();
        let Some(open) = ASSET_FUNCTIONS.iter().find(|open| open.selector == selector) else {
            return Ok(());
        };
        let place = 32 * u32::from(open.argument);
        let is_bound = policy
            .rules()
            .iter()
            .any(|rule| rule.condition == Condition::Equal && rule.offset == place);
        if is_bound || self.unbound.contains(&selector) {
            return Ok(());
        }
        Err(PolicyError::Unbound {
            permission: number,
            function: open.function,
            argument: open.argument,
            role: open.role,
        })
    }
}

impl Default for Guards {
    fn default() -> Self {
        Self::new()
    }
}

/// A function that gives the account's assets to the address in one argument.
struct AssetFunction {
    selector: Selector,
    function: &'static str,
    argument: u16,
    role: &'static str,
}

impl AssetFunction {
    const fn to<C: SolCall>(argument: u16, role: &'static str) -> Self {
        Self {
            selector: Selector::new(C::SELECTOR),
            function: C::SIGNATURE,
            argument,
            role,
        }
    }
}

const ASSET_FUNCTIONS: &[AssetFunction] = &[
    AssetFunction::to::<Erc20::approveCall>(0, "spender"),
    AssetFunction::to::<Erc20Allowance::increaseAllowanceCall>(0, "spender"),
    AssetFunction::to::<Erc20Allowance::permitCall>(1, "spender"),
    AssetFunction::to::<Dai::permitCall>(1, "spender"),
    AssetFunction::to::<Permit2::approveCall>(1, "spender"),
    AssetFunction::to::<Erc721::setApprovalForAllCall>(0, "operator"),
    AssetFunction::to::<Erc20Allowance::increaseApprovalCall>(0, "spender"),
    AssetFunction::to::<Erc1363::approveAndCallCall>(0, "spender"),
    AssetFunction::to::<Erc1363WithData::approveAndCallCall>(0, "spender"),
    AssetFunction::to::<Erc777::authorizeOperatorCall>(0, "operator"),
    AssetFunction::to::<Erc777::sendCall>(0, "recipient"),
    AssetFunction::to::<Erc20::transferCall>(0, "recipient"),
    AssetFunction::to::<Erc1363::transferAndCallCall>(0, "recipient"),
    AssetFunction::to::<Erc1363WithData::transferAndCallCall>(0, "recipient"),
    AssetFunction::to::<Erc1363::transferFromAndCallCall>(1, "recipient"),
    AssetFunction::to::<Erc1363WithData::transferFromAndCallCall>(1, "recipient"),
    AssetFunction::to::<Permit2::transferFromCall>(1, "recipient"),
    AssetFunction::to::<Erc20::transferFromCall>(1, "recipient"),
    AssetFunction::to::<Erc721::safeTransferFromCall>(1, "recipient"),
    AssetFunction::to::<Erc721WithData::safeTransferFromCall>(1, "recipient"),
    AssetFunction::to::<Erc1155::safeTransferFromCall>(1, "recipient"),
    AssetFunction::to::<Erc1155::safeBatchTransferFromCall>(1, "recipient"),
];

/// Returns the role of a contract through which a key could take over the account.
fn part(
    target: Address,
    account: Address,
    entry_point: Address,
    modules: &[Address],
) -> Option<&'static str> {
    match target {
        _ if target == account => Some("the account itself"),
        _ if target == entry_point => Some("the entry point"),
        _ if modules.contains(&target) => Some(Guards::MODULE),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
