import type { RegisteredDevice } from '../../domain/device';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { encodePress } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay } from './format';
import type { Screen } from './screen';

/** 50 devices with names of this length fit into a message. */
const longestName = 40;

function nameOf({ model, os, osVersion }: RegisteredDevice): string {
  const system = [os, osVersion].filter((part) => part !== undefined).join(' ');
  const name = [model, system].filter((part) => part !== undefined && part !== '').join(' · ');
  return [...name].slice(0, longestName).join('');
}

/** The devices of a subscription with a limit, each with a button that gives its place free. */
export function devicesScreen(subscription: SubscriptionScreenData, limit: number, devices: readonly RegisteredDevice[]): Screen {
  const { id, language, timeZone } = subscription;
  const texts = textsFor(language);
  const named = devices.map((device) => ({ id: device.id, since: device.since, name: nameOf(device) || texts.devices.unnamed }));
  const lines = named.map(
    ({ name, since }, index) => `${index + 1}. ${escapeHtml(name)} — ${texts.devices.since({ day: formatDay(since, language, timeZone) })}`,
  );
  const body = lines.length === 0 ? texts.devices.none : `${lines.join('\n')}\n\n${texts.devices.note}`;
  return {
    html: `${texts.devices.title({ count: devices.length, limit })}\n\n${body}`,
    keyboard: [
      ...named.map((device, index) => [
        {
          label: texts.devices.remove({ device: `${index + 1}. ${device.name}` }),
          callback: encodePress({ kind: 'dropDevice', args: [id, device.id] }),
        },
      ]),
      [{ label: texts.back, callback: encodePress({ kind: 'sub', args: [id] }) }],
    ],
  };
}
