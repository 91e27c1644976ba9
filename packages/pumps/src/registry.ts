import type { PumpDefinition } from './define-pump.ts'
import { discard, nullPump } from './discard.ts'
import { elasticsearch } from './elasticsearch.ts'
import { file } from './file.ts'
import { http } from './http.ts'
import { mongo } from './mongo.ts'
import { opensearch } from './opensearch.ts'
import { stdout } from './stdout.ts'

/** The pumps that come with Pumphouse. Adding one = one file, one word here, one test that calls the contract suite. */
export const builtInPumps: readonly PumpDefinition[] = [
  stdout,
  file,
  mongo,
  elasticsearch,
  opensearch,
  http,
  discard,
  nullPump,
]
