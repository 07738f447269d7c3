import { daysIn } from '../days';

function because(reason: string): string {
  return reason === '' ? '' : `\n${reason}`;
}

const ru = {
  granted: (days: number, end: string, reason: string) =>
    `🎁 Вам добавлено: ${daysIn('ru', days)}. Подписка действует до ${end}.${because(reason)}`,
  revoked: (reason: string) => `⛔ Подписка отозвана, доступ закрыт.${because(reason)}\n\nЕсли это ошибка, напишите в поддержку.`,
};

const en: typeof ru = {
  granted: (days, end, reason) => `🎁 You have got ${daysIn('en', days)} more. Your subscription goes on until ${end}.${because(reason)}`,
  revoked: (reason) =>
    `⛔ Your subscription is revoked and its access closed.${because(reason)}\n\nIf that is a mistake, write to support.`,
};

/** What a buyer reads of an operator's doings. */
export const operatorActs = { ru, en };
