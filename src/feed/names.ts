import type { Node } from '../domain/node';

/** Text for a list of servers: on one line, without characters that formats forbid. */
function cleaned(name: string): string {
  // Line breaks of every kind, control characters and halves of surrogate pairs.
  return name
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/\p{Cs}/gu, '')
    .trim();
}

/** The nodes with names that differ from each other and from the words a format keeps for itself: Clash refuses the whole feed otherwise. */
export function withUniqueNames(nodes: readonly Node[], kept: readonly string[] = []): readonly Node[] {
  const taken = new Set(kept);
  return nodes.map((node) => {
    const name = cleaned(node.name) || node.address;
    let unique = name;
    for (let number = 2; taken.has(unique); number += 1) unique = `${name} ${number}`;
    taken.add(unique);
    return unique === node.name ? node : { ...node, name: unique };
  });
}
