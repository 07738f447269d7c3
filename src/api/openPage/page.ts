import type { Language } from '../../domain/language';
import { apps, type App } from './apps';

export interface OpenPageData {
  readonly language: Language;
  readonly shop: string;
  readonly feedUrl: string;
  readonly endsAt: Date | undefined;
  readonly timeZone: string;
  readonly daysLeft: number;
  readonly qrSvg: string;
  readonly chosen: App | undefined;
}

interface Words {
  readonly title: string;
  readonly until: (day: string, days: number) => string;
  readonly ended: string;
  readonly choose: string;
  readonly open: (app: string) => string;
  readonly others: string;
  readonly scan: string;
  readonly copy: string;
  readonly secret: string;
  readonly missing: string;
  readonly missingText: string;
  readonly preview: string;
}

const words: Readonly<Record<Language, Words>> = {
  ru: {
    title: 'Подключение',
    until: (day, days) => `Доступ до ${day} · осталось дней: ${days}`,
    ended: 'Подписка закончилась — продлите её в боте',
    choose: 'Выберите ваше приложение — настройки добавятся сами',
    open: (app) => `Открыть в ${app}`,
    others: 'Другие приложения',
    scan: 'Открыли на компьютере? Наведите камеру приложения на код',
    copy: 'Или скопируйте ссылку и вставьте её в приложение',
    secret: 'Эта ссылка — ваш доступ. Не пересылайте её.',
    missing: 'Ссылка не работает',
    missingText: 'Возможно, она заменена. Откройте бота и возьмите новую в разделе «Моя подписка».',
    preview: 'Подключение к VPN',
  },
  en: {
    title: 'Connect',
    until: (day, days) => `Access until ${day} · ${days} ${days === 1 ? 'day' : 'days'} left`,
    ended: 'The subscription has ended: renew it in the bot',
    choose: 'Choose your app, and the settings add themselves',
    open: (app) => `Open in ${app}`,
    others: 'Other apps',
    scan: 'On a computer? Point the app’s camera at the code',
    copy: 'Or copy the link and paste it into the app',
    secret: 'This link is your access. Do not pass it on.',
    missing: 'This link does not work',
    missingText: 'It may have been replaced. Open the bot and take the new one from “My subscription”.',
    preview: 'Connect to the VPN',
  },
};

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Style of the page; its digest stands in the content security policy. */
export const style = `
:root{color-scheme:light dark;--ink:#15181e;--soft:#697181;--paper:#fff;--ground:#eef2f8;--main:#2f6bff;--line:#e2e7f0}
@media(prefers-color-scheme:dark){:root{--ink:#eef1f6;--soft:#98a2b3;--paper:#1a1e26;--ground:#0f1218;--line:#2a303c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;display:grid;place-items:center;padding:20px}
main{width:100%;max-width:460px;background:var(--paper);border-radius:24px;padding:32px 28px;box-shadow:0 16px 48px rgb(20 30 60/12%)}
h1{font-size:26px;letter-spacing:-.02em;margin:0 0 4px}
p{margin:0}
.soft{color:var(--soft);font-size:14px}
.choose{margin:24px 0 12px;font-weight:600}
a.app{display:flex;justify-content:space-between;align-items:center;gap:12px;padding:14px 18px;border:1px solid var(--line);border-radius:16px;margin-bottom:8px;color:inherit;text-decoration:none;font-weight:600}
a.app:hover{border-color:var(--main)}
a.app span{color:var(--soft);font-weight:400;font-size:13px;text-align:right}
a.app.main{background:var(--main);border-color:var(--main);color:#fff;justify-content:center;font-size:17px;padding:17px}
.qr{display:grid;place-items:center;margin:24px 0 0;text-align:center;gap:10px}
.qr svg{width:208px;height:208px;background:#fff;border-radius:18px;padding:12px}
.link{margin-top:24px}
code{display:block;margin-top:8px;padding:12px 14px;border-radius:14px;background:var(--ground);font-size:13px;word-break:break-all;user-select:all}
.note{margin-top:12px}
`;

function shell(title: string, language: Language, body: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escape(title)}</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

function appLink(app: App, data: OpenPageData, mainLabel?: string): string {
  const main = mainLabel !== undefined;
  const label = mainLabel ?? app.title;
  const detail = main ? '' : `<span>${app.platforms}</span>`;
  return `<a class="app${main ? ' main' : ''}" rel="noreferrer" href="${escape(app.link(data.feedUrl, data.shop))}">${escape(label)}${detail}</a>`;
}

/** The page behind "connect": opens the app, shows the code on a desktop, and works without script. */
export function renderOpenPage(data: OpenPageData): string {
  const text = words[data.language];
  const day =
    data.endsAt === undefined
      ? ''
      : new Intl.DateTimeFormat(data.language === 'ru' ? 'ru-RU' : 'en-GB', {
          timeZone: data.timeZone,
          day: 'numeric',
          month: 'long',
          year: 'numeric',
        })
          .format(data.endsAt)
          .replace(/\s?г\.$/, '');
  const until = data.daysLeft > 0 ? text.until(day, data.daysLeft) : text.ended;
  const { chosen } = data;
  const first = chosen === undefined ? '' : appLink(chosen, data, text.open(chosen.title));
  const rest = apps.filter((app) => app !== chosen).map((app) => appLink(app, data));
  return shell(
    `${text.title} · ${data.shop}`,
    data.language,
    `<h1>${escape(data.shop)}</h1><p class="soft">${escape(until)}</p>
<p class="choose">${chosen === undefined ? text.choose : ''}</p>${first}
${chosen === undefined ? '' : `<p class="choose">${text.others}</p>`}${rest.join('')}
<div class="qr"><p class="soft">${text.scan}</p>${data.qrSvg}</div>
<div class="link"><p class="soft">${text.copy}</p><code>${escape(data.feedUrl)}</code></div>
<p class="soft note">${text.secret}</p>`,
  );
}

/** One page for every link that opens nothing. */
export function renderMissingPage(language: Language): string {
  const text = words[language];
  return shell(text.missing, language, `<h1>${text.missing}</h1><p class="soft">${text.missingText}</p>`);
}

/** What a preview bot gets: nothing that opens anything. */
export function renderPreviewPage(language: Language): string {
  return shell(words[language].preview, language, `<h1>${words[language].preview}</h1>`);
}
