use alloy::{
    primitives::{Address, B256, Bytes, Selector, U256, address, keccak256},
    sol_types::SolValue,
};

use super::{
    OnChainPolicy, SmartSession, SmartSessionsContracts,
    contracts::{
        ActionData, PolicyData,
        SmartSessionModule::{
            enableSessionsCall, getNonceCall, getPermissionIDsCall, isPermissionEnabledCall,
            removeSessionCall, revokeEnableSignatureCall,
        },
    },
    refusal::{NO_POLICY, SUDO_FALLBACK},
};
use crate::{
    permission::{Guards, PolicyError},
    primitives::{Call, ContractCall, Encoder, decode_number},
};

/// The target of the fallback action, whose policies check the calls of all contracts without an action of their own.
pub const FALLBACK_TARGET: Address = address!("0000000000000000000000000000000000000001");

/// The selector of the fallback action.
pub const FALLBACK_SELECTOR: Selector = Selector::new([0, 0, 0, 1]);

/// The selector of the action for calls without data, which are plain transfers of native coin.
pub const PLAIN_TRANSFER: Selector = crate::permission::PLAIN_TRANSFER;

impl SmartSession {
    /// Returns the permission id, the session's name on chain. The id covers the key and the salt, not the policies or
    /// the chain.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::{Address, B256, address};
    /// use use_aa::{Policy, session::smart_sessions::{KeyValidator, SmartSession, SmartSessionsContracts}};
    ///
    /// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    /// let session = SmartSession::granting(
    ///     &[Policy::function(nft, "safeMint(address)")?.into()],
    ///     KeyValidator::K1,
    ///     Address::repeat_byte(7),
    ///     B256::ZERO,
    ///     &SmartSessionsContracts::CANONICAL,
    /// )?;
    /// let other = SmartSession { salt: B256::repeat_byte(1), ..session.clone() };
    /// assert_ne!(session.permission_id(), other.permission_id());
    /// # Ok::<(), use_aa::permission::PolicyError>(())
    /// ```
    #[must_use]
    pub fn permission_id(&self) -> B256 {
        let encoded = Encoder::default()
            .address(self.sessionValidator)
            .bytes(&self.sessionValidatorInitData)
            .word(self.salt)
            .encode(&[]);
        keccak256(encoded)
    }

    /// Returns the id under which policies keep the counters of an action of the session.
    #[must_use]
    pub fn action_config_id(&self, account: Address, action_id: B256) -> B256 {
        action_config_id(self.permission_id(), account, action_id)
    }

    /// Returns the id under which policies keep the counters of the session's operations.
    #[must_use]
    pub fn user_op_config_id(&self, account: Address) -> B256 {
        keccak256([account.as_slice(), self.permission_id().as_slice()].concat())
    }

    /// Permits paymasters to pay for the session's operations. A session without a policy for operations gets the
    /// policy that allows every operation, because the module requires one.
    #[must_use]
    pub fn with_paymaster(mut self, contracts: &SmartSessionsContracts) -> Self {
        self.permitERC4337Paymaster = true;
        if self.userOpPolicies.is_empty() {
            self.userOpPolicies.push(PolicyData {
                policy: contracts.sudo,
                initData: Bytes::new(),
            });
        }
        self
    }

    /// Adds the fallback action: policies for the calls of all contracts and functions without an action of their own.
    ///
    /// Only this action has one common counter for all functions of a token.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a policy cannot be encoded, there is none, or one of them is [`OnChainPolicy::Sudo`]: the key
    /// could then install modules and transfer the account's ownership. [`Guards::allow_target`] for
    /// [`FALLBACK_TARGET`] permits that.
    pub fn with_fallback(
        mut self,
        policies: &[OnChainPolicy],
        guards: &Guards,
        contracts: &SmartSessionsContracts,
    ) -> Result<Self, PolicyError> {
        if policies.contains(&OnChainPolicy::Sudo) && !guards.allows(FALLBACK_TARGET) {
            return Err(SUDO_FALLBACK);
        }
        self.actions.push(ActionData::new(
            FALLBACK_TARGET,
            FALLBACK_SELECTOR,
            policies,
            contracts,
        )?);
        Ok(self)
    }

    /// Returns true if the session has the fallback action.
    #[must_use]
    pub fn has_fallback(&self) -> bool {
        self.actions.iter().any(|action| {
            action.actionTarget == FALLBACK_TARGET && action.actionTargetSelector == FALLBACK_SELECTOR
        })
    }

    /// Returns the account's call that enables sessions.
    #[must_use]
    pub fn enable(sessions: Vec<Self>, contracts: &SmartSessionsContracts) -> Call {
        Call::new(contracts.module, enableSessionsCall { sessions })
    }

    /// Returns the init data with which an account installs the module and enables sessions. Without a session the
    /// init data is empty.
    #[must_use]
    pub fn install_data(sessions: Vec<Self>) -> Bytes {
        match sessions.is_empty() {
            true => Bytes::new(),
            false => [&[ENABLE_AT_INSTALLATION][..], &sessions.abi_encode()]
                .concat()
                .into(),
        }
    }

    /// Returns the account's calls that end a session, for one batch: the removal of the session, and the revocation
    /// of a grant that was signed and never used.
    #[must_use]
    pub fn revoke(permission_id: B256, contracts: &SmartSessionsContracts) -> [Call; 2] {
        [
            Call::new(
                contracts.module,
                removeSessionCall {
                    permissionId: permission_id,
                },
            ),
            Call::new(
                contracts.module,
                revokeEnableSignatureCall {
                    permissionId: permission_id,
                },
            ),
        ]
    }

    /// Returns the call that reads the permission ids of an account's enabled sessions, of this device and others.
    #[must_use]
    pub fn enabled_ids(account: Address, contracts: &SmartSessionsContracts) -> ContractCall<Vec<B256>> {
        ContractCall::new(contracts.module, &getPermissionIDsCall { account })
    }

    /// Returns the call that reads true if the account has a session with this permission id.
    #[must_use]
    pub fn is_enabled(
        permission_id: B256,
        account: Address,
        contracts: &SmartSessionsContracts,
    ) -> ContractCall<bool> {
        let call = isPermissionEnabledCall {
            permissionId: permission_id,
            account,
        };
        let decode = |result: &[u8]| Ok(!decode_number(result)?.is_zero());
        ContractCall::decoded_by(contracts.module, &call, decode)
    }

    /// Returns the call that reads the nonce of a permission id, which a grant contains. The nonce of a new permission
    /// id is 0.
    #[must_use]
    pub fn nonce(
        permission_id: B256,
        account: Address,
        contracts: &SmartSessionsContracts,
    ) -> ContractCall<U256> {
        let call = getNonceCall {
            permissionId: permission_id,
            account,
        };
        ContractCall::decoded_by(contracts.module, &call, decode_number)
    }
}

impl ActionData {
    /// Creates the action for a function of a contract, with the policies that must all allow a call.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a policy cannot be encoded, or there is none.
    pub fn new(
        target: Address,
        selector: Selector,
        policies: &[OnChainPolicy],
        contracts: &SmartSessionsContracts,
    ) -> Result<Self, PolicyError> {
        let policies = policies.iter().map(|policy| policy.data(contracts));
        let policies = policies.collect::<Result<Vec<_>, _>>()?;
        match policies.is_empty() {
            true => Err(NO_POLICY),
            false => Ok(Self {
                actionTargetSelector: selector,
                actionTarget: target,
                actionPolicies: policies,
            }),
        }
    }

    /// Returns the id of the action.
    #[must_use]
    pub fn id(&self) -> B256 {
        action_id(self.actionTarget, self.actionTargetSelector)
    }
}

/// Returns the id under which policies keep the counters of an action.
pub(super) fn action_config_id(permission_id: B256, account: Address, action_id: B256) -> B256 {
    let id = keccak256([permission_id, action_id].concat());
    keccak256([account.as_slice(), id.as_slice()].concat())
}

/// Returns the id of the action for a function of a contract.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{address, b256, fixed_bytes};
/// use use_aa::session::smart_sessions::action_id;
///
/// let token = address!("9a0f4c86487a2eC8a83c0391f920f7142feF0f79");
/// assert_eq!(
///     action_id(token, fixed_bytes!("23b872dd")),
///     b256!("273b8d2cc2731ab6e2297e4ca5c3b7dc1d9a8ead1832853fd3d28f8c3c04b7a9"),
/// );
/// ```
#[must_use]
pub fn action_id(target: Address, selector: Selector) -> B256 {
    keccak256([target.as_slice(), selector.as_slice()].concat())
}

/// The mode byte of init data whose sessions are enabled.
const ENABLE_AT_INSTALLATION: u8 = 2;

#[cfg(test)]
mod tests {
    use alloy::sol_types::SolCall;

    use super::*;
    use crate::{
        permission::Policy,
        session::smart_sessions::{Grant, GrantedSession, KeyValidator, Packing, refusal},
    };

    const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;
    const SHOP: Address = Address::repeat_byte(7);

    fn session() -> SmartSession {
        let permissions = [Policy::new(SHOP, [1; 4]).into()];
        SmartSession::granting(&permissions, KeyValidator::K1, SHOP, B256::ZERO, &CONTRACTS).unwrap()
    }

    #[test]
    fn fallback_that_owns_the_account_needs_a_guard_to_allow_it() {
        let with = |policies: &[OnChainPolicy], guards| session().with_fallback(policies, guards, &CONTRACTS);
        let (strict, open) = (Guards::new(), Guards::new().allow_target(FALLBACK_TARGET));
        let limited = [OnChainPolicy::SpendingLimit(vec![(SHOP, U256::from(5))])];

        assert_eq!(with(&[OnChainPolicy::Sudo], &strict), Err(refusal::SUDO_FALLBACK));
        assert_eq!(with(&[], &strict), Err(refusal::NO_POLICY));
        assert_eq!(
            with(&[OnChainPolicy::UsageLimit(0)], &strict),
            Err(refusal::ZERO_LIMIT)
        );
        let allowed = [with(&[OnChainPolicy::Sudo], &open), with(&limited, &strict)];
        assert!(!session().has_fallback());
        assert!(
            allowed
                .iter()
                .all(|session| session.as_ref().unwrap().has_fallback())
        );
    }

    #[test]
    fn paymaster_brings_a_policy_for_operations_where_there_is_none() {
        let usage = OnChainPolicy::UsageLimit(3).data(&CONTRACTS).unwrap();
        let limited = SmartSession {
            userOpPolicies: vec![usage.clone()],
            ..session()
        };

        let paid = [session(), limited].map(|session| session.with_paymaster(&CONTRACTS));

        assert!(paid.iter().all(|session| session.permitERC4337Paymaster));
        assert_eq!(paid[0].userOpPolicies[0].policy, CONTRACTS.sudo);
        assert_eq!(paid[1].userOpPolicies, [usage]);
        assert_eq!(paid[0].permission_id(), session().permission_id());
    }

    #[test]
    fn revocation_ends_the_session_and_an_unused_grant() {
        let id = session().permission_id();

        let [remove, revoke] = SmartSession::revoke(id, &CONTRACTS);

        for (call, selector) in [
            (remove, removeSessionCall::SELECTOR),
            (revoke, revokeEnableSignatureCall::SELECTOR),
        ] {
            assert_eq!(call.to, CONTRACTS.module);
            assert_eq!(call.data[..], [&selector[..], id.as_slice()].concat());
        }
    }

    #[test]
    fn state_is_read_from_the_module() {
        let (id, one) = (session().permission_id(), U256::from(1).to_be_bytes::<32>());
        let enabled = SmartSession::is_enabled(id, SHOP, &CONTRACTS);
        let nonce = SmartSession::nonce(id, SHOP, &CONTRACTS);
        let ids = SmartSession::enabled_ids(SHOP, &CONTRACTS);

        assert_eq!([enabled.to, nonce.to, ids.to], [CONTRACTS.module; 3]);
        assert_eq!((enabled.decode)(&one), Ok(true));
        assert_eq!((enabled.decode)(&[0; 32]), Ok(false));
        assert_eq!((nonce.decode)(&one), Ok(U256::from(1)));
        assert_eq!((ids.decode)(&vec![id].abi_encode()), Ok(vec![id]));
        assert_eq!(SmartSession::install_data(Vec::new()), Bytes::new());
    }

    #[test]
    fn grant_signs_for_as_many_sessions_as_an_index_counts() {
        let granted = |chain_id| GrantedSession {
            chain_id,
            session: session(),
            nonce: U256::ZERO,
        };
        let grant = Grant::new(SHOP, 0, session(), &CONTRACTS);
        let grant = (1..257).map(granted).fold(grant, Grant::and);

        let signed = grant.signed(Address::ZERO, &[9; 65]);

        assert_eq!(signed.session(255), Some(&session()));
        assert!(signed.data(255, &[]).is_some());
        assert_eq!(signed.signature(256, &[], Packing::Literal), None);
    }
}
