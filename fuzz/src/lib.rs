//! What all fuzz targets have in common: one check of one format, and a bound for the memory it takes.
//!
//! The checks are those of the libraries' tests, in their modules `strangers_bytes`.

pub use cap::Cap;
pub use libfuzzer_sys;

/// Bytes of memory taken at once by whatever reads an input and by the check of it; where there are no
/// more the program ends, which libFuzzer reports with the input. Its own memory is not counted.
pub const MEMORY_MAX: usize = 16 << 20;

/// A fuzz target that gives its bytes to this function.
#[macro_export]
macro_rules! target {
    ($check:expr) => {
        #[global_allocator]
        static MEMORY: $crate::Cap<std::alloc::System> =
            $crate::Cap::new(std::alloc::System, $crate::MEMORY_MAX);

        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
            let check: fn(&[u8]) = $check;
            check(bytes);
        });
    };
}
