/** Failures of a connection in words for a person. By code; Node and undici keep theirs stable. */

/** What the options are called that the words lead to. */
export interface OptionNames {
  /** With the authorities. */
  readonly ca: string
  /** With our own certificate, and its key. */
  readonly cert: string
  /** What to ask when the other side does not speak TLS. */
  readonly plain: string
}

const OF_HTTP_PUMPS: OptionNames = {
  ca: 'tls.ca',
  cert: 'tls.cert, tls.key',
  plain: 'is the address http:// after all?',
}

const IN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed while we were sending',
  UND_ERR_SOCKET:
    'the connection was closed before the answer was complete; over TLS: does it ask for a certificate of ours ({cert})?',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no connection came about in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  ENOTFOUND: 'the name of the host is not known (DNS)',
  EAI_AGAIN: 'the name of the host cannot be looked up now (DNS)',
  CERT_HAS_EXPIRED: 'its certificate has expired; or is a clock wrong?',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; is a clock wrong?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not trusted: name that one in {ca}',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: name it in {ca}',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority: name that one in {ca}',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority: name that one in {ca}',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: {plain}',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS: {plain}',
  EPROTO: 'it does not speak TLS as we do: {plain}',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a certificate of ours: name it in {cert}',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it ends the handshake: does it ask for a certificate ({cert})?',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not accept our certificate ({cert})',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust who signed our certificate ({cert})',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP: is the address https:// after all?',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'its answer is too large to be one',
  UND_ERR_DESTROYED: 'the pump is closed',
  UND_ERR_CLOSED: 'the pump is closed',
}

/** `nobody listens there (ECONNREFUSED)`; the error's own message when its code is unknown. */
export function connectionFailureInWords(error: unknown): string {
  const words = knownFailureInWords(error, OF_HTTP_PUMPS)
  if (words !== undefined) return words
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  return code === undefined ? message : `${message} (${code})`
}

/** Undefined when its code is unknown. */
export function knownFailureInWords(error: unknown, names: OptionNames): string | undefined {
  const code = codeOf(error)
  const words = code === undefined ? undefined : IN_WORDS[code]
  if (words === undefined) return undefined
  return `${words.replace(/\{(ca|cert|plain)\}/, (_, name: keyof OptionNames) => names[name])} (${code})`
}

/** Of the error, of what caused it, or of the first of several. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if (Reflect.get(error, 'code') === 'UND_ERR_SOCKET') return codeOf(Reflect.get(error, 'cause')) ?? 'UND_ERR_SOCKET'
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string') return code
  const errors: unknown = Reflect.get(error, 'errors')
  return codeOf(Array.isArray(errors) ? errors[0] : Reflect.get(error, 'cause'))
}
