//! The contracts of Nexus and Smart Sessions in this world, which check the actions of a session and none of its policies.

use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256},
    sol_types::{SolCall, SolValue},
};
use use_aa::{
    account::nexus::NexusAddress,
    session::smart_sessions::{
        Grant, SmartSession, SmartSessionsContracts,
        contracts::{EnableSession, SmartSessionModule},
    },
};

use super::{
    Refusal,
    abi::{CHAIN_ID, K1_VALIDATOR, NEXUS_FACTORY, Nexus, NexusFactory, SMART_SESSION},
    account::Account,
    chain::{Signed, decode},
    op::{Call, Op},
};

/// Decodes the calls of an account.
pub(super) fn calls(call_data: &[u8]) -> Result<Vec<Call>, Refusal> {
    type Batch = Vec<(Address, U256, Bytes)>;

    let execute = decode::<Nexus::executeCall>(call_data)?;
    let data = &execute.executionCalldata;
    let unreadable = || Refusal::reverted("the calls cannot be read");
    if execute.mode[0] == 1 {
        let batch = Batch::abi_decode(data).map_err(|_| unreadable())?;
        let call = |(to, value, data)| Call { to, value, data };
        return Ok(batch.into_iter().map(call).collect());
    }
    let (head, data) = data.split_at_checked(52).ok_or_else(unreadable)?;
    Ok(vec![Call {
        to: Address::from_slice(&head[..20]),
        value: U256::from_be_slice(&head[20..]),
        data: Bytes::copy_from_slice(data),
    }])
}

/// Returns the owner in the init code, and checks that the account has the sender's address.
pub(super) fn deploys_for(sender: Address, factory: &[u8], data: &[u8]) -> Result<Address, Refusal> {
    let refused = || Refusal::entry_point("AA13 initCode failed or OOG");
    let call = NexusFactory::createAccountCall::abi_decode(data).map_err(|_| refused())?;
    if factory != NEXUS_FACTORY {
        return Err(refused());
    }
    // The data of the default validator: the owner, and a safe sender.
    let is_sender = |window: &[u8]| window == SMART_SESSION;
    let place = call.initData.windows(20).position(is_sender).unwrap_or_default();
    let owner = place
        .checked_sub(20)
        .map(|at| Address::from_slice(&call.initData[at..place]));
    let account = NexusAddress::of(owner.ok_or_else(refused)?);
    match account.address() == sender && account.init_data() == call.initData {
        true => Ok(owner.unwrap_or_default()),
        false => Err(Refusal::entry_point("AA14 initCode must return sender")),
    }
}

/// The session that an operation enables before its calls.
pub(super) struct Enabled {
    pub(super) id: B256,
    session: SmartSession,
}

impl Enabled {
    /// Reads the session from the signature of an operation, if the operation enables one.
    pub(super) fn by(op: &Op) -> Option<(Self, EnableSession, Bytes)> {
        let (mode, stream) = op.signature.split_first()?;
        if op.validator() != SMART_SESSION || *mode == 0 {
            return None;
        }
        let (enable, signature) = <(EnableSession, Bytes)>::abi_decode_params(&unpacked(stream)?).ok()?;
        let session = enable.sessionToEnable.clone();
        let id = session.permission_id();
        Some((Self { id, session }, enable, signature))
    }

    pub(super) fn put_into_force(self, account: &mut Account) {
        account.used_grants.insert(self.id);
        account.sessions.insert(self.id, self.session);
    }
}

/// Unpacks a stream of FastLZ that consists of runs of literals.
fn unpacked(mut stream: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    while let Some((run, rest)) = stream.split_first() {
        let (literals, rest) = rest.split_at_checked(usize::from(*run) + 1)?;
        data.extend(literals);
        stream = rest;
    }
    Some(data)
}

/// Validates as the account does, without the signature that [`Signed`] returns.
pub(super) fn validate(op: &Op, account: &Account) -> Result<Signed, Refusal> {
    let validator = op.validator();
    if validator.is_zero() {
        return Ok(Signed::by(account.owner, op.signature.clone()));
    }
    if validator != SMART_SESSION || !account.modules.contains(&validator) {
        return Err(Refusal::validation("ValidatorNotInstalled"));
    }
    let (session, signature) = match Enabled::by(op) {
        Some((enabled, enable, signature)) => {
            check_grant(op, account, &enabled, &enable)?;
            (enabled.session, signature)
        }
        None => {
            let id = op.signature.get(1..33).map(B256::from_slice).unwrap_or_default();
            let session = account.sessions.get(&id);
            let session = session.ok_or_else(|| Refusal::validation("InvalidPermissionId"))?;
            (session.clone(), Bytes::copy_from_slice(&op.signature[33..]))
        }
    };
    let is_allowed = |call: &Call| {
        let mut actions = session.actions.iter();
        actions.any(|action| {
            action.actionTarget == call.to && call.data.starts_with(action.actionTargetSelector.as_slice())
        })
    };
    match op.calls()?.iter().all(is_allowed) {
        true => Ok(Signed::by(
            Address::from_slice(&session.sessionValidatorInitData),
            signature,
        )),
        false => Err(Refusal::validation("NoPoliciesSet")),
    }
}

/// Checks the owner's signature of a grant, which is good once.
fn check_grant(op: &Op, account: &Account, enabled: &Enabled, enable: &EnableSession) -> Result<(), Refusal> {
    if account.used_grants.contains(&enabled.id) {
        return Err(Refusal::validation("HashMismatch"));
    }
    let contracts = SmartSessionsContracts::CANONICAL;
    let grant = Grant::new(op.sender, CHAIN_ID, enabled.session.clone(), &contracts);
    let signature = enable.permissionEnableSig.get(20..).unwrap_or_default();
    let signer = Signature::from_raw(signature).ok().and_then(|signature| {
        signature
            .recover_address_from_prehash(&grant.typed_data().hash())
            .ok()
    });
    match signer == Some(account.owner) && account.safe_senders.contains(&SMART_SESSION) {
        true => Ok(()),
        // The selector of `InvalidEnableSignature(address,bytes32)`, as bundlers quote it.
        false => Err(Refusal::validation("0x3ca8ef0c")),
    }
}

/// Makes a call of an account to itself or to a contract of its modules. Returns `None` if the call is to another contract.
pub(super) fn call(account: &mut Account, from: Address, call: &Call) -> Option<Result<(), Refusal>> {
    match call.to {
        to if to == from => Some(account_call(account, &call.data)),
        K1_VALIDATOR => Some(decode::<Nexus::addSafeSenderCall>(&call.data).map(|add| {
            account.safe_senders.insert(add.sender);
        })),
        SMART_SESSION => Some(session_call(account, &call.data)),
        _ => None,
    }
}

fn account_call(account: &mut Account, data: &[u8]) -> Result<(), Refusal> {
    let module = decode::<Nexus::installModuleCall>(data)?.module;
    match account.modules.contains(&module) {
        true => Err(Refusal::reverted("ModuleAlreadyInstalled")),
        false => {
            account.modules.push(module);
            Ok(())
        }
    }
}

fn session_call(account: &mut Account, data: &[u8]) -> Result<(), Refusal> {
    match data.first_chunk() {
        Some(&SmartSessionModule::removeSessionCall::SELECTOR) => {
            let id = decode::<SmartSessionModule::removeSessionCall>(data)?.permissionId;
            account.sessions.remove(&id);
        }
        Some(&SmartSessionModule::revokeEnableSignatureCall::SELECTOR) => {
            let id = decode::<SmartSessionModule::revokeEnableSignatureCall>(data)?.permissionId;
            account.used_grants.insert(id);
        }
        _ => {
            let enable = decode::<SmartSessionModule::enableSessionsCall>(data)?;
            for session in enable.sessions {
                account.sessions.insert(session.permission_id(), session);
            }
        }
    }
    Ok(())
}
