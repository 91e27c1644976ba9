import { join } from 'node:path'
import { createRecordIdSource, createRowBuilder } from '@pumphouse/record'
import { sharedServer, startRedis } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { settings } from '../../test/lane-settings.ts'
import { spoolFiles } from '../../test/spool-files.ts'
import { createLane } from './lane.ts'
import { type LaneEvent, type LaneOrder, WINDOW } from './lane-messages.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

/** Long enough for some hundred batches. */
const FEEDING_MS = 500
/** It has nothing to push then. */
const IDLE_MS = 50
/** Older than a lane may leave a batch. */
const LATE_MS = 2_000

it('a lane that is handed late batches without end brings what it has spooled meanwhile', async ctx => {
  const { url } = await shared.orSkip(ctx.skip)
  const ids = createRecordIdSource()
  const rows = createRowBuilder()
  let sequence = 0
  let drained = 0
  let feeding = true

  function order(): LaneOrder {
    rows.add({ n: sequence })
    const counters = { created: ++sequence, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
    const closedAtMs = performance.now() - LATE_MS
    return { sequence, baseId: ids.allocate(1), counters, batch: rows.take(), closedAtMs }
  }

  function onEvent(event: LaneEvent): void {
    if (event.type === 'connection' && event.up) setTimeout(feed, IDLE_MS)
    if (event.type === 'drained' && feeding) drained += event.records
    if (!feeding || (event.type !== 'spooled' && event.type !== 'sent')) return
    for (const _ of event.sequences) lane.accept(order())
  }

  const spool = {
    mode: 'auto',
    dir: join(disk.dir, 'fed'),
    maxBytes: 2 ** 30,
    maxFiles: 1000,
    maxAgeMs: 60_000,
  } as const
  const lane = createLane({ ...settings, redis: { url }, set: { ...settings.set, name: 'fed' }, spool }, onEvent)
  function feed(): void {
    for (let i = 0; i < WINDOW; i++) lane.accept(order())
  }

  await new Promise(resolve => setTimeout(resolve, FEEDING_MS))
  feeding = false
  lane.end()
  expect(sequence).toBeGreaterThan(2 * WINDOW)
  expect(drained).toBeGreaterThan(0)
})
