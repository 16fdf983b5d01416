//! Session keys in the database.

use std::sync::Arc;

use alloy::primitives::{B256, hex};
use server_minting::{PostgresStore, mint::safeMintCall};
use sqlx::{Connection, PgConnection};
use use_aa::{
    BoxFuture, Call, CreateSession, Nexus, Payment, Policy, Request, SessionKey, SessionStore,
    SmartAccountClient, StoreError, UseSession, store::Change,
};

use crate::{
    postgres::{Postgres, connect},
    processes::World,
};

/// A store over PostgreSQL that seals no keys.
struct Unsealed(PostgresStore);

impl SessionStore for Unsealed {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        self.0.read(key)
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.update(key, change)
    }
}

/// Grants a session of a key, which needs no service on Nexus, and returns its policy's call.
async fn grant(world: &World, key: &SessionKey, store: Arc<dyn SessionStore>) -> (SmartAccountClient, Call) {
    let variable = |name: &str| world.variable(name);
    let services = use_aa::Services::new(80002, &variable("NODE_URL").unwrap())
        .and_then(|services| {
            services.bundler(use_aa::BundlerKind::STANDARD, &variable("BUNDLER_URL").unwrap())
        })
        .and_then(|services| {
            services.paymaster(
                use_aa::PaymasterKind::ERC7677,
                &variable("PAYMASTER_URL").unwrap(),
            )
        })
        .unwrap();
    let owner = alloy::signers::local::PrivateKeySigner::random();
    let client = SmartAccountClient::new(services, Nexus::owned_by(owner)).store(store);
    let (nft, to) = (variable("NFT").unwrap().parse().unwrap(), client.address());
    let policy = Policy::call::<safeMintCall>(nft)
        .equal(|mint| &mut mint.to, to)
        .unwrap();
    let request = CreateSession::new([policy]).lasting(std::time::Duration::from_hours(1));
    client.create_session(request.key(key.clone())).await.unwrap();
    (client, Call::new(nft, safeMintCall { to }))
}

/// Returns true if a dump contains a secret, as text, as bytes, or as the text's bytes.
fn contains(dump: &str, secret: B256) -> bool {
    let digits = hex::encode(secret);
    let dump = dump.to_lowercase();
    dump.contains(&digits) || dump.contains(&hex::encode(digits))
}

#[tokio::test]
async fn dump_of_the_database_contains_no_private_key() {
    let world = World::new("nexus").await;
    let [sealed, unsealed] = [(); 2].map(|()| SessionKey::random().unwrap());
    let other = Postgres::shared().database().await;

    grant(&world, &sealed, Arc::new(connect(&world.database).await)).await;
    grant(&world, &unsealed, Arc::new(Unsealed(connect(&other).await))).await;

    let [dump, with_key] = [&world.database, &other].map(|url| Postgres::shared().dump(url));
    let address = hex::encode(hex::encode(sealed.address()));
    assert!(dump.contains(&address), "the session is not in the dump");
    assert!(!contains(&dump, B256::from(sealed)));
    // The search would find a key.
    assert!(contains(&with_key, B256::from(unsealed)));
}

#[tokio::test]
async fn sealed_key_that_was_changed_in_the_database_signs_nothing() {
    let world = World::new("nexus").await;
    let key = SessionKey::random().unwrap();
    let (client, call) = grant(&world, &key, Arc::new(connect(&world.database).await)).await;
    let mut connection = PgConnection::connect(&world.database).await.unwrap();
    // The last byte of the sealed key, which ends with the object in the text.
    let damage = r#"UPDATE session_texts SET content = convert_to(regexp_replace(
        convert_from(content, 'UTF8'), '("sealed":"0x[0-9a-f]+)[0-9a-f]{2}"', '\1' ||
        CASE WHEN convert_from(content, 'UTF8') ~ '"sealed":"0x[0-9a-f]+00"' THEN '01"' ELSE '00"' END), 'UTF8')
        WHERE convert_from(content, 'UTF8') LIKE '%"sealed"%'"#;
    let changed = sqlx::query(damage).execute(&mut connection).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);

    let error = client
        .use_session(UseSession::new(call).pay(Payment::Sponsored))
        .await
        .unwrap_err();

    assert_eq!(error.code(), "store.sealed_elsewhere", "{error}");
    assert!(error.to_string().contains(&key.address().to_string()), "{error}");
}
