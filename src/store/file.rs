use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tempfile::NamedTempFile;

use super::{Change, SessionStore, StoreError, StoreLock};
use crate::platform::{self, BoxFuture};

/// A session store in files, one for each chain and account, for servers and command lines.
///
/// A file is replaced atomically, so that a crash leaves either the old or the new text. Programs that share the folder
/// lock each file while they change it. On systems with users only the user who runs the program may read the files.
/// The files hold the sessions' private keys unencrypted: a reader of the files can use the sessions.
///
/// Without a file system, as in a browser, reads and writes fail with [`StoreError::Unavailable`].
///
/// The type needs the feature `file-store`, which is off by default.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use use_aa::{BiconomyV2, FileStore, Services, SmartAccountClient};
/// use alloy::primitives::Address;
///
/// let store = FileStore::new(std::env::temp_dir().join("my-dapp"));
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?;
/// let client = SmartAccountClient::new(services, BiconomyV2::at(Address::ZERO)).store(Arc::new(store));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Creates a store in a folder. The folder is created by the first write.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{}.json", file_name(key)))
    }

    /// Waits for the lock of a name, for at most `attempts` attempts. The lock has its own file, because the file of a
    /// text is replaced.
    async fn locked(&self, name: &str, attempts: usize) -> Result<File, StoreError> {
        const PAUSE: Duration = Duration::from_millis(5);

        let path = self.folder.join(format!("{}.lock", file_name(name)));
        fs::create_dir_all(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        let file = File::create(&path).map_err(|error| failed(&path, &error))?;
        for _ in 0..attempts {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(&path, &error)),
                Err(TryLockError::WouldBlock) => platform::sleep(PAUSE).await,
            }
        }
        let why = format!("another program locks {}; end that program", path.display());
        Err(StoreError::Unavailable(why))
    }

    fn replace(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

impl From<FileStore> for Arc<dyn SessionStore> {
    fn from(store: FileStore) -> Self {
        Arc::new(store)
    }
}

impl SessionStore for FileStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(async move { text(&self.path(key)) })
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        /// The number of attempts within ten seconds.
        const ATTEMPTS: usize = 2_000;

        Box::pin(async move {
            let _lock = self.locked(key, ATTEMPTS).await?;
            let path = self.path(key);
            let old = text(&path)?;
            let written = match change(old)? {
                Some(new) => self.replace(&path, &new),
                None => gone(fs::remove_file(&path)),
            };
            written.map_err(|error| failed(&path, &error))
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<StoreLock, StoreError>> {
        Box::pin(async move {
            // This lock is separate from the lock of a text with the same name, which is held only briefly.
            let file = self.locked(&format!("turn:{name}"), usize::MAX).await?;
            Ok(StoreLock::new(file))
        })
    }
}

fn text(path: &Path) -> Result<Option<String>, StoreError> {
    match fs::read(path) {
        // Invalid UTF-8 reads as damaged text, which a caller that allows it can replace.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn failed(path: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Unavailable(format!(
            "{}: {error}; check the folder and its permissions",
            path.display()
        )),
    }
}

/// Encodes a key as a file name for every file system.
fn file_name(key: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        other => format!("_{other:02x}"),
    };
    key.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tempfile::tempdir;

    use super::*;

    const KEY: &str = "use-aa:sessions:80002:0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af";

    fn write(text: &str) -> Change<'static> {
        let text = text.to_owned();
        Box::new(|_| Ok(Some(text)))
    }

    #[tokio::test]
    async fn another_program_reads_what_was_written() {
        let folder = tempdir().unwrap();

        FileStore::new(folder.path())
            .update(KEY, write("a text"))
            .await
            .unwrap();

        let read = FileStore::new(folder.path()).read(KEY).await;
        assert_eq!(read, Ok(Some("a text".to_owned())));
    }

    #[tokio::test]
    async fn keys_are_files_of_their_own_inside_the_folder() {
        let folder = tempdir().unwrap();
        let store = FileStore::new(folder.path().join("made/when/needed"));

        for key in ["../escape", "a", "a:b", "a_3ab", "", "ä"] {
            store.update(key, write(key)).await.unwrap();
        }

        for key in ["../escape", "a", "a:b", "a_3ab", "", "ä"] {
            assert_eq!(store.read(key).await, Ok(Some(key.to_owned())), "{key}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn changes_at_once_take_turns() {
        let folder = tempdir().unwrap();
        let count = |old: Option<String>| {
            let number: u32 = old.map_or(0, |old| old.parse().unwrap());
            Ok(Some((number + 1).to_string()))
        };

        let changes = (0..50).map(|_| {
            let store = FileStore::new(folder.path());
            async move { store.update(KEY, Box::new(count)).await }
        });
        let results = join_all(changes).await;

        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(
            FileStore::new(folder.path()).read(KEY).await,
            Ok(Some("50".to_owned()))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_is_never_given_up_is_an_error() {
        let folder = tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let _held = store.locked(KEY, 1).await.unwrap();

        let result = store.update(KEY, write("late")).await;

        assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
        assert_eq!(store.read(KEY).await, Ok(None));
    }

    #[tokio::test]
    async fn what_is_no_text_can_be_read_and_replaced() {
        let folder = tempdir().unwrap();
        let store = FileStore::new(folder.path());
        store.update(KEY, write("")).await.unwrap();
        fs::write(store.path(KEY), b"{\"a\":\"\xff\xfe\"}").unwrap();

        let read = store.read(KEY).await;
        let replaced = store.update(KEY, write("a text")).await;

        assert_eq!(read, Ok(Some("{\"a\":\"\u{fffd}\u{fffd}\"}".to_owned())));
        assert_eq!(replaced, Ok(()));
        assert_eq!(store.read(KEY).await, Ok(Some("a text".to_owned())));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_an_error() {
        let folder = tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();

        let result = FileStore::new(file.join("below")).update(KEY, write("")).await;

        assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempdir().unwrap();
        let store = FileStore::new(folder.path());

        store.update(KEY, write("a key")).await.unwrap();

        let mode = fs::metadata(store.path(KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
