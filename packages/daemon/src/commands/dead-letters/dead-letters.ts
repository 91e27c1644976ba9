/** `pumphouse dead-letters`: what no target took, looked at, written again or dropped. */
import type { Redis } from 'ioredis'
import type { DaemonConfig } from '../../config/config.ts'
import { askRedis, CannotAsk } from '../ask-redis.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { CommandSurroundings } from '../surroundings.ts'
import { loadOrComplain } from '../validate.ts'
import { dropLetters } from './drop.ts'
import type { LettersLine } from './letters-line.ts'
import { listLetters } from './list.ts'
import { replayCommand } from './replay.ts'
import { showLetter } from './show.ts'

/** Exit 0; 1 when Redis cannot be asked, a named letter is none, or a replay leaves letters behind. */
export async function deadLetters(
  file: string,
  line: LettersLine,
  json: boolean,
  surroundings: CommandSurroundings,
): Promise<ExitCode> {
  const loaded = await loadOrComplain(file, surroundings)
  if (loaded === undefined) return EXIT.config
  const { config } = loaded
  try {
    return await askRedis(config.redis, 'dead-letters', redis => act(redis, config, line, json, surroundings))
  } catch (error) {
    if (!(error instanceof CannotAsk)) throw error
    await surroundings.complain(`dead-letters: ${error.message}\n`)
    return EXIT.failed
  }
}

async function act(
  redis: Redis,
  config: DaemonConfig,
  line: LettersLine,
  json: boolean,
  surroundings: CommandSurroundings,
): Promise<ExitCode> {
  const { print, complain } = surroundings
  const set = config.analytics
  switch (line.action) {
    case 'list':
      await print(await listLetters(redis, set, line, json))
      return EXIT.ok
    case 'show': {
      const [id = ''] = line.ids
      const shown = await showLetter(redis, set, id, json)
      if (shown === undefined) await complain(`dead-letters: there is no dead letter ${id}\n`)
      else await print(shown)
      return shown === undefined ? EXIT.failed : EXIT.ok
    }
    case 'replay':
      return await replayCommand(redis, config, line, json, surroundings)
    case 'drop': {
      const { dropped, missing } = await dropLetters(redis, set, line)
      await print(json ? `${JSON.stringify({ dropped }, null, 2)}\n` : `${dropped} dead letters dropped\n`)
      for (const id of missing) await complain(`dead-letters: there is no dead letter ${id}\n`)
      return missing.length === 0 ? EXIT.ok : EXIT.failed
    }
  }
}
