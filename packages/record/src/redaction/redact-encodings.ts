/**
 * Texts that hold another text: Base64 as whole HTTP messages are kept and states of logins travel, and percent-encoding as JSON travels in URLs. What is found inside is redacted there. Of
 * percent-encoding what goes on is then the decoded text; anything else would have to be encoded as somebody else did.
 */

/** Shorter ones hold no name with its value. */
export const MIN_BASE64_LENGTH = 24
/** Of either alphabet, for a class of characters. */
export const BASE64_SIGNS = String.raw`A-Za-z0-9+/_\-`
/** All of the text. */
const BASE64 = new RegExp(`^[${BASE64_SIGNS}]+={0,2}$`)
const BASE64_SIGN = new RegExp(`[${BASE64_SIGNS}=]`)
/** For each byte of ASCII whether Base64 may hold it, with its padding. */
export const isBase64Sign = Uint8Array.from({ length: 0x80 }, (_, code) =>
  BASE64_SIGN.test(String.fromCharCode(code)) ? 1 : 0,
)
/** A quote, a colon, an equals sign or a brace is encoded, so there may be names and values inside; or a sign of Base64, or what was encoded before. */
const ENCODED_SIGNS = /%(?:2[25BF]|3[AD]|7B)/i

/** Whether the text may be Base64. Words and ids may too: nothing is found in what they decode to. */
export function isBase64(text: string): boolean {
  return text.length >= MIN_BASE64_LENGTH && BASE64.test(text)
}

/** The same for bytes[start, end) in ASCII, and for a little more: an equals sign may stand anywhere. */
export function mayBeBase64(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < MIN_BASE64_LENGTH) return false
  for (let i = start; i < end; i++) if (isBase64Sign[bytes[i]!] === 0) return false
  return true
}

/** The text with its content redacted, in the alphabet it had and padded if it was; the same one when nothing was found in it. */
export function insideBase64(text: string, redact: (content: string) => string): string {
  const encoding = text.includes('-') || text.includes('_') ? 'base64url' : 'base64'
  // As latin1, whatever it is: every byte is a character, and comes back as that byte.
  const content = Buffer.from(text, encoding).toString('latin1')
  const redacted = redact(content)
  if (redacted === content) return text
  const encoded = Buffer.from(redacted, 'latin1').toString(encoding)
  return text.length % 4 === 0 ? encoded : encoded.replace(/=+$/, '')
}

/** The same for percent-encoding. */
export function insidePercents(text: string, redact: (content: string) => string): string {
  if (!ENCODED_SIGNS.test(text)) return text
  const content = percentDecoded(text)
  if (content === text) return text
  const redacted = redact(content)
  return redacted === content ? text : redacted
}

/** Everything that can be decoded: one sequence that cannot does not hide the others. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, sequence => {
    try {
      return decodeURIComponent(sequence)
    } catch {
      return sequence
    }
  })
}
