/**
 * The daemon's configuration for the demo: the two pumps that need no server.
 * @param {{ url: string, set: string, healthPort: number, recordsFile: string }} choice
 */
export const pumpYaml = ({
  url,
  set,
  healthPort,
  recordsFile,
}) => `# Written by the demo. Run it yourself: node packages/daemon/bin/pumphouse.js run -c .demo/pump.yaml
redis: { url: ${JSON.stringify(url)} }
analytics: { name: ${set} }
purgeDelay: 1s
health: { port: ${healthPort} }
pumps:
  console:
    type: stdout
    meta: { format: pretty }
  disk:
    type: file
    meta: { path: ${JSON.stringify(recordsFile)} }
`
