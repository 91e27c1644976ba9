import { expect, test } from 'vitest'
import { replaceElements } from './redact-elements.ts'
import { createRedactor } from './redactor.ts'

const hide = (text: string): string =>
  replaceElements(text, name => (name === 'password' ? { replace: () => '#' } : undefined))

test.each([
  ['<a><password>S</password><b>1</b></a>', '<a><password>#</password><b>1</b></a>'],
  ['<x:password Type="t">S</x:password>', '<x:password Type="t">#</x:password>'],
  ['<password>a<b>S</b></password><n>1</n>', '<password>#</password><n>1</n>'],
  ['<password>\n <v>S</v>\n</password ><n>1</n>', '<password>#</password ><n>1</n>'],
  ['<password>1</password><password>2</password>', '<password>#</password><password>#</password>'],
])('a value ends at the end tag of its name: %j', (text, expected) => {
  expect(hide(text)).toBe(expected)
})

test.each([
  ['<password><![CDATA[S]]></password><n>1</n>', '<password><![CDATA[#]]></password><n>1</n>'],
  ['<password> <![CDATA[a</password>S]]> </password>1', '<password> <![CDATA[#</password>1'],
  ['<password><![CDATA[a]]>S<![CDATA[b]]></password>', '<password><![CDATA[#]]></password>'],
  ['<a><![CDATA[<password>S</password>', '<a><![CDATA[<password>#</password>'],
  ['<password><![CDATA[S', '<password><![CDATA[#'],
  ['<password><![CDATA[S]]', '<password><![CDATA[#'],
])('CDATA is part of the value: %j', (text, expected) => {
  expect(hide(text)).toBe(expected)
})

test.each([
  ['<login>xx<password>S', '<login>xx<password>#'],
  ['<password>S<n>1', '<password>#<n>1'],
  ['<password><v>S', '<password>#'],
  ['<password>S</pass', '<password>#</pass'],
  ['<password>', '<password>'],
  ['<password></a>', '<password></a>'],
  ['<password/>1', '<password/>1'],
  ['<password a="b"/>1', '<password a="b"/>1'],
])('a text that was cut ends it: %j', (text, expected) => {
  expect(hide(text)).toBe(expected)
})

test('what was masked stays, and is not counted again', () => {
  const first = createRedactor({})!.record({ a: '<password><![CDATA[S]]></password>', b: '<token>S' })
  expect(first).toEqual({ a: '<password><![CDATA[[redacted]]]></password>', b: '<token>[redacted]' })
  const second = createRedactor({})!
  expect(second.record(first)).toBe(first)
  expect(second.counts.masked).toBe(0)
})

test('a rule that names an element inside of another masks a cut text in which the other begins with one', () => {
  const rules = { mask: ['**.user.pin'] }
  expect(createRedactor(rules)!.record({ a: '<user id="1">\n<pin>12', b: '<user>ann' })).toEqual({
    a: '[redacted]',
    b: '<user>ann',
  })
})
