/** Where Elasticsearch and OpenSearch differ; everything else is one code path. */

export interface Dialect {
  readonly type: 'elasticsearch' | 'opensearch'
  /** As people write it. */
  readonly product: string
  /** Of the index template: what keeps an open document from being refused. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Added to the query of a bulk request to a data stream. */
  readonly dataStreamQuery: Readonly<Record<string, string>>
}

export const ELASTICSEARCH: Dialect = {
  type: 'elasticsearch',
  product: 'Elasticsearch',
  // From 8.14 on: fields beyond the limit stay in the document and are not indexed, instead of the document being refused.
  settings: { 'mapping.total_fields.ignore_dynamic_beyond_limit': true },
  // Or a missing template would make a plain index of that name.
  dataStreamQuery: { require_data_stream: 'true' },
}

export const OPENSEARCH: Dialect = {
  type: 'opensearch',
  product: 'OpenSearch',
  settings: {},
  dataStreamQuery: {},
}
