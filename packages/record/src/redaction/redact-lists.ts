/** Lists of names and values in turn, as raw headers are, in JSON that cannot be parsed: `["authorization","…"]`. Takes time by the length of the text. */
import { closing, unescaped } from './redact-pairs.ts'
import { REDACTED } from './redact-rules.ts'
import { isSecretName, plainName } from './secret-names.ts'

/** An element of a list, before another one in quotes of the same kind. */
const LISTED = /[[,]\s*(\\*["'])((?:[\w-]|\\+u[0-9a-f]{4}){1,64})\1(?=\s*,\s*\1)/gi
const DIVIDER = /\s*,\s*/y

/** The text with `mask` for each text of a list that stands behind the name of a secret. */
export function replaceListed(text: string, mask: (value: string) => string): string {
  let result = ''
  let done = 0
  LISTED.lastIndex = 0
  for (let found = LISTED.exec(text); found !== null; found = LISTED.exec(text)) {
    const [, quote, name] = found as unknown as [string, string, string]
    if (!isSecretName(plainName(unescaped(name)))) continue
    DIVIDER.lastIndex = LISTED.lastIndex
    DIVIDER.test(text)
    const start = DIVIDER.lastIndex + quote.length
    const end = closing(text, start, quote)
    if (end === start || text.startsWith(REDACTED, start)) continue
    result += text.slice(done, start) + mask(text.slice(start, end))
    done = end
    LISTED.lastIndex = end
  }
  return done === 0 ? text : result + text.slice(done)
}
