//! The documents of accounts among those of their family.
//!
//! The one thing to know: a service sees the documents of its account as if there were no others; a
//! family sees those of all its accounts, and may only look.

use super::super::accounts::Served;
use crate::egress::account::Account;
use crate::tool::{Document, Documents, DocumentsError};

/// What is kept of all accounts of a family, to be looked at.
pub(in super::super) struct Kept<'a> {
    pub(in super::super) accounts: &'a [&'static Served],
    pub(in super::super) all: &'a dyn Documents,
}

impl Kept<'_> {
    /// A document of an account; none if the store fails.
    pub(in super::super) fn get(
        &self,
        account: &Account,
        collection: &str,
        id: &str,
    ) -> Option<Document> {
        let collection = collection_of(account.name, collection);
        self.all.get(&collection, id).ok()?
    }

    /// The documents of a collection of an account; none if the store fails.
    pub(in super::super) fn list(
        &self,
        account: &Account,
        collection: &str,
        limit: u32,
    ) -> Vec<Document> {
        let collection = collection_of(account.name, collection);
        let all = self.all.list(&collection, i64::MIN, i64::MAX, limit);
        all.unwrap_or_default()
    }
}

/// Where a document of an account lies among those of its family.
fn collection_of(account: &str, collection: &str) -> String {
    format!("{account}.{collection}")
}

/// The documents of one account.
pub(super) struct Own<'a> {
    all: &'a mut dyn Documents,
    account: &'static str,
}

impl<'a> Own<'a> {
    pub(super) fn of(account: &Account, all: &'a mut dyn Documents) -> Self {
        Self {
            all,
            account: account.name,
        }
    }

    fn collection(&self, name: &str) -> String {
        collection_of(self.account, name)
    }
}

impl Documents for Own<'_> {
    fn get(&self, collection: &str, id: &str) -> Result<Option<Document>, DocumentsError> {
        self.all.get(&self.collection(collection), id)
    }

    fn list(
        &self,
        collection: &str,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Document>, DocumentsError> {
        self.all.list(&self.collection(collection), from, to, limit)
    }

    fn put(&mut self, collection: &str, document: Document) -> Result<(), DocumentsError> {
        let collection = self.collection(collection);
        self.all.put(&collection, document)
    }

    fn remove(&mut self, collection: &str, id: &str) -> Result<bool, DocumentsError> {
        let collection = self.collection(collection);
        self.all.remove(&collection, id)
    }
}
