use alloy::primitives::{Address, U256};

use super::{Request, SmartAccountClient, UserOpResponse};
use crate::{
    account::OperationSigner,
    contracts::{entry_point::IEntryPoint, token::Erc20},
    error::{Error, ErrorKind},
    pipeline::{Authorization, Intent, NonceLane, Payment, Remedies, UserOpOptions, forget, speculate},
    platform::BoxFuture,
    primitives::{Asset, Balance, Call, UserOperation},
    tracking::UserOpKind,
};

/// A request to withdraw assets from the account in one operation.
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
    pub(super) options: UserOpOptions,
    pub(super) lane: NonceLane,
}

impl Withdraw {
    /// Creates a request without assets.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            parts: Vec::new(),
            to: None,
            options: UserOpOptions::new(),
            lane: NonceLane::Fresh,
        }
    }

    /// Withdraws an amount of an asset, in wei or in the token's smallest unit.
    #[must_use]
    pub fn amount(self, asset: Asset, amount: U256) -> Self {
        self.part(asset, Some(amount))
    }

    /// Withdraws the whole balance of an asset. If the account pays for gas, the native coin for that gas is
    /// kept.
    #[must_use]
    pub fn all(self, asset: Asset) -> Self {
        self.part(asset, None)
    }

    /// Sets the part of an asset, and overwrites an earlier part of the same asset.
    fn part(mut self, asset: Asset, amount: Option<U256>) -> Self {
        self.parts.retain(|(other, _)| *other != asset);
        self.parts.push((asset, amount));
        self
    }

    /// Sets the recipient. The default is the account's owner.
    #[must_use]
    pub const fn to(mut self, recipient: Address) -> Self {
        self.to = Some(recipient);
        self
    }
}

impl SmartAccountClient {
    /// Transfers assets from the account to its owner or another recipient. Assets without a balance are left
    /// out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NothingToWithdraw`], [`ErrorKind::NotEnough`] before anything is signed; otherwise
    /// [`Error`] when the owner does not sign, a service fails, or the operation is refused.
    pub async fn withdraw(&self, mut request: Withdraw) -> Result<UserOpResponse, Error> {
        request.options = request.options.begun();
        if request.options.payment != Payment::SponsoredOrOwn {
            return self.withdraw_paid(&request, &mut Remedies::default()).await;
        }
        // If the account pays for gas, the whole native balance is less by that cost.
        let request = request.pay(Payment::Sponsored);
        let mut attempts = Remedies::default();
        match self.withdraw_paid(&request, &mut attempts).await {
            Err(error) if error.is_without_sponsor() => {
                self.withdraw_paid(&request.pay(Payment::Own), &mut attempts)
                    .await
            }
            sent => sent,
        }
    }

    /// Withdraws with a fixed payer.
    async fn withdraw_paid(
        &self,
        request: &Withdraw,
        attempts: &mut Remedies,
    ) -> Result<UserOpResponse, Error> {
        let mut request = request.clone();
        loop {
            match self.attempt_withdrawal(&request, attempts).await {
                Err(error) if self.pipeline.remedy(&error, &mut request.options, attempts) => {}
                Err(error) => {
                    let sent = self.pipeline.judged_last(error, &request.options, attempts).await;
                    return sent.map(|hash| self.response(hash));
                }
                sent => return sent,
            }
        }
    }

    fn attempt_withdrawal<'a>(
        &'a self,
        request: &'a Withdraw,
        attempts: &'a Remedies,
    ) -> BoxFuture<'a, Result<UserOpResponse, Error>> {
        Box::pin(self.withdraw_once(request, attempts))
    }

    /// Builds the operation on cached balances at once, and verifies the balances in parallel.
    async fn withdraw_once(&self, request: &Withdraw, attempts: &Remedies) -> Result<UserOpResponse, Error> {
        let signer = self.signer()?;
        let by = Authorization::owner(&*self.pipeline.account)?;
        let to = request.to.unwrap_or_else(|| signer.address());
        let _lock = self.pipeline.lock_account().await;
        self.pipeline
            .wait_for_deployment(|op| request.lane == NonceLane::Given(op.nonce))
            .await?;
        let nonce = self
            .pipeline
            .nonce_of(request.lane, OperationSigner::Owner, attempts)
            .await?;
        let build = |holds| Box::pin(self.build_withdrawal(request, holds, to, nonce, &by));
        let sent = async {
            let (likely, observe) = (self.likely_holds(request), self.holds(request));
            let ((mut op, mut given), deposit) = speculate(likely, observe, build, forget).await?;
            if let Some(native) = rest(request, &given) {
                given[native].amount = left_over(given[native].amount, deposit, &mut op)?;
                op.call_data = by.call_data(&calls(&given, to));
            }
            let signed = self.pipeline.sign(&op, &by).await?;
            let intent = Intent {
                kind: UserOpKind::Send,
                calls: &calls(&given, to),
                session: None,
                enables: None,
                options: &request.options,
            };
            self.pipeline.submit(&signed, &intent).await
        };
        let hash = sent.await.map_err(|error: Error| error.at(nonce))?;
        Ok(self.response(hash))
    }

    /// Builds the operation, and returns the operation with the amounts to withdraw, without the gas cost.
    async fn build_withdrawal(
        &self,
        request: &Withdraw,
        holds: Holds,
        to: Address,
        nonce: U256,
        by: &Authorization<'_>,
    ) -> Result<(UserOperation, Vec<Balance>), Error> {
        let given = given(&request.parts, holds.balances)?;
        let mut estimated = given.clone();
        if let Some(native) = rest(request, &given) {
            // The gas cost is known only once the operation is built, so the estimate uses half of the
            // balance.
            estimated[native].amount >>= 1;
        }
        let deployment = self.pipeline.deployment(holds.deployed);
        let calls = calls(&estimated, to);
        let build = self
            .pipeline
            .build(&calls, nonce, deployment, by, &request.options);
        Ok((build.await?, given))
    }

    /// Requests the account's deployment state and the balances of the requested assets, and its deposit in
    /// wei.
    async fn holds(&self, request: &Withdraw) -> Result<(Holds, U256), Error> {
        let balances = self.balances(request.parts.iter().map(|(asset, _)| *asset));
        let (deployed, balances, deposit) =
            futures::try_join!(self.pipeline.ready(), balances, self.deposit())?;
        Ok((Holds { deployed, balances }, deposit))
    }

    /// Returns the deployment state and the balances if they were seen within the last 60 s.
    fn likely_holds(&self, request: &Withdraw) -> Option<Holds> {
        let known = self.pipeline.cache.lock();
        let balances = request.parts.iter().map(|(asset, _)| known.balance(*asset));
        Some(Holds {
            deployed: known.is_deployed()?,
            balances: balances.collect::<Option<_>>()?,
        })
    }

    /// Requests the account's deposit at the entry point, in wei. Gas is paid from the deposit first.
    async fn deposit(&self) -> Result<U256, Error> {
        let call = IEntryPoint::balanceOfCall {
            account: self.address(),
        };
        let entry_point = self.pipeline.services.entry_point.address;
        Ok(self.pipeline.services.node.call(entry_point, &call).await?)
    }
}

/// The chain state that a withdrawal builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Holds {
    deployed: bool,
    balances: Vec<Balance>,
}

/// Returns the index of the native coin if its whole balance is withdrawn except the gas cost.
fn rest(request: &Withdraw, given: &[Balance]) -> Option<usize> {
    let all = request.options.payment == Payment::Own && request.parts.contains(&(Asset::Native, None));
    let native = given.iter().position(|balance| balance.asset == Asset::Native);
    native.filter(|_| all)
}

/// Returns the withdrawn amount of each asset, in the order of the request.
fn given(parts: &[(Asset, Option<U256>)], held: Vec<Balance>) -> Result<Vec<Balance>, Error> {
    let mut given = Vec::new();
    for ((asset, wanted), held) in parts.iter().zip(held) {
        let amount = wanted.unwrap_or(held.amount);
        if amount > held.amount {
            let held = held.amount;
            return Err(Error::from(ErrorKind::NotEnough {
                asset: *asset,
                wanted: amount,
                held,
            }));
        }
        if !amount.is_zero() {
            given.push(Balance { amount, ..held });
        }
    }
    if given.is_empty() {
        return Err(Error::from(ErrorKind::NothingToWithdraw));
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

/// Returns the native balance less the gas cost. The pre-verification gas is raised for a larger amount in
/// the call data.
fn left_over(all: U256, deposit: U256, op: &mut UserOperation) -> Result<U256, Error> {
    /// The calldata gas of an amount: 32 bytes, at most 16 gas each.
    const BYTES_OF_AMOUNT: u64 = 32 * 16;

    op.gas.pre_verification = op
        .gas
        .pre_verification
        .saturating_add(U256::from(BYTES_OF_AMOUNT));
    let cost = op.gas.total().saturating_mul(op.fees.max_fee_per_gas);
    let cost = cost.saturating_sub(deposit);
    match all.checked_sub(cost) {
        Some(left) if !left.is_zero() => Ok(left),
        _ => Err(Error::from(ErrorKind::NotEnough {
            asset: Asset::Native,
            wanted: cost,
            held: all,
        })),
    }
}
