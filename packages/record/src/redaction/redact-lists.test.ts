import { expect, test } from 'vitest'
import { replaceListed } from './redact-lists.ts'

const hide = (text: string): string => replaceListed(text, () => '#')

test.each([
  ['{"h":["Authorization","S","Accept","*/*"],"x":1', '{"h":["Authorization","#","Accept","*/*"],"x":1'],
  ['{"h":[ "a" , "Cookie" ,\n "S', '{"h":[ "a" , "Cookie" ,\n "#'],
  ['{"h":[["token","S"],["a","b"]],"x', '{"h":[["token","#"],["a","b"]],"x'],
  ['[\\"token\\",\\"a\\\\\\"S\\",\\"b\\"', '[\\"token\\",\\"#\\",\\"b\\"'],
  ['["t\\u006fken","S"', '["t\\u006fken","#"'],
  ["['token','S'", "['token','#'"],
])('the value behind a name in a list is masked: %j', (text, expected) => {
  expect(hide(text)).toBe(expected)
})

test.each([
  '{"field":"password","message":"is missing","x":1',
  '["accept","*/*","token",1',
  '["token","[redacted]"',
  '["token",""',
  '"token", "S"',
  'a, token, S',
])('%j stays', text => {
  expect(hide(text)).toBe(text)
})
