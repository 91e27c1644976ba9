/** Thrown when a server cannot be had on this machine; the message says why. Tests turn it into a counted skip; with CI set it fails. */
export class ServerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerUnavailable'
  }
}
