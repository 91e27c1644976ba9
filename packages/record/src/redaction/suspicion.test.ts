import { expect, test } from 'vitest'
import { isSuspicious, isSuspiciousIn } from './suspicion.ts'

const inBytes = (text: string): boolean => {
  const bytes = Buffer.from(`ÿ${text}ÿ`)
  return isSuspiciousIn(bytes, 2, bytes.length - 2)
}

test.each([
  '/orders/12345?page=2&sort=asc',
  '10.1.2.3',
  'user4711',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
  '{"resource":"articles:1","action":"delete","subject":"ann","context":{"ip":"10.0.0.7"}}',
  '/articles/a-decade-of-accounts-and-codes/507f1f77bcf86cd799439011?page=2',
  'authors of keys and signatures',
])('%j needs no look', text => {
  expect([isSuspicious(text), inBytes(text)]).toEqual([false, false])
})
