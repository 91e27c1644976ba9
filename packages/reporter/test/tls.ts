/** TLS by a key that both sides know: a test needs no certificate. */

import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'

const psk = Buffer.from('d731ef57be09e5204f0b205b60627028', 'hex')
/** Keys like this were for versions up to this one. */
const shared = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const

export const tlsServerOptions = { ...shared, pskCallback: () => psk }
export const tlsClientOptions = {
  ...shared,
  pskCallback: () => ({ psk, identity: 'test' }),
  checkServerIdentity: () => undefined,
}

/** Opens a connection to 127.0.0.1 and sends `text`. */
export async function sendEncrypted(port: number, text: string): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ...tlsClientOptions })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  socket.write(text)
  return socket
}
