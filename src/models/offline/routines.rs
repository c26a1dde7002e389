//! Plans for routines: being told of mail and events, and of answers that do not come.

use super::mail::Recipient;
use super::plan::{Arg, Plan, is};
use super::requests::{Args, Maker, Planned, Problem};

const DAY_MINUTES: i64 = 1_440;

impl Maker<'_> {
    pub(super) fn tell_mail(&self) -> Planned {
        let mut args: Args = Vec::new();
        if let Some(from) = self.text("from", 100)? {
            args.push(("mail_from", is(from)));
        }
        if let Some(query) = self.text("query", 100)? {
            args.push(("mail_about", is(query)));
        }
        Ok(Plan::show("tell_when", args, self.answers.watching))
    }

    pub(super) fn tell_event(&self) -> Planned {
        let minutes = self.when.plain_minutes().unwrap_or(0);
        if !(5..=DAY_MINUTES).contains(&minutes) {
            return Err(Problem::Say(self.answers.watch_span));
        }
        let args = vec![("event_in_minutes", is(minutes))];
        Ok(Plan::show("tell_when", args, self.answers.watching))
    }

    pub(super) fn follow_up(&self) -> Planned {
        let nobody = Problem::Say(self.answers.which_person);
        let who = self.text("who", 200)?.ok_or(nobody)?;
        let minutes = self.when.plain_minutes().unwrap_or(0);
        let days = minutes
            .saturating_add(DAY_MINUTES - 1)
            .div_euclid(DAY_MINUTES);
        if !(1..=60).contains(&days) {
            return Err(Problem::Say(self.answers.watch_span));
        }
        let words = self.answers.following_up;
        let days = ("days", is(days));
        Ok(match self.recipient(who)? {
            Recipient::Address(address) => {
                Plan::show("follow_up", vec![("address", is(address)), days], words)
            }
            Recipient::Name(name) => {
                let address = ("address", Arg::OfLast("[1].address".to_owned()));
                Plan::default()
                    .then("contacts_find", vec![("query", is(name))])
                    .then("follow_up", vec![address, days])
                    .shown(words)
            }
        })
    }
}
