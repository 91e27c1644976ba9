export { type RunningServer, type ServerUnavailable, startMongo, startRedis } from './servers.ts'
export { until } from './until.ts'
