import type { Message } from '../../sandbox/buyer';

/** Stages of an order that a quick shop may pass over before its message is drawn. */
const fleeting = /Готовим счёт…|Включаем доступ…/;
const months = 'января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря';

/** A text as a reader remembers it: without marks, and with words in the place of days, times and links, which are others in each run. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<\/?\w+>/g, '')
    .replaceAll(/[\u00A0\u202F]/g, ' ')
    .replaceAll(new RegExp(`\\d{1,2} (${months}) \\d{4}`, 'g'), '‹день›')
    .replaceAll(/\b\d\d:\d\d\b/g, '‹время›')
    .replaceAll(/https?:\/\/\S+\/sub\/\S+/g, '‹ссылка›')
    .replaceAll(/(Осталось: |\()\d+ (день|дня|дней)/g, '$1‹дней›');
}

function indented(text: string): string {
  return text.replaceAll(/\n(?=.)/g, '\n    ');
}

function lines({ from, html, earlier = [], buttons }: Message): string {
  if (from === 'user') return `— ${html}`;
  const said = [...earlier.filter((text) => !fleeting.test(text)), html].map((text) => indented(plainText(text)));
  const keyboard = buttons.map((row) => `\n    ${row.map(({ text }) => `[${plainText(text)}]`).join(' ')}`);
  return `  • ${said.join('\n  ↻ ')}${keyboard.join('')}`;
}

/** A chat as it can be read: what the buyer wrote, each message of the bot with everything it said before it was edited, and its last buttons. */
export function transcriptOf(chat: readonly Message[]): string {
  return `${chat.map(lines).join('\n\n')}\n`;
}
