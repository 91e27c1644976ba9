/** Why a field, or a part of one, did not go into a record as the application gave it. */
export type Alteration =
  /** record() was called with something else than an object. It is kept under the key `value`. */
  | 'not_a_record'
  /** A key the record cannot hold: `id`, which the frame gives, at the top; `__proto__` anywhere; a map's key that is no string or number. */
  | 'reserved_key'
  /** A key of more than 512 UTF-16 units. */
  | 'key_too_long'
  /** More fields than maxFields: the rest was cut, counted once a record. */
  | 'too_many_fields'
  /** A string or byte string was cut at maxFieldLength, a string of 16 times that replaced by its length; or a bigint of more than 1024 bits was left out. */
  | 'too_long'
  /** A value that did not fit into maxRecordBytes any more was left out. */
  | 'record_too_big'
  /** More values than maxValues: the rest of a container was cut, counted once a container. */
  | 'too_many_values'
  /** A container nested deeper than maxDepth was left out. */
  | 'too_deep'
  /** A container that holds itself was left out inside itself. */
  | 'cycle'
  /** A getter, a proxy's trap or a toJSON threw; what it guarded was left out. */
  | 'threw'
  /** A shape beyond maxShapes: its fields, but the well-known ones, are in `otherFields`. */
  | 'too_many_shapes'
  /** A route beyond maxRoutes, now `other`. */
  | 'too_many_routes'
  /** Tags with keys beyond maxTagKeys, now `other`; counted once a record. */
  | 'too_many_tag_keys'
  | 'function'
  | 'symbol'
  /** NaN or an infinity, now null. */
  | 'not_finite'
  /** A Date without a time, now null. */
  | 'invalid_date'
  /** A bigint beyond 64 bits, now its decimal digits. */
  | 'bigint_too_wide'

/** Counts one alteration. */
export type CountAlteration = (reason: Alteration) => void
