#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| use_aa::fuzzing::grants(bytes));
