// What the console does: login, the socket, sending, answering. One thing to know: a message waits in the
// browser's storage until the server has it, so a lost connection loses nothing. It deliberately decides
// nothing: what may run is decided and checked again by the server.

import { byId, known, make, narrow, nodes, render, settle, showPanel, spellOut, titles } from './page.js';
import { language, speak, storage, t } from './text.js';

const EXAMPLES = ['example1', 'example2', 'example3', 'example4'];

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

// How many events the socket brought that change what a state says.
let changes = 0;
async function refresh(tries = 3) {
  const newest = Math.max(0, ...known.messages.keys());
  const before = changes;
  try {
    const state = await api('GET', '/api/state');
    // A stop or a question that came meanwhile is not undone by an older answer.
    if (changes !== before && tries > 1) return refresh(tries - 1);
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
    loadBudget();
    return true;
  } catch (problem) {
    if (problem.status === 401) showLogin(byId('app-view').hidden ? '' : t('loginEnded'));
    return false;
  }
}
// What is used of what may be spent; without it the page does not show it.
async function loadBudget() {
  known.budget = await api('GET', '/api/budget').catch(() => known.budget);
  render();
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
  // The model is asked once more, from the beginning.
  restart({ turn }) {
    known.streams.delete(turn);
    nodes.delete('stream ' + turn);
  },
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
    if (!['done', 'failed', 'cancelled'].includes(turn.status)) return;
    known.streams.delete(turn.id);
    loadBudget();
    // A turn that is over waits for nothing: its question was answered elsewhere, or cancelled.
    for (const card of known.approvals.values()) if (card.turn === turn.id && card.status === 'waiting') settle(card.id, { status: 'closed' });
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
    if (event.type !== 'delta') changes += 1;
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

// ---- approvals and turns
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
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-answer]');
  const approval = known.approvals.get(button?.closest('[data-approval]').dataset.approval);
  if (approval) answer(approval, button.dataset.answer);
});
// What a turn did in full is asked for when its row is opened. (This event does not bubble.)
document.addEventListener('toggle', async ({ target }) => {
  const id = target.open && target.dataset.turn;
  if (!id) return;
  const fresh = await api('GET', '/api/turns/' + encodeURIComponent(id)).catch(() => null);
  if (!fresh) return;
  titles.set(id, (fresh.messages || []).find((message) => message.role === 'owner')?.text);
  known.turns.set(id, fresh);
  render();
}, true);

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
  known.budget = null;
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
    speak(select.value);
    translate();
    hello();
  });
}
window.addEventListener('hashchange', start);
translate();
start();
