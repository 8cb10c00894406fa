#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| folkmoot_ballot_fuzz::trustees(bytes));
