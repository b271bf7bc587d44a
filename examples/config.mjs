// Lists methods, families and targets, and writes the config for one method: node examples/config.mjs <method>
import { configFor, FAMILIES, METHODS, TARGETS } from 'selfsup2mmdet'

console.error(METHODS.length, 'methods')
for (const { title, spellings } of FAMILIES)
  console.error(`${title}: ${spellings.map(({ name }) => name).join(', ')}`)
for (const { name, homes } of TARGETS) console.error(`${name} loads ${Object.keys(homes).join(', ')}`)

console.log(configFor(process.argv[2], { schedule: '2x', gpus: 4, classes: ['cat', 'dog', 'cow'] }))
