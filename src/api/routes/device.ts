import type { Context } from 'koa';
import type { Device } from '../../domain/device';

// What Remnawave takes, and the shorter ones of 3x-ui.
const hwidShape = /^[A-Za-z0-9=-]{6,64}$/;
const longestText = 60;

function textOf(value: string): string | undefined {
  // Headers come as Latin-1; apps write UTF-8.
  const text = Buffer.from(value, 'latin1')
    .toString('utf8')
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  return text === '' ? undefined : [...text].slice(0, longestText).join('');
}

/**
 * The device that asks, where its app names it: `x-hwid`, `x-device-os`, `x-ver-os`, `x-device-model` (Happ and INCY always, v2RayTun,
 * FlClashX, Koala Clash and Karing where they are told to).
 */
export function deviceOf(ctx: Context): Device | undefined {
  const hwid = ctx.get('x-hwid');
  if (!hwidShape.test(hwid)) return undefined;
  return { hwid, os: textOf(ctx.get('x-device-os')), osVersion: textOf(ctx.get('x-ver-os')), model: textOf(ctx.get('x-device-model')) };
}
