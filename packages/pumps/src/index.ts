export { createPump } from './create-pump.ts'
export {
  definePump,
  deliveryOf,
  PUMP_CONTRACT,
  type PumpContext,
  type PumpDefinition,
  type PumpLog,
} from './define-pump.ts'
export { RejectedError, RetryableError } from './errors.ts'
export { jsonLine } from './lines/json-line.ts'
export type { Pump, Rejection, WriteResult } from './pump.ts'
export { builtInPumps } from './registry.ts'
