//! Lists the revisions for the compiler.

fn main() {
    limbeck_build::versions("../../versions");
}
