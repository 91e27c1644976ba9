/**
 * What happens while it happens: every two seconds one line of counts, and a few of the records that the stdout pump has just written.
 */

const periodMs = 2000
// Enough to see what a record looks like, few enough to read.
const shownRecords = 3

/**
 * @param {{ traffic: { sent(): number }, daemon: { lines(listener: (line: string) => void): void, health(): Promise<{ status: number, body: string }> } }} parts
 * @returns {{ stop(): Promise<void> }}
 */
export const startLiveView = ({ traffic, daemon }) => {
  const startMs = performance.now()
  /** @type {string[]} */
  let records = []
  daemon.lines(line => {
    if (line.trim() !== '' && records.length < shownRecords) records.push(line)
  })
  const show = async () => {
    const { status, body } = await daemon.health()
    const seconds = `${Math.round((performance.now() - startMs) / 1000)}`.padStart(3)
    console.log(`${seconds} s   ${traffic.sent()} requests   ${deliveries(body)}   /healthz ${status} ${word(body)}`)
    for (const record of records) console.log(`        ${record}`)
    records = []
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
