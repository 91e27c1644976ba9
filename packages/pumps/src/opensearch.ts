/**
 * Creates every record as a document of OpenSearch, 2 or 3: the elasticsearch pump but for the few things in search/dialect.ts. OpenSearch refuses a record
 * that would bring an index beyond its limit of fields (1,000): set `mapping.total_fields.limit` or `dynamic: false` in the template's settings and mappings if yours may.
 */
import { definePump } from './define-pump.ts'
import { OPENSEARCH } from './search/dialect.ts'
import { searchOptions, searchProblems } from './search/options.ts'
import { createSearchPump } from './search/search-pump.ts'

export const opensearch = definePump({
  type: 'opensearch',
  summary: 'Creates records as documents of OpenSearch 2 or 3; the id of each is its _id.',
  idempotent: true,
  notIdempotentIn: 'a data stream that was rolled over',
  provenOn: ['OpenSearch 3.8.0'],
  options: searchOptions,
  validate: searchProblems,
  create: (options, context) => createSearchPump(options, OPENSEARCH, context),
})
