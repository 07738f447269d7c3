import { table as cloudpayments } from './cloudpayments';
import { table as cryptopay } from './cryptopay';
import { table as heleket } from './heleket';
import { table as manual } from './manual';
import { table as platega } from './platega';
import { table as stars } from './stars';
import { table as stripe } from './stripe';
import type { VectorTable } from './table';
import { table as ton } from './ton';
import { table as yookassa } from './yookassa';
import { table as yoomoney } from './yoomoney';

/** Every provider's table. */
export const tables: readonly VectorTable[] = [cloudpayments, cryptopay, heleket, manual, platega, stars, stripe, ton, yookassa, yoomoney];
