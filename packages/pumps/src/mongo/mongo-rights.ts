import type { Db } from 'mongodb'
import { RetryableError } from '../errors.ts'
import type { Connected } from './mongo-connection.ts'

/** What a server says of who is logged in (connectionStatus), as far as we look at it. */
export interface AuthInfo {
  readonly authenticatedUsers?: readonly { readonly user?: string }[]
  readonly authenticatedUserRoles?: readonly { readonly role?: string }[]
  readonly authenticatedUserPrivileges?: readonly Privilege[]
}

interface Privilege {
  readonly resource?: { readonly anyResource?: boolean; readonly db?: string; readonly collection?: string }
  readonly actions?: readonly string[]
}

/** Built-in roles that let nobody write. */
const READING_ROLES: ReadonlySet<unknown> = new Set(['read', 'readAnyDatabase'])

/**
 * Throws RetryableError when the user who is logged in may not insert into that collection of the database; without a name, into any of it. A
 * server that does not tell what its users may do is taken at the next write. Changes nothing.
 */
export async function checkRights({ db }: Connected, collection: string): Promise<void> {
  const info = await whoAmI(db)
  if (mayDo('insert', info, db.databaseName, collection)) return
  const place = collection === '' ? db.databaseName : `${db.databaseName}.${collection}`
  throw new RetryableError(`mongo: the user ${info.authenticatedUsers?.[0]?.user} may not insert into "${place}"`)
}

/** Whether the user may make and drop collections of any name in the database; as far as the server tells. Changes nothing. */
export async function mayTryOut({ db }: Connected): Promise<boolean> {
  const info = await whoAmI(db)
  return ['createCollection', 'dropCollection'].every(action => mayDo(action, info, db.databaseName, ''))
}

async function whoAmI(db: Db): Promise<AuthInfo> {
  const said = await db.command({ connectionStatus: 1, showPrivileges: true }).catch(() => undefined)
  return said?.['authInfo'] ?? {}
}

/**
 * By the privileges, or where a server lists none by the roles. An empty name asks for any collection. True when nobody is logged in: then nobody
 * is asked.
 */
export function mayDo(action: string, info: AuthInfo, database: string, collection: string): boolean {
  const { authenticatedUsers: users = [], authenticatedUserRoles: roles = [] } = info
  const privileges = info.authenticatedUserPrivileges ?? []
  if (users.length === 0) return true
  if (privileges.length > 0) return privileges.some(one => allows(one, action, database, collection))
  return roles.length === 0 || !roles.every(({ role }) => READING_ROLES.has(role))
}

/** An empty name stands for all databases, or for all collections. */
function allows({ resource, actions }: Privilege, action: string, database: string, collection: string): boolean {
  if (!actions?.includes(action) && !actions?.includes('anyAction')) return false
  if (resource?.anyResource) return true
  const covers = (granted: string | undefined, wanted: string): boolean => granted === '' || granted === wanted
  return covers(resource?.db, database) && covers(resource?.collection, collection)
}
