import { expect, test } from 'vitest'
import { startMongo } from './mongo-server.ts'
import { ServerUnavailable } from './server-unavailable.ts'

test('starts a server that speaks the MongoDB protocol, or says why there is none', async ctx => {
  const started = await startMongo().catch((error: unknown) => error)
  if (started instanceof ServerUnavailable) return ctx.skip(started.message)
  if (started instanceof Error) throw started
  expect(started).toMatchObject({ url: expect.stringMatching(/^mongodb:\/\/127\.0\.0\.1:\d+$/) })
  await (started as Awaited<ReturnType<typeof startMongo>>).stop()
})
