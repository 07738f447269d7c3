/** The error Go's decoder gives for a body that is no JSON, for the bodies that were recorded. */
export function goJsonError(text: string): string {
  const start = text.trimStart();
  if (start === '') return 'EOF';
  if (start.startsWith('n')) return `invalid character '${start[1] ?? ''}' in literal null (expecting 'u')`;
  if (!/^[{["\d\-tf]/.test(start)) return `invalid character '${start[0] ?? ''}' looking for beginning of value`;
  return 'unexpected EOF';
}

/** Types that Go wants and the field does not have: `number into … of type string` and the like. */
export function goTypeError(value: unknown, place: string, type: string): string {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${kind} into Go struct field ${place} of type ${type}`;
}

/** Reads a JSON object, or the error that Go would give. */
export function parseObject(text: string): { readonly value: Record<string, unknown> } | { readonly error: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value: { ...value } };
    return { error: 'unexpected EOF' };
  } catch {
    return { error: goJsonError(text) };
  }
}
