use wasm_bindgen::JsValue;

use std::sync::Arc;

use super::{About, Wallet, eip1193::Eip1193, js::property};

/// Parses the wallet of an [EIP-6963](https://eips.ethereum.org/EIPS/eip-6963) announcement. `None` if the announcement
/// is malformed: any script in the page can announce anything.
pub(in crate::hooks) fn announced(event: &JsValue) -> Option<Wallet> {
    let detail = property(event, "detail")?;
    let info = property(&detail, "info")?;
    let uuid = text(&info, "uuid", 100)?;
    Some(Wallet(Arc::new(About {
        name: text(&info, "name", 100)?,
        icon: icon(&info),
        // Some wallets have no domain: the wallet is reconnected by its identifier then, if that stays the same.
        rdns: text(&info, "rdns", 253).unwrap_or_else(|| uuid.clone()),
        uuid,
        source: Arc::new(Eip1193::new(property(&detail, "provider")?)?),
    })))
}

/// Reads the icon, if it is a `data:` URI. Another picture would be loaded from the network, and would reveal the visitor
/// to its server. Browsers remove the same white space
/// ([URL](https://url.spec.whatwg.org/#concept-basic-url-parser)).
fn icon(info: &JsValue) -> Option<String> {
    let mut icon = text(info, "icon", 512 * 1024)?;
    icon.retain(|c| !matches!(c, '\t' | '\n' | '\r'));
    let icon = icon.trim_matches(|c| c <= ' ');
    let is_data = icon.get(..5)?.eq_ignore_ascii_case("data:");
    is_data.then(|| icon.to_owned())
}

fn text(object: &JsValue, name: &str, longest: usize) -> Option<String> {
    let text = property(object, name)?.as_string()?;
    (!text.trim().is_empty() && text.len() <= longest).then_some(text)
}
