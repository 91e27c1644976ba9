/** The address in a cloud id: after the name and a colon, base64 of `host[:port]$id of the search cluster$…`. Undefined when it is none. */
export function readCloudId(cloudId: string): string | undefined {
  const encoded = cloudId.slice(cloudId.lastIndexOf(':') + 1)
  const [domain = '', cluster = ''] = Buffer.from(encoded, 'base64').toString('utf8').split('$')
  const [host = '', port = ''] = domain.split(':')
  const [id = '', ownPort = port] = cluster.split(':')
  const address = `https://${id}.${host}${ownPort === '' ? '' : `:${ownPort}`}`
  return /^[\w-]+$/.test(id) && /^[\w.-]+$/.test(host) && URL.canParse(address) ? address : undefined
}
