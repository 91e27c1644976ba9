/**
 * Whether the target can be reached and written to. Nothing is changed by it: who we are and what the server is comes from GET /, what may be written
 * from the settings of the index and, where the server knows it, from the rights of our user.
 */
import { RetryableError } from '../errors.ts'
import type { Dialect } from './dialect.ts'
import { ELASTICSEARCH, OPENSEARCH } from './dialect.ts'
import type { IndexPattern } from './index-pattern.ts'
import type { SearchAnswer, SearchNodes } from './nodes.ts'
import { answerInWords } from './server-answer.ts'

const OK = 200
/** Answered, but not for us: the user may not ask what the server is, or a gateway lets only some paths through. */
const STILL_THERE: ReadonlySet<number> = new Set([OK, 403, 405])
const NOT_FOUND = 404

/** Throws RetryableError in words when the server does not answer, does not know us, or is not what the pump's type says. */
export async function checkServer(nodes: SearchNodes, dialect: Dialect, signal: AbortSignal): Promise<void> {
  const answer = await nodes.request({ method: 'GET', path: '/', signal })
  if (!STILL_THERE.has(answer.status)) throw failed(answer)
  const actual = productOf(answer)
  if (actual === undefined || actual === dialect) return
  throw new RetryableError(`${answer.node} is ${actual.product}, not ${dialect.product}: write type: ${actual.type}`)
}

/** Throws RetryableError when the pipeline is not there. */
export async function checkPipeline(nodes: SearchNodes, pipeline: string, signal: AbortSignal): Promise<void> {
  const answer = await nodes.request({
    method: 'GET',
    path: `/_ingest/pipeline/${encodeURIComponent(pipeline)}`,
    signal,
  })
  if (answer.status === NOT_FOUND) throw new RetryableError(`${answer.node} has no ingest pipeline ${pipeline}`)
}

/** Throws RetryableError when an index of the pattern is blocked, or our user may not write to it. */
export async function checkWritable(
  nodes: SearchNodes,
  index: IndexPattern,
  dataStream: boolean,
  signal: AbortSignal,
): Promise<void> {
  await checkBlocks(nodes, index.nameOf({ timestamp: Date.now() }), signal)
  await checkRights(nodes, index.wildcard, dataStream, signal)
}

/** Blocks of an index; `read_only_allow_delete` is what a server sets when its disk is full. */
const BLOCKS = ['read_only', 'read_only_allow_delete', 'write'] as const

type IndexSettings = Record<string, { settings?: { index?: { blocks?: Record<string, string> } } }>

async function checkBlocks(nodes: SearchNodes, name: string, signal: AbortSignal): Promise<void> {
  const query = 'ignore_unavailable=true&allow_no_indices=true&filter_path=*.settings.index.blocks'
  const answer = await nodes.request({ method: 'GET', path: `/${encodeURIComponent(name)}/_settings?${query}`, signal })
  if (answer.status !== OK) return
  for (const [indexName, { settings }] of Object.entries((answer.json ?? {}) as IndexSettings)) {
    const block = BLOCKS.find(one => settings?.index?.blocks?.[one] === 'true')
    if (block === undefined) continue
    const why = block === 'read_only_allow_delete' ? '; is a disk of the cluster full?' : ''
    throw new RetryableError(`${answer.node}: the index ${indexName} takes no writes (blocks.${block})${why}`)
  }
}

/** Of Elasticsearch; elsewhere, and without security, nobody answers that question and it is left open. */
async function checkRights(nodes: SearchNodes, names: string, dataStream: boolean, signal: AbortSignal): Promise<void> {
  const privileges = ['create_doc', ...(dataStream ? ['auto_configure'] : ['create_index'])]
  const body = Buffer.from(JSON.stringify({ index: [{ names: [names], privileges }] }))
  const answer = await nodes.request({ method: 'POST', path: '/_security/user/_has_privileges', body, signal })
  const has = answer.status === OK ? (answer.json as { index?: Record<string, Record<string, boolean>> }) : undefined
  const missing = Object.entries(has?.index?.[names] ?? {}).filter(([, held]) => !held)
  if (missing.length === 0) return
  const rights = missing.map(([right]) => right).join(', ')
  throw new RetryableError(`${answer.node}: our user lacks the right ${rights} on ${names}`)
}

function productOf(answer: SearchAnswer): Dialect | undefined {
  if (answer.product === 'Elasticsearch') return ELASTICSEARCH
  const { version } = (answer.json ?? {}) as { readonly version?: { readonly distribution?: string } }
  return version?.distribution === 'opensearch' ? OPENSEARCH : undefined
}

function failed(answer: SearchAnswer): RetryableError {
  return new RetryableError(`${answer.node} ${answerInWords(answer)}`)
}
