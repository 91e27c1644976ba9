/**
 * Patterns with `*`, which stands for any run of characters, also none, also slashes. Everything else stands for itself, case included.
 * Matched without regular expressions and without backtracking: the text between the stars is looked for from left to right, and the
 * leftmost place is always good enough, so no pattern and no value can make a match explode.
 */

/** Compiles a pattern to a test. A pattern without a star is plain equality. */
export function compileGlob(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*')
  const [head = '', ...rest] = parts
  const tail = rest.pop()
  if (tail === undefined) return text => text === pattern
  const middle = rest.filter(part => part !== '')
  const minLength = head.length + tail.length

  return text => {
    if (text.length < minLength || !text.startsWith(head) || !text.endsWith(tail)) return false
    const end = text.length - tail.length
    let from = head.length
    for (const part of middle) {
      const at = text.indexOf(part, from)
      if (at === -1 || at + part.length > end) return false
      from = at + part.length
    }
    return true
  }
}
