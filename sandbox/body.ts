import type { IncomingMessage } from 'node:http';

const bodies = new WeakMap<IncomingMessage, Promise<Buffer>>();

/** Reads the whole body of a request, at most 12 MiB; once, so that it is still there when the caller has hung up. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  const known = bodies.get(request) ?? readParts(request);
  bodies.set(request, known);
  return known;
}

async function readParts(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    size += bytes.length;
    if (size > 12 * 1024 * 1024) throw new RangeError('body too large');
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** Reads a JSON object; an empty body is an empty object. */
export async function readJsonBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await readBody(request)).toString('utf8');
  const value: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('a JSON object is needed');
  return { ...value };
}

/** Fields of a JSON, form or multipart body as texts; files of a multipart body as buffers. */
export async function readFields(request: IncomingMessage): Promise<{ fields: Record<string, unknown>; files: Record<string, Buffer> }> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  const boundary = /multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary !== undefined) return readMultipart(body, boundary);
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return { fields: Object.fromEntries(new URLSearchParams(body.toString('utf8'))), files: {} };
  }
  const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  return { fields: typeof value === 'object' && value !== null ? { ...value } : {}, files: {} };
}

function readMultipart(body: Buffer, boundary: string): { fields: Record<string, unknown>; files: Record<string, Buffer> } {
  const fields: Record<string, unknown> = {};
  const files: Record<string, Buffer> = {};
  const mark = Buffer.from(`--${boundary}`);
  let start = body.indexOf(mark);
  while (start !== -1) {
    const next = body.indexOf(mark, start + mark.length);
    if (next === -1) break;
    const part = body.subarray(start + mark.length + 2, next - 2);
    const split = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, split).toString('utf8');
    const name = /name="([^"]*)"/i.exec(head)?.[1];
    if (name !== undefined) {
      const content = part.subarray(split + 4);
      if (/filename="/i.test(head)) files[name] = Buffer.from(content);
      else fields[name] = content.toString('utf8');
    }
    start = next;
  }
  return { fields, files };
}
