use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// Formats a Unix time in seconds in the local time zone: `18:05` on the same day and within the next twelve hours,
/// otherwise with the date.
pub(crate) fn moment(second: u64) -> String {
    local(second, "18:05".len())
}

/// Formats a Unix time as [`moment`], with seconds: `18:05:09`.
pub(crate) fn instant(second: u64) -> String {
    local(second, "18:05:09".len())
}

/// In milliseconds. A time of day is unambiguous for that long, and a session of an hour keeps its short label at midnight.
const TWELVE_HOURS: f64 = 12.0 * 3_600_000.0;

/// Formats a Unix time with so many characters of the time of day.
fn local(second: u64, length: usize) -> String {
    let date = Date::new(&JsValue::from_f64(second as f64 * 1000.0));
    let time = String::from(date.to_time_string().substring(0, length as u32));
    let is_soon = (0.0..TWELVE_HOURS).contains(&(date.get_time() - Date::now()));
    if is_soon || date.to_date_string() == Date::new_0().to_date_string() {
        return time;
    }
    let options = Object::new();
    // If the property cannot be set, the browser uses its default format.
    let _ = Reflect::set(&options, &"dateStyle".into(), &"medium".into());
    String::from(date.to_locale_date_string("en-GB", &options)) + ", " + &time
}

/// Returns the current Unix time in seconds.
pub(crate) fn seconds() -> u64 {
    (Date::now() / 1000.0) as u64
}
