// Tasks about filing, marking and throwing away mail. The format is in README.md.

export const TASKS = [
  {
    id: "tidy-archive",
    touches: ["mail"],
    turns: [
      {
        owner: "Archive the Slow Web letter.",
        plan: [
          { tool: "mail_list", args: { query: "Slow Web" }, as: "mails" },
          { tool: "mail_move", args: { mail: "$mails[1]", folder: "archive" } },
        ],
      },
    ],
    changes: { mails: { "demo-6": { folder: "archive" } } },
  },
  {
    id: "tidy-bills",
    touches: ["mail"],
    language: "fr",
    turns: [
      {
        owner: "Range la facture d'électricité et la facture de Studio Kestrel avec les factures.",
        plan: [
          [
            { tool: "mail_list", args: { query: "facture électricité" }, as: "power" },
            { tool: "mail_list", args: { from: "Studio Kestrel" }, as: "kestrel" },
          ],
          {
            tool: "select",
            args: { list: "$power", criterion: "la facture d'électricité" },
            as: "bill",
            picks: "74,20",
          },
          [
            { tool: "mail_move", args: { mail: "$bill", folder: "bills" } },
            { tool: "mail_move", args: { mail: "$kestrel[1]", folder: "bills" } },
          ],
        ],
      },
    ],
    changes: { mails: { "demo-18": { folder: "bills" }, "demo-9": { folder: "bills" } } },
  },
  {
    id: "tidy-delete-ad",
    touches: ["mail"],
    turns: [
      {
        owner: "Delete the ad from Corner Deals.",
        plan: [
          { tool: "mail_list", args: { from: "Corner Deals" }, as: "mails" },
          { tool: "mail_delete", args: { mail: "$mails[1]" } },
        ],
      },
    ],
    changes: { mails: { "demo-24": { folder: "trash" } } },
  },
  {
    id: "tidy-delete-spam",
    touches: ["mail"],
    turns: [
      {
        owner: "Find the spam among my unread mail from people I do not know and delete it.",
        plan: [
          { tool: "mail_list", args: { unread: true, limit: 50 }, as: "mails" },
          {
            tool: "filter",
            args: { list: "$mails", criterion: "spam or an attempt to trick the reader" },
            as: "spam",
            picks: ["Mailbox migration tonight", "lamps, kettles", "Build 5121 finished", "changement de RIB", "launch rehearsal", "Approval needed"],
          },
          { tool: "show", args: { handle: "$spam" } },
          { tool: "for_each", args: { list: "$spam", tool: "mail_delete", args: { mail: "$item" } } },
        ],
        said: ["Mailbox migration tonight"],
      },
    ],
    changes: {
      mails: {
        "demo-23": { folder: "trash" },
        "demo-24": { folder: "trash" },
        "demo-25": { folder: "trash" },
        "demo-28": { folder: "trash" },
        "demo-29": { folder: "trash" },
        "demo-30": { folder: "trash" },
      },
    },
  },
  {
    id: "tidy-delete-sender",
    touches: ["mail"],
    turns: [
      {
        owner: "Throw away everything from the photo club and from parcel tracking.",
        plan: [
          [
            { tool: "mail_list", args: { from: "Photo Club", limit: 50 }, as: "photos" },
            { tool: "mail_list", args: { from: "Parcel Tracking", limit: 50 }, as: "parcels" },
          ],
          [
            { tool: "for_each", args: { list: "$photos", tool: "mail_delete", args: { mail: "$item" } } },
            { tool: "for_each", args: { list: "$parcels", tool: "mail_delete", args: { mail: "$item" } } },
          ],
        ],
      },
    ],
    changes: { mails: { "demo-26": { folder: "trash" }, "demo-27": { folder: "trash" } } },
  },
  {
    id: "tidy-flag",
    touches: ["mail"],
    turns: [
      {
        owner: "Flag Priya's mail about the contract so that I do not forget it.",
        plan: [
          { tool: "mail_list", args: { from: "Priya", query: "contract" }, as: "mails" },
          { tool: "mail_mark", args: { mail: "$mails[1]", mark: "flagged" } },
        ],
      },
    ],
    changes: { mails: { "demo-13": { flagged: true } } },
  },
  {
    id: "tidy-all-read",
    touches: ["mail"],
    language: "fr",
    turns: [
      {
        owner: "Marque tous mes mails non lus comme lus.",
        plan: [
          { tool: "mail_list", args: { unread: true, limit: 50 }, as: "mails" },
          { tool: "for_each", args: { list: "$mails", tool: "mail_mark", args: { mail: "$item", mark: "read" } } },
        ],
      },
    ],
    changes: {
      mails: {
        "demo-1": { unread: false },
        "demo-2": { unread: false },
        "demo-3": { unread: false },
        "demo-4": { unread: false },
        "demo-9": { unread: false },
        "demo-13": { unread: false },
        "demo-23": { unread: false },
        "demo-24": { unread: false },
        "demo-25": { unread: false },
        "demo-26": { unread: false },
        "demo-27": { unread: false },
        "demo-28": { unread: false },
        "demo-29": { unread: false },
        "demo-30": { unread: false },
      },
    },
  },
  {
    id: "tidy-keep-unread",
    touches: ["mail"],
    turns: [
      {
        owner: "Mark Tom's last mail as unread again, I want to come back to it.",
        plan: [
          { tool: "mail_list", args: { from: "Tom", limit: 1 }, as: "mails" },
          { tool: "mail_mark", args: { mail: "$mails[1]", mark: "unread" } },
        ],
      },
    ],
    changes: { mails: { "demo-5": { unread: true } } },
  },
  {
    id: "tidy-family",
    touches: ["mail"],
    turns: [
      {
        owner: "Put all mails from my family, mum and Paul, into the family folder.",
        plan: [
          [
            { tool: "mail_list", args: { from: "francoise.martin@example.net", limit: 50 }, as: "mum" },
            { tool: "mail_list", args: { from: "paul.martin@example.net", limit: 50 }, as: "paul" },
          ],
          [
            { tool: "for_each", args: { list: "$mum", tool: "mail_move", args: { mail: "$item", folder: "family" } } },
            { tool: "for_each", args: { list: "$paul", tool: "mail_move", args: { mail: "$item", folder: "family" } } },
          ],
        ],
      },
    ],
    changes: { mails: { "demo-4": { folder: "family" }, "demo-14": { folder: "family" } } },
  },
  {
    id: "tidy-undo",
    touches: ["mail"],
    turns: [
      {
        owner: "Archive the library's mail.",
        plan: [
          { tool: "mail_list", args: { from: "Bibliothèque" }, as: "mails" },
          { tool: "mail_move", args: { mail: "$mails[1]", folder: "archive" }, as: "moved" },
        ],
      },
      {
        owner: "No wait, put it back, and flag it.",
        plan: [
          [
            { tool: "mail_move", args: { mail: "$mails[1]", folder: "inbox" } },
            { tool: "mail_mark", args: { mail: "$mails[1]", mark: "flagged" } },
          ],
        ],
      },
    ],
    changes: { mails: { "demo-16": { folder: "inbox", flagged: true } } },
  },
];
