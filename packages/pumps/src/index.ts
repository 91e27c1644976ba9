export { definePump, type PumpContext, type PumpDefinition, type PumpLog } from './define-pump.ts'
export { RejectedError, RetryableError } from './errors.ts'
export type { Pump, Rejection, WriteResult } from './pump.ts'
export { builtInPumps } from './registry.ts'
