const ru = {
  button: ({ days }: { days: string }) => `🎁 Попробовать бесплатно: ${days}`,
  started:
    '🎁 <b>Пробный доступ ваш</b>\n\nВключаем — обычно это несколько секунд. Ссылка придёт сюда сама, нажимать больше ничего не нужно.',
  join: 'Пробный доступ — для подписчиков нашего канала. Подпишитесь и вернитесь сюда.',
  openChannel: '📣 Открыть канал',
  joined: '✅ Я подписался',
  cannotCheck: 'Сейчас не получается проверить подписку на канал. Попробуйте через минуту.',
};

const en: typeof ru = {
  button: ({ days }) => `🎁 Try it free: ${days}`,
  started:
    '🎁 <b>The trial is yours</b>\n\nTurning it on: that usually takes seconds. The link comes here by itself, there is nothing more to press.',
  join: 'The trial is for members of our channel. Join it and come back here.',
  openChannel: '📣 Open the channel',
  joined: '✅ I have joined',
  cannotCheck: 'The channel cannot be checked right now. Please try again in a minute.',
};

/** What a newcomer can try. */
export const trial = { ru, en };
