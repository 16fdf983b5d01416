use alloy::primitives::{Address, U256};

use super::{
    Asset, Balance, Error, NonceLane, Options, Payment, SmartAccountClient, UserOpKind, UserOpResponse,
    hand_over::Signatory, journal::Intent,
};
use crate::{
    contracts::{entry_point::EntryPointV06, token::Erc20},
    primitives::{Call, UserOperation},
};

/// What an account is to give away, all of it in one operation.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{U256, address};
/// use use_aa::{Asset, Withdraw};
///
/// let token = address!("fee0000000000000000000000000000000000006");
/// let request = Withdraw::new().amount(Asset::Token(token), U256::from(5)).all(Asset::Native);
/// # let _ = request;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withdraw {
    parts: Vec<(Asset, Option<U256>)>,
    to: Option<Address>,
    pub(super) options: Options,
    pub(super) lane: NonceLane,
}

impl Withdraw {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            parts: Vec::new(),
            to: None,
            options: Options::new(),
            lane: NonceLane::Fresh,
        }
    }

    /// An amount, in wei or in the token's smallest unit.
    #[must_use]
    pub fn amount(self, asset: Asset, amount: U256) -> Self {
        self.part(asset, Some(amount))
    }

    /// All that the account holds of something. Where the account pays for gas, all of the native coin but that.
    #[must_use]
    pub fn all(self, asset: Asset) -> Self {
        self.part(asset, None)
    }

    /// What was said of the same asset before does not count.
    fn part(mut self, asset: Asset, amount: Option<U256>) -> Self {
        self.parts.retain(|(other, _)| *other != asset);
        self.parts.push((asset, amount));
        self
    }

    /// Who gets it. The default is the account's owner.
    #[must_use]
    pub const fn to(mut self, recipient: Address) -> Self {
        self.to = Some(recipient);
        self
    }
}

impl SmartAccountClient {
    /// Gives away what the account holds, to its owner or somebody else. What there is nothing of is left out.
    ///
    /// # Errors
    ///
    /// [`Error::NothingToWithdraw`], [`Error::NotEnough`] before anything is signed; otherwise [`Error`] when the
    /// owner does not sign, a service fails, or the operation is refused.
    pub async fn withdraw(&self, request: Withdraw) -> Result<UserOpResponse, Error> {
        if request.options.payment != Payment::SponsoredOrOwn {
            return self.withdraw_paid(&request).await;
        }
        // All the native coin is less where gas has to be paid of it.
        let request = request.pay(Payment::Sponsored);
        match self.withdraw_paid(&request).await {
            Err(error) if error.is_without_sponsor() => self.withdraw_paid(&request.pay(Payment::Own)).await,
            sent => sent,
        }
    }

    /// What was seen lately is built on at once, and checked meanwhile.
    async fn withdraw_paid(&self, request: &Withdraw) -> Result<UserOpResponse, Error> {
        let signer = self.signer()?;
        let signatory = Signatory::Owner(signer.as_ref());
        let to = request.to.unwrap_or_else(|| signer.address());
        let _turn = self.turn().await;
        self.let_deployment_end(|op| request.lane == NonceLane::Given(op.nonce))
            .await?;
        let nonce = self.nonce_in(request.lane).await?;
        let build = |holds| self.build_withdrawal(request, holds, to, nonce, &signatory);
        let sent = async {
            let (holds, deposit, built) = match self.likely_holds(request) {
                Some(likely) => {
                    let (held, built) = futures::join!(self.holds(request), build(likely.clone()));
                    let (holds, deposit) = held?;
                    let built = (holds == likely).then_some(built);
                    (holds, deposit, built)
                }
                None => {
                    let (holds, deposit) = self.holds(request).await?;
                    (holds, deposit, None)
                }
            };
            let mut op = match built {
                Some(op) => op?,
                None => build(holds.clone()).await?,
            };
            let mut given = given(&request.parts, holds.balances)?;
            if let Some(native) = rest(request, &given) {
                given[native].amount = left_over(given[native].amount, deposit, &mut op)?;
                op.call_data = signatory.call_data(&calls(&given, to));
            }
            let signed = self.sign(op, &signatory).await?;
            let intent = Intent {
                kind: UserOpKind::Send,
                calls: &calls(&given, to),
                session: None,
                options: &request.options,
            };
            self.hand_over(&signed, intent).await
        };
        sent.await.map_err(|error| error.at(nonce))
    }

    async fn build_withdrawal(
        &self,
        request: &Withdraw,
        holds: Holds,
        to: Address,
        nonce: U256,
        signatory: &Signatory<'_>,
    ) -> Result<UserOperation, Error> {
        let mut given = given(&request.parts, holds.balances)?;
        if let Some(native) = rest(request, &given) {
            // What gas costs is known once the operation is, so it is estimated with an amount that leaves some.
            given[native].amount >>= 1;
        }
        let init_code = self.init_code(holds.deployed);
        self.build(&calls(&given, to), nonce, init_code, signatory, &request.options)
            .await
    }

    /// What the account holds of all that is asked for; and its deposit, in wei.
    async fn holds(&self, request: &Withdraw) -> Result<(Holds, U256), Error> {
        let balances = self.balances(request.parts.iter().map(|(asset, _)| *asset));
        let (deployed, balances, deposit) = futures::try_join!(self.ready(), balances, self.deposit())?;
        Ok((Holds { deployed, balances }, deposit))
    }

    /// What it held when last seen, if that was lately.
    fn likely_holds(&self, request: &Withdraw) -> Option<Holds> {
        let known = self.facts.lock();
        let balances = request.parts.iter().map(|(asset, _)| known.balance(*asset));
        Some(Holds {
            deployed: known.is_deployed()?,
            balances: balances.collect::<Option<_>>()?,
        })
    }

    /// What the entry point holds for the account, in wei: gas is paid from it first.
    async fn deposit(&self) -> Result<U256, Error> {
        let call = EntryPointV06::balanceOfCall {
            account: self.address,
        };
        let entry_point = self.services.entry_point.address;
        Ok(self.services.node.call(entry_point, &call).await?)
    }
}

/// What a withdrawal builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Holds {
    deployed: bool,
    balances: Vec<Balance>,
}

/// The place of the native coin, where all of it is given away but what gas costs.
fn rest(request: &Withdraw, given: &[Balance]) -> Option<usize> {
    let all = request.options.payment == Payment::Own && request.parts.contains(&(Asset::Native, None));
    let native = given.iter().position(|balance| balance.asset == Asset::Native);
    native.filter(|_| all)
}

/// How much of everything is given away, in the order in which it was asked for.
fn given(parts: &[(Asset, Option<U256>)], held: Vec<Balance>) -> Result<Vec<Balance>, Error> {
    let mut given = Vec::new();
    for ((asset, wanted), held) in parts.iter().zip(held) {
        let amount = wanted.unwrap_or(held.amount);
        if amount > held.amount {
            let held = held.amount;
            return Err(Error::NotEnough {
                asset: *asset,
                wanted: amount,
                held,
            });
        }
        if !amount.is_zero() {
            given.push(Balance { amount, ..held });
        }
    }
    if given.is_empty() {
        return Err(Error::NothingToWithdraw);
    }
    Ok(given)
}

fn calls(given: &[Balance], to: Address) -> Vec<Call> {
    let call = |given: &Balance| match given.asset {
        Asset::Native => Call::transfer(to, given.amount),
        Asset::Token(token) => Call::new(
            token,
            Erc20::transferCall {
                to,
                amount: given.amount,
            },
        ),
    };
    given.iter().map(call).collect()
}

/// What is left of all native coin when gas is paid for.
fn left_over(all: U256, deposit: U256, op: &mut UserOperation) -> Result<U256, Error> {
    /// What the bundler is paid for the bytes of an amount, in gas: 32 bytes, each at most 16.
    const BYTES_OF_AMOUNT: u64 = 32 * 16;

    op.gas.pre_verification = op
        .gas
        .pre_verification
        .saturating_add(U256::from(BYTES_OF_AMOUNT));
    let cost = op.gas.total().saturating_mul(op.fees.max_fee_per_gas);
    let cost = cost.saturating_sub(deposit);
    match all.checked_sub(cost) {
        Some(left) if !left.is_zero() => Ok(left),
        _ => Err(Error::NotEnough {
            asset: Asset::Native,
            wanted: cost,
            held: all,
        }),
    }
}
