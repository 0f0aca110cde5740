//! The macro that names the revisions a program was compiled with.

/// Expands to the revisions, coded in Rust or SQL, that `build.rs` listed with
/// `limbeck_build::versions`, as a `&'static [limbeck::op::CompiledRevision]`.
#[macro_export]
macro_rules! versions {
    () => {{
        mod limbeck_versions {
            include!(concat!(
                env!(
                    "OUT_DIR",
                    "call `limbeck_build::versions(\"versions\")` from this package's build.rs"
                ),
                "/limbeck_versions.rs"
            ));
        }
        limbeck_versions::VERSIONS
    }};
}
