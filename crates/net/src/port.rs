//! Ports by number and by name of service.
use crate::error::NetError;
use std::fs;

/// Where the system lists its services.
const SERVICES: &str = "/etc/services";

/// The port that a number, or the name or alias of a TCP service in `/etc/services`, stands for.
///
/// # Errors
/// [`NetError::Port`].
pub fn parse_port(text: &str) -> Result<u16, NetError> {
    let by_name = || {
        // Without that file there are no names.
        let services = fs::read(SERVICES).unwrap_or_default();
        find_service(&String::from_utf8_lossy(&services), text)
    };
    text.parse().ok().or_else(by_name).ok_or_else(|| NetError::Port { text: text.to_owned() })
}

fn find_service(services: &str, wanted: &str) -> Option<u16> {
    services.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let (name, port) = (words.next()?, words.next()?);
        let port = port.strip_suffix("/tcp")?.parse().ok()?;
        (name == wanted || words.any(|alias| alias == wanted)).then_some(port)
    })
}

#[cfg(test)]
mod tests {
    use super::{find_service, parse_port};

    const SERVICES: &str = "# services\nssh 22/udp\nssh\t\t22/tcp\t\t# SSH\ncsync2 30865/tcp cs\n";

    #[test]
    fn a_service_is_found_by_its_name_and_its_aliases() {
        assert_eq!(find_service(SERVICES, "ssh"), Some(22));
        assert_eq!(find_service(SERVICES, "csync2"), Some(30865));
        assert_eq!(find_service(SERVICES, "cs"), Some(30865));
    }

    #[test]
    fn words_of_a_comment_are_no_names() {
        assert_eq!(find_service(SERVICES, "SSH"), None);
        assert_eq!(find_service(SERVICES, "services"), None);
    }

    #[test]
    fn a_number_is_a_port_if_it_fits() {
        assert_eq!(parse_port("30865").ok(), Some(30865));
        let refused = parse_port("65536").expect_err("more than 16 bits");
        assert_eq!(
            refused.to_string(),
            "cannot use port '65536': it is no number below 65536 and no known service"
        );
        assert!(parse_port("-1").is_err() && parse_port("").is_err());
    }
}
