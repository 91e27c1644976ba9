/**
 * Creates every record as a document of Elasticsearch, 8.14 or newer.
 *
 * The `_id` is the record's id and the request is `create`, so a redelivered record changes nothing. What becomes of every answer stands in search/bulk-answer.ts, how
 * records are indexed in search/template.ts, and which node is asked in search/nodes.ts. Acknowledged means in the translog, on disk, of the primary and its replicas
 * in sync, unless the settings of the index say otherwise.
 */
import { definePump } from './define-pump.ts'
import { ELASTICSEARCH } from './search/dialect.ts'
import { searchOptions, searchProblems } from './search/options.ts'
import { createSearchPump } from './search/search-pump.ts'

export const elasticsearch = definePump({
  type: 'elasticsearch',
  summary: 'Creates records as documents of Elasticsearch 8 or 9; the id of each is its _id.',
  idempotent: true,
  notIdempotentIn: 'a data stream that was rolled over',
  provenOn: ['Elasticsearch 9.2.0', 'Elasticsearch 8.19.21'],
  options: searchOptions,
  validate: searchProblems,
  create: (options, context) => createSearchPump(options, ELASTICSEARCH, context),
})
