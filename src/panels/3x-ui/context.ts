import { z } from 'zod';
import { ShopError } from '../../errors';
import type { AccountCredentials, DesiredAccount, SeenAccount, SeenTarget } from '../panel';
import type { Place } from './entries';
import type { Facts } from './facts';
import type { Session } from './session';
import { detailOf, inbound, read, type Envelope, type Inbound } from './wire';

/** What one piece of work on a panel needs. */
export interface Work {
  readonly session: Session;
  readonly facts: Facts;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** How accounts are kept in one era of 3x-ui. */
export interface Strategy {
  ensure(work: Work, desired: DesiredAccount, options: { readonly force: boolean }): Promise<SeenAccount>;
  remove(work: Work, account: AccountCredentials): Promise<void>;
  /** Counts from 0 again; the account exists and is ours. */
  reset(work: Work, desired: DesiredAccount): Promise<void>;
  /** Name of the account in an inbound. */
  emailOn(account: AccountCredentials, inboundId: number): string;
}

export interface SeenChange extends SeenTarget {
  readonly changed: boolean;
}

/** The API of inbounds, in every version. */
export const inboundsApi = 'panel/api/inbounds';

/** A target that the panel does not have. */
export function missing(target: string | number): ShopError {
  return new ShopError('PanelTargetMissing', { message: `the panel has no inbound ${target}` });
}

/** Something changed under our hands, or was confirmed and not done: the next try reads first. */
export function unsure(what: string): ShopError {
  return new ShopError('PanelUnknownOutcome', { message: what });
}

/** Every inbound with its clients and their traffic. */
export async function listInbounds({ session, signal }: Pick<Work, 'session' | 'signal'>): Promise<readonly Inbound[]> {
  const answer = await session.call('GET', `${inboundsApi}/list`, { signal });
  if (!answer.success) throw new ShopError('PanelUnavailable', { message: 'the panel did not list its inbounds' });
  return read('a list of inbounds', answer.obj, z.array(inbound));
}

/** One inbound as it is now. */
export async function getInbound({ session, signal }: Work, id: string | number): Promise<Inbound> {
  const answer = await session.call('GET', `${inboundsApi}/get/${id}`, { signal });
  if (answer.success) return read('an inbound', answer.obj, inbound);
  if (detailOf(answer.msg) === 'record not found') throw missing(id);
  throw new ShopError('PanelUnavailable', { message: `the panel did not show inbound ${id}` });
}

/** Business errors by their English detail (A2, recordings): what a repeat heals because it reads first, and what it does not. */
export function failureOf(answer: Envelope, where: string): ShopError {
  const detail = detailOf(answer.msg);
  if (
    /^(empty client ID|Client Not Found|Duplicate (email|subId)|email already in use|subId already in use|UNIQUE constraint|database is locked|record not found)/i.test(
      detail,
    )
  ) {
    return unsure(`${where} changed meanwhile`);
  }
  if (/invalid character|is required|request body too large|json: cannot unmarshal/i.test(detail)) {
    return new ShopError('PanelContract', { message: `the panel does not take what the shop writes to ${where}` });
  }
  return new ShopError('PanelUnavailable', { message: `the panel refused a change of ${where}` });
}

/** Puts targets and what was changed together. */
export function seenAccount(seen: readonly SeenChange[], alsoChanged: boolean): SeenAccount {
  return {
    targets: seen.map(({ target, nodes }) => ({ target, nodes })),
    changed: alsoChanged || seen.some((one) => one.changed),
  };
}
