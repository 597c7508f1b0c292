//! Findings for people: problems first, each with its cause and its remedy.
use crate::render::printable::printable;
use csync3_core::doctor::{Finding, Severity};

/// All findings and their sums.
pub(super) fn findings(found: &[Finding]) -> String {
    let mut text = String::new();
    for severity in [Severity::Problem, Severity::Warning, Severity::Note] {
        found.iter().filter(|it| it.severity == severity).for_each(|it| one(it, &mut text));
    }
    let count = |severity| found.iter().filter(|it| it.severity == severity).count();
    let (problems, warnings) = (count(Severity::Problem), count(Severity::Warning));
    text.push_str(&format!("problems: {problems}, warnings: {warnings}\n"));
    text
}

fn one(finding: &Finding, text: &mut String) {
    let peer = finding.peer.as_deref().filter(|peer| *peer != finding.object);
    let peer = peer.map(|peer| format!(" (with {})", printable(peer))).unwrap_or_default();
    let (severity, check) = (finding.severity.word(), finding.check);
    let (object, cause) = (printable(&finding.object), printable(&finding.cause));
    text.push_str(&format!("{severity}: {check}: {object}{peer}\n    {cause}\n"));
    if let Some(remedy) = &finding.remedy {
        text.push_str(&format!("    what to do: {}\n", printable(remedy)));
    }
}

#[cfg(test)]
mod tests {
    use super::findings;
    use csync3_core::doctor::{Check, Finding};

    #[test]
    fn problems_come_first_and_nothing_of_a_peer_steers_the_terminal() {
        let found = [
            Finding::note(Check::Version, "b", "csync3 1").with_peer("b"),
            Finding::problem(Check::Database, "b", "full\x1b[2J").remedy("look").with_peer("a"),
        ];
        let expected = "problem: database: b (with a)\n    full\\u{1b}[2J\n    what to do: look\n\
                        note: version: b\n    csync3 1\nproblems: 1, warnings: 0\n";
        assert_eq!(findings(&found), expected);
    }
}
