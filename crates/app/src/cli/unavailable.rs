//! What csync3 understands but cannot do yet, and what to do instead.

/// The message for a mode or modifier that is not available yet.
#[must_use]
pub fn message(flag: &str) -> String {
    let instead = match flag {
        "-T" => {
            "use `csync3 -cr /` and then `csync3 -M` to list what this host knows to differ; \
             `csync2 -T` works on the same database"
        }
        _ => {
            "compare a file by hand, for instance with `ssh PEER cat FILE | diff - FILE`; \
             `csync2 -TT` works on the same database"
        }
    };
    format!("error: {flag} is not available yet\n  hint: {instead}\n")
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn what_is_missing_is_named_with_a_way_out() {
        for flag in ["-T", "-TT"] {
            let told = message(flag);
            assert!(told.starts_with(&format!("error: {flag} is not available yet\n")));
            assert!(told.contains("\n  hint: "), "{told}");
        }
    }
}
