import { expect, it } from 'vitest'
import { DETAIL_FIELDS } from './record.ts'
import { RECORD_FIELDS, renderRecordReference } from './record-fields.ts'

it('names every field once in the reference, and marks the details', () => {
  const page = renderRecordReference()
  for (const name of Object.keys(RECORD_FIELDS)) {
    const lines = page.split('\n').filter(line => line.startsWith(`| \`${name}\``))
    expect(lines).toHaveLength(1)
    expect(lines[0]?.includes('(detail)')).toBe(DETAIL_FIELDS.includes(name))
  }
})
