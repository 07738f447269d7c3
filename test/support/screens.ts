import { expect } from '@jest/globals';
import { parseHtml, readKeyboard } from '../../sandbox/telegram/rules';
import type { Screen } from '../../src/bot/views/screen';

/** Telegram would take this screen: its text, and every row of its buttons. */
export function expectAccepted(screen: Screen): void {
  expect(parseHtml(screen.html).length).toBeLessThanOrEqual(4_096);
  const rows = screen.keyboard.map((row) =>
    row.map((button) =>
      'url' in button ? { text: button.label, url: button.url } : { text: button.label, callback_data: button.callback },
    ),
  );
  expect(readKeyboard({ inline_keyboard: rows })).toHaveLength(rows.length);
}
