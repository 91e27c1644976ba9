/** Payment card numbers: by the ranges and lengths the schemes give out, and by Luhn's check digit. */

/** Digits, alone or in groups with one separator between them, as people and URLs write them. Each character can be read in one way only: linear. */
const DIGITS = /\d(?:(?:[ +.-]|%20)?\d){12,}/g
const SEPARATOR = /[ +.-]|%20/
const SEPARATORS = /(?:[ +.-]|%20)/g
const MIN_DIGITS = 13
const MAX_DIGITS = 19
/** What the numbers of all schemes begin with. */
const FIRST_DIGITS = /[2-6]/
const ASCII_ZERO = 48

/** Visa; Mastercard; American Express; Discover; UnionPay; JCB; Diners Club; Maestro. */
const SCHEMES =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?|62\d{14,17}|35(?:2[89]|[3-8]\d)\d{12}(?:\d{3})?|3(?:0[0-5]|[689]\d)\d{11}(?:\d{2}|\d{5})?|(?:50(?:18|20|38)|5893|6304|6759|676[1-3])\d{9,15})$/

/** The smallest number of 13 digits: smaller numbers are no card numbers. */
export const MIN_CARD_NUMBER = 1e12

/** Whether these digits are the number of a card. One in some 1,000 random numbers of 16 digits is taken for one. */
export function isCardNumber(digits: string): boolean {
  return SCHEMES.test(digits) && passesLuhn(digits)
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
  const groups = run.split(SEPARATORS)
  const between = run.match(SEPARATORS) ?? []
  const digits = groups.join('')
  const sums = luhnSums(digits)
  let text = ''
  for (let at = 0, start = 0; at < groups.length; ) {
    const found = cardFrom(groups, at, digits, start, sums)
    const next = found?.next ?? at + 1
    text += (found ? replacement(found.digits) : groups[at]!) + (between[next - 1] ?? '')
    start += found?.digits.length ?? groups[at]!.length
    at = next
  }
  return text
}

/** The longest number that begins with the group `at`, which begins at digits[start]. */
function cardFrom(
  groups: readonly string[],
  at: number,
  digits: string,
  start: number,
  sums: LuhnSums,
): { digits: string; next: number } | undefined {
  if (!FIRST_DIGITS.test(digits[start]!)) return undefined
  let found: { digits: string; next: number } | undefined
  for (let next = at, end = start; next < groups.length; ) {
    end += groups[next++]!.length
    if (end - start > MAX_DIGITS) break
    if (end - start < MIN_DIGITS) continue
    const sum = sums[end % 2]!
    if ((sum[end]! - sum[start]!) % 10 !== 0) continue
    const number = digits.slice(start, end)
    if (SCHEMES.test(number)) found = { digits: number, next }
  }
  return found
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
