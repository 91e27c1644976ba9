import { expect, test } from 'vitest'
import { isCardNumber, replaceCardNumbers } from './card-number.ts'

const hide = (text: string): string => replaceCardNumbers(text, () => '#')

test.each([
  '4111111111111111',
  '4222222222222',
  '5555555555554444',
  '2223003122003222',
  '378282246310005',
  '6011111111111117',
  '30569309025904',
  '3530111333300000',
  '6759649826438453',
])('%s is the number of a card', digits => {
  expect(isCardNumber(digits)).toBe(true)
})

test.each(['4111111111111112', '1700000000003', '0000000000000000', '411111111111', '41111111111111111111111'])(
  '%s is none',
  digits => {
    expect(isCardNumber(digits)).toBe(false)
  },
)

test('a number is found in groups, beside other numbers, and in a URL', () => {
  expect(hide('pay 4111 1111 1111 1111 now')).toBe('pay # now')
  expect(hide('12 4111-1111-1111-1111 2026')).toBe('12 #-2026'.replace('-', ' '))
  expect(hide('/cards/4111%201111%201111%201111/x')).toBe('/cards/#/x')
  expect(hide('7 378282246310005')).toBe('7 #')
  expect(hide('3782 822463 10005')).toBe('#')
})

test('dates, times, phone numbers and ids stay', () => {
  for (const text of ['2026-11-21 08:15:00.123', '+49 30 1234567 890', '/orders/1234567890123456', '192.168.100.200']) {
    expect(hide(text)).toBe(text)
  }
})
