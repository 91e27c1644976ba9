export {
  createGroup,
  type DeadLetter,
  type Group,
  type GroupOptions,
  type LeasedFrame,
  type Settlement,
  type SettleResult,
} from './group.ts'
export { analyticsOptions, redisOptions } from './options.ts'
export { createProducer, type OutgoingFrame, type Producer, type ProducerOptions, type PushResult } from './producer.ts'
export { connectRedis, type RedisEvents, type RedisOptions } from './redis.ts'
export { type PumpStatus, readStatus, type SetStatus, trim } from './status.ts'
