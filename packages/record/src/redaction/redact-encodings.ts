/**
 * Texts that hold another text: Base64 as whole HTTP messages are kept, and percent-encoding as JSON travels in URLs. What is found inside is redacted there. Of
 * percent-encoding what goes on is then the decoded text; anything else would have to be encoded as somebody else did.
 */

/** Shorter ones hold no name with its value. */
const MIN_BASE64_LENGTH = 24
/** All of the text, in either alphabet. */
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/
/** A quote, a colon, an equals sign or a brace is encoded: there may be names and values inside. */
const ENCODED_SIGNS = /%(?:22|3[AD]|7B)/i

/** Whether the text may be Base64. Words and ids may too: nothing is found in what they decode to. */
export function isBase64(text: string): boolean {
  return text.length >= MIN_BASE64_LENGTH && BASE64.test(text)
}

/** The text with its content redacted, in the alphabet it had; the same one when nothing was found in it. */
export function insideBase64(text: string, redact: (content: string) => string): string {
  const encoding = text.includes('-') || text.includes('_') ? 'base64url' : 'base64'
  // As latin1, whatever it is: every byte is a character, and comes back as that byte.
  const content = Buffer.from(text, encoding).toString('latin1')
  const redacted = redact(content)
  return redacted === content ? text : Buffer.from(redacted, 'latin1').toString(encoding)
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
