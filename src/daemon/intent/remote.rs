//! Which repository a checkout is of, and whether an Application means the same one.

use super::part::{How, Part};
use std::collections::BTreeSet;
use std::fmt;

/// The address of a repository, as far as it says which one it is: one repository has several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Remote {
    host: String,
    path: String,
    /// What was given before and after the host, where both were.
    port: Option<(String, String)>,
}

impl Remote {
    /// Reads an address: `https://host/a/b.git`, `ssh://git@host:22/a/b` or `git@host:a/b`.
    pub(super) fn of(address: &str) -> Self {
        let address = address.trim().to_lowercase();
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, address.as_str()),
        };
        let (host, path) = match (scheme, rest.split_once(':')) {
            // As scp writes it; a `/` before the colon makes it a path of this machine.
            (None, Some((host, path))) if !host.contains('/') => (host, path),
            (None, _) => ("", rest),
            (Some(_), _) => rest.split_once('/').unwrap_or((rest, "")),
        };
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (host, Some(port))
            }
            _ => (host, None),
        };
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
        let port = scheme.zip(port).map(|(scheme, port)| (scheme.to_owned(), port.to_owned()));
        Self { host: host.to_owned(), path: path.to_owned(), port }
    }

    /// Returns whether both are of one repository. Ports say something only of one protocol: a
    /// server has others for HTTPS and for SSH.
    pub(super) fn is(&self, other: &Self) -> bool {
        let is_port = match (&self.port, &other.port) {
            (Some((scheme, port)), Some((others, other))) if scheme == others => port == other,
            _ => true,
        };
        is_port && self.host == other.host && self.path == other.path
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.host.is_empty() { "" } else { "/" };
        write!(f, "{}{slash}{}", self.host, self.path)
    }
}

/// Returns the parts that applications name, those of other repositories with the reason why they
/// are not rendered: a folder of the same name in this checkout would be another one.
///
/// Where nothing says which repository the checkout is of, it is the one that all of them name.
pub(super) fn of_this(parts: &[Part], remotes: &[Remote]) -> (Vec<Part>, Strangers) {
    let named = |part: &&Part| !matches!(part.how, How::Not(_));
    let repos = parts.iter().filter(named).flat_map(|part| part.repo.iter().chain(&part.also));
    let repos: Vec<Remote> =
        repos.map(|repo| Remote::of(repo)).collect::<BTreeSet<_>>().into_iter().collect();
    let distinct =
        repos.iter().enumerate().filter(|(at, one)| !repos[..*at].iter().any(|it| it.is(one)));
    let distinct = distinct.count();
    let mut strangers = Strangers::None;
    let judged = parts.iter().map(|part| {
        let mut repos = part.repo.iter().chain(&part.also).filter(|_| named(&part)).peekable();
        let why = if remotes.is_empty() {
            (repos.peek().is_some() && distinct > 1).then(|| {
                format!(
                    "Applications name {distinct} repositories, and which of them the checkout is \
                     of is not known: give --repo-url"
                )
            })
        } else {
            let is_strange = |repo: &&String| {
                let remote = Remote::of(repo);
                !remotes.iter().any(|one| one.is(&remote))
            };
            let what =
                |repo: &String| if part.also.contains(repo) { "takes values" } else { "comes" };
            let strange = repos.find(is_strange);
            let ours: Vec<String> = remotes.iter().map(ToString::to_string).collect();
            strange.map(|repo| {
                format!(
                    "it {} from another repository, {}: the checkout is of {}",
                    what(repo),
                    shown(repo),
                    ours.join(", ")
                )
            })
        };
        let Some(why) = why else { return part.clone() };
        strangers = Strangers::Some;
        Part { how: How::Not(why), ..part.clone() }
    });
    (judged.collect(), strangers)
}

/// Whether parts of other repositories are among those that applications name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strangers {
    /// There are none.
    None,
    /// There are some.
    Some,
}

/// An address without what it may have to log in with.
fn shown(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}/{path}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Remote, shown};

    #[test]
    fn one_repository_has_several_addresses() {
        let is = |one: &str, other: &str| Remote::of(one).is(&Remote::of(other));
        for other in [
            "https://git.example.com/home/cluster",
            "https://git.example.com/home/cluster.git",
            "https://git.example.com/home/cluster.git/",
            "https://robot:secret@Git.Example.com/Home/Cluster",
            "git@git.example.com:home/cluster.git",
            "git.example.com:home/cluster",
            "ssh://git@git.example.com/home/cluster",
            "ssh://git@git.example.com:2222/home/cluster.git",
            "https://git.example.com:8443/home/cluster",
        ] {
            assert!(is("https://git.example.com/home/cluster.git", other), "{other}");
        }
        for other in [
            "https://git.example.com/home/cluster2",
            "https://git.example.org/home/cluster",
            "git@git.example.com:work/cluster.git",
            "/srv/git/home/cluster",
            "",
        ] {
            assert!(!is("https://git.example.com/home/cluster.git", other), "{other}");
        }
        assert!(!is("https://host:8443/a", "https://host:9443/a"));
        assert!(is("https://host:8443/a", "ssh://host:2222/a"));
        assert!(is("file:///srv/git/a.git", "/srv/git/a"));
    }

    #[test]
    fn an_address_is_shown_without_its_secret() {
        assert_eq!(shown("https://robot:secret@host/a/b.git"), "https://host/a/b.git");
        assert_eq!(shown("git@host:a/b"), "git@host:a/b");
    }
}
