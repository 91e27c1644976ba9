import { PumphouseError } from '@pumphouse/record'

/** Thrown by a pump to say: try again, if known not before `afterMs` milliseconds have passed. */
export class RetryableError extends PumphouseError {
  readonly afterMs: number | undefined

  constructor(message: string, options?: ErrorOptions & { afterMs?: number }) {
    super('PH_PUMP_RETRYABLE', message, options)
    this.name = 'RetryableError'
    this.afterMs = options?.afterMs
  }
}

/** Thrown by a pump to say: no record of this batch will ever be accepted. */
export class RejectedError extends PumphouseError {
  /** A short stable word for counting. */
  readonly reason: string

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super('PH_PUMP_REJECTED', message, options)
    this.name = 'RejectedError'
    this.reason = reason
  }
}
