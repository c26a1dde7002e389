// Tasks about answering, sending and forwarding mail. The format is in README.md.

export const TASKS = [
  {
    id: "mail-send-literal",
    touches: ["mail"],
    turns: [
      {
        owner: "Write to paul.martin@example.net: The room with the view is fine, I send you my half tonight.",
        plan: [
          {
            tool: "mail_send",
            args: { to: "paul.martin@example.net", subject: "The room", body: "The room with the view is fine, I send you my half tonight." },
          },
        ],
      },
    ],
    changes: { sent: [{ to: "paul.martin@example.net", body: "room with the view is fine" }] },
  },
  {
    id: "mail-send-contact",
    touches: ["mail", "contacts"],
    turns: [
      {
        owner: "Tell Sofia by mail that I will be ten minutes late on Saturday.",
        plan: [
          { tool: "contacts_find", args: { query: "Sofia" }, as: "people" },
          { tool: "mail_send", args: { to: "$people[1].address", subject: "Saturday", body: "Hi Sofia, I will be ten minutes late on Saturday. Alex" } },
        ],
      },
    ],
    changes: { sent: [{ to: "sofia.rossi@example.org", body: "late" }] },
  },
  {
    id: "mail-send-two",
    touches: ["mail", "contacts"],
    turns: [
      {
        owner: "Let Nadia and Tom know that slide 7 is done.",
        plan: [
          [
            { tool: "contacts_find", args: { query: "Nadia" }, as: "nadia" },
            { tool: "contacts_find", args: { query: "Tom" }, as: "tom" },
          ],
          [
            { tool: "mail_send", args: { to: "$nadia[1].address", subject: "Slide 7", body: "Hi Nadia, slide 7 is done. Alex" } },
            { tool: "mail_send", args: { to: "$tom[1].address", subject: "Slide 7", body: "Hi Tom, slide 7 is done. Alex" } },
          ],
        ],
      },
    ],
    changes: {
      sent: [
        { to: "nadia.benali@example.com", body: "slide 7" },
        { to: "tom.whitfield@example.com", body: "slide 7" },
      ],
    },
  },
  {
    id: "mail-reply-family",
    touches: ["mail"],
    language: "fr",
    turns: [
      {
        owner: "Réponds à maman que oui, on vient dimanche, et que la petite mange toujours sans champignons.",
        plan: [
          { tool: "mail_list", args: { from: "Françoise" }, as: "mails" },
          {
            tool: "mail_send",
            args: { in_reply_to: "$mails[1]", body: "Coucou maman,\n\nOui, on vient dimanche. La petite mange toujours sans champignons.\n\nAlex" },
          },
        ],
      },
    ],
    changes: { sent: [{ to: "francoise.martin@example.net", subject: "Dimanche midi", body: "champignons" }] },
  },
  {
    id: "mail-reply-team",
    touches: ["mail"],
    turns: [
      {
        owner: "Answer Nadia's latest mail: yes to the catering list.",
        plan: [
          { tool: "mail_list", args: { from: "nadia.benali@example.com", limit: 1 }, as: "mails" },
          { tool: "mail_send", args: { in_reply_to: "$mails[1]", body: "Hi Nadia, yes to the catering list. Alex" } },
        ],
      },
    ],
    changes: { sent: [{ to: "nadia.benali@example.com", subject: "Harbour launch: final figures", body: "yes" }] },
  },
  {
    id: "mail-reply-school",
    touches: ["mail"],
    language: "fr",
    turns: [
      {
        owner: "Réponds à l'école que je serai présent à la réunion, pour un enfant.",
        plan: [
          { tool: "mail_list", args: { from: "école Jean-Macé" }, as: "mails" },
          {
            tool: "select",
            args: { list: "$mails", criterion: "le mail qui demande si l'on sera présent à la réunion" },
            as: "meeting",
            picks: "Réunion parents-professeurs",
          },
          { tool: "mail_send", args: { in_reply_to: "$meeting", body: "Bonjour,\n\nJe serai présent à la réunion, pour un enfant.\n\nAlex Martin" } },
        ],
      },
    ],
    changes: { sent: [{ to: "ecole.jean-mace@example.org", body: "présent" }] },
  },
  {
    id: "mail-draft-contract",
    touches: ["mail"],
    turns: [
      {
        owner: "Draft an answer to Priya that I agree to version 3 of the contract. Do not send it yet.",
        plan: [
          { tool: "mail_list", args: { from: "Priya", query: "contract" }, as: "mails" },
          { tool: "mail_draft", args: { in_reply_to: "$mails[1]", body: "Hello Priya,\n\nI agree to version 3. Please have it ready to sign.\n\nAlex" }, as: "draft" },
          { tool: "show", args: { handle: "$draft" } },
        ],
        said: ["version 3"],
      },
    ],
    changes: { drafts: [{ to: "priya.shah@example.org", body: "agree" }] },
  },
  {
    id: "mail-draft-then-send",
    touches: ["mail"],
    turns: [
      {
        owner: "Prepare a short answer to Tom's mail about the Boathouse: thanks, and ask whether we can set up at three.",
        plan: [
          { tool: "mail_list", args: { from: "Tom", query: "Boathouse set up" }, as: "mails" },
          { tool: "mail_draft", args: { in_reply_to: "$mails[1]", body: "Thanks, Tom. Can we set up at three already?\n\nAlex" }, as: "draft" },
          { tool: "show", args: { handle: "$draft" } },
        ],
        said: ["three|15:00"],
      },
      {
        owner: "Good, send it.",
        plan: [{ tool: "mail_send", args: { draft: "$draft" } }],
      },
    ],
    changes: { sent: [{ to: "tom.whitfield@example.com", subject: "Harbour launch: venue", body: "three|15:00" }] },
  },
  {
    id: "mail-shorter-please",
    touches: ["mail"],
    turns: [
      {
        owner: "Draft a friendly answer to Priya's mail about the contract. Go through her two changes and accept both.",
        plan: [
          { tool: "mail_list", args: { from: "Priya", query: "contract" }, as: "mails" },
          {
            tool: "draft",
            args: { instruction: "A friendly answer that goes through both changes and accepts them.", handles: ["$mails[1].body"] },
            as: "text",
            answer: "Hello Priya,\n\nThank you for version 3. The notice period of 60 days in clause 4 is fine with me, and so is clause 9, that drafts stay mine until they are paid for. I am looking forward to signing.\n\nBest,\nAlex",
          },
          { tool: "mail_draft", args: { in_reply_to: "$mails[1]", body: "$text" }, as: "draft" },
          { tool: "show", args: { handle: "$draft" } },
        ],
        said: ["clause 9"],
      },
      {
        owner: "Shorter, please.",
        plan: [
          {
            tool: "draft",
            args: { instruction: "The same in at most two sentences.", handles: ["$text"] },
            as: "shorter",
            answer: "Hello Priya, both changes, clause 4 and clause 9, are fine with me.\n\nAlex",
          },
          { tool: "mail_draft", args: { in_reply_to: "$mails[1]", body: "$shorter" }, as: "second" },
          { tool: "show", args: { handle: "$second" } },
        ],
        said: ["fine with me"],
      },
      {
        owner: "Yes. Send that one to Priya.",
        plan: [{ tool: "mail_send", args: { draft: "$second" } }],
      },
    ],
    changes: {
      sent: [{ to: "priya.shah@example.org", subject: "Contract draft", body: "clause 9" }],
      drafts: [{ to: "priya.shah@example.org", body: "looking forward" }],
    },
  },
  {
    id: "mail-forward-contact",
    touches: ["mail", "contacts"],
    turns: [
      {
        owner: "Forward my Northline booking to Sofia.",
        plan: [
          [
            { tool: "mail_list", args: { query: "Northline booking" }, as: "mails" },
            { tool: "contacts_find", args: { query: "Sofia" }, as: "people" },
          ],
          { tool: "mail_forward", args: { mail: "$mails[1]", to: "$people[1].address" } },
        ],
      },
    ],
    changes: { sent: [{ to: "sofia.rossi@example.org", body: "QX7P2M" }] },
  },
  {
    id: "mail-forward-literal",
    touches: ["mail"],
    turns: [
      {
        owner: "Send invoice 2041 on to bookkeeping@example.com with the remark: please pay this one.",
        plan: [
          { tool: "mail_list", args: { query: "invoice 2041" }, as: "mails" },
          { tool: "mail_forward", args: { mail: "$mails[1]", to: "bookkeeping@example.com", note: "Please pay this one." } },
        ],
      },
    ],
    changes: { sent: [{ to: "bookkeeping@example.com", subject: "Invoice 2041", body: "please pay this one" }] },
  },
  {
    id: "mail-tell-paul",
    touches: ["mail", "contacts"],
    language: "fr",
    turns: [
      {
        owner: "Résume à Paul, par mail, ce que maman a écrit sur dimanche.",
        plan: [
          [
            { tool: "mail_list", args: { from: "Françoise" }, as: "mails" },
            { tool: "contacts_find", args: { query: "Paul" }, as: "people" },
          ],
          {
            tool: "draft",
            args: { instruction: "Résumer ce mail en deux phrases pour Paul, mon frère.", handles: ["$mails[1].body"] },
            as: "text",
            answer: "Salut Paul, maman fait un gratin et une tarte aux pommes dimanche midi. Je viens te chercher à la gare samedi à 19 h 12.",
          },
          { tool: "mail_send", args: { to: "$people[1].address", subject: "Dimanche", body: "$text" } },
        ],
      },
    ],
    changes: { sent: [{ to: "paul.martin@example.net", body: "dimanche" }] },
  },
  {
    id: "mail-unsubscribe",
    touches: ["mail"],
    turns: [
      {
        owner: "Unsubscribe me from The Slow Web.",
        plan: [
          { tool: "mail_list", args: { query: "Slow Web" }, as: "mails" },
          {
            tool: "ask",
            args: { handles: ["$mails[1].body"], question: "To which address does one write to stop getting this letter?", as: "address" },
            as: "address",
            answer: "letters@example.net",
          },
          { tool: "mail_send", args: { to: "$address", subject: "Unsubscribe", body: "Please take me off your list." } },
        ],
      },
    ],
    changes: { sent: [{ to: "letters@example.net", body: "list|unsubscribe|stop" }] },
  },
  {
    id: "mail-answer-question",
    touches: ["mail"],
    language: "fr",
    turns: [
      {
        owner: "Dis au propriétaire que je serai là jeudi pour le chauffagiste, et rappelle-moi mercredi {{1.wed fr}} à 18 h de ranger la cave.",
        plan: [
          { tool: "mail_list", args: { from: "h.lefevre@example.net", query: "chauffagiste" }, as: "mails" },
          [
            { tool: "mail_send", args: { in_reply_to: "$mails[1]", body: "Bonjour,\n\nJe serai là jeudi pour le chauffagiste.\n\nAlex Martin" } },
            { tool: "remind", args: { text: "Ranger la cave", at: "{{1.wed 18:00}}" } },
          ],
        ],
      },
    ],
    changes: {
      sent: [{ to: "h.lefevre@example.net", body: "jeudi" }],
      reminders: [{ text: "cave", at: "{{1.wed 18:00}}" }],
    },
  },
];
