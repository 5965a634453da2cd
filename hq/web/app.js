/*
 * The page for people: fetches the documents of /api/v1 and draws them as tables.
 * Whatever comes from outside is set as text, never as HTML. SPDX-License-Identifier: Apache-2.0
 */
'use strict';

const WORDS = {
  en: {
    title: 'headquarters', language: 'Language', headline: 'At a glance',
    period: 'Period', today: 'Today', days7: 'Last 7 days', days30: 'Last 30 days', days90: 'Last 90 days',
    everything: 'Everything', own: 'Own dates', from: 'From', to: 'To',
    branches: 'Branches', reasons: 'Reasons', devices: 'Devices',
    branchesNote: 'Satisfied: the best two marks of the scale. In brackets the 95 % interval (Wilson): with few answers the true share may lie anywhere in it. Below 10 answers no score is shown. Touch and telephone are never added together.',
    reasonsNote: 'Share of those who were asked for a reason and answered; several reasons may be chosen.',
    devicesNote: 'Unsent: what a device has recorded and headquarters does not hold yet, as far as the device last said.',
    branch: 'Branch', question: 'Question', channel: 'Channel', score: 'Satisfied', answers: 'Answers',
    marks: 'Marks, worst to best', complete: 'Arrived', device: 'Device', counter: 'Counter',
    seen: 'Last seen', held: 'Held', reported: 'Recorded', unsent: 'Unsent', quarantined: 'Quarantined',
    clock: 'Clock', stores: 'Store', touch: 'Touch', phone: 'Telephone', never: 'never', all: 'All branches',
    few: 'fewer than 10 answers', noAnswers: 'No answers in this period.', noReasons: 'No reasons in this period.',
    noDevices: 'No device is enrolled yet. “tapline-hq enroll” adds one.', ofRecorded: (a, b) => `${a} of ${b} recorded`,
    satisfied: 'satisfied', answered: (n) => `${n} answers`, updated: (t) => `As of ${t}`,
    trouble: (t) => `Headquarters does not answer. These figures are from ${t}.`,
    troubleFirst: 'Headquarters does not answer. Trying again.',
    refused: (d) => `Headquarters could not answer: ${d}`,
    ahead: (t) => `${t} ahead`, behind: (t) => `${t} behind`, right: 'right', older: (n) => `and ${n} older`,
    second: 's', minute: 'min', hour: 'h', day: 'd',
    alerts: 'Alerts', noAlerts: 'Nothing needs a look.', kind: 'Kind', what: 'What', lastTime: 'Last', times: 'Times',
    alertsNote: 'What a technician should look at, newest first. Nothing here was thrown away: what could not be taken lies in quarantine, what is missing is named by number.',
    missing: 'Missing', ofGaps: (n) => ` · ${n} missing for good`,
    clone: 'Clone', lost: 'Lost on the device', fault: 'Fault', 'new-store': 'New store', 'foreign-store': 'Store of another device',
    clock_alert: 'Clock wrong', 'hq-clock': 'Headquarters’ clock',
  },
  zh: {
    title: '总部', language: '语言', headline: '概览',
    period: '时段', today: '今天', days7: '最近 7 天', days30: '最近 30 天', days90: '最近 90 天',
    everything: '全部', own: '自选日期', from: '从', to: '至',
    branches: '网点', reasons: '原因', devices: '设备',
    branchesNote: '满意：量表中最好的两档。括号内为 95 % 置信区间（Wilson）：回答较少时，真实比例可能落在其中任何位置。少于 10 个回答不显示得分。触摸屏与电话从不合并计算。',
    reasonsNote: '占被问及原因并作答者的比例；可多选。',
    devicesNote: '未上传：设备已记录而总部尚未收到的条数，以设备最近一次报告为准。',
    branch: '网点', question: '问题', channel: '渠道', score: '满意', answers: '回答数',
    marks: '各档次数（由差到好）', complete: '到达率', device: '设备', counter: '柜台',
    seen: '最近联系', held: '已收到', reported: '已记录', unsent: '未上传', quarantined: '隔离',
    clock: '时钟', stores: '存储', touch: '触摸屏', phone: '电话', never: '从未', all: '全部网点',
    few: '回答少于 10 个', noAnswers: '此时段没有回答。', noReasons: '此时段没有原因。',
    noDevices: '尚未登记设备。用 “tapline-hq enroll” 添加。', ofRecorded: (a, b) => `已记录 ${b} 条，到达 ${a} 条`,
    satisfied: '满意', answered: (n) => `${n} 个回答`, updated: (t) => `截至 ${t}`,
    trouble: (t) => `总部没有响应。以下数字截至 ${t}。`,
    troubleFirst: '总部没有响应，正在重试。',
    refused: (d) => `总部无法回答：${d}`,
    ahead: (t) => `快 ${t}`, behind: (t) => `慢 ${t}`, right: '准确', older: (n) => `另有 ${n} 个更早的`,
    second: '秒', minute: '分', hour: '小时', day: '天',
    alerts: '警报', noAlerts: '没有需要处理的事项。', kind: '类型', what: '内容', lastTime: '最近', times: '次数',
    alertsNote: '技术人员应查看的事项，最新在前。没有任何记录被丢弃：无法接收的在隔离区，缺失的按编号列出。',
    missing: '缺失', ofGaps: (n) => ` · ${n} 条永久缺失`,
    clone: '克隆', lost: '设备上丢失', fault: '故障', 'new-store': '新存储', 'foreign-store': '属于另一设备的存储',
    clock_alert: '时钟错误', 'hq-clock': '总部时钟',
  },
};
const REFRESH_MS = 30000;
const CLOCK_TOLERANCE_MS = 60000;

const state = { language: 'en', data: null, failed: null, asked: 0 };
const byId = (id) => document.getElementById(id);
const word = (key) => WORDS[state.language][key];

/* --- small things ------------------------------------------------------------------------------------------ */

/* An element with classes and children; strings become text. */
function make(tag, classes, ...children) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

const number = (n) => new Intl.NumberFormat(state.language).format(n);
const percent = (share, digits = 1) =>
  new Intl.NumberFormat(state.language, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
const time = (ms) => new Intl.DateTimeFormat(state.language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(ms));
const channel = (name) => (name === 'touch' || name === 'phone' ? word(name) : name);

function duration(ms) {
  const s = Math.abs(ms) / 1000;
  if (s < 120) return `${number(Math.round(s))} ${word('second')}`;
  if (s < 7200) return `${number(Math.round(s / 60))} ${word('minute')}`;
  if (s < 172800) return `${number(Math.round(s / 3600))} ${word('hour')}`;
  return `${number(Math.round(s / 86400))} ${word('day')}`;
}

/* A share less than whole must not be shown as whole. */
function completeness(c) {
  if (c.share === null) return '–';
  return percent(c.share < 1 ? Math.min(c.share, 0.9999) : 1, c.share < 1 ? 2 : 0);
}

/* A table whose cells name their column, so that a narrow screen can show each row as a card. */
function table(columns, rows) {
  const head = make('tr', null, ...columns.map((c) => {
    const th = make('th', c.number ? 'number' : null, word(c.key));
    th.scope = 'col';
    return th;
  }));
  const body = rows.map((cells) => make('tr', null, ...cells.map((content, i) => {
    const td = make('td', columns[i].number ? 'number' : null, make('div', null, content));
    td.dataset.column = word(columns[i].key);
    return td;
  })));
  return make('table', null, make('thead', null, head), make('tbody', null, ...body));
}

/* --- scores ------------------------------------------------------------------------------------------------- */

/* The interval as a thin bar with the share as its tick. */
function interval(csat) {
  const range = make('i', 'range'), tick = make('i', 'tick');
  range.style.left = `${csat.low * 100}%`;
  range.style.width = `${(csat.high - csat.low) * 100}%`;
  tick.style.left = `${csat.value * 100}%`;
  const bar = make('span', 'interval', range, tick);
  bar.setAttribute('aria-hidden', 'true');
  return bar;
}

function score(question) {
  if (!question.csat)
    return make('span', 'quiet', question.suppressed === 'n<10' ? word('few') : '–');
  const c = question.csat;
  return make('span', 'score', make('b', null, percent(c.value)),
    make('span', 'quiet', ` (${percent(c.low)} – ${percent(c.high)})`), interval(c));
}

/* Counts of each mark as text, and as one stacked bar. */
function marks(question) {
  const first = question.kind === 'nps' ? 0 : 1;
  const bar = make('span', 'marks'), texts = make('span', 'counts');
  bar.setAttribute('aria-hidden', 'true');
  for (let mark = first; mark <= question.scale; mark++) {
    const count = question.counts[mark] || 0;
    const shade = Math.round(((mark - first) / (question.scale - first)) * 4);
    const part = make('i', `mark${shade}`);
    part.style.flexGrow = count;
    bar.append(part);
    texts.append(make('span', null, make('i', `dot mark${shade}`), `${mark}: ${number(count)}`));
  }
  return make('div', null, bar, texts);
}

function arrived(c) {
  return make('span', null, make('b', null, completeness(c)),
    make('span', 'quiet', ` ${word('ofRecorded')(number(c.arrived), number(c.recorded))}`),
    c.gaps > 0 ? make('span', 'warn', word('ofGaps')(number(c.gaps))) : null);
}

function drawHeadline(summary) {
  const cards = summary.all.questions.filter((q) => q.kind === 'faces').map((q) => make('article', 'card',
    make('h3', null, `${q.question} · ${channel(q.channel)}`),
    q.csat
      ? make('p', 'big', percent(q.csat.value), make('small', null, ` ${word('satisfied')}`))
      : make('p', 'big quiet', '–', make('small', null, ` ${word('few')}`)),
    q.csat ? interval(q.csat) : null,
    make('p', 'quiet', q.csat ? `${percent(q.csat.low)} – ${percent(q.csat.high)} · ` : '', word('answered')(number(q.n)))));
  const c = summary.all.completeness;
  cards.push(make('article', 'card', make('h3', null, `${word('complete')} · ${word('all')}`),
    make('p', 'big', completeness(c)),
    make('p', 'quiet', word('ofRecorded')(number(c.arrived), number(c.recorded)))));
  byId('headline').replaceChildren(...cards);
}

function place(branch) {
  const named = branch.name && branch.name !== branch.id;
  return make('span', null, make('b', null, branch.name || branch.id), named ? make('span', 'quiet', ` ${branch.id}`) : null);
}

function drawBranches(summary) {
  const rows = [];
  for (const branch of summary.branches)
    for (const q of branch.questions)
      rows.push([place(branch), make('span', null, q.question, make('span', 'quiet', ` ${q.survey}`)),
        channel(q.channel), score(q), number(q.n), marks(q), arrived(branch.completeness)]);
  byId('branches').replaceChildren(rows.length
    ? table([{ key: 'branch' }, { key: 'question' }, { key: 'channel' }, { key: 'score' },
      { key: 'answers', number: true }, { key: 'marks' }, { key: 'complete' }], rows)
    : make('p', 'empty', word('noAnswers')));
}

/* --- reasons ------------------------------------------------------------------------------------------------ */

function reasonCard(title, question) {
  const most = question.codes.reduce((m, c) => Math.max(m, c.count), 1);
  const lines = question.codes.map((c) => {
    const bar = make('i', 'fill');
    bar.style.width = `${(c.count / most) * 100}%`;
    return make('li', null, make('span', 'code', c.code), make('span', 'track', bar),
      make('span', 'number', c.share === null ? number(c.count) : `${number(c.count)} · ${percent(c.share, 0)}`));
  });
  return make('article', 'card', make('h3', null, title,
    make('span', 'quiet', ` ${question.question} · ${channel(question.channel)}`)),
  make('p', 'quiet', word('answered')(number(question.n))), make('ol', 'codes', ...lines));
}

function drawReasons(reasons) {
  const cards = reasons.all.questions.map((q) => reasonCard(word('all'), q));
  for (const branch of reasons.branches)
    for (const q of branch.questions) cards.push(reasonCard(branch.name || branch.id, q));
  byId('reasons').replaceChildren(...(cards.length ? cards : [make('p', 'empty', word('noReasons'))]));
}

/* --- devices ------------------------------------------------------------------------------------------------ */

function clock(device) {
  const newest = device.stores[0];
  if (!newest || !newest.received) return '–';
  const offset = newest.clock_offset;
  if (Math.abs(offset) < CLOCK_TOLERANCE_MS) return word('right');
  return make('span', 'warn', (offset > 0 ? word('ahead') : word('behind'))(duration(offset)));
}

function stores(device) {
  if (!device.stores.length) return '–';
  const first = make('code', null, device.stores[0].id);
  if (device.stores.length === 1) return first;
  return make('span', null, first, make('span', 'quiet', ` ${word('older')(number(device.stores.length - 1))}`));
}

/* --- alerts ------------------------------------------------------------------------------------------------- */

const alertKind = (kind) => word(kind === 'clock' ? 'clock_alert' : kind) || kind;

function drawAlerts(alerts) {
  const rows = alerts.alerts.map((a) => [time(a.last),
    make('b', null, alertKind(a.kind), a.kind === 'fault' ? make('span', 'quiet', ` ${a.subject}`) : null),
    a.device || '–', a.text, number(a.count)]);
  byId('alerts').replaceChildren(rows.length
    ? table([{ key: 'lastTime' }, { key: 'kind' }, { key: 'device' }, { key: 'what' }, { key: 'times', number: true }], rows)
    : make('p', 'empty', word('noAlerts')));
}

/* Ranges that are missing for good; what is only on its way stands under unsent. */
function missing(device) {
  const gone = device.missing.filter((m) => m.why !== 'unsent');
  if (!gone.length) return '–';
  return make('span', 'warn', gone.map((m) => (m.first === m.last ? `${m.first}` : `${m.first}–${m.last}`)).join(', '));
}

function drawDevices(devices) {
  const flag = (n) => (n > 0 ? make('span', 'warn', number(n)) : number(n));
  const rows = devices.devices.map((d) => [make('b', null, d.id),
    place({ id: d.branch, name: d.branch_name }), d.counter || '–',
    d.last_seen === null ? make('span', 'warn', word('never')) : time(d.last_seen),
    number(d.high_water), number(d.last_reported), flag(d.unsent), missing(d), flag(d.quarantined), clock(d), stores(d)]);
  byId('devices').replaceChildren(rows.length
    ? table([{ key: 'device' }, { key: 'branch' }, { key: 'counter' }, { key: 'seen' }, { key: 'held', number: true },
      { key: 'reported', number: true }, { key: 'unsent', number: true }, { key: 'missing' }, { key: 'quarantined', number: true },
      { key: 'clock' }, { key: 'stores' }], rows)
    : make('p', 'empty', word('noDevices')));
}

/* --- the whole ---------------------------------------------------------------------------------------------- */

function drawTrouble() {
  const trouble = byId('trouble');
  trouble.hidden = state.failed === null;
  if (state.failed === null) return;
  if (state.failed) trouble.textContent = word('refused')(state.failed);
  else trouble.textContent = state.data ? word('trouble')(time(state.data.summary.now)) : word('troubleFirst');
}

function draw() {
  document.documentElement.lang = state.language;
  document.title = `Tapline ${word('title')}`;
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', word(element.dataset.label));
  for (const button of document.querySelectorAll('[data-language]'))
    button.setAttribute('aria-pressed', String(button.dataset.language === state.language));
  drawTrouble();
  if (!state.data) return;
  byId('updated').textContent = word('updated')(time(state.data.summary.now));
  drawHeadline(state.data.summary);
  drawBranches(state.data.summary);
  drawReasons(state.data.reasons);
  drawAlerts(state.data.alerts);
  drawDevices(state.data.devices);
}

/* The start of a day as people here know it; the figures are kept by the hour, in UTC. */
const midnight = (text, plus = 0) => {
  const [year, month, day] = text.split('-').map(Number);
  return new Date(year, month - 1, day + plus);
};
const dateText = (date) =>
  `${String(date.getFullYear()).padStart(4, '0')}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;

function periodQuery() {
  const query = new URLSearchParams();
  if (byId('from').value) query.set('from', midnight(byId('from').value).toISOString());
  if (byId('to').value) query.set('to', midnight(byId('to').value, 1).toISOString());
  return query.toString();
}

function takePreset() {
  const preset = byId('preset').value;
  if (preset === 'own') return;
  const today = new Date();
  const first = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (Number(preset) - 1));
  byId('from').value = preset === 'all' ? '' : dateText(first);
  byId('to').value = preset === 'all' ? '' : dateText(today);
}

async function ask(path) {
  const reply = await fetch(path, { headers: { Accept: 'application/json' }, cache: 'no-store' });
  const document_ = await reply.json();
  if (!reply.ok) {
    const error = new Error('refused');
    error.detail = document_.detail || document_.title;
    throw error;
  }
  return document_;
}

async function refresh() {
  const turn = ++state.asked;
  const query = periodQuery();
  try {
    const [summary, reasons, devices, alerts] = await Promise.all(
      [ask(`api/v1/summary?${query}`), ask(`api/v1/reasons?${query}`), ask('api/v1/devices'),
        ask('api/v1/alerts')]);
    if (turn !== state.asked) return; /* a later question is out already */
    state.data = { summary, reasons, devices, alerts };
    state.failed = null;
  } catch (error) {
    if (turn !== state.asked) return;
    state.failed = error.detail || '';
  }
  draw();
}

function remember(language) {
  try { localStorage.setItem('language', language); } catch (error) { /* private windows refuse; then it is asked anew */ }
}

function remembered() {
  try { return localStorage.getItem('language'); } catch (error) { return null; }
}

function start() {
  const wanted = remembered() || (navigator.language || '').slice(0, 2).toLowerCase();
  state.language = WORDS[wanted] ? wanted : 'en';
  for (const button of document.querySelectorAll('[data-language]'))
    button.addEventListener('click', () => {
      state.language = button.dataset.language;
      remember(state.language);
      draw();
    });
  byId('preset').addEventListener('change', () => { takePreset(); refresh(); });
  for (const id of ['from', 'to'])
    byId(id).addEventListener('change', () => { byId('preset').value = 'own'; refresh(); });
  byId('period').addEventListener('submit', (event) => event.preventDefault());
  setInterval(() => {
    if (document.hidden) return;
    takePreset(); /* midnight may have passed */
    refresh();
  }, REFRESH_MS);
  takePreset();
  draw();
  refresh();
}

start();
