import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { no, ok, type PanelState } from './book';
import type { Profile } from './profiles';

/** Failures within five minutes after which a user name is shut out, right password or not (3.0 on). */
const allowedFailures = 5;

interface Session {
  readonly csrf: string;
  loggedIn: boolean;
}

export interface Login {
  readonly username: string;
  readonly password: string;
  /** Codes of the second factor that are right now; absent = no second factor. */
  readonly codes?: () => readonly string[];
}

/** Sessions, tokens and the login limiter of one panel. They outlive a restore of its book, as cookies do. */
export interface Access {
  /** Answers for itself and returns false where the caller may not go on. */
  admit(ctx: Context): boolean;
  /** Whether a cookie session proves itself by its CSRF token; answers for itself where it does not. */
  admitWrite(ctx: Context): boolean;
  login(ctx: Context, fields: Record<string, unknown> | undefined): void;
  csrfToken(ctx: Context): void;
  logout(ctx: Context): void;
  /** Forgets every session. */
  forget(): void;
}

function isXhr(ctx: Context): boolean {
  return ctx.get('x-requested-with') === 'XMLHttpRequest';
}

function answerUnauthorised(ctx: Context, profile: Profile, base: string): void {
  const kind = isXhr(ctx) ? profile.unauthorisedXhr : profile.unauthorised;
  if (kind === 'redirect') {
    ctx.status = 307;
    ctx.set('location', `${base}/`);
    ctx.body = ctx.method === 'GET' ? `<a href="${base}/">Temporary Redirect</a>.\n\n` : '';
  } else if (kind === 'json-401') {
    ctx.status = 401;
    ctx.body = no('Your session has expired, please log in again');
  } else {
    ctx.status = kind === 'empty-401' ? 401 : 404;
    ctx.body = '';
  }
}

/** Makes the door of a panel under `base`. */
export function createAccess(state: PanelState, profile: () => Profile, door: { readonly base: string; readonly login: Login }): Access {
  const { base } = door;
  const sessions = new Map<string, Session>();
  const failures = new Map<string, number>();

  function sessionOf(ctx: Context): Session | undefined {
    const id = /3x-ui=([^;\s]+)/.exec(ctx.get('cookie'))?.[1];
    return id === undefined ? undefined : sessions.get(id);
  }

  function start(ctx: Context): Session {
    const id = randomBytes(16).toString('hex');
    const session = { csrf: randomBytes(16).toString('hex'), loggedIn: false };
    sessions.set(id, session);
    ctx.set('set-cookie', `3x-ui=${id}; ${profile().cookie.replace('<base>', `${base}/`)}`);
    return session;
  }

  // Case counts: `bearer` is not taken. A setting's path takes no token at all where it lies outside the API.
  function hasToken(ctx: Context): boolean {
    const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1];
    return (
      profile().csrf && ctx.path.startsWith(`${base}/panel/api/`) && state.book.tokens.some((one) => one.enabled && one.token === token)
    );
  }

  return {
    admit(ctx) {
      if (hasToken(ctx) || sessionOf(ctx)?.loggedIn === true) return true;
      const outside = !ctx.path.startsWith(`${base}/panel/api/`) && !(profile().statusPath === 'server/status' && isXhr(ctx));
      if (outside) {
        ctx.status = 307;
        ctx.body = ctx.method === 'GET' ? `<a href="${base}/">Temporary Redirect</a>.\n\n` : '';
      } else answerUnauthorised(ctx, profile(), base);
      return false;
    },
    admitWrite(ctx) {
      if (!profile().csrf || ctx.method === 'GET' || hasToken(ctx)) return true;
      const session = sessionOf(ctx);
      const field: unknown = ctx['state']['csrfField'];
      if (session !== undefined && (ctx.get('x-csrf-token') === session.csrf || field === session.csrf)) return true;
      ctx.status = 403;
      ctx.body = '';
      return false;
    },
    login(ctx, fields) {
      state.logins += 1;
      if (fields === undefined) {
        ctx.body = no(`The ${profile().clients === 'own' ? 'input' : 'Input'} data format is invalid.`);
        return;
      }
      const { username, password, twoFactorCode } = fields;
      if (username === '' || password === '') {
        ctx.body = no(`${username === '' ? 'Username' : 'Password'} is required`);
        return;
      }
      const codes = door.login.codes?.();
      const right =
        username === door.login.username &&
        password === door.login.password &&
        (codes === undefined || codes.includes(String(twoFactorCode)));
      const who = `${ctx.get('x-forwarded-for')} ${String(username)}`;
      const failed = failures.get(who) ?? 0;
      if (!right || (profile().limiter && failed >= allowedFailures)) {
        failures.set(who, failed + 1);
        ctx.body = no('Invalid username or password or two-factor code.');
        return;
      }
      failures.delete(who);
      (sessionOf(ctx) ?? start(ctx)).loggedIn = true;
      ctx.body = ok(`${profile().clients === 'own' ? '' : ' '}You have successfully logged into your account.`);
    },
    csrfToken(ctx) {
      ctx.body = { obj: (sessionOf(ctx) ?? start(ctx)).csrf, success: true };
    },
    logout(ctx) {
      const session = sessionOf(ctx);
      if (session !== undefined) session.loggedIn = false;
      if (profile().csrf) ctx.body = { success: true };
      else {
        ctx.status = 307;
        ctx.body = `<a href="${base}/">Temporary Redirect</a>.\n\n`;
      }
    },
    forget: () => sessions.clear(),
  };
}
