import type { Random } from './random';

/** JSON as it will be written; `raw` stands as it is, so that what no parser would write can be sent. */
type Tree = { readonly raw: string } | { readonly list: Tree[] } | { readonly members: [string, Tree][] };

const largestBody = 256 * 1024;
const deep = 20_000;

function plant(value: unknown): Tree {
  if (Array.isArray(value)) return { list: value.map(plant) };
  if (typeof value === 'object' && value !== null) return { members: Object.entries(value).map(([name, inner]) => [name, plant(inner)]) };
  return { raw: JSON.stringify(value) };
}

function write(tree: Tree): string {
  if ('raw' in tree) return tree.raw;
  if ('list' in tree) return `[${tree.list.map(write).join(',')}]`;
  return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(',')}}`;
}

/** Every object of a tree: a member of one of them is what is changed. */
function objectsIn(tree: Tree): { readonly members: [string, Tree][] }[] {
  if ('raw' in tree) return [];
  if ('list' in tree) return tree.list.flatMap(objectsIn);
  return [tree, ...tree.members.flatMap(([, value]) => objectsIn(value))];
}

/** Texts for a value that a parser, a database or a sum could stumble over. */
const strings: readonly ((random: Random) => string)[] = [
  () => '',
  () => 'A'.repeat(100_000),
  () => '9'.repeat(400),
  () => '-299.00',
  () => '2.99e2',
  () => '299,00',
  () => ' 299.00',
  () => '299.001',
  () => '0',
  () => 'Infinity',
  () => '299.00\u0000',
  () => '\u0000',
  () => '\ud800',
  () => '\u202e\u2028',
  () => '\n\r\t',
  () => "'; drop table payments; --",
  () => '__proto__',
  () => '../../etc/passwd',
  () => '🙂'.repeat(1_000),
  (random) =>
    random.pick(['paid', 'PAID', 'paid ', 'succeeded', 'wrong_amount', 'refund_paid', 'locked', 'half_paid', 'Completed', 'open', 'true']),
  (random) => random.pick(['USD', 'rub', 'USDT', 'XTR', '840', '643', 'ZZZ', 'constructor', 'toString']),
  (random) => `${random.below(500)}.${String(random.below(100)).padStart(2, '0')}`,
];

const numbers: readonly string[] = [
  '1e400',
  '-1',
  '-299',
  '0',
  '2.99e2',
  '1E2',
  '9007199254740993',
  '9'.repeat(400),
  '299.00',
  '299.5',
  '1e-7',
  '0.1',
];

function otherValue(random: Random): Tree {
  switch (random.below(8)) {
    case 0:
      return { raw: 'null' };
    case 1:
      return { raw: random.pick(['true', 'false']) };
    case 2:
      return { raw: random.pick(numbers) };
    case 3:
      return { list: [] };
    case 4:
      return { members: [] };
    case 5:
      return { raw: `${'['.repeat(deep)}${']'.repeat(deep)}` };
    case 6:
      return { raw: `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}` };
    default:
      return { raw: JSON.stringify(random.pick(strings)(random)) };
  }
}

function copy(tree: Tree): Tree {
  if ('raw' in tree) return tree;
  if ('list' in tree) return { list: tree.list.map(copy) };
  return { members: tree.members.map(([name, value]) => [name, copy(value)]) };
}

const prototypeKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];

function changeTree(tree: Tree, random: Random): void {
  const objects = objectsIn(tree).filter((object) => object.members.length > 0);
  if (objects.length === 0) return;
  const { members } = random.pick(objects);
  const index = random.below(members.length);
  const [name, value] = members[index] ?? ['', { raw: 'null' }];
  switch (random.below(8)) {
    case 0:
      members.splice(index, 1);
      return;
    case 1:
      // The same key twice: a parser takes the last, another might take the first.
      members.splice(random.below(members.length + 1), 0, [name, otherValue(random)]);
      return;
    case 2:
      members.push([random.pick(prototypeKeys), random.below(2) === 0 ? copy(tree) : copy(value)]);
      return;
    case 3:
      members.splice(index, 1, [random.pick(prototypeKeys), value]);
      return;
    case 4:
      members.push([`x${random.below(1_000)}`, otherValue(random)]);
      return;
    case 5:
      if (random.below(20) === 0) for (let extra = 0; extra < 15_000; extra += 1) members.push([`f${extra}`, { raw: '1' }]);
      return;
    default:
      members.splice(index, 1, [name, otherValue(random)]);
  }
}

type Fields = [string, string][];

function changeFields(fields: Fields, random: Random): void {
  const index = random.below(Math.max(1, fields.length));
  const [name, value] = fields[index] ?? ['x', ''];
  switch (random.below(9)) {
    case 0:
      fields.splice(index, 1);
      return;
    case 1:
      fields.splice(random.below(fields.length + 1), 0, [name, encodeURIComponent(random.pick(numbers))]);
      return;
    case 2:
      fields.push([random.pick(prototypeKeys), value]);
      return;
    case 3:
      fields.push([`${name}${'[a]'.repeat(1_000)}`, value]);
      return;
    case 4:
      fields.splice(index, 1, [name, random.pick(['%', '%zz', '%FF%FE', '%00', '%ED%A0%80', '+', '%C0%80'])]);
      return;
    case 5:
      if (random.below(20) === 0) for (let extra = 0; extra < 60_000; extra += 1) fields.push(['', '']);
      return;
    case 6:
      fields.splice(index, 1, [name, random.pick(numbers)]);
      return;
    default:
      fields.splice(index, 1, [
        name,
        encodeURIComponent(
          random
            .pick(strings)(random)
            .replaceAll(/\p{Cs}/gu, '\ufffd'),
        ),
      ]);
  }
}

/** Changes to the bytes themselves. */
function changeBytes(body: Buffer, random: Random): Buffer {
  const at = random.below(body.length + 1);
  const rest = (bytes: readonly number[]): Buffer => Buffer.concat([body.subarray(0, at), Buffer.from(bytes), body.subarray(at)]);
  switch (random.below(8)) {
    case 0:
      return body.subarray(0, at);
    case 1:
      return rest([0xff, 0xfe]);
    case 2:
      return rest([0xc0, 0x80]);
    case 3:
      return rest([0xed, 0xa0, 0x80]);
    case 4:
      return rest([0]);
    case 5:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    case 6:
      return Buffer.concat([body, body]);
    default: {
      const changed = Buffer.from(body);
      if (changed.length > 0) changed.writeUInt8(random.below(256), Math.min(at, changed.length - 1));
      return changed;
    }
  }
}

/** A body that is nearly the valid one: fields missing, null, of a wrong type, huge, negative, doubled, deep, poisoned, or bytes that are no text. */
export function mutate(valid: string, form: 'json' | 'form', random: Random): Buffer {
  const changes = 1 + random.below(3);
  let body: Buffer;
  if (form === 'json') {
    const tree = plant(JSON.parse(valid));
    for (let change = 0; change < changes; change += 1) changeTree(tree, random);
    body = Buffer.from(write(tree));
  } else {
    const fields = valid.split('&').map((pair): [string, string] => {
      const split = pair.indexOf('=');
      return [pair.slice(0, split), pair.slice(split + 1)];
    });
    for (let change = 0; change < changes; change += 1) changeFields(fields, random);
    body = Buffer.from(fields.map(([name, value]) => `${name}=${value}`).join('&'));
  }
  if (random.below(5) === 0) body = changeBytes(body, random);
  // The proof takes some room too, and what is larger is refused before it is read.
  return body.subarray(0, largestBody - 200);
}
