use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Returns a property, unless the property is missing, or reading it throws.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

pub(super) fn method(object: &JsValue, name: &str) -> Option<Function> {
    property(object, name)
        .filter(JsValue::is_function)
        .map(JsCast::unchecked_into)
}

pub(super) fn object<const N: usize>(properties: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // A new object accepts every property.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    object
}

/// Returns a promise of the page that resolves to a wallet's value, which is not trusted to be a promise.
pub(super) fn promise(value: &JsValue) -> Promise {
    Promise::new(&mut |resolve, _| {
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    })
}
