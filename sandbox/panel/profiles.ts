/** Versions of 3x-ui that were recorded, each a profile of the simulated panel (test/recordings/3x-ui). */
export const profileNames = ['2.6.0', '2.8.4', '2.9.4', '3.0.2', '3.1.0', '3.6.0'] as const;
export type ProfileName = (typeof profileNames)[number];

/** Where versions differ. What is not here is the same in all of them. */
export interface Profile {
  readonly version: ProfileName;
  /** Clients are parts of inbounds, or things of their own that are attached to inbounds. */
  readonly clients: 'in-inbounds' | 'own';
  /** Settings travel as JSON in strings, or as objects. */
  readonly nested: boolean;
  readonly unknownPath: 'text' | 'empty';
  readonly unauthorised: 'redirect' | 'empty-404';
  /** The same with `X-Requested-With: XMLHttpRequest`. */
  readonly unauthorisedXhr: 'json-401' | 'empty-401' | 'empty-404';
  /** Cookie sessions need a CSRF token, and API tokens exist. */
  readonly csrf: boolean;
  readonly limiter: boolean;
  readonly cookie: string;
  readonly statusPath: 'server/status' | 'panel/api/server/status';
  readonly serverPath: 'server' | 'panel/api/server';
  readonly settingsPath: 'panel/setting' | 'panel/api/setting';
  readonly xrayPath: 'panel/xray' | 'panel/api/xray';
  readonly tellsVersion: boolean;
  /** Writes of clients lock, or read, wait and write back. */
  readonly locks: boolean;
  /** Overlapping adds are answered with an empty 500 after the traffic row is stored. */
  readonly emptyFiveHundred: boolean;
  /** The same email with the same subId is accepted again. */
  readonly repeatsEmail: boolean;
  readonly needsEmail: boolean;
  readonly trafficOfAbsent: 'null' | 'error';
  /** The panel's own job switches off in the settings too, not only in the traffic row. */
  readonly jobEditsSettings: boolean;
  /** A reset opens the settings too, not only the traffic row. */
  readonly resetEditsSettings: boolean;
  /** An update sets the traffic row to enabled, whatever it says. */
  readonly updateEnables: boolean;
  readonly deleteOfAbsent: 'ok' | 'error';
  readonly timestamps: boolean;
}

const first: Profile = {
  version: '2.6.0',
  clients: 'in-inbounds',
  nested: false,
  unknownPath: 'text',
  unauthorised: 'redirect',
  unauthorisedXhr: 'json-401',
  csrf: false,
  limiter: false,
  cookie: 'Path=/; Max-Age=3600; HttpOnly',
  statusPath: 'server/status',
  serverPath: 'server',
  settingsPath: 'panel/setting',
  xrayPath: 'panel/xray',
  tellsVersion: false,
  locks: false,
  emptyFiveHundred: true,
  repeatsEmail: false,
  needsEmail: false,
  trafficOfAbsent: 'null',
  jobEditsSettings: false,
  resetEditsSettings: false,
  updateEnables: true,
  deleteOfAbsent: 'ok',
  timestamps: false,
};

const second: Profile = {
  ...first,
  version: '2.8.4',
  unauthorised: 'empty-404',
  unauthorisedXhr: 'empty-404',
  cookie: 'Path=/; Max-Age=21600; HttpOnly; SameSite=Lax',
  statusPath: 'panel/api/server/status',
  serverPath: 'panel/api/server',
  trafficOfAbsent: 'error',
  updateEnables: false,
  timestamps: true,
};

const third: Profile = {
  ...second,
  version: '2.9.4',
  unknownPath: 'empty',
  cookie: 'Path=<base>; Max-Age=21600; HttpOnly; SameSite=Lax',
  jobEditsSettings: true,
  deleteOfAbsent: 'error',
};

const fourth: Profile = {
  ...third,
  version: '3.0.2',
  unauthorisedXhr: 'empty-401',
  csrf: true,
  limiter: true,
  emptyFiveHundred: false,
  repeatsEmail: true,
  needsEmail: true,
};

const fifth: Profile = {
  ...fourth,
  version: '3.1.0',
  clients: 'own',
  nested: true,
  tellsVersion: true,
  locks: true,
  repeatsEmail: false,
};

const sixth: Profile = {
  ...fifth,
  version: '3.6.0',
  settingsPath: 'panel/api/setting',
  xrayPath: 'panel/api/xray',
  trafficOfAbsent: 'null',
  resetEditsSettings: true,
};

/** The profile of a version. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  '2.6.0': first,
  '2.8.4': second,
  '2.9.4': third,
  '3.0.2': fourth,
  '3.1.0': fifth,
  '3.6.0': sixth,
};

/** Whether a text names a profile. */
export function isProfileName(text: unknown): text is ProfileName {
  return profileNames.some((name) => name === text);
}
