//! What csync3 understands but cannot do yet, and what to do instead.

/// The message for a mode or modifier that is not available yet.
#[must_use]
pub fn message(flag: &str) -> String {
    let instead = match flag {
        "-s" => "redirect standard error to the file through a tool that adds the time",
        _ => "use -l: syslog adds the time to every message",
    };
    format!("error: {flag} is not available yet\n  hint: {instead}\n")
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn what_is_missing_is_named_with_a_way_out() {
        for flag in ["-s", "-t"] {
            let told = message(flag);
            assert!(told.starts_with(&format!("error: {flag} is not available yet\n")));
            assert!(told.contains("\n  hint: "), "{told}");
        }
    }
}
