import { z } from 'zod';
import type { Work } from './context';
import { isSold } from './entries';
import { isFrom } from './facts';
import { panelHostEntry, type InboundPlace, type PanelHost } from './streamWire';
import type { Inbound } from './wire';

/** An inbound with what is said of its address elsewhere in the panel. */
export type PlacedInbound = Inbound & InboundPlace;

const node = z.looseObject({ id: z.int(), address: z.string() });

/** Reads a list that this version may not have; what cannot be read is not there. Read from source (A6), never tried on a real panel. */
async function readList<T>({ session, signal }: Work, path: string, entry: z.ZodType<T>): Promise<readonly T[]> {
  const answer = await session.callIfKnown('GET', path, { signal });
  if (answer === undefined || !answer.success) return [];
  const parsed = z.array(entry).safeParse(answer.obj ?? []);
  return parsed.success ? parsed.data : [];
}

async function hostsOf(work: Work, found: Inbound): Promise<readonly PanelHost[]> {
  if (!isFrom(work.facts, [3, 4]) || !isSold(found)) return [];
  return readList(work, `panel/api/hosts/byInbound/${found.id}`, panelHostEntry);
}

/** Adds addresses of the panel's nodes (from 3.0 on) and hosts (from 3.4 on) to inbounds whose links need them. */
export async function placed(work: Work, inbounds: readonly Inbound[]): Promise<readonly PlacedInbound[]> {
  const isOnNode = inbounds.some((found) => found.nodeId !== undefined && found.nodeId !== null);
  const nodes = isOnNode ? await readList(work, 'panel/api/nodes/list', node) : [];
  const result: PlacedInbound[] = [];
  for (const found of inbounds) {
    const nodeAddress = nodes.find((one) => one.id === found.nodeId)?.address;
    const hosts = await hostsOf(work, found);
    result.push({ ...found, ...(nodeAddress === undefined ? {} : { nodeAddress }), ...(hosts.length === 0 ? {} : { hosts: [...hosts] }) });
  }
  return result;
}

/** What the operator should know of inbounds whose links say more than the inbound does. */
export function placeWarnings(inbounds: readonly PlacedInbound[]): readonly string[] {
  return inbounds
    .filter((found) => (found.hosts ?? []).length > 0 || found.nodeAddress !== undefined)
    .map(
      (found) =>
        `Inbound "${found.remark}" has hosts or is on a node: its links were never tried on a real panel; compare one with the panel's own.`,
    );
}
