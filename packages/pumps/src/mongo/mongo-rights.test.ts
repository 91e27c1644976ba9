import { expect, test } from 'vitest'
import { mayDo } from './mongo-rights.ts'

const users = [{ user: 'pump' }]
const by = (resource: object, ...actions: string[]) => ({
  authenticatedUsers: users,
  authenticatedUserPrivileges: [
    { resource: { db: 'other', collection: '' }, actions: ['insert'] },
    { resource, actions },
  ],
})

test.each([
  ['nobody is logged in', {}, true],
  ['the right to this collection', by({ db: 'analytics', collection: 'requests' }, 'find', 'insert'), true],
  ['the right to the database', by({ db: 'analytics', collection: '' }, 'insert'), true],
  ['the right to everything', by({ db: '', collection: '' }, 'insert'), true],
  ['any action on any resource', by({ anyResource: true }, 'anyAction'), true],
  ['the right to another collection', by({ db: 'analytics', collection: 'users' }, 'insert'), false],
  ['the right to read', by({ db: 'analytics', collection: 'requests' }, 'find'), false],
  ['roles alone that read', { authenticatedUsers: users, authenticatedUserRoles: [{ role: 'read' }] }, false],
  [
    'a role alone that may write',
    { authenticatedUsers: users, authenticatedUserRoles: [{ role: 'read' }, { role: 'ours' }] },
    true,
  ],
  ['nothing said of rights', { authenticatedUsers: users }, true],
])('%s', (_, info, may) => {
  expect(mayDo('insert', info, 'analytics', 'requests')).toBe(may)
})

test('a right to one collection is none to any, and one action is not another', () => {
  expect(
    mayDo('createCollection', by({ db: 'analytics', collection: 'requests' }, 'createCollection'), 'analytics', ''),
  ).toBe(false)
  expect(mayDo('createCollection', by({ db: 'analytics', collection: '' }, 'createCollection'), 'analytics', '')).toBe(
    true,
  )
  expect(mayDo('dropCollection', by({ db: 'analytics', collection: '' }, 'createCollection'), 'analytics', '')).toBe(
    false,
  )
})
