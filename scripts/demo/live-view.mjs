/**
 * What happens while it happens: every two seconds one line of counts, and a few of the records that the stdout pump has just written.
 */

const periodMs = 2000
// Enough to see what records look like, few enough to read.
const shownRecords = 3
// For output that is no terminal.
const usualColumns = 120
const margin = '        '

/** Method, path without its numbers, and status: of records that are alike in these one is enough. @param {string} line */
const kindOf = line => {
  const [, method, path = '', status = ''] = line.split(/\s+/)
  return `${method} ${path.replace(/\d+/g, '')} ${/^\d{3}$/.test(status) ? status : ''}`
}

/** Some of them, from the first to the last: what comes late is what is rare. @param {readonly string[]} lines */
const spread = lines => {
  const step = Math.max(1, (lines.length - 1) / (shownRecords - 1))
  return Array.from({ length: Math.min(shownRecords, lines.length) }, (_, n) => lines[Math.round(n * step)])
}

/**
 * @param {{ traffic: { sent(): number }, daemon: { lines(listener: (line: string) => void): void, health(): Promise<{ status: number, body: string }> } }} parts
 * @returns {{ stop(): Promise<void> }}
 */
export const startLiveView = ({ traffic, daemon }) => {
  const startMs = performance.now()
  /** @type {Map<string, string>} */
  const records = new Map()
  daemon.lines(line => {
    if (line.trim() !== '' && !records.has(kindOf(line))) records.set(kindOf(line), line)
  })
  const columns = (process.stdout.columns ?? usualColumns) - margin.length
  const show = async () => {
    const { status, body } = await daemon.health()
    const seconds = `${Math.round((performance.now() - startMs) / 1000)}`.padStart(3)
    console.log(`${seconds} s   ${traffic.sent()} requests   ${deliveries(body)}   /healthz ${status} ${word(body)}`)
    for (const record of spread([...records.values()])) console.log(margin + record.slice(0, columns))
    records.clear()
  }
  /** @type {Promise<void>} */
  let showing = Promise.resolve()
  const timer = setInterval(() => {
    showing = showing.then(show)
  }, periodMs)
  return {
    stop: () => {
      clearInterval(timer)
      return showing
    },
  }
}

/** @param {string} body @returns {any} */
const parse = body => {
  try {
    return JSON.parse(body)
  } catch {
    return {}
  }
}

/** `console 120, disk 118 delivered`. @param {string} body of /healthz */
const deliveries = body => {
  const pumps = Object.entries(parse(body).pumps ?? {}).map(
    ([name, pump]) => `${name} ${/** @type {any} */ (pump).delivered}`,
  )
  return `delivered: ${pumps.join(', ') || 'nothing yet'}`
}

/** @param {string} body of /healthz */
const word = body => parse(body).status ?? ''
