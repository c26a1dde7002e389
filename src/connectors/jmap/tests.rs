//! Mail by JMAP against a server in memory, and against answers of a real one.

mod fake;
mod hostile;
mod once;
mod shown;

use super::super::Connector;
use super::super::accounts::Served;
use super::super::family::Family;
use super::super::family::mail::KIN;
use super::super::test_documents::{Bench, owner_text};
use crate::connectors::Lost;
use crate::egress::account::{Account, Auth};
use crate::egress::table::Target;
use crate::http::{Request, Response};
use crate::tool::{Argument, Audience, Call, Origin, Progress, ToolError, ToolOutput};
use crate::value::{Item, Step};
use fake::{Fake, answer};
use serde_json::Value as Json;

pub(super) fn account_at(target: Target, hosts: &'static [&'static str]) -> &'static Account {
    Box::leak(Box::new(Account {
        name: "work",
        api: &super::API,
        target,
        hosts,
        auth: Auth::Bearer {
            token: "WORK_TOKEN",
        },
        address: "ada@example.com",
        authserv: "mail.test",
        collection: "",
    }))
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// It is lost on its way.
    Before,
    /// It is carried out, and its answer is lost.
    After,
    /// It is carried out, and its answer ends in the middle.
    Torn,
    /// A gateway answers in its place, and it is carried out.
    Gateway,
    /// It is lost for its sender, and arrives after the next request.
    Late,
    /// Somebody in between delivers it twice, and gives the second answer.
    Twice,
    /// The server wants a pause.
    Busy,
}

struct Run {
    family: Family,
    bench: Bench,
    fake: Fake,
    late: Vec<Request>,
}

impl Run {
    fn new() -> Self {
        let account = account_at(Target::Host("mail.example.com"), &[]);
        let served = Box::leak(Box::new(Served {
            service: super::SERVICE,
            account: Account { ..*account },
        }));
        Self {
            family: Family::new(&KIN, vec![served]),
            bench: Bench::default(),
            fake: Fake::new(),
            late: Vec::new(),
        }
    }

    fn prepared(&self, tool: &str, args: Vec<(&'static str, Item)>) -> Call {
        let spec = self
            .family
            .tools()
            .iter()
            .find(|spec| spec.name == tool)
            .unwrap();
        let args = args.into_iter().map(|(name, item)| {
            let spec = spec.arg(name).unwrap();
            (spec.name, Argument::new(spec, item, Origin::Literal))
        });
        let mut call = Call {
            spec,
            args: args.collect(),
            audience: Audience::Nobody,
        };
        self.family.complete(&mut call);
        call
    }

    /// A call without trouble.
    fn call(
        &mut self,
        tool: &str,
        args: Vec<(&'static str, Item)>,
    ) -> Result<ToolOutput, ToolError> {
        self.troubled(tool, args, &[])
    }

    fn item(&mut self, tool: &str, args: Vec<(&'static str, Item)>) -> Item {
        self.call(tool, args).unwrap().item
    }

    /// A call of which request number `n` has the `n`-th fault, as the engine goes on with it.
    fn troubled(
        &mut self,
        tool: &str,
        args: Vec<(&'static str, Item)>,
        faults: &[Fault],
    ) -> Result<ToolOutput, ToolError> {
        let call = self.prepared(tool, args);
        let connector: &dyn Connector = &self.family;
        let mut progress = connector.start(&call, &mut self.bench.context());
        let mut retries = 0;
        for n in 0..40 {
            let (request, stage) = match progress? {
                Progress::Done(output) => return Ok(output),
                Progress::Send { request, stage } => (request, stage),
            };
            // A stage survives a kill: it is stored as text.
            let stage: Json = serde_json::from_str(&stage.to_string()).unwrap();
            assert!(stage.to_string().len() < 16 * 1024);
            let fault = faults.get(n).copied().unwrap_or(Fault::None);
            let got = exchange(&mut self.fake, &mut self.late, fault, &request);
            let lost = match &got {
                None => true,
                Some(response) => {
                    let taken = connector.takes(&stage, response.status);
                    !taken && (response.status == 429 || response.status >= 500)
                }
            };
            if !lost {
                let context = &mut self.bench.context();
                progress = connector.resume(&call, &stage, &got.unwrap(), context);
                continue;
            }
            let fate = connector.lost(call.spec, &stage);
            let rate = got.is_some_and(|response| response.status == 429);
            if retries == 2 || !rate && fate == Lost::Unknown {
                return Err(match fate {
                    _ if rate && !connector.taken(&stage) => ToolError::Rate,
                    Lost::Again => ToolError::Offline,
                    Lost::FindOut | Lost::Unknown => ToolError::Unknown,
                });
            }
            retries += 1;
            let context = &mut self.bench.context();
            progress = if fate == Lost::FindOut {
                connector.find_out(&call, &stage, context)
            } else {
                connector.start(&call, context)
            };
        }
        panic!("{tool} does not end")
    }
}

fn exchange(
    fake: &mut Fake,
    late: &mut Vec<Request>,
    fault: Fault,
    request: &Request,
) -> Option<Response> {
    let waiting = std::mem::take(late);
    let got = match fault {
        Fault::None => Some(fake.handle(request)),
        Fault::Before => None,
        Fault::After => {
            fake.handle(request);
            None
        }
        Fault::Torn => {
            let mut whole = fake.handle(request);
            whole.body.truncate(whole.body.len() / 2);
            Some(whole)
        }
        Fault::Gateway => {
            fake.handle(request);
            Some(answer(502, &Json::Null))
        }
        Fault::Late => {
            late.push(request.clone());
            None
        }
        Fault::Twice => {
            fake.handle(request);
            Some(fake.handle(request))
        }
        Fault::Busy => Some(answer(429, &Json::Null)),
    };
    for request in waiting {
        fake.handle(&request);
    }
    got
}

fn field(item: &Item, name: &str) -> String {
    let part = item.at(&[Step::Field(name.to_owned())]).unwrap();
    part.peek().as_text().unwrap_or_default()
}

fn words(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, Item)> {
    pairs
        .iter()
        .map(|(name, text)| (*name, owner_text(text)))
        .collect()
}
