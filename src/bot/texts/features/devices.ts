const ru = {
  button: '📱 Устройства',
  title: ({ count, limit }: { count: number; limit: number }) => `📱 <b>Устройства: ${count} из ${limit}</b>`,
  none: 'Пока ни одного. Устройство появится здесь, когда приложение загрузит подписку. Некоторые приложения себя не называют — их здесь не видно.',
  unnamed: 'Устройство',
  since: ({ day }: { day: string }) => `с ${day}`,
  remove: ({ device }: { device: string }) => `✖️ ${device}`,
  note: 'Удалите устройство, которым больше не пользуетесь, и место освободится. Подписку на нём тоже удалите — иначе при обновлении оно займёт место снова.',
};

const en: typeof ru = {
  button: '📱 Devices',
  title: ({ count, limit }) => `📱 <b>Devices: ${count} of ${limit}</b>`,
  none: 'None yet. A device shows up here once its app has downloaded the subscription. Some apps do not name themselves and are not shown.',
  unnamed: 'Device',
  since: ({ day }) => `since ${day}`,
  remove: ({ device }) => `✖️ ${device}`,
  note: 'Remove a device that you no longer use, and its place is free. Remove the subscription on it too, or it takes a place again when it updates.',
};

/** The buyer's devices. */
export const devices = { ru, en };
