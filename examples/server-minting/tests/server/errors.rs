//! The errors of the program.

use crate::{
    postgres::VAULT_KEY,
    processes::{World, failed},
};

/// Runs the program with another value of one variable, and returns its error.
fn error_with(world: &World, name: &str, value: Option<&str>) -> String {
    let mut command = world.command(&["grant"]);
    match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    };
    failed(&command.output().unwrap())
}

#[tokio::test]
async fn missing_and_wrong_settings_are_named_and_no_secret_is_printed() {
    let world = World::new("nexus").await;
    let owner = world.variable("OWNER_KEY").unwrap();
    let half = &VAULT_KEY[..32];

    for (name, value, expected) in [
        ("VAULT_KEY", None, "a setting is missing: VAULT_KEY; "),
        ("VAULT_KEY", Some(half), "a setting is wrong: VAULT_KEY; "),
        ("OWNER_KEY", Some(&owner[..40]), "a setting is wrong: OWNER_KEY; "),
        ("NODE_URL", Some("ftp://node.example"), ""),
        (
            "DATABASE_URL",
            Some("postgres://a:p4ssword@127.0.0.1:1/b"),
            "the database cannot be used: ",
        ),
        (
            "DATABASE_URL",
            Some("nonsense p4ssword"),
            "the database cannot be used: ",
        ),
    ] {
        let error = error_with(&world, name, value);

        assert!(
            error.starts_with(&format!("error: {expected}")),
            "{name} {value:?}: {error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        for secret in [half, &owner[2..40], "p4ssword"] {
            assert!(!error.contains(secret), "{name} {value:?}: {error}");
        }
    }
}

#[tokio::test]
async fn another_vault_key_is_refused_and_the_right_one_still_works() {
    let world = World::new("nexus").await;
    let account = world.grant();

    let error = error_with(&world, "VAULT_KEY", Some(&"0".repeat(64)));

    assert!(
        error.starts_with("error: VAULT_KEY is not the key of this database; "),
        "{error}"
    );
    assert_eq!(world.grant(), account);
}

#[tokio::test]
async fn unknown_command_prints_the_usage() {
    let world = World::new("nexus").await;

    for arguments in [&[][..], &["mint"], &["voucher", "1", "2"]] {
        let output = world.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).starts_with("usage: "),
            "{arguments:?}"
        );
    }
    for number in ["-1", "many", "65536"] {
        let error = failed(&world.command(&["voucher", number]).output().unwrap());
        assert!(
            error.starts_with("error: the number of vouchers is wrong: "),
            "{error}"
        );
    }
}
