//! What goes wrong, as a script.

use std::time::Duration;

/// What is done to a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    List,
    Watch,
    /// Which kinds there are.
    Discover,
    /// Anything that would change the cluster.
    Write,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The answer ends too early, and as it should: of a watch nothing is wrong with that.
    Close,
    /// The connection breaks in the middle of the answer; over TCP by RST.
    Reset,
    /// The connection stands, and nothing more arrives.
    Silence,
    /// The answer ends in the middle of a JSON document, and as if it were complete.
    Truncated,
    /// The revision is too old: of a list the status 410, of a watch an event that says so.
    Gone,
    /// Another status.
    Status(u16),
    /// Status 429, and when to come again.
    TooMany {
        /// The seconds of `Retry-After`.
        retry_after: u32,
    },
    /// The answer comes, late.
    Slow(Duration),
    /// The answer comes, and the connection ends with it.
    LastAnswer,
}

/// How often it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// So often.
    Times(usize),
    /// Until it is healed.
    Always,
}

/// Trouble with some requests.
#[derive(Debug)]
struct Rule {
    verb: Option<Verb>,
    plural: Option<String>,
    trouble: Trouble,
    times: Times,
}

/// Trouble with every watch that was open then.
#[derive(Debug)]
struct Strike {
    plural: Option<String>,
    trouble: Trouble,
}

/// The script.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    strikes: Vec<Strike>,
}

impl Faults {
    pub(crate) fn add(
        &mut self,
        verb: Option<Verb>,
        plural: Option<&str>,
        trouble: Trouble,
        times: Times,
    ) {
        let plural = plural.map(ToOwned::to_owned);
        self.rules.push(Rule { verb, plural, trouble, times });
    }

    pub(crate) fn strike(&mut self, plural: Option<&str>, trouble: Trouble) {
        self.strikes.push(Strike { plural: plural.map(ToOwned::to_owned), trouble });
    }

    /// Ends every trouble that goes on.
    pub(crate) fn heal(&mut self) {
        self.rules.clear();
    }

    /// Returns what goes wrong with a request, and counts it.
    pub(crate) fn of_request(&mut self, verb: Verb, plural: Option<&str>) -> Option<Trouble> {
        let index = self.rules.iter().position(|rule| {
            rule.verb.is_none_or(|wanted| wanted == verb)
                && rule.plural.as_deref().is_none_or(|wanted| plural == Some(wanted))
        })?;
        let trouble = self.rules[index].trouble.clone();
        if let Times::Times(left) = &mut self.rules[index].times {
            *left -= 1;
            if *left == 0 {
                self.rules.remove(index);
            }
        }
        Some(trouble)
    }

    /// Returns how many strikes there were.
    pub(crate) fn strikes(&self) -> usize {
        self.strikes.len()
    }

    /// Returns the next strike that hits an open watch, and where to look after that.
    pub(crate) fn of_watch(&self, plural: &str, seen: &mut usize) -> Option<Trouble> {
        while let Some(strike) = self.strikes.get(*seen) {
            *seen += 1;
            if strike.plural.as_deref().is_none_or(|wanted| wanted == plural) {
                return Some(strike.trouble.clone());
            }
        }
        None
    }
}
