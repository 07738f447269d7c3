const $ = (id) => document.getElementById(id);
const buyers = [1001, 1002, 1003];
const asked = Number(new URLSearchParams(location.search).get('user'));
const user = asked > 0 ? asked : buyers[0];
const base = `/sandbox/users/${user}`;
let shown = '';
const seen = new Set();

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

async function post(url, body) {
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return reply.json();
}

function toast(text) {
  if (!text) return;
  $('toast').textContent = text;
  $('toast').hidden = false;
  setTimeout(() => ($('toast').hidden = true), 3_000);
}

async function openStars(slug) {
  const invoice = await (await fetch(`/sandbox/stars/${slug}`)).json();
  const sheet = $('sheet');
  sheet.innerHTML = `<div class="stars">⭐</div><h2>${escape(invoice.title)}</h2><p>${escape(invoice.description)}</p>
    <button class="pay">Оплатить ⭐ ${invoice.amount}</button><button class="close">Отмена</button>`;
  sheet.hidden = false;
  sheet.querySelector('.close').onclick = () => (sheet.hidden = true);
  sheet.querySelector('.pay').onclick = async () => {
    const answer = await post(`${base}/stars-payments`, { slug });
    sheet.hidden = true;
    toast(answer.ok ? 'Оплачено звёздами' : answer.message);
  };
}

function buttonFor(message, button) {
  const slug = /\/stars\/([\w-]+)$/.exec(button.url ?? '')?.[1];
  if (button.url && !slug) {
    const link = document.createElement('a');
    Object.assign(link, { href: button.url, target: '_blank', rel: 'noopener', textContent: button.text });
    return link;
  }
  const element = document.createElement('button');
  element.textContent = button.text;
  element.onclick = async () => {
    if (slug) return openStars(slug);
    element.classList.add('busy');
    const answer = await post(`${base}/presses`, { messageId: message.id, button: button.text });
    element.classList.remove('busy');
    if (answer.alert) alert(answer.text);
    else toast(answer.text);
    return undefined;
  };
  return element;
}

function draw(message) {
  const element = document.createElement('div');
  element.className = `message ${message.from}${seen.has(message.id) ? '' : ' new'}`;
  seen.add(message.id);
  element.dataset.id = message.id;
  const bubble = document.createElement('div');
  bubble.className = 'bubble';
  const time = new Date(message.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const photo = message.photoUrl ? `<img alt="QR" src="${message.photoUrl}" />` : '';
  bubble.innerHTML = `${photo}${message.from === 'bot' ? message.html : escape(message.html)}<span class="time">${message.edited ? 'изм. ' : ''}${time}</span>`;
  for (const code of bubble.querySelectorAll('code')) {
    code.onclick = () => navigator.clipboard?.writeText(code.textContent).then(() => toast('Скопировано'));
  }
  element.append(bubble);
  if (message.buttons.length > 0) {
    const keyboard = document.createElement('div');
    keyboard.className = 'keyboard';
    for (const row of message.buttons) {
      const line = document.createElement('div');
      line.className = 'row';
      line.append(...row.map((button) => buttonFor(message, button)));
      keyboard.append(line);
    }
    element.append(keyboard);
  }
  return element;
}

async function refresh() {
  const chat = await (await fetch(`${base}/chat`)).json();
  const text = JSON.stringify(chat);
  if (text === shown) return;
  shown = text;
  $('chat').replaceChildren(...chat.messages.map(draw));
  $('chat').scrollTop = $('chat').scrollHeight;
  $('commands').replaceChildren(
    ...chat.commands.map(({ command, description }) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.innerHTML = `<b>/${escape(command)}</b><span>${escape(description)}</span>`;
      button.onclick = () => say(`/${command}`);
      return button;
    }),
  );
}

async function say(text) {
  $('commands').hidden = true;
  await post(`${base}/messages`, { text, languageCode: navigator.language.slice(0, 2), firstName: 'Buyer' });
  await refresh();
}

$('form').onsubmit = (event) => {
  event.preventDefault();
  const text = $('input').value.trim();
  $('input').value = '';
  if (text) void say(text);
};
$('menu').onclick = () => ($('commands').hidden = !$('commands').hidden);
$('buyers').replaceChildren(...[...new Set([...buyers, user])].map((id) => new Option(`Buyer ${id}`, id, id === user, id === user)));
$('buyers').onchange = () => (location.search = `?user=${$('buyers').value}`);

const good = new Set(['paid', 'fulfilled', 'paid_late', 'on']);
const waiting = new Set(['open', 'pending', 'provisioning', 'created']);

function state(word) {
  const kind = good.has(word) ? 'good' : waiting.has(word) ? 'wait' : '';
  return `<span class="state ${kind}">${escape(String(word))}</span>`;
}

function table(heads, rows) {
  if (rows.length === 0) return '<p class="empty">Nothing yet.</p>';
  return `<table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows.map((row) => `<tr>${row.join('')}</tr>`).join('')}</table>`;
}

const cell = (value, name = '') => `<td class="${name}">${value}</td>`;
const text = (value) => escape(String(value ?? ''));

function card(title, note, body) {
  return `<section class="card"><h2>${title} <small>${note}</small></h2>${body}</section>`;
}

async function refreshShop() {
  const [shop, clients] = await Promise.all(
    ['/sandbox/shop', '/sandbox/panels/main/clients'].map(async (url) => (await fetch(url)).json().catch(() => [])),
  );
  const orders = (shop.orders ?? []).map((order) => [
    cell(text(order.id), 'id'),
    cell(text(order.user)),
    cell(text(order.plan)),
    cell(text(order.price)),
    cell(state(order.state)),
    cell(state(order.fulfilment)),
  ]);
  const payments = (shop.payments ?? []).map((payment) => [
    cell(text(payment.id), 'id'),
    cell(text(payment.provider)),
    cell(text(payment.asked)),
    cell(state(payment.state)),
  ]);
  const panel = (clients.slice?.(-8) ?? [])
    .toReversed()
    .map((client) => [
      cell(text(client.inbound)),
      cell(text(client.email), 'id'),
      cell(state(client.enable ? 'on' : 'off')),
      cell(new Date(client.expiryTime).toLocaleDateString()),
    ]);
  const feeds = (shop.feeds ?? []).map(
    (feed) => `<p>${text(feed.user)} — <a href="${text(feed.url)}" target="_blank" rel="noopener">${text(feed.url)}</a></p>`,
  );
  const flows = (shop.workflows ?? []).map(
    (flow) => `<p>${text(flow.user)} — <a href="${text(flow.url)}" target="_blank" rel="noopener">the user’s workflow</a></p>`,
  );
  $('cards').innerHTML = [
    card('Orders', 'Postgres', table(['id', 'buyer', 'plan', 'price', 'state', 'delivery'], orders)),
    card('Payments', 'Postgres', table(['id', 'provider', 'asked', 'state'], payments)),
    card('Panel', 'the clients it really holds', table(['inbound', 'client', '', 'until'], panel)),
    card('Feed', 'what a VPN app downloads', feeds.join('') || '<p class="empty">Nothing yet.</p>'),
    card('Workflows', 'Temporal', flows.join('') || '<p class="empty">Nothing yet.</p>'),
  ].join('');
}

new EventSource(`${base}/events`).onmessage = () => void refresh();
void refresh();
void refreshShop();
setInterval(() => void refreshShop().catch(() => undefined), 1_500);
