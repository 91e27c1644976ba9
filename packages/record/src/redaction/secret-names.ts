/**
 * What names say of values. Names compare without regard to case, `-`, `_` and blanks, so `x-api-key`, `X_API_KEY` and `xApiKey` are one name. A dot or
 * a bracket in a name makes two names of it, one inside the other, as in `user.password` and `user[password]`.
 */

import { compileGlob } from '../glob.ts'

const IGNORED = /[-_\s]/g
const DIVIDERS = /[.[\]]+/

/**
 * Names whose values are secrets wherever they stand. `token` and `pwd` are ends, so that `tokens` and `tokenCount` stay. Browsers can send the token of a WebSocket in no other
 * header than Sec-WebSocket-Protocol.
 */
const SECRET =
  /^(?:authorization|proxyauthorization|secwebsocketprotocol|cookies?|setcookie2?|pass|passphrase|jwt|sid|sessionid|cvv2?|cvc2?)$|password|passwd|secret|apikey|credential|privatekey|accesskey|cardnumber|creditcard|(?:token|pwd)$/

/** Names that are secrets in a query string only: elsewhere they mean anything. */
const SECRET_IN_QUERY = /^(?:key|auth|sig)$|signature$/

/** The form in which names compare. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(IGNORED, '')
}

/** The plain names that a name is made of, outermost first. */
export function plainNames(name: string): string[] {
  const names = name.split(DIVIDERS).filter(part => part !== '')
  return names.length === 0 ? [''] : names.map(plainName)
}

/** Whether a plain name is, by the defaults, that of a secret. */
export function isSecretName(plain: string): boolean {
  return SECRET.test(plain)
}

/** Whether a plain name is, by the defaults, that of a secret in a query string. */
export function isSecretQueryName(plain: string): boolean {
  return SECRET.test(plain) || SECRET_IN_QUERY.test(plain)
}

/** A matcher of plain names for a pattern in which `*` stands for any characters. */
export function nameMatcher(pattern: string): (plain: string) => boolean {
  return compileGlob(plainName(pattern))
}
