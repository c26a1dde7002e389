//! Mail by JMAP (RFC 8620 and 8621), as Fastmail, Stalwart and Cyrus have it.
//!
//! The one thing to know: a call is one request where JMAP can say it in one; only what is written
//! takes two, since a mail is made in the state that was seen just before, and that is what keeps it
//! from being sent twice (`writing`). What this file adds is the order of the requests.

mod finding;
mod reading;
mod session;
mod tidying;
mod wire;
mod writing;

#[cfg(test)]
mod tests;

use super::Lost;
use super::accounts::Service;
use super::family::mail::File;
use crate::egress::account::{Account, Api, Way};
use crate::http::{Method, Request};
use crate::tool::{
    Answer, Call, CallContext, EffectClass, Kind, Progress, ToolError, ToolOutput, ToolSpec,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use session::{HOPS_MAX, Session};
use wire::{Answers, Failure};
use writing::{Next, Outgoing, Placed};

const WELL_KNOWN: &str = "/.well-known/jmap";
const JSON: &[&str] = &["application/json"];
const CALLS: Way = Way {
    methods: &[Method::Get, Method::Post],
    path: "/jmap/**",
    accepts: JSON,
    request_bytes_max: 1024 * 1024,
    response_bytes_max: 6 * 1024 * 1024,
    timeout_ms: 30_000,
    per_minute: 240,
};

/// What may be asked.
pub const API: Api = Api {
    name: "jmap",
    user: "mail",
    host: None,
    ways: &[
        Way {
            methods: &[Method::Get],
            path: WELL_KNOWN,
            request_bytes_max: 0,
            response_bytes_max: 1024 * 1024,
            ..CALLS
        },
        Way {
            methods: &[Method::Get],
            path: "/jmap/download/**",
            accepts: &[],
            request_bytes_max: 0,
            response_bytes_max: 1024 * 1024,
            ..CALLS
        },
        CALLS,
        Way {
            path: "/jmap",
            ..CALLS
        },
    ],
    grant: None,
};

/// The service.
pub const SERVICE: &dyn Service = &Jmap;

struct Jmap;

/// Where a call is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stage {
    at: At,
    /// Whether the session was found anew for this call.
    #[serde(default)]
    renewed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum At {
    /// The session was asked for at this address.
    Looking { url: String, hops: u8 },
    /// Its folders were asked for.
    Meeting(Session),
    /// A list, a conversation, a mail or a file was asked for.
    Asked,
    /// A file is being downloaded.
    Fetching {
        id: String,
        name: String,
        media_type: String,
    },
    /// A mail is being changed.
    Changing,
    /// The state was asked for, before a mail is written.
    Preparing,
    /// A mail is being made, and sent.
    Writing(Outgoing),
    /// It is looked for.
    Finding(Outgoing),
    /// It was sent, and the draft that it was is put into the trash.
    Clearing(Placed),
    /// It was not sent, and what was made for it is thrown away.
    Undoing(ToolError),
}

fn read(stage: &Json) -> Option<Stage> {
    serde_json::from_value(stage.clone()).ok()
}

/// A call at an account.
struct Work<'a, 'b> {
    account: &'static Account,
    call: &'a Call,
    context: &'a mut CallContext<'b>,
    renewed: bool,
}

impl Work<'_, '_> {
    fn send(&self, request: Request, at: At) -> Result<Progress, ToolError> {
        let stage = Stage {
            at,
            renewed: self.renewed,
        };
        let stage = serde_json::to_value(stage).map_err(|_| ToolError::Unavailable)?;
        Ok(Progress::Send { request, stage })
    }

    fn look(&self, url: String, hops: u8) -> Result<Progress, ToolError> {
        self.send(Session::look(url.clone()), At::Looking { url, hops })
    }

    fn session(&self) -> Result<Session, ToolError> {
        Session::under_way(self.context).ok_or(ToolError::Unavailable)
    }

    /// Begins the call, or finds out first where the account's JMAP is.
    fn begin(&mut self) -> Result<Progress, ToolError> {
        match Session::load(self.context) {
            Some(session) => self.ask(&session),
            None => self.look(self.account.url(WELL_KNOWN), 0),
        }
    }

    /// Finds the session anew and begins again, once.
    fn renew(&mut self) -> Result<Progress, ToolError> {
        if std::mem::replace(&mut self.renewed, true) {
            return Err(ToolError::Unavailable);
        }
        self.look(self.account.url(WELL_KNOWN), 0)
    }

    /// The first request of the call itself.
    fn ask(&mut self, session: &Session) -> Result<Progress, ToolError> {
        let pointed = |name| reading::pointed(self.account, self.call, name);
        let request = match self.call.spec.name {
            "mail_list" => match reading::list(self.call, session) {
                Some(request) => request,
                // The owner may have made the folder since.
                None => return self.renew(),
            },
            "mail_read" => reading::open(&pointed("mail")?, session),
            "mail_thread" => reading::thread(&pointed("mail")?, session),
            "mail_attachment" => reading::file(self.account, self.call, session)?,
            "mail_draft" | "mail_send" | "mail_forward" => {
                let request = writing::prepare(self.account, self.call, session)?;
                return self.send(request, At::Preparing);
            }
            _ => {
                let id = pointed("mail")?;
                let Some(request) = tidying::change(&id, self.call, session)? else {
                    return self.renew();
                };
                return self.send(request, At::Changing);
            }
        };
        self.send(request, At::Asked)
    }

    fn looked(&mut self, url: &str, hops: u8, answer: Answer<'_>) -> Result<Progress, ToolError> {
        if let Some(url) = Session::moved(self.account, url, answer) {
            if hops >= HOPS_MAX {
                return Err(ToolError::Unavailable);
            }
            return self.look(url, hops.saturating_add(1));
        }
        let session = Session::read(self.account, url, answer);
        let session = session.map_err(|failure| failure.error())?;
        self.send(session.ask(), At::Meeting(session))
    }

    fn met(&mut self, session: Session, answer: Answer<'_>) -> Result<Progress, ToolError> {
        let session = session.complete(answer);
        let session = session.map_err(|failure| failure.error())?;
        session.keep(self.context)?;
        self.ask(&session)
    }

    /// What a read or a change gave.
    fn asked(&mut self, answer: Answer<'_>) -> Result<Progress, ToolError> {
        let session = self.session()?;
        let answers = Answers::read(answer);
        let output = match answers {
            Ok(answers) if self.call.spec.name == "mail_attachment" => {
                if answers.of("Email/get", "g") != Err(Failure::Stale) {
                    return self.file(&session, &answers);
                }
                Err(Failure::Stale)
            }
            Ok(answers) => self.result(&session, &answers),
            Err(failure) => Err(failure),
        };
        match output {
            Ok(output) => Ok(Progress::Done(output)),
            Err(failure) if self.is_stale(&failure) => self.renew(),
            // It cannot be told whether a change was made; it may be asked for twice.
            Err(failure) if self.changes() && !failure.is_certain() => {
                if std::mem::replace(&mut self.renewed, true) {
                    return Err(ToolError::Unknown);
                }
                self.ask(&session)
            }
            Err(failure) => Err(failure.error()),
        }
    }

    /// Whether what is known of the account may be of another time, a folder that is gone included.
    fn is_stale(&self, failure: &Failure) -> bool {
        let folder = failure.is("invalidArguments") || failure.is("invalidProperties");
        let names_one = self.call.item("folder").is_some() || self.call.spec.name == "mail_list";
        *failure == Failure::Stale || folder && names_one && !self.renewed
    }

    fn changes(&self) -> bool {
        self.call.spec.effect != EffectClass::Read
    }

    fn result(&self, session: &Session, answers: &Answers) -> Result<ToolOutput, Failure> {
        let (account, call) = (self.account, self.call);
        let pointed = || {
            let id = reading::pointed(account, call, "mail");
            id.map_err(|_| Failure::Refused("notFound".to_owned()))
        };
        match call.spec.name {
            "mail_list" => reading::listed(account, session, call, answers),
            "mail_thread" => reading::conversation(account, session, call, answers),
            "mail_read" => {
                if answers.of("Email/set", "u") == Err(Failure::Stale) {
                    return Err(Failure::Stale);
                }
                let mail = reading::opened(account, session, answers, &pointed()?)?;
                let item = super::family::mail::item(account, &mail);
                Ok(ToolOutput::new(Kind::Mail, item))
            }
            _ => tidying::changed(account, session, answers, &pointed()?),
        }
    }

    fn file(&mut self, session: &Session, answers: &Answers) -> Result<Progress, ToolError> {
        let (file, blob) = reading::file_in(self.account, self.call, answers)?;
        if file.text.is_some() {
            let output = reading::file_output(self.account, self.call, &file);
            return Ok(Progress::Done(output));
        }
        let url = session.file_url(self.account, &blob);
        let url = url.filter(|_| reading::is_text(&file.media_type));
        let mut request = Session::look(url.ok_or(ToolError::Unavailable)?);
        request.headers.clear();
        let File {
            id,
            name,
            media_type,
            text: _,
        } = file;
        self.send(
            request,
            At::Fetching {
                id,
                name,
                media_type,
            },
        )
    }

    fn prepared(&mut self, answer: Answer<'_>) -> Result<Progress, ToolError> {
        let session = self.session()?;
        let answers = match Answers::read(answer) {
            Ok(answers) => answers,
            Err(Failure::Stale) => return self.renew(),
            Err(failure) => return Err(failure.error()),
        };
        if answers.of("Email/get", "b") == Err(Failure::Stale) {
            return self.renew();
        }
        let (account, call) = (self.account, self.call);
        let mail = writing::outgoing(account, call, &session, &answers, self.context)?;
        self.write(&session, &mail)
    }

    fn write(&mut self, session: &Session, mail: &Outgoing) -> Result<Progress, ToolError> {
        let Some(mail) = mail.again() else {
            // It was looked for just before, and is not there.
            return Err(ToolError::Unavailable);
        };
        let request = writing::write(self.account, self.call, session, &mail)?;
        self.send(request, At::Writing(mail))
    }

    /// Goes on with a mail under way.
    fn next(&mut self, next: Next, mail: &Outgoing) -> Result<Progress, ToolError> {
        let session = self.session().map_err(|_| ToolError::Unknown)?;
        match next {
            Next::Done(placed) => match mail.draft() {
                Some(draft) => {
                    let request = writing::put_away(&session, draft);
                    self.send(request, At::Clearing(placed))
                }
                None => Ok(self.done(&session, &placed)),
            },
            Next::Failed(error, Some(made)) => {
                let request = writing::clear(&session, &made);
                self.send(request, At::Undoing(error))
            }
            Next::Failed(error, None) => Err(error),
            Next::Find => {
                let request = finding::find(self.call, &session, mail);
                self.send(request, At::Finding(mail.clone()))
            }
            Next::Again(mail) => self.write(&session, &mail),
            Next::Unknown => Err(ToolError::Unknown),
        }
    }

    fn done(&self, session: &Session, placed: &Placed) -> Progress {
        let (account, call) = (self.account, self.call);
        Progress::Done(writing::output(
            account,
            call,
            session,
            placed,
            self.context,
        ))
    }

    fn go_on(&mut self, at: At, answer: Answer<'_>) -> Result<Progress, ToolError> {
        match at {
            At::Looking { url, hops } => self.looked(&url, hops, answer),
            At::Meeting(session) => self.met(session, answer),
            At::Asked | At::Changing => self.asked(answer),
            At::Fetching {
                id,
                name,
                media_type,
            } => {
                if answer.status != 200 {
                    return Err(ToolError::Unavailable);
                }
                let file = File {
                    id,
                    name,
                    media_type,
                    text: None,
                };
                let file = reading::downloaded(file, &answer.body)?;
                let output = reading::file_output(self.account, self.call, &file);
                Ok(Progress::Done(output))
            }
            At::Preparing => self.prepared(answer),
            At::Writing(mail) => {
                let session = self.session().map_err(|_| ToolError::Unknown)?;
                let next = writing::written(self.call, &session, Answers::read(answer));
                self.next(next, &mail)
            }
            At::Finding(mail) => {
                let session = self.session().map_err(|_| ToolError::Unknown)?;
                let answers = Answers::read(answer);
                let next = finding::found(self.call, &session, answers, &mail);
                self.next(next, &mail)
            }
            At::Clearing(_) | At::Undoing(_) => self.find_out(at),
        }
    }

    fn find_out(&mut self, at: At) -> Result<Progress, ToolError> {
        match at {
            At::Writing(mail) | At::Finding(mail) => self.next(Next::Find, &mail),
            // The mail's own fate is known, whatever became of the draft.
            At::Clearing(placed) => Ok(self.done(&self.session()?, &placed)),
            At::Undoing(error) => Err(error),
            // It says how the mail is to be, so it may arrive twice.
            At::Changing => self.begin(),
            At::Looking { .. }
            | At::Meeting(_)
            | At::Asked
            | At::Fetching { .. }
            | At::Preparing => Err(ToolError::Unknown),
        }
    }
}

impl Service for Jmap {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let renewed = false;
        Work {
            account,
            call,
            context,
            renewed,
        }
        .begin()
    }

    fn go_on(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let Stage { at, renewed } = read(stage).ok_or(ToolError::Unknown)?;
        Work {
            account,
            call,
            context,
            renewed,
        }
        .go_on(at, answer)
    }

    /// Nothing that comes back from clearing up changes what became of the mail.
    fn takes(&self, stage: &Json, _status: u16) -> bool {
        let at = read(stage).map(|stage| stage.at);
        matches!(at, Some(At::Clearing(_) | At::Undoing(_)))
    }

    fn lost(&self, _spec: &ToolSpec, stage: &Json) -> Lost {
        match read(stage).map(|stage| stage.at) {
            Some(
                At::Looking { .. }
                | At::Meeting(_)
                | At::Asked
                | At::Fetching { .. }
                | At::Preparing,
            ) => Lost::Again,
            Some(
                At::Changing | At::Writing(_) | At::Finding(_) | At::Clearing(_) | At::Undoing(_),
            ) => Lost::FindOut,
            None => Lost::Unknown,
        }
    }

    fn find_out(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let Stage { at, renewed } = read(stage).ok_or(ToolError::Unknown)?;
        Work {
            account,
            call,
            context,
            renewed,
        }
        .find_out(at)
    }

    fn taken(&self, stage: &Json) -> bool {
        let at = read(stage).map(|stage| stage.at);
        matches!(at, Some(At::Finding(_) | At::Clearing(_)))
    }
}
