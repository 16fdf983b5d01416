use std::{fmt, marker::PhantomData};

use alloy::{
    primitives::{Address, FixedBytes, Signed, U256, Uint},
    sol_types::SolCall,
};

use super::{Condition, Counted, Interval, Permission, Policy, PolicyError, Rule, Word};

/// A [`Policy`] for a function declared by `sol!`, whose rules name arguments by their fields.
///
/// The compiler rejects an unknown field, a value of another type, a dynamic argument, and an order between values that
/// the module cannot order.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{U256, address}, sol};
/// use use_aa::{Policy, Rule};
///
/// sol! {
///     function transfer(address to, uint256 amount);
/// }
///
/// let token = address!("fee0000000000000000000000000000000000006");
/// let friend = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let policy = Policy::call::<transferCall>(token)
///     .equal(|call| &mut call.to, friend)?
///     .at_most(|call| &mut call.amount, U256::from(5))?;
///
/// let counted = Policy::function(token, "transfer(address,uint256)")?
///     .rule(Rule::equal(0, friend))
///     .rule(Rule::at_most(1, 5u64));
/// assert_eq!(Policy::from(policy), counted);
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
///
/// An argument that a rule cannot bind does not compile:
///
/// ```compile_fail
/// # use alloy::{primitives::Address, sol};
/// # use use_aa::Policy;
/// sol! {
///     function register(string name, address owner);
/// }
///
/// Policy::call::<registerCall>(Address::ZERO).equal(|call| &mut call.name, "a name".to_owned());
/// ```
pub struct CallPolicy<C> {
    policy: Policy,
    call: PhantomData<fn(C)>,
}

impl Policy {
    /// Allows a function declared by `sol!`. The rules name arguments by their fields.
    #[must_use]
    pub fn call<C: SolCall>(contract: Address) -> CallPolicy<C> {
        CallPolicy {
            policy: Self::new(contract, C::SELECTOR),
            call: PhantomData,
        }
    }
}

impl<C: SolCall> CallPolicy<C> {
    /// Requires the argument to equal the value.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoFixedPlace`] if the argument lies inside a dynamic one.
    pub fn equal<A: Argument>(
        self,
        argument: impl FnOnce(&mut C) -> &mut A,
        value: A,
    ) -> Result<Self, PolicyError> {
        self.rule(Condition::Equal, argument, value)
    }

    /// Requires the argument to differ from the value.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoFixedPlace`] if the argument lies inside a dynamic one.
    pub fn not_equal<A: Argument>(
        self,
        argument: impl FnOnce(&mut C) -> &mut A,
        value: A,
    ) -> Result<Self, PolicyError> {
        self.rule(Condition::NotEqual, argument, value)
    }

    /// Requires the argument to be less than or equal to the value.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoFixedPlace`] if the argument lies inside a dynamic one.
    pub fn at_most<A: Ordered>(
        self,
        argument: impl FnOnce(&mut C) -> &mut A,
        value: A,
    ) -> Result<Self, PolicyError> {
        self.rule(Condition::AtMost, argument, value)
    }

    /// Requires the argument to be less than the value.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoFixedPlace`] if the argument lies inside a dynamic one.
    pub fn less<A: Ordered>(
        self,
        argument: impl FnOnce(&mut C) -> &mut A,
        value: A,
    ) -> Result<Self, PolicyError> {
        self.rule(Condition::Less, argument, value)
    }

    /// Requires the argument to be greater than or equal to the value.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoFixedPlace`] if the argument lies inside a dynamic one.
    pub fn at_least<A: Ordered>(
        self,
        argument: impl FnOnce(&mut C) -> &mut A,
        value: A,
    ) -> Result<Self, PolicyError> {
        self.rule(Condition::AtLeast, argument, value)
    }

    /// Requires the argument to be greater than the value.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoFixedPlace`] if the argument lies inside a dynamic one.
    pub fn greater<A: Ordered>(
        self,
        argument: impl FnOnce(&mut C) -> &mut A,
        value: A,
    ) -> Result<Self, PolicyError> {
        self.rule(Condition::Greater, argument, value)
    }

    /// Sets the maximum native value of one call, in wei. The default is 0.
    #[must_use]
    pub fn value_limit_per_call(self, wei: u128) -> Self {
        let policy = self.policy.value_limit_per_call(wei);
        Self { policy, ..self }
    }

    /// Sets the maximum number of calls, including calls that revert. Must not be 0. The default is no limit.
    ///
    /// Smart Sessions count; Biconomy V2 refuses the policy.
    #[must_use]
    pub fn at_most_uses(self, calls: u128) -> Self {
        let policy = self.policy.at_most_uses(calls);
        Self { policy, ..self }
    }

    /// Sets the maximum native value of all calls together, in wei, including calls that revert. Must not be 0. The
    /// default is no limit.
    ///
    /// Smart Sessions count; Biconomy V2 refuses the policy.
    #[must_use]
    pub fn total_value(self, wei: u128) -> Self {
        let policy = self.policy.total_value(wei);
        Self { policy, ..self }
    }

    /// Sets the maximum sum of an argument over all calls, including calls that revert. Must not be 0. The default is
    /// no limit.
    ///
    /// Smart Sessions count; Biconomy V2 refuses the policy.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoFixedPlace`] if the argument lies inside a dynamic one.
    pub fn total_of<A: Ordered>(
        self,
        argument: impl FnOnce(&mut C) -> &mut A,
        most: U256,
    ) -> Result<Self, PolicyError> {
        let offset = place(argument).ok_or(PolicyError::NoFixedPlace(C::SIGNATURE))?;
        let policy = self.policy.limit(Counted::Argument(offset), most);
        Ok(Self { policy, ..self })
    }

    /// Sets the validity interval. The default is always.
    #[must_use]
    pub fn interval(self, interval: Interval) -> Self {
        let policy = self.policy.interval(interval);
        Self { policy, ..self }
    }

    fn rule<A: Argument>(
        self,
        condition: Condition,
        argument: impl FnOnce(&mut C) -> &mut A,
        value: A,
    ) -> Result<Self, PolicyError> {
        let no_fixed_place = PolicyError::NoFixedPlace(C::SIGNATURE);
        let offset = place(argument).ok_or(no_fixed_place)?;
        let policy = self.policy.rule(Rule::offset(offset, condition, value));
        Ok(Self { policy, ..self })
    }
}

impl<C> From<CallPolicy<C>> for Policy {
    fn from(typed: CallPolicy<C>) -> Self {
        typed.policy
    }
}

impl<C> From<CallPolicy<C>> for Permission {
    fn from(typed: CallPolicy<C>) -> Self {
        typed.policy.into()
    }
}

impl<C> Clone for CallPolicy<C> {
    fn clone(&self) -> Self {
        Self {
            policy: self.policy.clone(),
            call: PhantomData,
        }
    }
}

impl<C> fmt::Debug for CallPolicy<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt(f)
    }
}

/// Returns the byte offset of an argument after the selector, if it is the same in every call. The offset is found by
/// the word that changes with the argument.
fn place<C: SolCall, A: Argument>(argument: impl FnOnce(&mut C) -> &mut A) -> Option<u32> {
    const WORD: usize = 32;
    /// The maximum number of words that the module can address.
    const MOST: usize = 2048;
    // Zeros decode to a value of every type; dynamic values are empty.
    let mut call = C::abi_decode_raw(&vec![0; MOST * WORD]).ok()?;
    let before = arguments(&call);
    *argument(&mut call) = A::MARK;
    let after = arguments(&call);

    // Dynamic data follows the head, and the first nonzero word holds its offset.
    let words = |arguments: &[u8]| -> Vec<[u8; WORD]> { arguments.as_chunks().0.to_vec() };
    let (before, after) = (words(&before), words(&after));
    let tail = before.iter().find(|word| **word != [0; WORD]);
    let head = match tail {
        Some(word) => usize::from(u16::from_be_bytes([word[WORD - 2], word[WORD - 1]])) / WORD,
        None => before.len(),
    };
    let changed = before
        .iter()
        .zip(&after)
        .position(|(before, after)| before != after)?;
    let place = u32::try_from(changed * WORD).ok()?;
    (changed < head && before.len() == after.len()).then_some(place)
}

fn arguments<C: SolCall>(call: &C) -> Vec<u8> {
    let mut data = Vec::new();
    call.abi_encode_raw(&mut data);
    data
}

/// A type of argument that fills one word of the call data, so that a rule can compare the argument.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{Address, FixedBytes}, sol};
/// use use_aa::Policy;
///
/// sol! {
///     function list(address seller, bytes4 kind, bool open, int64 change);
/// }
///
/// let policy = Policy::call::<listCall>(Address::ZERO)
///     .equal(|call| &mut call.seller, Address::ZERO)?
///     .not_equal(|call| &mut call.kind, FixedBytes([0x80, 0xac, 0x58, 0xcd]))?
///     .equal(|call| &mut call.open, true)?
///     .equal(|call| &mut call.change, -1)?;
/// # let _ = policy;
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a rule cannot look at an argument of type `{Self}`",
    note = "the module compares one word of 32 bytes at a fixed place: bind an address, a number, a bool or fixed bytes"
)]
pub trait Argument: Into<Word> + sealed::Sealed {
    #[doc(hidden)]
    const MARK: Self;
}

/// A type of argument whose order is the order of its words as unsigned numbers.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{Address, U256}, sol};
/// use use_aa::Policy;
///
/// sol! {
///     function buy(uint64 deadline, uint256 price);
/// }
///
/// let policy = Policy::call::<buyCall>(Address::ZERO)
///     .less(|call| &mut call.deadline, 1_800_000_000)?
///     .at_most(|call| &mut call.price, U256::from(5))?;
/// # let _ = policy;
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
///
/// A signed number is ordered differently from its word:
///
/// ```compile_fail
/// # use alloy::{primitives::Address, sol};
/// # use use_aa::Policy;
/// sol! {
///     function shift(int64 change);
/// }
///
/// Policy::call::<shiftCall>(Address::ZERO).at_most(|call| &mut call.change, 5);
/// ```
#[diagnostic::on_unimplemented(
    message = "arguments of type `{Self}` cannot be ordered by a rule",
    note = "the module compares words as unsigned numbers: use `equal` or `not_equal`"
)]
pub trait Ordered: Argument {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! arguments {
    ($($type:ty = $mark:expr;)*) => {
        $(impl sealed::Sealed for $type {}
        impl Argument for $type {
            const MARK: Self = $mark;
        })*
    };
}

arguments! {
    Address = Self::repeat_byte(0xff);
    bool = true;
    u8 = Self::MAX;
    u16 = Self::MAX;
    u32 = Self::MAX;
    u64 = Self::MAX;
    u128 = Self::MAX;
    i8 = -1;
    i16 = -1;
    i32 = -1;
    i64 = -1;
    i128 = -1;
}

impl Ordered for u8 {}
impl Ordered for u16 {}
impl Ordered for u32 {}
impl Ordered for u64 {}
impl Ordered for u128 {}

impl<const BITS: usize, const LIMBS: usize> sealed::Sealed for Uint<BITS, LIMBS> {}
impl<const BITS: usize, const LIMBS: usize> Argument for Uint<BITS, LIMBS> {
    const MARK: Self = Self::MAX;
}
impl<const BITS: usize, const LIMBS: usize> Ordered for Uint<BITS, LIMBS> {}

impl<const BITS: usize, const LIMBS: usize> sealed::Sealed for Signed<BITS, LIMBS> {}
impl<const BITS: usize, const LIMBS: usize> Argument for Signed<BITS, LIMBS> {
    const MARK: Self = Self::MINUS_ONE;
}

impl<const N: usize> sealed::Sealed for FixedBytes<N> {}
impl<const N: usize> Argument for FixedBytes<N> {
    const MARK: Self = Self::repeat_byte(0xff);
}

#[cfg(test)]
mod tests;
