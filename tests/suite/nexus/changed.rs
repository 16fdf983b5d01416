//! Accounts that another tool has deployed, upgraded, given away, or rid of what sessions need.

use std::sync::Arc;

use alloy::{
    primitives::{Address, Bytes},
    signers::local::PrivateKeySigner,
};
use serde_json::json;
use use_aa::{
    Call, Deploy, Deployment, Error as AccountError, ErrorKind, MemoryStore, Nexus, Payment, Request,
    SendTransaction, SessionStatus, SmartAccountClient,
    account::nexus::{
        InitialModules, NexusAddress, NexusContracts, contracts::K1Validator, install_module,
        uninstall_module, upgrade_to_and_call,
    },
};

use super::{mint, sponsored_mint};
use crate::support::{
    Dialect, Kind, Mood, Moody, Outcome, balance, enable, included, node, owner, request, sponsored_grant,
};

const CONTRACTS: NexusContracts = NexusContracts::V1_2_0;
/// The start of an account's list of modules.
const START: Address = Address::with_last_byte(1);

/// A change of the session module that another tool has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    SafeSender,
    Module,
    Both,
}

impl Lack {
    const ALL: [Self; 3] = [Self::SafeSender, Self::Module, Self::Both];

    fn calls(self, account: Address) -> Vec<Call> {
        let sender = CONTRACTS.smart_session;
        let module = uninstall_module(account, START, CONTRACTS.smart_session);
        let safe_sender = Call::new(
            CONTRACTS.k1_validator,
            K1Validator::removeSafeSenderCall { sender },
        );
        match self {
            Self::SafeSender => vec![safe_sender],
            Self::Module => vec![module],
            Self::Both => vec![module, safe_sender],
        }
    }

    const fn error(self) -> &'static str {
        match self {
            Self::SafeSender => "InvalidEnableSignature(address,bytes32)",
            Self::Module | Self::Both => "ValidatorNotInstalled(address)",
        }
    }
}

/// Makes calls of an account that has the module by another client, as another tool would.
async fn by_another_tool(account: Address, owner: &PrivateKeySigner, calls: Vec<Call>) -> Outcome {
    let tool = Nexus::at_with_owner(account, owner.clone());
    let tool = SmartAccountClient::new(Dialect::Standard.services(), tool);
    let request = SendTransaction::new(calls).pay(Payment::Sponsored);
    included(&tool, tool.send(request).await?).await?;
    Ok(())
}

/// Returns clients of a deployed account with a granted session: of the owner, and of the session key alone.
async fn granted_and_changed(
    owner: &PrivateKeySigner,
    store: &Arc<MemoryStore>,
    lack: Lack,
) -> Result<[SmartAccountClient; 2], Box<dyn std::error::Error>> {
    let services = Dialect::Standard.services();
    let owned = Kind::Nexus
        .owned_by(services.clone(), owner.clone())
        .store(store.clone());
    let deploy = owned.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(&owned, deploy).await?;
    owned.create_session(sponsored_grant(&owned)).await?;
    by_another_tool(owned.address(), owner, lack.calls(owned.address())).await?;
    let session = Kind::Nexus.at(services, owned.address()).store(store.clone());
    Ok([owned, session])
}

#[tokio::test]
async fn account_without_what_sessions_need_gets_it_at_the_first_use_with_the_owner() -> Outcome {
    for lack in Lack::ALL {
        let [owned, session] = granted_and_changed(&owner(), &Arc::default(), lack).await?;

        mint(&owned).await?;

        mint(&session).await?;
        assert_eq!(balance(owned.address()).await?.to::<u64>(), 2, "{lack:?}");
        assert_eq!(owned.modules().await?, [CONTRACTS.smart_session], "{lack:?}");
        assert_eq!(owned.pending_user_ops().await?, []);
        // From then on the owner's signature is a grant again.
        let again = owned.create_session(sponsored_grant(&owned)).await?;
        assert!(again.user_op().is_none(), "{lack:?}");
        mint(&session).await?;
    }
    Ok(())
}

#[tokio::test]
async fn two_first_uses_at_once_add_what_sessions_need_once() -> Outcome {
    let [owned, _] = granted_and_changed(&owner(), &Arc::default(), Lack::Both).await?;

    let (one, two) = futures::join!(mint(&owned), mint(&owned));

    one?;
    two?;
    assert_eq!(balance(owned.address()).await?.to::<u64>(), 2);
    Ok(())
}

#[tokio::test]
async fn session_key_alone_is_told_what_the_account_lacks() -> Outcome {
    for lack in Lack::ALL {
        let [owned, session] = granted_and_changed(&owner(), &Arc::default(), lack).await?;

        let refused = session.use_session(sponsored_mint(&session)).await;

        let refused = refused.err().ok_or("it is used")?;
        let ErrorKind::RefusedByContract { explanation, .. } = refused.kind() else {
            return Err(format!("{lack:?}: {refused:?}").into());
        };
        assert_eq!(explanation.error, lack.error(), "{refused}");
        assert!(
            explanation.advice.contains("with the owner's client"),
            "{refused}"
        );
        assert_eq!(session.pending_user_ops().await?, []);
        // The grant stays good.
        mint(&owned).await?;
        mint(&session).await?;
    }
    Ok(())
}

#[tokio::test]
async fn grant_to_an_account_without_what_sessions_need_is_an_operation_that_adds_it() -> Outcome {
    for lack in Lack::ALL {
        let [owned, session] = granted_and_changed(&owner(), &Arc::default(), lack).await?;

        let granted = owned.create_session(sponsored_grant(&owned)).await?;

        let receipt = granted.wait(1).await?.ok_or("no operation")?;
        assert!(receipt.success, "{lack:?}");
        // The older session works as well.
        for record in session.sessions().await?.all {
            let used = session
                .use_session(sponsored_mint(&session).session(record.id()))
                .await?;
            included(&session, used).await?;
        }
        assert_eq!(balance(owned.address()).await?.to::<u64>(), 2, "{lack:?}");
    }
    Ok(())
}

#[tokio::test]
async fn owner_who_refuses_to_add_what_sessions_need_is_asked_the_next_time() -> Outcome {
    let owner = owner();
    let store = Arc::new(MemoryStore::default());
    let [owned, _] = granted_and_changed(&owner, &store, Lack::SafeSender).await?;
    let moody = Moody::with(owner);
    let client = Kind::Nexus
        .owned_by(Dialect::Standard.services(), moody.clone())
        .store(store);

    moody.be(Mood::Refusing);
    let refused = client.use_session(sponsored_mint(&client)).await;
    moody.be(Mood::Willing);

    assert!(
        matches!(
            refused.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Owner(_))
        ),
        "{refused:?}"
    );
    assert_eq!(client.pending_user_ops().await?, []);
    mint(&client).await?;
    assert_eq!(balance(owned.address()).await?.to::<u64>(), 1);
    Ok(())
}

#[tokio::test]
async fn module_without_a_safe_sender_serves_an_account_that_was_given_with_its_owner() -> Outcome {
    let owner = owner();
    let plain = Nexus::owned_by(owner.clone()).initial_modules(InitialModules::Plain);
    let plain = SmartAccountClient::new(Dialect::Standard.services(), plain);
    let install = install_module(plain.address(), CONTRACTS.smart_session, &[]);
    let install = SendTransaction::from(install).pay(Payment::Sponsored);
    included(&plain, plain.send(install).await?).await?;
    let store = Arc::new(MemoryStore::default());
    let given = Nexus::at_with_owner(plain.address(), owner);
    for (account, is_signed) in [(given.clone(), false), (given.with_sessions_installed(), false)] {
        let client = SmartAccountClient::new(Dialect::Standard.services(), account).store(store.clone());

        let granted = client.create_session(sponsored_grant(&client)).await?;

        assert_eq!(granted.user_op().is_none(), is_signed);
        granted.wait(1).await?;
        let session = Kind::Nexus
            .at(Dialect::Standard.services(), client.address())
            .store(store.clone());
        let used = session
            .use_session(sponsored_mint(&session).session(granted.id()))
            .await?;
        included(&session, used).await?;
    }
    assert_eq!(balance(plain.address()).await?.to::<u64>(), 2);
    Ok(())
}

#[tokio::test]
async fn account_that_somebody_else_has_deployed_is_used_as_it_is() -> Outcome {
    let owner = owner();
    let client = Kind::Nexus.owned_by(Dialect::Standard.services(), owner.clone());
    client.create_session(sponsored_grant(&client)).await?;
    // The client has seen that there is no account.
    assert!(!client.is_deployed().await?);
    let address = NexusAddress::of(owner.address()).modules(InitialModules::Sessions);
    let Deployment::Factory { factory, data } = address.deployment() else {
        return Err("no factory creates the account".into());
    };
    let [relayer]: [Address; 1] = [Address::repeat_byte(0x42)];
    let () = request(&node(), "anvil_setBalance", (relayer, "0xde0b6b3a7640000")).await?;
    let () = request(&node(), "anvil_impersonateAccount", [relayer]).await?;
    let deploy = json!({"from": relayer, "to": factory, "data": data});
    let _: String = request(&node(), "eth_sendTransaction", [deploy]).await?;

    mint(&client).await?;

    mint(&client).await?;
    assert_eq!(balance(client.address()).await?.to::<u64>(), 2);
    Ok(())
}

#[tokio::test]
async fn account_that_was_upgraded_before_the_first_use_goes_on() -> Outcome {
    let owner = owner();
    let client = Kind::Nexus.owned_by(Dialect::Standard.services(), owner.clone());
    let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(&client, sent).await?;
    client.create_session(sponsored_grant(&client)).await?;
    let newer = Address::repeat_byte(0x77);
    let code: Bytes = request(&node(), "eth_getCode", (CONTRACTS.implementation, "latest")).await?;
    let () = request(&node(), "anvil_setCode", (newer, code)).await?;

    let upgrade = upgrade_to_and_call(client.address(), newer, &[]);
    by_another_tool(client.address(), &owner, vec![upgrade]).await?;
    mint(&client).await?;

    assert_eq!(client.sessions().await?.all[0].status, SessionStatus::Active);
    Ok(())
}

#[tokio::test]
async fn grant_of_an_owner_who_gave_the_account_away_is_refused_with_its_reason() -> Outcome {
    let client = Kind::Nexus.owned_by(Dialect::Standard.services(), owner());
    let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(&client, sent).await?;
    client.create_session(sponsored_grant(&client)).await?;
    let next = PrivateKeySigner::random();
    let given = client
        .transfer_ownership(next.address(), Payment::Sponsored)
        .await?;
    included(&client, given).await?;

    let refused = client.use_session(sponsored_mint(&client)).await;

    assert!(
        matches!(
            refused.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::RefusedByContract { explanation, .. })
                if explanation.error == K1_REFUSES
        ),
        "{refused:?}"
    );
    assert_eq!(client.pending_user_ops().await?, []);
    let theirs = Nexus::at_with_owner(client.address(), next);
    let theirs = SmartAccountClient::new(Dialect::Standard.services(), theirs);
    enable(&theirs).await?.wait(1).await?;
    mint(&theirs).await
}

const K1_REFUSES: &str = "InvalidEnableSignature(address,bytes32)";
