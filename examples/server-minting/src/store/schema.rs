use std::pin::Pin;

use sqlx::{
    PgPool,
    error::BoxDynError,
    migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator},
};

use crate::{error::StartError, vault::Vault};

/// The versions of the tables, as changes of the version before.
#[derive(Debug)]
struct Versions;

impl<'s> MigrationSource<'s> for Versions {
    fn resolve(self) -> Pin<Box<dyn Future<Output = Result<Vec<Migration>, BoxDynError>> + Send + 's>> {
        let first = include_str!("../../migrations/0001_sessions.sql");
        let versions = vec![Migration::new(
            1,
            "sessions".into(),
            MigrationType::Simple,
            first.into(),
            false,
        )];
        Box::pin(async { Ok(versions) })
    }
}

/// Brings the tables to the latest version. Processes that start together wait for each other.
pub(super) async fn migrate(pool: &PgPool) -> Result<(), StartError> {
    let migrator = Migrator::new(Versions).await.map_err(StartError::Migration)?;
    migrator.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StartError::NewerTables(version),
        error => StartError::Migration(error),
    })
}

/// Makes the vault's key that of a new database, or compares the two.
pub(super) async fn check_vault(pool: &PgPool, vault: &Vault) -> Result<(), StartError> {
    sqlx::query("INSERT INTO vault_check (sealed) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(vault.seal_check()?)
        .execute(pool)
        .await?;
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM vault_check")
        .fetch_one(pool)
        .await?;
    match vault.opens_check(&sealed) {
        true => Ok(()),
        false => Err(StartError::WrongVaultKey),
    }
}
