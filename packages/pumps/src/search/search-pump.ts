/** Puts a pump together from its options: nodes, planner, writer. Both types are made here. */
import type { PumpContext } from '../define-pump.ts'
import { readTlsFiles } from '../http/tls.ts'
import type { Pump } from '../pump.ts'
import { authorizationOf } from './authorization.ts'
import { createBulkPlanner } from './bulk-items.ts'
import { createBulkWriter } from './bulk-write.ts'
import { checkPipeline, checkServer, checkWritable } from './check.ts'
import { readCloudId } from './cloud-id.ts'
import type { Dialect } from './dialect.ts'
import { type IndexPattern, readIndexPattern } from './index-pattern.ts'
import { createNodes } from './nodes.ts'
import type { SearchOptions } from './options.ts'
import { createPlanAhead } from './plan-ahead.ts'
import { installTemplate } from './template.ts'

/** Of an answer nothing else is looked at, and with a thousand items the rest is most of it. */
const ANSWER_FILTER = 'errors,error,status,items.*.status,items.*.error'

/** The options must have passed `searchProblems`. */
export function createSearchPump(options: SearchOptions, dialect: Dialect, { log }: PumpContext): Pump {
  const { dataStream, routing, pipeline, compression, tls } = options
  const index = readIndexPattern(options.index) as IndexPattern
  const addresses = options.cloudId === undefined ? options.nodes : [readCloudId(options.cloudId) as string]
  const authorization = authorizationOf(options)
  const nodes = createNodes({ addresses, authorization, compression, readTls: () => readTlsFiles(tls) })
  const ahead = createPlanAhead(createBulkPlanner({ index, dataStream, routing }))
  const query = new URLSearchParams({
    filter_path: ANSWER_FILTER,
    ...(pipeline !== undefined && { pipeline }),
    ...(dataStream && dialect.dataStreamQuery),
  })
  const write = createBulkWriter(nodes, `/_bulk?${query}`)

  const checkTarget = async (signal: AbortSignal): Promise<void> => {
    await checkServer(nodes, dialect, signal)
    if (pipeline !== undefined) await checkPipeline(nodes, pipeline, signal)
  }

  return {
    async start(signal) {
      await checkTarget(signal)
      if (options.template.install) await installTemplate(nodes, options, dialect, log, signal)
      log.debug({ nodes: addresses, index: options.index }, `${dialect.type} is ready`)
    },
    prepare: ahead.prepare,
    write: (batch, signal) => write(ahead.planOf(batch), signal),
    async check(signal) {
      await checkTarget(signal)
      await checkWritable(nodes, index, dataStream, signal)
    },
    close() {
      ahead.clear()
      return nodes.close()
    },
  }
}
