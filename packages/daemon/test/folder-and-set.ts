import { sharedServer, startRedis } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { createTestSet, type TestSet } from './test-set.ts'

/** What each test of a file has to itself, on the Redis that the file shares. */
export interface FolderAndSet {
  readonly folder: DaemonFolder
  readonly set: TestSet
  readonly url: string
}

/** Makes and removes them around each test; skips the tests where there is no Redis. Call it once, at the top of the file. */
export function folderAndSet(): FolderAndSet {
  const shared = sharedServer(startRedis)
  let own: FolderAndSet | undefined
  const ofThisTest = (): FolderAndSet => {
    if (own === undefined) throw new Error('there is a folder and a set only while a test runs')
    return own
  }
  beforeEach(async ctx => {
    const { url } = await shared.orSkip(reason => ctx.skip(reason))
    own = { url, folder: createDaemonFolder(), set: await createTestSet(url) }
  })
  afterEach(() => {
    own?.folder.remove()
    own?.set.close()
    own = undefined
  })
  afterAll(() => shared.stop())
  return {
    get folder() {
      return ofThisTest().folder
    },
    get set() {
      return ofThisTest().set
    },
    get url() {
      return ofThisTest().url
    },
  }
}
