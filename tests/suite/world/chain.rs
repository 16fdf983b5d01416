use std::{collections::BTreeMap, time::Duration};

use alloy::{
    primitives::{Address, B256, Bytes, LogData, U256, aliases::U192, keccak256},
    sol_types::{SolCall, SolEvent, SolValue},
};

use super::{
    Refusal,
    abi::{
        EntryPoint, ErrorCall, MANAGER, Manager, NFT, Nft, ROUTER, SPONSOR, TOKEN, TOKEN_PAYMASTER, Token,
    },
    account::Account,
    nexus::{self, Enabled},
    op::{Call, Op},
    session,
    split::PAYMASTER_HEAD,
};

/// The number of the first block, distinct from all other numbers in the tests.
const FIRST_BLOCK: u64 = 7_000_000;
const BLOCK_TIME: Duration = Duration::from_secs(2);

/// The state of the chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    /// The deployed accounts.
    pub(crate) accounts: BTreeMap<Address, Account>,
    pub(crate) coins: BTreeMap<Address, U256>,
    pub(crate) tokens: BTreeMap<Address, U256>,
    pub(crate) allowances: BTreeMap<(Address, Address), U256>,
    pub(crate) nonces: BTreeMap<(Address, U192), u64>,
    /// The recipient of each NFT.
    pub(crate) nfts: Vec<Address>,
    /// The included operations, one per transaction.
    pub(crate) included: Vec<Included>,
    /// The Unix time of the first block, in seconds.
    pub(crate) genesis: u64,
}

/// The expected signer of an operation, with the signature.
pub(crate) struct Signed {
    signer: Address,
    signature: Bytes,
    /// True when the signature covers the hash and the session key manager's address.
    is_bound: bool,
}

impl Signed {
    pub(super) const fn by(signer: Address, signature: Bytes) -> Self {
        Self {
            signer,
            signature,
            is_bound: false,
        }
    }
}

/// An included operation.
#[derive(Clone, Debug)]
pub(crate) struct Included {
    pub(crate) op: Op,
    pub(crate) hash: B256,
    pub(crate) success: bool,
    pub(crate) cost: U256,
    pub(crate) block: u64,
    pub(crate) logs: Vec<(Address, LogData)>,
}

impl Included {
    /// Returns the hash of the transaction, an arbitrary but unique value.
    pub(crate) fn transaction(&self) -> B256 {
        !self.hash
    }
}

/// Returns the hash of a block, an arbitrary but unique value.
pub(crate) fn block_hash(number: u64) -> B256 {
    B256::from(U256::from(number) << 128)
}

impl Chain {
    pub(crate) fn block_at(time: Duration) -> u64 {
        FIRST_BLOCK + time.as_secs() / BLOCK_TIME.as_secs()
    }

    /// Returns the block timestamp at a time since the start, in Unix seconds.
    pub(crate) fn timestamp(&self, time: Duration) -> u64 {
        self.genesis + time.as_secs()
    }

    pub(crate) fn nonce(&self, sender: Address, key: U192) -> U256 {
        let sequence = self.nonces.get(&(sender, key)).copied().unwrap_or_default();
        (key.to::<U256>() << 64) | U256::from(sequence)
    }

    /// Runs the entry point's validation without signatures and payments, which are stub data in estimates. Returns the
    /// expected signer and the signature.
    pub(crate) fn validate(&self, op: &Op, time: Duration) -> Result<Signed, Refusal> {
        let account = self.accounts.get(&op.sender);
        let account = match (account, op.deploys_for()?) {
            (Some(_), Some(_)) => return Err(Refusal::entry_point("AA10 sender already constructed")),
            (None, None) => return Err(Refusal::entry_point("AA20 account not deployed")),
            (Some(account), None) => account.clone(),
            (None, Some(owner)) => Account::of(owner, op.is_modern),
        };
        let (key, _) = op.nonce_key();
        if self.nonce(op.sender, key) != op.nonce {
            return Err(Refusal::entry_point("AA25 invalid account nonce"));
        }
        if op
            .paymaster()
            .is_some_and(|paymaster| ![SPONSOR, TOKEN_PAYMASTER].contains(&paymaster))
        {
            return Err(Refusal::new(-32501, "AA30 paymaster not deployed"));
        }
        if op.is_modern {
            return nexus::validate(op, &account);
        }
        let fields = <(Bytes, Address) as SolValue>::abi_decode_params(&op.signature);
        let (signature, module) = fields.map_err(|_| Refusal::validation("the signature cannot be read"))?;
        if !account.modules.contains(&module) {
            return Err(Refusal::validation("WrongValidationModule"));
        }
        let now = self.timestamp(time);
        let (signer, signature) = match module {
            MANAGER => session::single(op, &signature, account.root, now)?,
            ROUTER => session::batch(op, &signature, account.root, now)?,
            _ => (account.owner, signature),
        };
        Ok(Signed {
            signer,
            signature,
            is_bound: module == ROUTER,
        })
    }

    /// Runs the entry point's complete validation.
    pub(crate) fn validate_all(&self, op: &Op, hash: B256, time: Duration) -> Result<(), Refusal> {
        let Signed {
            signer,
            signature,
            is_bound,
        } = self.validate(op, time)?;
        let message = match is_bound {
            true => keccak256([hash.as_slice(), MANAGER.as_slice()].concat()),
            false => hash,
        };
        if !session::has_signed(signer, message, &signature) {
            return Err(Refusal::new(-32507, "AA24 signature error"));
        }
        if op.gas.verification < op.gas_needed()?.verification {
            return Err(Refusal::entry_point("AA40 over verificationGasLimit"));
        }
        self.validate_payment(op)
    }

    fn validate_payment(&self, op: &Op) -> Result<(), Refusal> {
        let Some(paymaster) = op.paymaster() else {
            return match self.coins_of(op.sender) >= op.max_cost() {
                true => Ok(()),
                false => Err(Refusal::entry_point("AA21 didn't pay prefund")),
            };
        };
        let head = if op.is_modern {
            PAYMASTER_HEAD
        } else {
            Address::len_bytes()
        };
        match op.paymaster_and_data[head..] == op.agreement(paymaster) {
            true => Ok(()),
            false => Err(Refusal::new(-32501, "AA34 signature error")),
        }
    }

    /// Checks that the calls of an operation would succeed.
    pub(crate) fn simulate(&self, op: &Op) -> Result<(), Refusal> {
        let mut chain = self.clone();
        chain.prepare(op)?;
        chain.execute(op, &mut Vec::new())
    }

    /// Deploys the account of an operation, and enables its session.
    fn prepare(&mut self, op: &Op) -> Result<(), Refusal> {
        if let Some(owner) = op.deploys_for()? {
            self.accounts.insert(op.sender, Account::of(owner, op.is_modern));
        }
        if let (Some(account), Some((enabled, ..))) = (self.accounts.get_mut(&op.sender), Enabled::by(op)) {
            enabled.put_into_force(account);
        }
        Ok(())
    }

    /// Includes an operation with a checked signature. Returns `None` and changes nothing if the operation is not valid
    /// any more.
    pub(crate) fn include(&mut self, op: &Op, hash: B256, time: Duration) -> Option<()> {
        self.validate(op, time).ok()?;
        let (key, sequence) = op.nonce_key();
        self.nonces.insert((op.sender, key), sequence + 1);
        self.prepare(op).ok()?;
        // The excess prefunding stays with the entry point.
        let cost = op.max_cost();
        if op.paymaster().is_none() {
            let coins = self.coins.entry(op.sender).or_default();
            *coins = coins.saturating_sub(cost);
        }

        let entry_point = op.entry_point();
        let mut logs = vec![(entry_point, EntryPoint::BeforeExecution {}.encode_log_data())];
        let mut after = self.clone();
        let has_gas = op.gas_needed().is_ok_and(|needed| op.gas.call >= needed.call);
        let executed = match has_gas {
            true => after.execute(op, &mut logs),
            false => Err(Refusal::new(3, "out of gas")),
        };
        match &executed {
            Ok(()) => *self = after,
            // Running out of gas reverts without a reason.
            Err(_) if !has_gas => {}
            Err(refusal) => {
                let reason = ErrorCall {
                    reason: refusal.message.clone(),
                };
                let event = EntryPoint::UserOperationRevertReason {
                    userOpHash: hash,
                    sender: op.sender,
                    nonce: op.nonce,
                    revertReason: reason.abi_encode().into(),
                };
                logs.push((entry_point, event.encode_log_data()));
            }
        }
        let event = EntryPoint::UserOperationEvent {
            userOpHash: hash,
            sender: op.sender,
            paymaster: op.paymaster().unwrap_or_default(),
            nonce: op.nonce,
            success: executed.is_ok(),
            actualGasCost: cost,
            actualGasUsed: U256::from(100_000),
        };
        logs.push((entry_point, event.encode_log_data()));
        self.included.push(Included {
            op: op.clone(),
            hash,
            success: executed.is_ok(),
            cost,
            block: Self::block_at(time),
            logs,
        });
        Some(())
    }

    fn execute(&mut self, op: &Op, logs: &mut Vec<(Address, LogData)>) -> Result<(), Refusal> {
        for call in op.calls()? {
            self.call(op.sender, &call, logs)?;
        }
        if op.pays_in_tokens() {
            self.take_tokens(op.sender, TOKEN_PAYMASTER, token_cost(op.max_cost()))?;
        }
        Ok(())
    }

    fn call(
        &mut self,
        from: Address,
        call: &Call,
        logs: &mut Vec<(Address, LogData)>,
    ) -> Result<(), Refusal> {
        let coins = self.coins_of(from);
        let left = coins
            .checked_sub(call.value)
            .ok_or_else(|| Refusal::reverted("too few coins"))?;
        self.coins.insert(from, left);
        *self.coins.entry(call.to).or_default() += call.value;
        let account = self
            .accounts
            .get_mut(&from)
            .ok_or_else(|| Refusal::reverted("no account"))?;
        if account.is_nexus()
            && let Some(done) = nexus::call(account, from, call)
        {
            return done;
        }
        match call.to {
            to if to == from => account.call(&call.data),
            MANAGER => {
                account.root = decode::<Manager::setMerkleRootCall>(&call.data)?.merkleRoot;
                Ok(())
            }
            NFT => {
                let to = decode::<Nft::safeMintCall>(&call.data)?.to;
                self.nfts.push(to);
                let transfer = Nft::Transfer {
                    from: Address::ZERO,
                    to,
                    tokenId: U256::from(self.nfts.len()),
                };
                logs.push((NFT, transfer.encode_log_data()));
                Ok(())
            }
            TOKEN if call.data.starts_with(&Token::approveCall::SELECTOR) => {
                let approve = decode::<Token::approveCall>(&call.data)?;
                self.allowances.insert((from, approve.spender), approve.amount);
                Ok(())
            }
            TOKEN => {
                let Token::transferCall { to, amount } = decode(&call.data)?;
                self.move_tokens(from, to, amount)
            }
            _ => Ok(()),
        }
    }

    fn take_tokens(&mut self, from: Address, spender: Address, amount: U256) -> Result<(), Refusal> {
        let allowance = self.allowances.entry((from, spender)).or_default();
        let left = allowance.checked_sub(amount);
        *allowance = left.ok_or_else(|| Refusal::reverted("ERC20: insufficient allowance"))?;
        self.move_tokens(from, spender, amount)
    }

    fn move_tokens(&mut self, from: Address, to: Address, amount: U256) -> Result<(), Refusal> {
        let left = self.tokens.entry(from).or_default();
        let too_much = || Refusal::reverted("ERC20: transfer amount exceeds balance");
        *left = left.checked_sub(amount).ok_or_else(too_much)?;
        *self.tokens.entry(to).or_default() += amount;
        Ok(())
    }

    pub(crate) fn coins_of(&self, address: Address) -> U256 {
        self.coins.get(&address).copied().unwrap_or_default()
    }
}

/// Converts a gas cost to units of the fee token, which has six decimals: half a token per coin.
pub(crate) fn token_cost(wei: U256) -> U256 {
    wei.saturating_mul(U256::from(500_000))
        .div_ceil(U256::from(10).pow(U256::from(18)))
}

pub(super) fn decode<C: SolCall>(data: &[u8]) -> Result<C, Refusal> {
    C::abi_decode(data).map_err(|_| Refusal::reverted("there is no such function"))
}
