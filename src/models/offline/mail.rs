//! Plans about mail: lists, reading, writing, answering.
//!
//! A mail goes to an address that the owner wrote or to a contact that is looked up by name, and
//! an answer belongs to one mail that the owner saw. Neither is ever guessed.

use super::plan::{Arg, Plan, is};
use super::requests::{Args, Maker, Planned, Problem};
use super::words::folded_line;
use crate::tool::Kind;

impl Maker<'_> {
    /// A list of mails.
    pub(super) fn mails(&self, mut args: Args) -> Planned {
        if let Some(from) = self.text("from", 200)? {
            args.push(("from", is(from)));
        }
        args.extend(self.query()?);
        Ok(Plan::show("mail_list", args, ""))
    }

    /// Reads one of the list that was shown last, or what was shown last.
    pub(super) fn read(&self) -> Planned {
        let Some(number) = self.found.number else {
            let readable = |kind| kind != Kind::Setting;
            let last = self.turn.latest(readable);
            let last = last.ok_or(Problem::Say(self.answers.which_item))?;
            return Ok(match last.kind.item() {
                Some(_) => one_of(&last.name, last.kind, 1),
                None => shown(&last.name),
            });
        };
        Ok(match self.turn.latest(|kind| kind.item().is_some()) {
            Some(list) => one_of(&list.name, list.kind, number),
            None => Plan::default()
                .then("mail_list", vec![])
                .then(
                    "mail_read",
                    vec![("mail", Arg::OfLast(format!("[{number}]")))],
                )
                .shown(""),
        })
    }

    /// Reads the first mail that a search finds.
    pub(super) fn read_latest(&self) -> Planned {
        let mut args: Args = vec![("limit", is(1))];
        if let Some(from) = self.text("from", 200)? {
            args.push(("from", is(from)));
        }
        args.extend(self.query()?);
        let first = vec![("mail", Arg::OfLast("[1]".to_owned()))];
        Ok(Plan::default()
            .then("mail_list", args)
            .then("mail_read", first)
            .shown(""))
    }

    /// A new mail, to an address as it was written or to somebody from the contacts.
    pub(super) fn write(&self, tool: &'static str, words: &str) -> Planned {
        let who = self
            .text("who", 200)?
            .ok_or(Problem::Say(self.answers.what_to_write))?;
        let to = self.recipient(who)?;
        let mut args: Args = Vec::new();
        if let Some(subject) = self.text("about", 998)? {
            args.push(("subject", is(subject)));
        }
        let body = self
            .text("body", 100_000)?
            .ok_or(Problem::Say(self.answers.what_to_write))?;
        args.push(("body", is(body)));
        Ok(match to {
            Recipient::Address(address) => {
                args.insert(0, ("to", is(address)));
                Plan::show(tool, args, words)
            }
            Recipient::Name(name) => {
                args.insert(0, ("to", Arg::OfLast("[1].address".to_owned())));
                Plan::default()
                    .then("contacts_find", vec![("query", is(name))])
                    .then(tool, args)
                    .shown(words)
            }
        })
    }

    pub(super) fn recipient<'t>(&self, who: &'t str) -> Result<Recipient<'t>, Problem> {
        let nobody = Problem::Say(self.answers.which_person);
        if let Some((name, domain)) = who.split_once('@') {
            let fits = !name.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && !who.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',');
            return if fits {
                Ok(Recipient::Address(who))
            } else {
                Err(nobody)
            };
        }
        let folded = folded_line(who);
        let mut words = folded.split(' ');
        let names_nobody = words
            .next()
            .is_none_or(|first| self.grammar.nobody.contains(&first));
        let several = who.contains([',', ';', '&'])
            || words.any(|word| self.grammar.times.and.contains(&word));
        if names_nobody || several {
            Err(nobody)
        } else {
            Ok(Recipient::Name(who))
        }
    }

    /// An answer to one mail that the owner saw. Which one is never guessed.
    pub(super) fn reply(&self, tool: &'static str, words: &str) -> Planned {
        let seen = self
            .turn
            .latest(|kind| matches!(kind, Kind::Mail | Kind::Mails));
        let list = self.turn.latest(|kind| kind.item().is_some());
        let mail = match (self.found.number, seen, list) {
            (Some(number), _, Some(list)) if list.kind == Kind::Mails => {
                format!("{}[{number}]", list.name)
            }
            (None, Some(mail), _) if mail.kind == Kind::Mail => mail.name,
            _ => return Err(Problem::Say(self.answers.which_mail)),
        };
        let body = self
            .text("body", 100_000)?
            .ok_or(Problem::Say(self.answers.what_to_write))?;
        Ok(Plan::show(
            tool,
            vec![("in_reply_to", is(mail)), ("body", is(body))],
            words,
        ))
    }
}

/// Whom a mail goes to.
pub(super) enum Recipient<'a> {
    Address(&'a str),
    Name(&'a str),
}

/// Opens one item of a list.
fn one_of(list: &str, kind: Kind, number: i64) -> Plan {
    let item = format!("{list}[{number}]");
    if kind == Kind::Mails {
        return Plan::show("mail_read", vec![("mail", is(item))], "");
    }
    shown(&item)
}

fn shown(handle: &str) -> Plan {
    Plan::default().then("show", vec![("handle", is(handle))])
}
