import { z } from 'zod';
import { ShopError } from '../errors';
import { readAnswer, type PanelAnswer, type PanelCaller, type PanelRequest } from './calls';

/** Calls to a panel whose refusals are `{detail}`: a sentence, or what is wrong with each field (Marzban, PasarGuard). */
export interface DetailApi {
  /** Undefined when the panel refused with one of `expected`: a status, or a status and its sentence. */
  call(request: PanelRequest, ...expected: readonly string[]): Promise<PanelAnswer | undefined>;
  get<T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T>;
  /** Undefined where the administrator may not read it. */
  getIfAllowed<T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T | undefined>;
}

const refusal = z.looseObject({ detail: z.union([z.string(), z.record(z.string(), z.string())]) });

function detailOf(answer: PanelAnswer): string {
  const read = refusal.safeParse(answer.json);
  if (!read.success) return '';
  const { detail } = read.data;
  return typeof detail === 'string' ? detail : Object.keys(detail).join(', ');
}

function refusalOf(answer: PanelAnswer, request: PanelRequest, product: string): ShopError {
  const detail = detailOf(answer);
  if (answer.status === 401) return new ShopError('PanelAuthFailed', { message: 'the panel refused the key' });
  if (answer.status === 403) return new ShopError('PanelAuthFailed', { message: 'the administrator of the panel may not do this' });
  // Of the web framework; the panel itself says what was not found.
  if ((answer.status === 404 && detail === 'Not Found') || answer.status === 405) {
    return new ShopError('PanelBadConfig', {
      message: `the panel does not know this call: check the path in its url, and that it is ${product}`,
    });
  }
  const fields = answer.status === 422 ? ` (${detail})` : '';
  const call = `${request.method} ${request.path.split('/').slice(0, 2).join('/')}`;
  return new ShopError('PanelContract', { message: `the panel answered ${answer.status}${fields} to ${call}` });
}

/** Makes the calls; `product` is the name and version that the operator has to have. */
export function createDetailApi(send: PanelCaller, product: string): DetailApi {
  async function call(request: PanelRequest, ...expected: readonly string[]): Promise<PanelAnswer | undefined> {
    const answer = await send(request);
    if (answer.status < 300 || request.understood?.includes(answer.status) === true) return answer;
    if (expected.includes(`${answer.status}`) || expected.includes(`${answer.status} ${detailOf(answer)}`)) return undefined;
    throw refusalOf(answer, request, product);
  }
  const read = <T>(path: string, json: unknown, schema: z.ZodType<T>): T =>
    readAnswer(`an answer to ${path.split('?')[0] ?? path}`, json, schema);
  return {
    call,
    get: async (path, signal, schema) => read(path, (await call({ method: 'GET', path, signal }))?.json, schema),
    async getIfAllowed(path, signal, schema) {
      const answer = await call({ method: 'GET', path, signal }, '403');
      return answer === undefined ? undefined : read(path, answer.json, schema);
    },
  };
}
