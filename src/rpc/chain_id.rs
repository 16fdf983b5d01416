/// Returns the chain id in the URL of a Biconomy bundler: `…/api/v2/{chain id}/{key}`.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::bundler_chain_id;
///
/// assert_eq!(bundler_chain_id("https://bundler.example/api/v2/80002/my-key"), Some(80002));
/// assert_eq!(bundler_chain_id("https://bundler.example/api/v3/80002/my-key"), None);
/// ```
#[must_use]
pub fn bundler_chain_id(url: &str) -> Option<u64> {
    let mut path = url.rsplit('/');
    let key = path.next()?;
    let chain_id = path.next()?;
    let is_key = !key.is_empty()
        && key
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || b".-".contains(&c));
    (is_key && path.next()? == "v2" && path.next()? == "api").then(|| number(chain_id))?
}

/// Returns the chain id in the URL of a Biconomy paymaster: `…/api/v1/{chain id}/{key}`.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::paymaster_chain_id;
///
/// assert_eq!(paymaster_chain_id("https://paymaster.example/api/v1/80002/my-key"), Some(80002));
/// assert_eq!(paymaster_chain_id("https://paymaster.example/api/80002/my-key"), None);
/// ```
#[must_use]
pub fn paymaster_chain_id(url: &str) -> Option<u64> {
    let parts = url.split('/').collect::<Vec<_>>();
    parts.windows(4).find_map(|parts| match parts {
        ["api", version, chain_id, _] => {
            number(version.strip_prefix('v')?)?;
            number(chain_id)
        }
        _ => None,
    })
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
