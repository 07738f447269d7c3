type Settings = Readonly<Record<string, unknown>>;

/** Values of Xray itself: to repeat them makes the link longer and the app easier to recognise. */
const defaults: Settings = { scMaxEachPostBytes: '1000000', scMinPostsIntervalMs: '30' };

const textFields = [
  'mode',
  'xPaddingBytes',
  'uplinkHTTPMethod',
  'sessionIDPlacement',
  'sessionIDKey',
  'sessionIDTable',
  'sessionIDLength',
  'seqPlacement',
  'seqKey',
  'uplinkDataPlacement',
  'uplinkDataKey',
  'scMaxEachPostBytes',
  'scMinPostsIntervalMs',
];
const paddingFields = ['xPaddingKey', 'xPaddingHeader', 'xPaddingPlacement', 'xPaddingMethod'];

/** Names before Xray-core 6258; both are written, because apps of either age read the link. */
const olderNames: readonly (readonly [string, string])[] = [
  ['sessionPlacement', 'sessionIDPlacement'],
  ['sessionKey', 'sessionIDKey'],
];

function textsOf(settings: Settings, fields: readonly string[]): Settings {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = settings[field];
      const text = typeof value === 'number' && value !== 0 ? String(value) : value;
      return typeof text === 'string' && text !== '' && text !== defaults[field] ? [[field, text]] : [];
    }),
  );
}

function objectOf(value: unknown): Settings {
  // Checked here to be an object that is not an array.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Settings) : {};
}

function sessionNames(settings: Settings): Settings {
  return Object.fromEntries(
    olderNames.flatMap(([older, newer]) => {
      const value = settings[newer] || settings[older];
      return typeof value === 'string' && value !== ''
        ? [
            [older, value],
            [newer, value],
          ]
        : [];
    }),
  );
}

/** What an app must know of `xhttpSettings` beyond path, host and mode, as the JSON of a link's `extra`: without what is the server's own. */
export function xhttpExtra(settings: Settings): string | undefined {
  const headers = Object.entries(objectOf(settings['headers'])).filter(([name]) => name.toLowerCase() !== 'host');
  const objects = ['xmux', 'downloadSettings'].filter((field) => Object.keys(objectOf(settings[field])).length > 0);
  const chunk = settings['uplinkChunkSize'];
  const extra: Settings = {
    ...textsOf(settings, textFields),
    ...(settings['xPaddingObfsMode'] === true ? { xPaddingObfsMode: true, ...textsOf(settings, paddingFields) } : {}),
    ...sessionNames(settings),
    ...(chunk === undefined || chunk === null || chunk === 0 || chunk === '' ? {} : { uplinkChunkSize: chunk }),
    ...(settings['noGRPCHeader'] === true ? { noGRPCHeader: true } : {}),
    ...Object.fromEntries(objects.map((field) => [field, settings[field]])),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
  };
  return Object.keys(extra).length === 0 ? undefined : JSON.stringify(extra);
}
