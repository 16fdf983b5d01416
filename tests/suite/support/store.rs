use use_aa::{SessionStore, StoreError, store::Change};

/// Checks the contract of a store, starting empty.
pub(crate) async fn behaves(store: &dyn SessionStore) {
    what_is_written_is_read(store).await;
    keys_do_not_meet(store).await;
    a_change_that_fails_leaves_the_old_text(store).await;
    any_text_comes_back_as_it_was(store).await;
}

fn write(text: &str) -> Change<'_> {
    Box::new(|_| Ok(Some(text.to_owned())))
}

async fn forget(store: &dyn SessionStore, key: &str) {
    store.update(key, Box::new(|_| Ok(None))).await.unwrap();
    assert_eq!(store.read(key).await, Ok(None));
}

async fn what_is_written_is_read(store: &dyn SessionStore) {
    assert_eq!(store.read("key").await, Ok(None));
    forget(store, "key").await;

    let first: Change<'_> = Box::new(|old| Ok(old.or(Some("one".to_owned()))));
    store.update("key", first).await.unwrap();
    let second: Change<'_> = Box::new(|old| Ok(old.map(|old| old + ", two")));
    store.update("key", second).await.unwrap();

    assert_eq!(store.read("key").await, Ok(Some("one, two".to_owned())));
    forget(store, "key").await;
}

async fn keys_do_not_meet(store: &dyn SessionStore) {
    let keys = [
        "use-aa:sessions:1:0xaa",
        "use-aa:sessions:11:0xaa",
        "../key",
        "a b",
        "",
    ];

    for key in keys {
        store.update(key, write(key)).await.unwrap();
    }

    for key in keys {
        assert_eq!(store.read(key).await, Ok(Some(key.to_owned())), "{key}");
        forget(store, key).await;
    }
}

async fn a_change_that_fails_leaves_the_old_text(store: &dyn SessionStore) {
    store.update("key", write("old")).await.unwrap();
    let damaged = StoreError::Damaged("as it may be".to_owned());

    let failed = damaged.clone();
    let result = store.update("key", Box::new(|_| Err(failed))).await;

    assert_eq!(result, Err(damaged));
    assert_eq!(store.read("key").await, Ok(Some("old".to_owned())));
    forget(store, "key").await;
}

async fn any_text_comes_back_as_it_was(store: &dyn SessionStore) {
    let long = "sessions ".repeat(50_000);
    for text in ["", " \r\n\t", "ключ 🔑", r#"{"a":"\u0000"}"#, &long] {
        store.update("key", write(text)).await.unwrap();

        assert_eq!(
            store.read("key").await.as_ref().map(Option::as_deref),
            Ok(Some(text))
        );
    }
    forget(store, "key").await;
}
