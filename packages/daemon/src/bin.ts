/** The program `pumphouse`. The only file that ends the process; whatever takes time to load is loaded after SIGHUP is held. */

import { holdHangUps } from './hang-ups.ts'

const hangUps = holdHangUps()
import('./command.ts').then(({ command }) => command(process.argv.slice(2), hangUps)).then(code => process.exit(code))
