import { entries, usePackages } from './use-packages.cjs'

const modules = {}
for (const entry of entries) modules[entry] = await import(entry)
await usePackages(modules)
