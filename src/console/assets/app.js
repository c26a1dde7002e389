// The owner's console: login, chat, approvals, recent turns. One thing to know: text reaches the page only as
// text nodes (no HTML is ever parsed) and nothing becomes a link, because words from outside are shown here.
// It deliberately decides nothing: what may run is decided and checked again by the server.

// Every string, as [English, French]. The space before French double punctuation is made unbreakable by t().
const TEXT = {
  tagline: ['Your own agent, with a hard shell.', 'Votre agent, à la carapace dure.'],
  loginLink: ['For a fresh login link, run this where Sclerite is installed and open the link it prints:',
    'Pour un nouveau lien de connexion, lancez ceci là où Sclerite est installé et ouvrez le lien affiché :'],
  loginToken: ['Or enter your console token', 'Ou saisissez votre jeton de console'],
  loginButton: ['Log in', 'Se connecter'],
  loginBusy: ['Logging in…', 'Connexion…'],
  loginBadToken: ['That token is not right. It is the CONSOLE_TOKEN of this deployment.',
    'Ce jeton n’est pas le bon. C’est le CONSOLE_TOKEN de ce déploiement.'],
  loginBadCode: ['That link was already used or is too old. Get a fresh one.',
    'Ce lien a déjà servi ou a expiré. Demandez-en un nouveau.'],
  loginSlow: ['Too many attempts. Wait a minute and try again.', 'Trop d’essais. Attendez une minute, puis réessayez.'],
  loginEnded: ['Your session has ended. Please log in again.', 'Votre session est terminée. Reconnectez-vous.'],
  unreachable: ['The server cannot be reached. Check your connection and try again.',
    'Le serveur est injoignable. Vérifiez votre connexion et réessayez.'],
  failed: ['That did not work ({0}).', 'Cela n’a pas fonctionné ({0}).'],
  language: ['Language', 'Langue'],
  skip: ['Skip to the message box', 'Aller à la zone de message'],
  panel: ['Overview', 'Aperçu'],
  close: ['Close', 'Fermer'],
  chat: ['Conversation', 'Conversation'],
  composer: ['Write a message…', 'Écrivez un message…'],
  send: ['Send', 'Envoyer'],
  hint: ['Enter sends · Shift+Enter starts a new line · ↑ recalls your last message',
    'Entrée envoie · Maj+Entrée va à la ligne · ↑ rappelle votre dernier message'],
  working: ['Working…', 'Au travail…'],
  latest: ['↓ New messages', '↓ Nouveaux messages'],
  emptyTitle: ['Good to see you.', 'Ravi de vous voir.'],
  emptyText: ['Ask for anything in your mail or calendar. You will be asked before anything risky happens.',
    'Demandez ce que vous voulez sur vos messages ou votre agenda. Rien de risqué ne se fait sans votre accord.'],
  example1: ['What’s in my inbox?', 'Qu’y a-t-il dans ma boîte de réception ?'],
  example2: ['What’s on tomorrow?', 'Qu’est-ce qui est prévu demain ?'],
  example3: ['Remind me in 20 minutes to call the dentist', 'Rappelle-moi dans 20 minutes d’appeler le dentiste'],
  example4: ['/help', '/help'],
  connecting: ['Connecting…', 'Connexion…'],
  online: ['Connected', 'Connecté'],
  offline: ['Offline. Trying again…', 'Hors ligne. Nouvel essai…'],
  unsent: ['Not sent yet', 'Pas encore envoyé'],
  owner: ['You', 'Vous'],
  agent: ['Sclerite', 'Sclerite'],
  guest: ['Someone else', 'Quelqu’un d’autre'],
  from: ['from {0}, {1}', '{0}, {1}'],
  untrusted: ['not verified', 'non vérifié'],
  attested: ['confirmed by the service', 'confirmé par le service'],
  trustedOwner: ['yours', 'de vous'],
  source_mail: ['mail', 'courrier'],
  source_calendar: ['calendar', 'agenda'],
  source_contacts: ['contacts', 'contacts'],
  source_chat: ['chat', 'discussion'],
  source_web: ['the web', 'le web'],
  source_file: ['a file', 'un fichier'],
  source_memory: ['memory', 'mémoire'],
  source_owner: ['you', 'vous'],
  more: ['and {0} more', 'et {0} de plus'],
  approvals: ['Waiting for you', 'En attente de vous'],
  approvalsNone: ['Nothing needs your approval.', 'Rien n’attend votre accord.'],
  approvalTitle: ['Your approval is needed', 'Votre accord est nécessaire'],
  approve: ['Yes, do it', 'Oui, fais-le'],
  deny: ['No', 'Non'],
  expiresIn: ['Expires in {0}', 'Expire dans {0}'],
  status_sending: ['Sending your answer…', 'Envoi de votre réponse…'],
  status_approved: ['You said yes.', 'Vous avez dit oui.'],
  status_denied: ['You said no. Nothing was done.', 'Vous avez dit non. Rien n’a été fait.'],
  status_expired: ['Expired. Nothing was done; ask again if you still want it.',
    'Expiré. Rien n’a été fait ; redemandez si vous le voulez encore.'],
  status_closed: ['No longer waiting: it changed, or was answered elsewhere.',
    'N’attend plus : cela a changé, ou a été répondu ailleurs.'],
  lookalike: ['Contains letters that can look like other letters. Check it closely.',
    'Contient des lettres qui peuvent ressembler à d’autres. Regardez bien.'],
  effect_read: ['reads', 'lecture'],
  effect_draft: ['drafts', 'brouillon'],
  effect_write: ['changes your data', 'modifie vos données'],
  effect_send: ['others will see this', 'visible par d’autres'],
  effect_delete: ['deletes', 'suppression'],
  effect_pay: ['spends money', 'paiement'],
  effect_admin: ['changes settings', 'réglages'],
  status: ['Status', 'État'],
  running: ['Agent', 'Agent'],
  isRunning: ['Running', 'En marche'],
  isStopped: ['Stopped', 'Arrêté'],
  stoppedBanner: ['Stopped. Nothing runs until you resume.', 'Arrêté. Rien ne se fait avant la reprise.'],
  model: ['Model', 'Modèle'],
  zone: ['Time zone', 'Fuseau'],
  zoneUnknown: ['not known yet', 'pas encore connu'],
  version: ['Version', 'Version'],
  stop: ['Stop everything', 'Tout arrêter'],
  resume: ['Resume', 'Reprendre'],
  turns: ['Recent turns', 'Tours récents'],
  turnsNone: ['Nothing yet.', 'Rien pour l’instant.'],
  turnNoCalls: ['No tool was used.', 'Aucun outil utilisé.'],
  turnShow: ['Show in the conversation', 'Voir dans la conversation'],
  turnUsage: ['{0} model calls · {1} tokens in, {2} out · {3}', '{0} appels au modèle · {1} jetons lus, {2} écrits · {3}'],
  turn_queued: ['queued', 'en file'],
  turn_running: ['running', 'en cours'],
  turn_waiting: ['waiting for you', 'vous attend'],
  turn_done: ['done', 'fini'],
  turn_failed: ['failed', 'échec'],
  turn_cancelled: ['cancelled', 'annulé'],
  turn_pending: ['pending', 'à venir'],
  turn_denied: ['refused', 'refusé'],
  decision_allow: ['allowed', 'permis'],
  decision_ask: ['asked you', 'vous a demandé'],
  decision_deny: ['refused', 'refusé'],
  logout: ['Log out', 'Se déconnecter'],
};
const LANGUAGES = ['en', 'fr'];
const EXAMPLES = ['example1', 'example2', 'example3', 'example4'];

const byId = (id) => document.getElementById(id);
// Storage may be switched off in the browser; drafts are then simply not kept.
const storage = {
  get: (key) => { try { return localStorage.getItem('sclerite.' + key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem('sclerite.' + key, value); } catch { /* not kept */ } },
  remove: (key) => { try { localStorage.removeItem('sclerite.' + key); } catch { /* not kept */ } },
  keys: () => { try { return Object.keys(localStorage).map((key) => key.replace(/^sclerite\./, '')); } catch { return []; } },
};
let language = storage.get('language') || (navigator.language || 'en').slice(0, 2);
if (!LANGUAGES.includes(language)) language = 'en';

function t(key, ...values) {
  let text = Object.hasOwn(TEXT, key) ? TEXT[key][LANGUAGES.indexOf(language)] : key;
  if (language === 'fr') text = text.replace(/ ([?!:;»])/g, '\u00a0$1');
  return text.replace(/\{(\d)\}/g, (_, index) => values[index]);
}
// The words for a value from a closed list; a value that this page does not know yet is shown as it is.
const word = (prefix, value) => (Object.hasOwn(TEXT, prefix + value) ? t(prefix + value) : String(value));
const sourceName = (source) => {
  const [kind, ...rest] = String(source || '').split(':');
  return [word('source_', kind), ...rest].join(': ');
};
const trustName = (trust) => (trust === 'owner' ? t('trustedOwner') : word('', trust || 'untrusted'));

// Builds an element; children that are strings become text nodes.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== ''));
  return element;
}
// Characters that are invisible or turn text around could make a value read as another one: they are spelt out.
const spellOut = (text) => String(text ?? '').replace(
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu,
  (found) => (found === '\r' ? '' : `⟨U+${found.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`))
  // Newsletters pad with hundreds of these.
  .replace(/(⟨U\+[0-9A-F]+⟩)(?:\s?\1)+/g, '$1…');
const foreign = (text) => make('bdi', {}, spellOut(text));
// The browser's own region decides between 14:30 and 2:30 PM.
const locale = () => (navigator.languages || []).find((one) => one.startsWith(language)) || language;
const time = (at) => new Date(at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' });
const dayName = (at) => new Date(at).toLocaleDateString(locale(), { weekday: 'long', day: 'numeric', month: 'long' });

// What the server has told us, and what we have yet to tell it.
const known = { state: {}, messages: new Map(), approvals: new Map(), turns: new Map(), streams: new Map(), outbox: new Map() };
const nodes = new Map();
// The element for `key`, built once. One that cannot be built must not take the rest of the page with it.
function node(key, build) {
  if (!nodes.has(key)) {
    let built;
    try { built = build(); } catch { built = make('p', { class: 'problem' }, t('failed', key)); }
    nodes.set(key, built);
  }
  return nodes.get(key);
}
// Makes `parent` hold exactly `wanted`, touching only what differs, so that focus and scrolling survive.
function arrange(parent, wanted) {
  let cursor = parent.firstChild;
  for (const element of wanted) {
    if (element === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(element, cursor);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

// ---- messages
// The agent's own words with a little Markdown. `values` are elements that stand for \uE000 and up.
function inline(text, values) {
  return text.split(/(\*\*[^*\n]+\*\*|`[^`\n]+`|[\uE000-\uF8FF])/).map((part) => {
    if (/^[\uE000-\uF8FF]$/.test(part)) return values[part.charCodeAt(0) - 0xE000];
    if (/^\*\*.+\*\*$/.test(part)) return make('strong', {}, inline(part.slice(2, -2), values));
    if (/^`.+`$/.test(part)) return make('code', {}, inline(part.slice(1, -1), values));
    return part;
  });
}
function rich(text, values = []) {
  const out = [];
  let open = null;
  const begin = (name) => { if (open?.localName !== name) out.push(open = make(name)); };
  for (const line of text.split('\n')) {
    const item = /^\s*(?:[-*•]|(\d{1,4})[.)])\s+(.*)$/.exec(line);
    if (/^\s*```/.test(line)) {
      if (open?.localName === 'pre') open = null; else begin('pre');
    } else if (open?.localName === 'pre') {
      open.append(...inline(line, values).filter(Boolean), '\n');
    } else if (line.trim() === '') {
      open = null;
    } else if (item) {
      begin(item[1] ? 'ol' : 'ul');
      open.append(make('li', { value: item[1] }, inline(item[2], values)));
    } else {
      if (open?.localName === 'p') open.append('\n');
      begin('p');
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      open.append(...(heading ? [make('strong', {}, inline(heading[1], values))] : inline(line, values).filter(Boolean)));
    }
  }
  return out;
}
// A short value stays in the sentence that it was put into; it is still boxed and marked with its source.
const isShort = (quote) => quote && quote.text.length <= 90 && !quote.text.includes('\n');
function messageBody(message) {
  if (message.role === 'owner') return [make('p', {}, spellOut(message.text))];
  const blocks = message.blocks?.length ? message.blocks : [{ say: { text: message.text } }];
  // What somebody else says here is as foreign as a mail, whatever the block calls it.
  if (message.role === 'guest') {
    return blocks.map((block) => (block.shown ? shownFigure(block.shown) : outsideFigure(block.quote || { source: 'chat', ...block.say })));
  }
  const out = [];
  let words = '';
  let values = [];
  const flush = () => { out.push(...rich(words, values)); words = ''; values = []; };
  for (const block of blocks) {
    if (block.say) {
      words += spellOut(block.say.text).replace(/[\uE000-\uF8FF]/g, '');
    } else if (isShort(block.quote) && values.length < 6000) {
      words += String.fromCharCode(0xE000 + values.length);
      values.push(make('span', { class: 'outside-inline' }, foreign(block.quote.text),
        make('small', { title: t('from', sourceName(block.quote.source), t('untrusted')) }, sourceName(block.quote.source))));
    } else {
      flush();
      if (block.quote) out.push(outsideFigure(block.quote));
      if (block.shown) out.push(shownFigure(block.shown));
    }
  }
  flush();
  return out;
}
const origin = (source, trust) => make('figcaption', { class: 'origin' }, t('from', sourceName(source), trustName(trust)));
function outsideFigure(quote) {
  return make('figure', { class: 'outside', 'data-trust': 'untrusted' }, origin(quote.source, 'untrusted'),
    make('blockquote', {}, foreign(quote.text)));
}
function shownFigure(shown) {
  const trust = ['owner', 'attested'].includes(shown.trust) ? shown.trust : 'untrusted';
  const items = (shown.items || []).map((item) => {
    const [headline, ...rest] = item.fields || [];
    return make('li', { value: item.n }, make('span', { class: 'number' }, String(item.n)),
      make('div', {}, make('p', { class: 'headline' }, foreign(headline?.value)),
        rest.length ? make('dl', {}, rest.map((field) => make('div', { class: String(field.value).length > 90 ? 'long' : null },
          make('dt', {}, spellOut(field.name)), make('dd', {}, foreign(field.value))))) : null));
  });
  return make('figure', { class: 'outside shown', 'data-trust': trust }, origin(shown.source, trust),
    shown.title ? make('p', { class: 'shown-title' }, spellOut(shown.title)) : null,
    make('ol', { class: items.length === 1 ? 'single' : null }, items),
    shown.more > 0 ? make('p', { class: 'more' }, t('more', shown.more)) : null);
}
function messageArticle(message, unsent = false) {
  const role = ['owner', 'agent', 'guest'].includes(message.role) ? message.role : 'guest';
  return make('article', { class: 'message', 'data-role': role, 'data-turn': message.turn, 'data-id': message.id, 'data-unsent': unsent },
    make('h2', { class: 'hidden' }, t(role)), make('div', { class: 'body' }, messageBody({ ...message, role })),
    make('p', { class: 'when' }, unsent ? t('unsent') : make('time', { datetime: new Date(message.at).toISOString() }, time(message.at))));
}
function renderLog() {
  const scroller = byId('scroller');
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 90;
  const messages = [...known.messages.values()].sort((left, right) => left.id - right.id);
  const lastOfTurn = new Map(messages.map((message) => [message.turn, message.id]));
  const cards = [...known.approvals.values()];
  const wanted = [];
  let day = '';
  for (const message of messages) {
    const date = new Date(message.at).toDateString();
    if (date !== day) wanted.push(node('day ' + message.id, () => make('p', { class: 'day' }, dayName(message.at))));
    day = date;
    wanted.push(node('message ' + message.id, () => messageArticle(message)));
    wanted.push(...cards.filter((card) => lastOfTurn.get(card.turn) === message.id).map((card) => approvalCard(card, 'chat')));
  }
  wanted.push(...cards.filter((card) => !lastOfTurn.has(card.turn)).map((card) => approvalCard(card, 'chat')));
  for (const item of known.outbox.values()) {
    wanted.push(node(`outbox ${item.id} ${item.turn}`, () => messageArticle({ ...item, role: 'owner' }, !item.turn)));
  }
  const grown = byId('messages').lastChild !== wanted.at(-1);
  arrange(byId('messages'), wanted);
  byId('empty').hidden = wanted.length > 0;
  const live = [...known.streams].map(([turn, text]) => {
    const element = node('stream ' + turn, () => make('article', { class: 'message', 'data-role': 'agent' }, make('div', { class: 'body' })));
    element.firstChild.replaceChildren(...rich(spellOut(text).replace(/[\uE000-\uF8FF]/g, '')));
    return element;
  });
  arrange(byId('streaming'), live);
  byId('typing').hidden = live.length > 0 || ![...known.turns.values()].some((turn) =>
    ['queued', 'running'].includes(turn.status) && turn.conversation === known.state.conversation);
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  else if (grown) byId('latest').hidden = false;
}

// ---- approvals
function approvalLine(line) {
  const text = String(line.value ?? '');
  const lookalike = line.role === 'control' && text.split(/[\s<>,;]+/).some((part) => /@|:\/\/|^\S+\.\S+$/.test(part) && /[^\x20-\x7e]/.test(part));
  const label = `${spellOut(line.name)}: ${t('from', sourceName(line.source), trustName(line.trust))}`;
  const scrolls = line.role === 'content' ? { tabindex: '0', role: 'group', 'aria-label': label } : {};
  return make('div', { class: 'line', 'data-line': line.role, 'data-trust': line.trust || 'untrusted' },
    make('dt', {}, spellOut(line.name), make('small', { class: 'origin' },
      line.trust === 'owner' ? t('trustedOwner') : t('from', sourceName(line.source), trustName(line.trust)))),
    make('dd', {}, make('div', scrolls, foreign(text)), lookalike ? make('p', { class: 'problem' }, t('lookalike')) : null));
}
function approvalCard(approval, place) {
  const { id, status } = approval;
  return node(`${place} approval ${id} ${status} ${approval.problem || ''}`, () => {
    const order = ['control', 'content', 'inert'];
    const lines = [...(approval.card?.lines || [])].sort((left, right) => order.indexOf(left.role) - order.indexOf(right.role));
    const waiting = status === 'waiting';
    const title = `${place}-approval-${id}`;
    const settled = !waiting && status !== 'sending';
    return make('div', { class: settled ? 'approval settled' : 'approval', role: 'group', 'aria-labelledby': title,
      'data-approval': id, 'data-status': status, 'data-turn': approval.turn },
      make('p', { class: 'approval-kind' }, make('span', {}, waiting ? t('approvalTitle') : ''),
        make('span', { class: 'effect', 'data-effect': approval.card?.effect }, word('effect_', approval.card?.effect ?? ''))),
      make('h3', { id: title }, spellOut(approval.summary)),
      make('p', { class: 'tool' }, spellOut(approval.card?.tool)),
      make('dl', { class: 'lines' }, lines.map(approvalLine)),
      approval.problem ? make('p', { class: 'problem', role: 'alert' }, spellOut(approval.problem)) : null,
      waiting ? make('div', { class: 'answer' },
        make('button', { type: 'button', class: 'deny', click: () => answer(approval, 'deny') }, t('deny')),
        make('button', { type: 'button', class: 'approve', click: () => answer(approval, 'approve') }, t('approve')),
        make('span', { class: 'expires', 'data-expires': approval.expires_at }, countdown(approval.expires_at)))
        : make('p', { class: 'outcome', role: 'status' }, Object.hasOwn(TEXT, 'status_' + status) ? t('status_' + status) : t('status_closed')));
  });
}
function countdown(expiresAt) {
  const seconds = Math.max(0, Math.floor((expiresAt - Date.now()) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return t('expiresIn', `${hours} h ${minutes} min`);
  return t('expiresIn', minutes > 4 ? `${minutes} min` : `${minutes}:${String(seconds % 60).padStart(2, '0')}`);
}
async function answer(approval, decision) {
  settle(approval.id, { status: 'sending', problem: '' });
  // The button that had the focus goes away. (On a phone, focus would only open the keyboard.)
  if (matchMedia('(pointer: fine)').matches) byId('composer').focus({ preventScroll: true });
  try {
    const result = await api('POST', '/api/approvals/' + encodeURIComponent(approval.id), { decision, call_hash: approval.call_hash });
    settle(approval.id, { status: result.status });
  } catch (problem) {
    if (problem.status === 410) settle(approval.id, { status: 'expired' });
    else if (problem.status === 409 || problem.status === 404) { settle(approval.id, { status: 'closed' }); refresh(); }
    // The answer may or may not have arrived. It is single-use, so asking again is safe.
    else settle(approval.id, { status: 'waiting', problem: explain(problem) });
  }
}
function settle(id, change) {
  const approval = known.approvals.get(id);
  if (approval) known.approvals.set(id, { ...approval, ...change });
  render();
}
setInterval(() => {
  for (const element of document.querySelectorAll('[data-expires]')) {
    const text = countdown(Number(element.dataset.expires));
    if (element.textContent !== text) element.textContent = text;
  }
  for (const approval of known.approvals.values()) {
    if (approval.status === 'waiting' && approval.expires_at <= Date.now()) settle(approval.id, { status: 'expired' });
  }
}, 1000);

// ---- the side panel
const filled = new WeakMap();
const titles = new Map();
function fillTurn(details, turn) {
  const words = [...known.messages.values()].find((message) => message.turn === turn.id && message.role === 'owner');
  // Unchanged rows are left alone: a rebuild would take away the focus and the selection inside.
  if (filled.get(details)?.turn === turn && filled.get(details).words === words) return;
  filled.set(details, { turn, words });
  const calls = turn.calls || [];
  const [summary, body] = details.children;
  const title = words?.text || titles.get(turn.id) || [...new Set(calls.map((call) => call.tool))].join(', ') || turn.channel;
  summary.replaceChildren(make('span', { class: 'turn-title' }, spellOut(title)),
    make('span', { class: 'turn-status' }, `${word('turn_', turn.status)} · ${turn.channel} · ${time(turn.at)}`));
  details.dataset.status = turn.status;
  const usage = turn.usage || {};
  const number = new Intl.NumberFormat(locale());
  const cost = new Intl.NumberFormat(locale(), { style: 'currency', currency: 'USD', maximumFractionDigits: 4 });
  body.replaceChildren(calls.length ? make('ul', {}, calls.map((call) => make('li', {},
    make('p', {}, make('code', {}, spellOut(call.tool)), make('span', { class: 'decision', 'data-decision': call.decision },
      word('decision_', call.decision)), call.decision === 'deny' ? null : make('span', { class: 'call-status' }, word('turn_', call.status))),
    call.reason ? make('p', { class: 'reason' }, spellOut(call.reason)) : null,
    make('p', { class: 'labels' }, Object.entries(call.labels || {}).map(([name, trust]) =>
      make('span', { 'data-trust': trust }, `${spellOut(name)}: ${trustName(trust)}`))))))
    : make('p', { class: 'none' }, t('turnNoCalls')),
  make('p', { class: 'usage' }, t('turnUsage', number.format(usage.model_calls || 0), number.format(usage.tokens_in || 0),
    number.format(usage.tokens_out || 0), cost.format((usage.cost_microusd || 0) / 1e6))),
  words ? make('button', { type: 'button', class: 'quiet', click: () => showTurn(turn.id) }, t('turnShow')) : '');
}
function turnDetails(turn) {
  const details = make('details', { class: 'turn', 'data-turn': turn.id }, make('summary'), make('div', { class: 'turn-body' }));
  details.addEventListener('toggle', async () => {
    if (!details.open) return;
    const fresh = await api('GET', '/api/turns/' + encodeURIComponent(turn.id)).catch(() => null);
    if (!fresh) return;
    titles.set(turn.id, (fresh.messages || []).find((message) => message.role === 'owner')?.text);
    known.turns.set(turn.id, fresh);
    render();
  });
  return details;
}
function showTurn(id) {
  showPanel(false);
  const article = byId('messages').querySelector(`.message[data-turn="${CSS.escape(id)}"]`);
  article?.setAttribute('tabindex', '-1');
  article?.focus();
}
function renderPanel() {
  const waiting = [...known.approvals.values()].filter((card) => ['waiting', 'sending'].includes(card.status));
  arrange(byId('approvals'), waiting.map((card) => approvalCard(card, 'panel')));
  byId('approvals-none').hidden = waiting.length > 0;
  for (const badge of document.querySelectorAll('.badge')) {
    badge.hidden = waiting.length === 0;
    badge.textContent = waiting.length;
  }
  document.title = waiting.length ? `(${waiting.length}) Sclerite` : 'Sclerite';
  const turns = [...known.turns.values()].filter((turn) => turn.calls).sort((left, right) => right.at - left.at).slice(0, 30);
  arrange(byId('turns'), turns.map((turn) => {
    const details = node('turn ' + turn.id, () => turnDetails(turn));
    fillTurn(details, turn);
    return details;
  }));
  byId('turns-none').hidden = turns.length > 0;
  const { state } = known;
  const stopped = Boolean(state.stopped);
  byId('status-stopped').textContent = t(stopped ? 'isStopped' : 'isRunning');
  byId('status-stopped').dataset.stopped = stopped;
  byId('status-model').textContent = state.model || '';
  byId('status-zone').textContent = state.zone || t('zoneUnknown');
  byId('status-version').textContent = state.version || '';
  byId('stopped').hidden = byId('resume').hidden = !stopped;
  byId('stop').hidden = stopped;
}
function render() {
  renderLog();
  renderPanel();
}
const narrow = matchMedia('(max-width: 960px)');
function showPanel(open) {
  const drawer = narrow.matches;
  document.body.classList.toggle('drawer-open', drawer && open);
  byId('panel').inert = drawer && !open;
  byId('chat').inert = drawer && open;
  byId('backdrop').hidden = !(drawer && open);
  if (drawer && open) byId('panel-close').focus();
  else if (byId('panel-button').getAttribute('aria-expanded') === 'true') byId('panel-button').focus();
  byId('panel-button').setAttribute('aria-expanded', String(drawer && open));
}

// ---- talking to the server
async function api(method, path, body) {
  const options = { method, cache: 'no-store', credentials: 'same-origin' };
  if (body) Object.assign(options, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const response = await fetch(path, options).catch(() => { throw Object.assign(new Error('offline'), { status: 0 }); });
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail || problem.title || String(response.status)), { status: response.status });
}
const explain = (problem) => (problem.status === 0 ? t('unreachable') : t('failed', problem.message));

async function refresh() {
  const newest = Math.max(0, ...known.messages.keys());
  try {
    const state = await api('GET', '/api/state');
    // What arrived by the socket while this was under way is newer than the answer.
    const kept = [...known.messages.values()].filter((message) => message.id > newest);
    known.messages = new Map([...state.messages, ...kept].map((message) => [message.id, message]));
    for (const [id, old] of known.approvals) if (old.status === 'waiting') known.approvals.delete(id);
    known.turns = new Map(state.turns.map((turn) => [turn.id, turn]));
    known.streams.clear();
    for (const approval of state.approvals) noteApproval(approval);
    for (const message of known.messages.values()) if (message.role === 'owner') dropFromOutbox(message);
    known.state = { ...state, messages: null, approvals: null, turns: null };
    if (byId('app-view').hidden) showApp();
    render();
    return true;
  } catch (problem) {
    if (problem.status === 401) showLogin(byId('app-view').hidden ? '' : t('loginEnded'));
    return false;
  }
}
// An answer that is on its way, or given, is not undone by an older list.
function noteApproval(approval) {
  const old = known.approvals.get(approval.id);
  if (!old || old.status === 'waiting') known.approvals.set(approval.id, { ...approval });
}
// Our copy of a message makes room for the server's. The echo may come before or after `accepted`.
function dropFromOutbox(message) {
  const mine = [...known.outbox.values()].find((item) => item.turn === message.turn && item.turn);
  if (mine) known.outbox.delete(mine.id);
}
const handlers = {
  accepted({ id, turn }) {
    storage.remove('outbox.' + id);
    const item = known.outbox.get(id);
    if (!item) return;
    if ([...known.messages.values()].some((message) => message.turn === turn && message.role === 'owner')) known.outbox.delete(id);
    else known.outbox.set(id, { ...item, turn });
    if (!known.turns.has(turn)) {
      known.turns.set(turn, { id: turn, at: Date.now(), status: 'running', conversation: known.state.conversation });
    }
  },
  delta({ turn, text }) { known.streams.set(turn, (known.streams.get(turn) || '') + text); },
  message({ message }) {
    if (!Number.isInteger(message.id)) return undefined;
    known.messages.set(message.id, message);
    if (message.role === 'owner') return dropFromOutbox(message);
    known.streams.delete(message.turn);
    nodes.delete('stream ' + message.turn);
    // A turn of which only `accepted` was heard is over when it has answered.
    if (!known.turns.get(message.turn)?.calls) known.turns.delete(message.turn);
    return undefined;
  },
  turn({ turn }) {
    known.turns.set(turn.id, turn);
    if (['done', 'failed', 'cancelled'].includes(turn.status)) known.streams.delete(turn.id);
  },
  approval({ approval }) {
    noteApproval(approval);
    render();
    // "No" is the default answer, but somebody who is writing keeps the keyboard.
    const writing = byId('composer').value !== '' || ![document.body, byId('composer')].includes(document.activeElement);
    if (!writing) byId('messages').querySelector(`[data-approval="${CSS.escape(approval.id)}"] .deny`)?.focus();
  },
  approval_closed({ id, status }) { settle(id, { status }); },
  state({ type, messages, approvals, turns, ...rest }) { Object.assign(known.state, rest); },
  error({ text, code }) { notice(text || code); },
};

let socket = null;
let attempts = 0;
let heard = 0;
let retryTimer = 0;
let drawing = 0;
function setConnection(state) {
  byId('connection').dataset.state = state;
  byId('connection-text').textContent = t(state);
}
function connect() {
  clearTimeout(retryTimer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const mine = new WebSocket(new URL('/api/socket', location.href).href.replace(/^http/, 'ws'));
  socket = mine;
  mine.addEventListener('open', () => {
    attempts = 0;
    heard = Date.now();
    setConnection('online');
    hello();
    for (const item of known.outbox.values()) if (!item.turn) transmit({ type: 'say', id: item.id, text: item.text });
    refresh();
  });
  mine.addEventListener('message', ({ data }) => {
    heard = Date.now();
    if (data === 'pong') return;
    let event;
    try { event = JSON.parse(data); } catch { return; }
    if (!event || !Object.hasOwn(handlers, event.type)) return;
    // An event of a shape that this page does not know is left out; the next state has what it said.
    try { handlers[event.type](event); } catch { return; }
    // Many small pieces may come between two frames; one drawing is enough for them.
    cancelAnimationFrame(drawing);
    if (document.hidden) render(); else drawing = requestAnimationFrame(render);
  });
  mine.addEventListener('close', async () => {
    if (socket !== mine) return;
    socket = null;
    setConnection('offline');
    const delay = Math.min(30000, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
    // A refused handshake hides its reason; the second failure in a row asks whether we are still logged in.
    attempts += 1;
    if (attempts > 1) await refresh();
    if (!byId('app-view').hidden && !socket) retryTimer = setTimeout(connect, delay);
  });
}
const transmit = (event) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event)); };
const hello = () => transmit({ type: 'hello', zone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: language });
setInterval(() => {
  if (socket?.readyState !== WebSocket.OPEN || Date.now() - heard < 30000) return;
  if (Date.now() - heard > 75000) { socket.close(); return; }
  socket.send('ping');
}, 15000);
for (const event of ['online', 'visibilitychange']) {
  (event === 'online' ? window : document).addEventListener(event, () => {
    if (!document.hidden && !byId('app-view').hidden) connect();
  });
}

// ---- writing
function say(text) {
  const item = { id: crypto.randomUUID(), text, at: Date.now() };
  known.outbox.set(item.id, item);
  storage.set('outbox.' + item.id, JSON.stringify(item));
  notice('');
  transmit({ type: 'say', id: item.id, text });
  render();
  byId('scroller').scrollTop = byId('scroller').scrollHeight;
}
let recalled = 0;
function setComposer(text) {
  const composer = byId('composer');
  composer.value = text;
  composer.setSelectionRange(text.length, text.length);
  composed();
}
function composed() {
  const composer = byId('composer');
  storage.set('draft', composer.value);
  byId('send').disabled = composer.value.trim() === '';
  composer.style.height = 'auto';
  composer.style.height = `${Math.min(composer.scrollHeight, 220)}px`;
}
function submit() {
  const text = byId('composer').value.trim();
  if (text === '') return;
  recalled = 0;
  setComposer('');
  say(text);
}
function composerKey(event) {
  if (event.isComposing) return;
  const { value, selectionStart } = event.target;
  if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
    const said = [...known.messages.values(), ...known.outbox.values()].filter((one) => one.role !== 'agent' && one.role !== 'guest');
    const next = recalled + (event.key === 'ArrowUp' ? 1 : -1);
    const untouched = value === '' || (recalled > 0 && value === said.at(-recalled)?.text && selectionStart === value.length);
    if (!untouched || next < 0 || next > said.length) return;
    event.preventDefault();
    recalled = next;
    setComposer(next === 0 ? '' : said.at(-next).text);
  }
}
function pageKey(event) {
  if (byId('app-view').hidden) return;
  if (event.key === 'Escape') {
    if (document.body.classList.contains('drawer-open')) showPanel(false);
    else document.activeElement?.blur();
  }
  // Typing anywhere is writing a message. Space and Enter stay with the button that has the focus.
  const plain = event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && !byId('chat').inert && !event.target.closest?.('input, textarea, select')) byId('composer').focus();
}
function notice(text) {
  byId('notice').textContent = spellOut(text);
  byId('notice').hidden = !text;
}

// ---- login
function loginProblem(text) {
  byId('login-problem').textContent = text;
  byId('login-problem').hidden = !text;
}
function showLogin(problem = '') {
  const leaving = socket;
  socket = null;
  leaving?.close();
  clearTimeout(retryTimer);
  for (const map of [known.messages, known.approvals, known.turns, known.streams, known.outbox, titles, nodes]) map.clear();
  known.state = {};
  render();
  showPanel(false);
  byId('messages').setAttribute('aria-live', 'off');
  byId('app-view').hidden = true;
  byId('login-view').hidden = false;
  loginProblem(problem);
  byId('login-token').focus();
}
function showApp() {
  byId('login-view').hidden = true;
  byId('app-view').hidden = false;
  for (const key of storage.keys().filter((one) => one.startsWith('outbox.'))) {
    try { const item = JSON.parse(storage.get(key)); known.outbox.set(item.id, item); } catch { storage.remove(key); }
  }
  setComposer(storage.get('draft') || '');
  setConnection('connecting');
  showPanel(false);
  render();
  byId('scroller').scrollTop = byId('scroller').scrollHeight;
  if (!narrow.matches) byId('composer').focus();
  // Announce what comes from now on, not the whole history.
  setTimeout(() => byId('messages').setAttribute('aria-live', 'polite'), 500);
  connect();
}
async function login(credential) {
  loginProblem('');
  byId('login-button').disabled = true;
  byId('login-button').textContent = t('loginBusy');
  try {
    await api('POST', '/api/login', credential);
    byId('login-token').value = '';
    if (!await refresh()) showLogin(t('unreachable'));
  } catch (problem) {
    const refused = [400, 401, 403, 404, 410].includes(problem.status);
    showLogin(problem.status === 429 ? t('loginSlow') : refused ? t(credential.code ? 'loginBadCode' : 'loginBadToken') : explain(problem));
  }
  byId('login-button').disabled = false;
  byId('login-button').textContent = t('loginButton');
}
async function logout() {
  try { await api('POST', '/api/logout'); } catch (problem) { if (problem.status !== 401) return notice(explain(problem)); }
  for (const key of storage.keys()) if (key === 'draft' || key.startsWith('outbox.')) storage.remove(key);
  return showLogin();
}
async function start() {
  const code = /^#login=(.+)$/.exec(location.hash)?.[1];
  if (code) {
    // The code must not stay in the address bar or in the history.
    history.replaceState(null, '', location.pathname + location.search);
    byId('login-view').hidden = !byId('app-view').hidden;
    return login({ code });
  }
  if (!await refresh() && byId('login-view').hidden && byId('app-view').hidden) showLogin(t('unreachable'));
  return undefined;
}
function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', t(element.dataset.label));
  for (const element of document.querySelectorAll('[data-placeholder]')) element.placeholder = t(element.dataset.placeholder);
  for (const element of document.querySelectorAll('.language')) element.value = language;
  byId('examples').replaceChildren(...EXAMPLES.map((key) =>
    make('li', {}, make('button', { type: 'button', class: 'chip', click: () => say(t(key)) }, t(key)))));
  setConnection(byId('connection').dataset.state);
  nodes.clear();
  render();
}

byId('login-form').addEventListener('submit', (event) => {
  event.preventDefault();
  login({ token: byId('login-token').value.trim() });
});
byId('composer-form').addEventListener('submit', (event) => { event.preventDefault(); submit(); });
byId('composer').addEventListener('keydown', composerKey);
byId('composer').addEventListener('input', composed);
document.addEventListener('keydown', pageKey);
byId('logout').addEventListener('click', logout);
byId('panel-button').addEventListener('click', () => showPanel(true));
for (const id of ['panel-close', 'backdrop']) byId(id).addEventListener('click', () => showPanel(false));
narrow.addEventListener('change', () => showPanel(false));
byId('latest').addEventListener('click', () => { byId('scroller').scrollTop = byId('scroller').scrollHeight; });
byId('scroller').addEventListener('scroll', ({ target }) => {
  if (target.scrollHeight - target.scrollTop - target.clientHeight < 90) byId('latest').hidden = true;
}, { passive: true });
for (const button of document.querySelectorAll('.command')) {
  button.addEventListener('click', () => { showPanel(false); say(button.dataset.command); });
}
for (const select of document.querySelectorAll('.language')) {
  select.addEventListener('change', () => {
    language = select.value;
    storage.set('language', language);
    translate();
    hello();
  });
}
window.addEventListener('hashchange', start);
translate();
start();
