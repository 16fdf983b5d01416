use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// A second since 1970 as people read it, where they are: `18:05` when it is of today, else with its day.
pub(crate) fn moment(second: u64) -> String {
    let date = Date::new(&JsValue::from_f64(second as f64 * 1000.0));
    let time = format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
    if date.to_date_string() == Date::new_0().to_date_string() {
        return time;
    }
    let options = Object::new();
    // Where it cannot be set the browser has a way of its own.
    let _ = Reflect::set(&options, &"dateStyle".into(), &"medium".into());
    format!("{}, {time}", date.to_locale_date_string("en-GB", &options))
}

/// The time, in seconds since 1970.
pub(crate) fn seconds() -> u64 {
    (Date::now() / 1000.0) as u64
}
