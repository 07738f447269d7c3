const paired = new Set(['b', 'strong', 'i', 'em', 'u', 'ins', 's', 'strike', 'del', 'code', 'pre', 'tg-spoiler', 'blockquote']);
/** Tags that need an attribute, as it has to be written. */
const withAttribute: Readonly<Record<string, RegExp>> = {
  a: /^ href="[^"<>]+"$/,
  span: /^ class="tg-spoiler"$/,
  'tg-emoji': /^ emoji-id="\d+"$/,
  code: /^ class="language-[\w+#-]+"$/,
  blockquote: /^ expandable$/,
};
const token = /<(\/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>|[<>]|&(?:(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)?/g;

function tagProblem(open: string[], tag: { readonly isEnd: boolean; readonly name: string; readonly rest: string }): string | undefined {
  const { isEnd, name, rest } = tag;
  const attribute = withAttribute[name];
  if (!paired.has(name) && attribute === undefined)
    return `has the tag <${name}>, which Telegram does not know; it knows ${[...paired, ...Object.keys(withAttribute)].filter((known, index, all) => all.indexOf(known) === index).join(', ')}`;
  if (isEnd) {
    const last = open.pop();
    if (last === name && rest.trim() === '') return undefined;
    return last === undefined ? `ends <${name}> that was not begun` : `has </${name}> where </${last}> has to come first`;
  }
  open.push(name);
  if (rest === '' && paired.has(name)) return undefined;
  return attribute?.test(rest) === true ? undefined : `has <${name}${rest}>, which Telegram does not take`;
}

/**
 * Why Telegram would refuse a text as HTML, or undefined (Bot API, "HTML style"): tags it does not know, tags that do not end in their order,
 * and `<`, `>`, `&` that belong to no tag or entity.
 */
export function htmlProblem(html: string): string | undefined {
  const open: string[] = [];
  for (const [whole, slash, name, rest] of html.matchAll(token)) {
    if (whole === '<' || whole === '>' || whole === '&') {
      const entity = { '<': '&lt;', '>': '&gt;', '&': '&amp;' }[whole];
      return `has "${whole}" by itself; write ${entity} for it`;
    }
    if (name === undefined) continue;
    const problem = tagProblem(open, { isEnd: slash === '/', name: name.toLowerCase(), rest: rest ?? '' });
    if (problem !== undefined) return problem;
  }
  const last = open.at(-1);
  return last === undefined ? undefined : `begins <${last}> and does not end it`;
}

/** A text as its reader sees it, by which Telegram counts its length. */
export function visibleText(html: string): string {
  return html.replace(token, (whole) => (whole.startsWith('<') ? '' : whole.length > 1 ? 'x' : whole));
}
