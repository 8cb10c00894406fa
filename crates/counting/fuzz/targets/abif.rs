#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    folkmoot_counting_fuzz::check(folkmoot_counting::formats::Format::Abif, bytes);
});
