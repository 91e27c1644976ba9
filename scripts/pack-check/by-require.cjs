const { entries, usePackages } = require('./use-packages.cjs')

usePackages(Object.fromEntries(entries.map(entry => [entry, require(entry)]))).catch(error => {
  console.error(error)
  process.exitCode = 1
})
