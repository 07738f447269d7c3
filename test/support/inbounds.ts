import type { InboundPlace } from '../../src/panels/3x-ui/streamWire';
import type { Inbound } from '../../src/panels/3x-ui/wire';

/** What an inbound of a test says; what is left out is ordinary. */
export interface Given {
  readonly protocol?: string;
  readonly listen?: string;
  readonly settings?: Record<string, unknown>;
  readonly stream: Record<string, unknown>;
  readonly place?: Partial<Inbound> & InboundPlace;
}

/** An inbound as 3x-ui gives it. */
export function inboundWith(given: Given): Inbound & InboundPlace {
  return {
    id: 1,
    remark: 'In',
    enable: true,
    listen: given.listen ?? '',
    port: 443,
    protocol: given.protocol ?? 'vless',
    settings: JSON.stringify(given.settings ?? {}),
    streamSettings: given.stream,
    ...given.place,
  };
}
