import { ShopError } from '../errors';
import type { HttpFailure } from '../http';

/** What the operator has to do about reasons for which no panel is ever reached. Codes of Node's TLS, and of the shop's own client. */
const mendable: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: correct the host in its url, or the certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody else: state it in "tls" as pinned or selfSigned',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody who is known: state it in "tls" as pinned or selfSigned',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes without the ones between: let the panel send the whole chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody who is known: state it in "tls" as pinned or selfSigned',
  KIOSK_PIN_MISMATCH: 'its certificate is not the one that "tls" pins: if it was renewed, state the new one',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak https there: correct scheme or port in its url',
  'plain http was not chosen for this address': 'plain http was not chosen for it: use https, or state "tls: plain-http"',
};

const hints: Readonly<Record<string, string>> = {
  ENOTFOUND: 'nobody knows its name; is its url right?',
  ECONNREFUSED: 'nobody listens at its address; does it run, and is the port in its url right?',
};

/**
 * The error that a call without an answer stands for. What the operator has to mend is `PanelBadConfig`; a change that may have been made is
 * `PanelUnknownOutcome`; everything else is an outage.
 */
export function noAnswer(failure: HttpFailure, isChange: boolean): ShopError {
  const mend = mendable[failure.reason];
  if (mend !== undefined) return new ShopError('PanelBadConfig', { message: `the panel is not reached: ${mend}` });
  const hint = hints[failure.reason];
  const message = `the panel gave no answer (${failure.reason}${hint === undefined ? '' : `: ${hint}`})`;
  return new ShopError(isChange && failure.outcome !== 'not-sent' ? 'PanelUnknownOutcome' : 'PanelUnavailable', { message });
}
