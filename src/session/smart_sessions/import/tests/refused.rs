use super::*;

#[test]
fn grant_that_is_not_that_of_the_account_is_an_error() {
    type Change = fn(&mut Value);
    fn enable(grant: &mut Value) -> &mut Value {
        &mut grant["enableSessionData"]["enableSession"]
    }
    let table: [(&str, &str, Change); 13] = [
        ("unchanged", "imported", |_| {}),
        ("another chain", "import.other_chain", |it| {
            enable(it)["hashesAndChainIds"][0]["chainId"] = 1.into();
            enable(it)["sessionToEnable"]["chainId"] = 1.into();
        }),
        ("two chains", "import.malformed_grant", |it| {
            enable(it)["sessionToEnable"]["chainId"] = 1.into();
        }),
        ("another account's digest", "import.wrong_digest", |it| {
            let session = granting(&[buy()], KeyValidator::K1);
            let foreign = Grant::new(SHOP, CHAIN, session, &CONTRACTS).digests()[0].sessionDigest;
            enable(it)["hashesAndChainIds"][0]["sessionDigest"] = foreign.to_string().into();
        }),
        ("another module's digest", "import.wrong_digest", |it| {
            let other = SmartSessionsContracts {
                module: SHOP,
                ..CONTRACTS
            };
            let session = granting(&[buy()], KeyValidator::K1);
            let foreign = Grant::new(ACCOUNT, CHAIN, session, &other).digests()[0].sessionDigest;
            enable(it)["hashesAndChainIds"][0]["sessionDigest"] = foreign.to_string().into();
        }),
        ("more than was signed", "import.wrong_digest", |it| {
            enable(it)["sessionToEnable"]["permitERC4337Paymaster"] = true.into();
        }),
        ("another key", "import.other_key", |it| {
            enable(it)["sessionToEnable"]["sessionValidatorInitData"] = SHOP.to_string().into();
        }),
        ("another salt", "import.wrong_permission_id", |it| {
            enable(it)["sessionToEnable"]["salt"] = B256::ZERO.to_string().into();
        }),
        ("an unknown session validator", "import.unknown_contract", |it| {
            enable(it)["sessionToEnable"]["sessionValidator"] = SHOP.to_string().into();
        }),
        (
            "a key in the form of the other validator",
            "import.unreadable_key",
            |it| {
                let other = CONTRACTS.ownable_validator.to_string();
                enable(it)["sessionToEnable"]["sessionValidator"] = other.into();
            },
        ),
        ("a short signature", "import.malformed_grant", |it| {
            enable(it)["permissionEnableSig"] = "0x0808".into();
        }),
        ("an index without a digest", "import.malformed_grant", |it| {
            enable(it)["chainDigestIndex"] = 1.into();
        }),
        ("an account of another kind", "import.malformed_grant", |it| {
            it["enableSessionData"]["accountType"] = "safe".into();
        }),
    ];

    for (what, expected, change) in table {
        let mut grant = grant_of(&granting(&[buy()], KeyValidator::K1), 0);
        change(&mut grant);

        assert_eq!(code(import(&grant)), expected, "{what}");
    }
}

#[test]
fn several_owners_are_not_one_key() {
    let (key, other) = (key().address(), Address::repeat_byte(3));
    for init_data in [
        crate::session::smart_sessions::ownable_init_data(2, [key]),
        crate::session::smart_sessions::ownable_init_data(1, [key, other]),
    ] {
        let session = SmartSession {
            sessionValidatorInitData: init_data,
            ..granting(&[buy()], KeyValidator::Ownable)
        };
        let imported = Imported::read(&grant_of(&session, 0).to_string(), []).unwrap();
        let state = SessionState::default();
        let target = ImportTarget {
            account: ACCOUNT,
            chain_id: CHAIN,
            state: &state,
        };

        let refused = imported.record(&mut *SESSIONS.new_ledger(), Vec::new(), &target);

        assert_eq!(refused.unwrap_err().code(), "import.unreadable_key");
    }
}

#[test]
fn ledger_of_another_module_takes_no_grant() {
    let mut ledger = MerkleSessions::default().new_ledger();

    let grant = grant_of(&granting(&[buy()], KeyValidator::K1), 0);

    let refused = import_at(&mut *ledger, &grant, &SessionState::default());
    assert_eq!(refused, Err(ImportError::OtherModule));
}

#[test]
fn text_that_is_cut_off_is_an_error() {
    let text = json!([grant_of(&granting(&[buy()], KeyValidator::K1), 0)]).to_string();

    for length in (0..text.len()).filter(|length| length % 7 == 0 || *length < 50) {
        assert_eq!(
            Imported::read(&text[..length], []).err(),
            Some(ImportError::Grants)
        );
    }
    for text in ["1", "null", "\"grant\"", "true"] {
        assert_eq!(
            Imported::read(text, []).err(),
            Some(ImportError::Grants),
            "{text}"
        );
    }
}

#[test]
fn grant_without_one_of_its_fields_is_an_error() {
    let grant = grant_of(&granting(&[buy()], KeyValidator::K1), 0);
    let optional = ["chainId", "accountType", "mode", "signature", "address"];
    let mut count = 0;

    for path in paths(&grant, "") {
        let (parent, field) = path.rsplit_once('/').unwrap();
        if optional.contains(&field) && !parent.ends_with("hashesAndChainIds/0") {
            continue;
        }
        for damaged in [Value::Null, json!({}), json!([[]]), json!(-1), json!("0xzz")] {
            let mut grant = grant.clone();
            *grant.pointer_mut(&path).unwrap() = damaged.clone();

            let refused = code(import(&grant));

            assert!(
                [
                    "import.malformed_grant",
                    "import.unreadable_policy",
                    "import.other_key"
                ]
                .contains(&refused),
                "{path} = {damaged}: {refused}"
            );
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

/// Returns the paths of all fields and members.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let own = |name: String, value: &Value| {
        let path = format!("{at}/{name}");
        [vec![path.clone()], paths(value, &path)].concat()
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| own(name.clone(), value))
            .collect(),
        Value::Array(members) => {
            let members = members.iter().enumerate();
            members
                .flat_map(|(at, value)| own(at.to_string(), value))
                .collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn number_has_one_meaning_in_each_of_its_forms() {
    for (form, expected) in [
        (json!(80_002), "imported"),
        (json!("80002"), "imported"),
        (json!("0x13882"), "imported"),
        (json!({"__type": "bigint", "value": "80002"}), "imported"),
        (json!(80_002.5), "import.malformed_grant"),
        (json!("80002n"), "import.malformed_grant"),
        (json!("+80002"), "import.malformed_grant"),
        (json!("0x+13882"), "import.malformed_grant"),
        (json!("0x"), "import.malformed_grant"),
        (json!("18446744073709631618"), "import.malformed_grant"),
        (
            json!({"__type": "number", "value": "80002"}),
            "import.malformed_grant",
        ),
        (json!({"__type": "bigint"}), "import.malformed_grant"),
    ] {
        let mut grant = grant_of(&granting(&[buy()], KeyValidator::K1), 0);
        grant["enableSessionData"]["enableSession"]["hashesAndChainIds"][0]["chainId"] = form.clone();

        assert_eq!(code(import(&grant)), expected, "{form}");
    }
}
