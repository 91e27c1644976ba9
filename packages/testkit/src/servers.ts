/** A real server started for a test, on its own free port of 127.0.0.1 and in its own folder. */
export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** SIGTERM, then SIGKILL; removes the folder. Safe twice. */
  stop(): Promise<void>
  /** SIGKILL, keeps the folder. */
  kill(): Promise<void>
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>
  /** SIGSTOP and SIGCONT. */
  freeze(): void
  thaw(): void
}

/** Thrown when a server cannot be had on this machine; the message says why. Tests turn it into a counted skip; with CI=true it fails. */
export declare class ServerUnavailable extends Error {}

/** redis-server or valkey-server from the PATH (or PUMPHOUSE_TEST_REDIS_SERVER). Extra arguments go to the server. */
export declare function startRedis(args?: readonly string[]): Promise<RunningServer>
/** A server that speaks the MongoDB protocol. */
export declare function startMongo(args?: readonly string[]): Promise<RunningServer>
