/** Shorter ones would make holes in ordinary words, and keep nothing secret. */
const MIN_LENGTH = 4
const HIDDEN = '***'

/**
 * The text without what we sent in confidence. Some servers say in an error what they were asked, headers and path included; their words go on to logs,
 * health and dead letters. A secret of several words (`Bearer …`) is hidden as a whole and in its words.
 */
export function hideSecrets(text: string, secrets: Iterable<string>): string {
  const parts = [...secrets].flatMap(secret => [secret, ...secret.split(/\s+/)])
  // The longest first: one may be a part of another.
  const known = [...new Set(parts)].filter(part => part.length >= MIN_LENGTH).sort((a, b) => b.length - a.length)
  return known.reduce((shown, part) => shown.replaceAll(part, HIDDEN), text)
}
