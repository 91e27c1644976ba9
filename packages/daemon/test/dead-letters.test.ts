import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGroup } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { createTestSet, frameBytes, packedCounts, pushedTotal, type TestSet } from './test-set.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())
let folder: DaemonFolder
let set: TestSet
beforeEach(async ctx => {
  const { url } = await shared.orSkip(reason => ctx.skip(reason))
  folder = createDaemonFolder()
  writeFileSync(join(folder.path, 'picky.mjs'), PICKY_PUMP)
  set = await createTestSet(url)
  configure(url)
})
afterEach(() => {
  folder?.remove()
  set?.close()
})

/** Refuses the records that the file `refused` names, fails while there is a file `down`, takes its time while there is one `slow`. */
const PICKY_PUMP = `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
export const pump = {
  type: 'picky', summary: 'For tests.', idempotent: false,
  options: { path: { doc: 'File.', format: 'string', default: null, required: true } },
  create: ({ path }) => ({
    async start() { if (existsSync('locked')) throw new Error('it is locked') },
    async write(batch) {
      if (existsSync('down')) throw new Error('it is down')
      if (existsSync('slow')) await new Promise(resolve => setTimeout(resolve, 50))
      const refused = existsSync('refused') ? JSON.parse(readFileSync('refused', 'utf8')) : []
      const rejected = batch.flatMap(({ n }, index) => refused.includes(n) ? [{ index, reason: 'picky', message: 'not this one' }] : [])
      appendFileSync(path, batch.filter(({ n }) => !refused.includes(n)).map(({ n }) => n + '\\n').join(''))
      return { rejected }
    },
    async close() {},
  }),
}`

function configure(url: string): void {
  folder.configure(`redis: { url: "${url}" }
analytics: { name: ${set.name}, lease: 2s }
purgeDelay: 50ms
health: { enabled: false }
log: { level: warn }
retry: { initial: 1ms, max: 2ms }
batch: { maxAge: 50ms, maxRecords: 3 }
pumps:
  a: { type: ./picky.mjs, meta: { path: a.lines }, filters: { exclude: { n: [13] } } }
  b: { type: ./picky.mjs, meta: { path: b.lines } }`)
}
const refuse = (...numbers: number[]) => writeFileSync(join(folder.path, 'refused'), JSON.stringify(numbers))

/** Drains `count` new records of which both pumps refuse some. */
async function drained(count: number, ...refused: number[]): Promise<void> {
  refuse(...refused)
  await set.push(count)
  await drain()
}

async function drain(): Promise<void> {
  const daemon = folder.start('run')
  const settled = async () => {
    const { pending } = await set.status('a').catch(() => ({ pending: 1 }))
    return pending === 0 && (await set.status('b')).pending === 0
  }
  await until('all records to be settled', settled)
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
}

async function letters(...args: string[]) {
  const command = folder.start('dead-letters', ...args)
  return { code: await command.exitCode(), stdout: command.stdout(), stderr: command.stderr() }
}
async function redisMs(): Promise<number> {
  const [seconds, microseconds] = await set.redis.time()
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
}
async function listed(...args: string[]): Promise<Record<string, unknown>[]> {
  return JSON.parse((await letters('list', '--json', ...args)).stdout).deadLetters
}

describe('dead-letters list and show', () => {
  test('find the letters of a pump and show their record', async () => {
    await drained(10, 3, 4)
    const table = (await letters('list', '--pump', 'a')).stdout.trimEnd().split('\n')
    expect(table).toHaveLength(3)
    expect(table[1]).toMatch(/^0\/\d+-\d+ +\d{4}-\S+Z +a +picky +record +not this one +1 +1$/)
    const [first, ...others] = await listed()
    expect([first!['pump'], others.length]).toEqual([expect.stringMatching(/^[ab]$/), 3])
    const shown = await letters('show', String(first!['id']))
    expect(shown.stdout).toContain('"n": 3')
    expect((await letters('show', '0/1-1')).code).toBe(1)
    expect((await letters('list', '--reason', 'other')).stdout).toBe('no dead letters\n')
  })

  test('find by time: since and until are the moment of a letter, both included', async () => {
    const group = createGroup(set.redis, { name: set.name, partition: 0, pump: 'a', consumer: 'c' })
    await group.ensure('backlog')
    await set.push(3, { perFrame: 1 })
    const letter = { kind: 'record', reason: 'picky', message: 'no', attempts: 1, body: new Uint8Array(1) } as const
    let lastMs = 0
    for (const { id } of await group.read({ maxFrames: 3, maxBytes: 1e6 })) {
      await until('Redis to be a millisecond on', async () => (await redisMs()) > lastMs)
      await group.settle([{ id, delivered: 0, filtered: 0, deadLettered: 1, deadLetters: [letter] }])
      lastMs = await redisMs()
    }
    const [first, middle, last] = (await listed()).map(({ id, at }) => ({ id, at: String(at) }))
    const found = async (...args: string[]) => (await listed(...args)).map(({ id }) => id)
    expect(await found('--since', middle!.at, '--until', middle!.at)).toEqual([middle!.id])
    expect(await found('--since', middle!.at)).toEqual([middle!.id, last!.id])
    expect(await found('--until', middle!.at)).toEqual([first!.id, middle!.id])
    expect(await found('--since', '1h')).toHaveLength(3)
    expect(await found('--until', '1h')).toEqual([])
  })
})

describe('dead-letters replay', () => {
  test('writes what the target takes by now to that pump only; what is refused again stays', async () => {
    await drained(10, 3, 4)
    refuse(4)
    const { code, stderr } = await letters('replay', '--pump', 'a')
    expect([code, stderr]).toEqual([1, 'a: 1 records delivered, 1 refused again\n'])
    expect(folder.written('a.lines').filter(n => n === 3)).toEqual([3])
    expect(folder.written('b.lines')).not.toContain(3)
    expect(await set.status('a')).toMatchObject({ delivered: 9, deadLettered: 1, holds: true })
    expect(await set.status('b')).toMatchObject({ delivered: 8, deadLettered: 2, holds: true })
    refuse()
    expect(await letters('replay', '--pump', 'a')).toMatchObject({ code: 0, stderr: 'a: 1 records delivered\n' })
    expect(await letters('replay', '--pump', 'a')).toMatchObject({ code: 0, stderr: 'a: 0 records delivered\n' })
    expect([...folder.written('a.lines')].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(await listed('--pump', 'a')).toEqual([])
    expect(await set.status('a')).toMatchObject({ delivered: 10, deadLettered: 0, holds: true })
  })

  test('of a frame that could not be decoded delivers, filters and refuses its records, once it can be', async () => {
    await set.push(2)
    const records = [11, 12, 13, 14].map(n => ({ n }))
    await drain()
    const bytes = Buffer.from(frameBytes(records))
    const redis = set.redis
    const broken = Buffer.from('not a frame')
    const counters = `{${set.name}:0}:counters`
    const pushed = (await pushedTotal(redis, counters)) + 4
    await redis.hset(`{${set.name}:0}:bytes`, 'broken', broken)
    await set.pushEntry({ f: 'broken', c: packedCounts(4, broken.length, pushed, 1_000, 100) })
    await redis.hset(counters, 'totals', packedCounts(pushed, 1_000, 100))
    await drain()
    expect(await set.status('a')).toMatchObject({ delivered: 2, deadLettered: 4, holds: true })
    expect(await letters('replay', '--pump', 'a', '--json')).toMatchObject({ code: 1 })
    expect(await set.status('a')).toMatchObject({ delivered: 2, deadLettered: 4, holds: true })

    // A release that can decode it: stands for one, as the bytes are ones that this release knows.
    const [letter] = await listed('--pump', 'a')
    const [, fields] = (await redis.xrangeBuffer(`{${set.name}:0}:dead`, idOf(letter!), idOf(letter!)))[0]!
    await redis.xdel(`{${set.name}:0}:dead`, idOf(letter!))
    await redis.xadd(`{${set.name}:0}:dead`, '*', ...fields.slice(0, -1), bytes)
    refuse(12)
    const replay = await letters('replay', '--pump', 'a')
    expect([replay.code, replay.stderr]).toEqual([1, 'a: 2 records delivered, 1 filtered, 1 refused again\n'])
    expect(await set.status('a')).toMatchObject({ delivered: 4, filtered: 1, deadLettered: 1, holds: true })
    expect(await listed('--pump', 'a')).toMatchObject([{ kind: 'record', reason: 'picky', attempts: 2 }])
  })

  test('leaves everything where it is while the target fails or the pump cannot start', async () => {
    await drained(10, 3, 4)
    refuse()
    writeFileSync(join(folder.path, 'down'), '')
    const failed = await letters('replay', '--pump', 'a')
    expect([failed.code, failed.stderr]).toEqual([
      1,
      'a: 0 records delivered\ndead-letters: ended early, the target fails: it is down; the others stay\n',
    ])
    writeFileSync(join(folder.path, 'locked'), '')
    const locked = await letters('replay', '--pump', 'a')
    expect([locked.code, locked.stderr]).toEqual([
      1,
      'dead-letters: a cannot be started: it is locked; its dead letters stay\n',
    ])
    expect(await set.status('a')).toMatchObject({ delivered: 8, deadLettered: 2, holds: true })
    expect((await letters('replay', '--pump', 'aa')).stderr).toContain('no pump "aa" is enabled in the file')
  })

  test('ends between two batches on SIGINT; another one does the rest, and every record is there once', async () => {
    const numbers = Array.from({ length: 300 }, (_, n) => n).filter(n => n !== 13)
    await drained(300, ...numbers)
    refuse()
    writeFileSync(join(folder.path, 'slow'), '')
    const first = folder.start('dead-letters', 'replay', '--pump', 'a')
    await until('some records to be written', () => folder.written('a.lines').length >= 6)
    first.process.kill('SIGINT')
    expect(await first.exitCode()).toBe(1)
    expect(first.stderr()).toContain('ended early, interrupted; the others stay')
    const account = await set.status('a')
    expect(account).toMatchObject({ delivered: folder.written('a.lines').length, holds: true })
    expect(account.delivered).toBeLessThan(numbers.length)
    expect((await letters('replay', '--pump', 'a')).code).toBe(0)
    expect([...folder.written('a.lines')].sort((x, y) => x - y)).toEqual(numbers)
    expect(await set.status('a')).toMatchObject({ delivered: 299, filtered: 1, deadLettered: 0, holds: true })
  })

  test('by two at once counts every record once', async () => {
    await drained(50, ...Array.from({ length: 50 }, (_, n) => n))
    refuse()
    await Promise.all([letters('replay', '--pump', 'b'), letters('replay', '--pump', 'b')])
    expect(await set.status('b')).toMatchObject({ delivered: 50, deadLettered: 0, holds: true })
    expect(await listed('--pump', 'b')).toEqual([])
  })
})

describe('dead-letters drop', () => {
  test('deletes those that match, counts them, and needs to be told which', async () => {
    await drained(10, 3, 4)
    expect((await letters('drop')).code).toBe(64)
    expect(await letters('drop', '--pump', 'a', '--limit', '1')).toMatchObject({ stdout: '1 dead letters dropped\n' })
    const [left] = await listed('--pump', 'a')
    expect(await letters('drop', String(left!['id']), '0/1-1')).toMatchObject({
      code: 1,
      stdout: '1 dead letters dropped\n',
    })
    expect(await letters('drop', '--all', '--json')).toMatchObject({ code: 0, stdout: '{\n  "dropped": 2\n}\n' })
    expect(await set.redis.hget(`{${set.name}:0}:counters`, 'deadLettersDropped')).toBe('4')
    expect(await set.status('a')).toMatchObject({ delivered: 8, deadLettered: 2, holds: true })
  })

  test('says when Redis cannot be asked', async () => {
    folder.configure('redis: { url: "redis://127.0.0.1:1" }\npumps: { a: { type: stdout } }')
    const { code, stderr } = await letters('list')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^dead-letters: Redis at redis:\/\/127.0.0.1:1 cannot be asked: .+\n$/),
    ])
  })
})

function idOf(letter: Record<string, unknown>): string {
  return String(letter['id']).split('/')[1]!
}
