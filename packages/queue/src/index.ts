export {
  type DeadLetterFilter,
  type DeadLetterPages,
  type DeadLetterSet,
  dropDeadLetters,
  findDeadLetter,
  type KeptDeadLetter,
  listDeadLetters,
  readDeadLetters,
  settleReplayed,
} from './dead-letters.ts'
export { createGroup, type Group, type GroupOptions, type Recreated } from './group.ts'
export { keepGroups, type UnwantedGroup } from './keep-groups.ts'
export type { LeasedFrame } from './leased-frame.ts'
export { analyticsOptions, backlogOptions, redisOptions } from './options.ts'
export {
  createProducer,
  type OutgoingFrame,
  type Producer,
  type ProducerOptions,
  type PushResult,
  type ReporterAccount,
} from './producer.ts'
export { type EarlierProducers, type ProducerStatus, type Producers, readProducers } from './producers.ts'
export { connectRedis, type RedisEvents, type RedisOptions } from './redis.ts'
export { RedisError } from './redis-error.ts'
export { type Retention, retain } from './retain.ts'
export type { DeadLetter, Settlement, SettleResult } from './settlement.ts'
export { joinStatus, type PumpStatus, readPartitionStatus, readStatus, type SetStatus } from './status.ts'
export { trim } from './trim.ts'
