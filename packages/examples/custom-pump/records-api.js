import { createServer } from 'node:http'

/** The target to test against: keeps records by their id, and refuses those whose `contractKey` it is told to. */
export async function startRecordsApi() {
  const records = new Map()
  let refusing = new Set()

  function take(batch) {
    const refused = []
    for (const [index, record] of batch.entries()) {
      if (refusing.has(record.contractKey)) refused.push({ index, message: 'not this one' })
      else if (!records.has(record.id)) records.set(record.id, record)
    }
    return JSON.stringify({ refused })
  }

  function listen(port) {
    return new Promise(resolve => {
      const server = createServer(async (request, response) => {
        let body = ''
        for await (const chunk of request.setEncoding('utf8')) body += chunk
        response.end(request.method === 'POST' ? take(JSON.parse(body)) : 'ok')
      })
      server.listen(port, '127.0.0.1', () => resolve(server))
    })
  }

  let server = await listen(0)
  const { port } = server.address()
  async function close() {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }

  return {
    port,
    keys: () => [...records.values()].map(record => record.contractKey),
    refuse(contractKeys) {
      refusing = new Set(contractKeys)
    },
    async restart() {
      await close()
      server = await listen(port)
    },
    close,
  }
}
