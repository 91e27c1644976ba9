/** Payment card numbers: by the ranges and lengths the schemes give out, and by Luhn's check digit. */

/** Digits, alone or in groups with one separator between them, as people and URLs write them. Each character can be read in one way only: linear. */
const DIGITS = /\d(?:(?:[ +.-]|%20)?\d){12,}/g
const SEPARATOR = /[ +.-]|%20/
const SEPARATORS = /(?:[ +.-]|%20)/g
const MIN_DIGITS = 13
const MAX_DIGITS = 19
const ASCII_ZERO = 48
const ASCII_NINE = 57
const PERCENT = 37

/** What the numbers of a scheme begin with, and how many digits they have. */
type Scheme = readonly [beginning: string, ...lengths: number[]]

const SCHEMES: readonly Scheme[] = [
  // Visa
  ['4', 13, 16, 19],
  // Mastercard
  ['5[1-5]', 16],
  [String.raw`2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)`, 16],
  // American Express
  ['3[47]', 15],
  // Discover
  [String.raw`6(?:011|4[4-9]\d|5\d\d)`, 16, 19],
  // UnionPay
  ['62', 16, 17, 18, 19],
  // JCB
  [String.raw`35(?:2[89]|[3-8]\d)`, 16, 19],
  // Diners Club
  [String.raw`3(?:0[0-5]|[689]\d)`, 14, 16, 19],
  // Maestro
  ['50(?:18|20|38)|5893|6304|6759|676[1-3]', 13, 14, 15, 16, 17, 18, 19],
]
/** By number of digits: finds, at its place, what such a number may begin with. */
const beginnings = Array.from({ length: MAX_DIGITS + 1 }, (_, length) => {
  const alternatives = SCHEMES.filter(([, ...lengths]) => lengths.includes(length)).map(([beginning]) => beginning)
  return alternatives.length === 0 ? undefined : new RegExp(alternatives.join('|'), 'y')
})

/** The smallest number of 13 digits: smaller numbers are no card numbers. */
export const MIN_CARD_NUMBER = 1e12

/** Whether these digits are the number of a card. One in some 1,000 random numbers of 16 digits is taken for one. */
export function isCardNumber(digits: string): boolean {
  return begins(digits, 0, digits.length) && passesLuhn(digits)
}

/** The text with `replacement` for every card number in it. */
export function replaceCardNumbers(text: string, replacement: (digits: string) => string): string {
  return text.replace(DIGITS, run =>
    SEPARATOR.test(run) ? replaceInGroups(run, replacement) : inOne(run, replacement),
  )
}

function inOne(run: string, replacement: (digits: string) => string): string {
  return isCardNumber(run) ? replacement(run) : run
}

/**
 * A number may have others for neighbours, with the same separators: every sequence of groups is tried, the longest first. A run may be all of a text, so a
 * try takes no more than a subtraction: of Luhn's sum up to the end and of that up to the start.
 */
function replaceInGroups(run: string, replacement: (digits: string) => string): string {
  const groups = groupsOf(run)
  const { digits, isStart, places } = groups
  const sums = luhnSums(digits)
  let text = ''
  let done = 0
  for (let start = 0; start < digits.length; ) {
    const end = isStart[start] === 1 ? endOfCard(start, groups, sums) : undefined
    if (end === undefined) {
      start++
      continue
    }
    text += run.slice(done, places[start]) + replacement(digits.slice(start, end))
    done = places[end - 1]! + 1
    start = end
  }
  return text + run.slice(done)
}

/** A run of digits without what separates them. */
interface Groups {
  readonly digits: string
  /** For each digit whether a group begins with it. One more for the end. */
  readonly isStart: Uint8Array
  /** Where each digit is in the run. */
  readonly places: Uint32Array
}

function groupsOf(run: string): Groups {
  const isStart = new Uint8Array(run.length + 1)
  const places = new Uint32Array(run.length)
  let count = 0
  isStart[0] = 1
  for (let place = 0; place < run.length; place++) {
    const unit = run.charCodeAt(place)
    if (unit >= ASCII_ZERO && unit <= ASCII_NINE) {
      places[count++] = place
    } else {
      isStart[count] = 1
      // `%20` is one separator: its digits are none of the number.
      if (unit === PERCENT) place += 2
    }
  }
  isStart[count] = 1
  return { digits: run.replace(SEPARATORS, ''), isStart, places }
}

/** The end of the longest number that begins at digits[start]; undefined when none does. */
function endOfCard(start: number, { digits, isStart }: Groups, sums: LuhnSums): number | undefined {
  for (let end = Math.min(start + MAX_DIGITS, digits.length); end >= start + MIN_DIGITS; end--) {
    if (isStart[end] === 0) continue
    const sum = sums[end % 2]!
    if ((sum[end]! - sum[start]!) % 10 === 0 && begins(digits, start, end - start)) return end
  }
  return undefined
}

/** Whether a number of so many digits may begin at digits[start]. */
function begins(digits: string, start: number, length: number): boolean {
  const beginning = beginnings[length]
  if (beginning === undefined) return false
  beginning.lastIndex = start
  return beginning.test(digits)
}

/** Luhn's sums of the first n digits, for each n: with every second digit doubled, for numbers that end at an even place, and at an odd one. */
type LuhnSums = readonly [even: Uint32Array, odd: Uint32Array]

function luhnSums(digits: string): LuhnSums {
  const sums: LuhnSums = [new Uint32Array(digits.length + 1), new Uint32Array(digits.length + 1)]
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(at) - ASCII_ZERO
    // The last digit of a number, before its end, counts once.
    sums[at % 2]![at + 1] = sums[at % 2]![at]! + luhnDouble(digit)
    sums[1 - (at % 2)]![at + 1] = sums[1 - (at % 2)]![at]! + digit
  }
  return sums
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let at = digits.length - 1, twice = false; at >= 0; at--, twice = !twice) {
    const digit = digits.charCodeAt(at) - ASCII_ZERO
    sum += twice ? luhnDouble(digit) : digit
  }
  return sum % 10 === 0
}

function luhnDouble(digit: number): number {
  return digit > 4 ? digit * 2 - 9 : digit * 2
}
