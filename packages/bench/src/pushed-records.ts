import { connectRedis, readStatus } from '@pumphouse/queue'

/** Records that this Redis has in the set of the benches, by a connection of its own. */
export async function pushedTo(
  url: string,
  set: { readonly name: string; readonly partitions: number },
): Promise<number> {
  const redis = await new Promise<ReturnType<typeof connectRedis>>(resolve => {
    const client = connectRedis({ url }, 'bench', { onUp: () => resolve(client) })
  })
  const { pushed } = await readStatus(redis, set)
  redis.disconnect()
  return pushed
}
