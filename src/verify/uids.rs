//! UIDs inside text.

/// Cuts padding.
pub(crate) fn trim(value: &str) -> &str {
    value.trim_matches(['\0', ' '])
}

/// Whether a UID stands for one thing of the input, not for a class that the standard registers.
pub(crate) fn is_telling(uid: &str) -> bool {
    uid.len() >= 8
        && uid.matches('.').count() >= 2
        && uid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !is_standard(uid)
}

/// Whether DICOM itself registers it.
pub(crate) fn is_standard(uid: &str) -> bool {
    uid.starts_with("1.2.840.10008.")
}

/// Whether a UID is well formed: at most 64 characters, digits and dots, no component empty or
/// with a leading zero.
///
/// Source: PS3.5 section 9.1.
pub(crate) fn is_well_formed(uid: &str) -> bool {
    let component = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    (1..=64).contains(&uid.len()) && uid.split('.').all(component)
}

/// Whether `text` holds a UID that is `known`, alone or as the beginning of a longer one.
pub(crate) fn contains(text: &str, known: impl Fn(&str) -> bool) -> bool {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').any(|run| {
        let run = run.trim_matches('.');
        if run.len() < 8 || !run.contains('.') {
            return false;
        }
        // A new UID made by appending to an old one still tells the old one. Short beginnings are
        // roots of organisations.
        let beginnings = run
            .match_indices('.')
            .map(|(at, _)| at)
            .filter(|at| *at >= 16)
            .filter_map(|at| run.get(..at));
        known(run) || beginnings.into_iter().any(&known)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_found_whole_or_as_a_beginning() {
        let known = |uid: &str| uid == "1.2.826.0.1.3680043";
        assert!(contains("see 1.2.826.0.1.3680043.", known));
        assert!(contains("1.2.826.0.1.3680043.5", known));
        assert!(!contains("1.2.826.0.1.36800431", known));
        assert!(!contains("11.2.826.0.1.3680043", known));
    }

    #[test]
    fn form_of_uids() {
        for good in ["1.2.3", "2.25.0", "0.1"] {
            assert!(is_well_formed(good));
        }
        for bad in ["", "1..2", "1.02", "1.2.", "1.a", &"1.".repeat(40)] {
            assert!(!is_well_formed(bad), "{bad}");
        }
        assert!(!is_telling("1.2.840.10008.5.1.4.1.1.2") && is_telling("1.2.826.0.1"));
    }
}
