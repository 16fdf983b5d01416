use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// Formats a Unix time in seconds in the local time zone: `18:05` on the same day, otherwise with the date.
pub(crate) fn moment(second: u64) -> String {
    let date = Date::new(&JsValue::from_f64(second as f64 * 1000.0));
    let time = format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
    if date.to_date_string() == Date::new_0().to_date_string() {
        return time;
    }
    let options = Object::new();
    // If the property cannot be set, the browser uses its default format.
    let _ = Reflect::set(&options, &"dateStyle".into(), &"medium".into());
    format!("{}, {time}", date.to_locale_date_string("en-GB", &options))
}

/// Returns the current Unix time in seconds.
pub(crate) fn seconds() -> u64 {
    (Date::now() / 1000.0) as u64
}
