/** The documented formats of `--json`: the output of every command is valid, and has no members that the schema omits. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { runHere } from './helpers/cli.ts'
import { writeDetector } from './helpers/detector-lists.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../fixtures/checkpoints/moco_v2.pth.tar')
const folder = temporaryFolder()
const [output, broken] = [join(folder, 'moco.pth'), join(folder, 'broken.pth')]
writeFileSync(broken, 'no checkpoint')
const [SOCO, detector] = [
  writeDetector(join(folder, 'soco.pth.tar'), 'soco_fpn_r50'),
  join(folder, 'soco.pth'),
]

type Schema = { properties?: Record<string, Schema>; additionalProperties?: unknown; [key: string]: unknown }

/** A later version may add members, so the schemas allow them; here, an undescribed one is a mistake. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  ) as Schema
  return inner.properties && inner.type === 'object' ? { additionalProperties: false, ...inner } : inner
}

/** A new instance each time: it refuses a second schema with the same `$id`. */
const compile = (schema: object) => new Ajv2020({ strict: false, allErrors: true }).compile(schema)
const read = (name: string): object => JSON.parse(readFileSync(`schemas/${name}.json`, 'utf8'))

/** In this order: the first writes files that others read. */
const CASES: readonly [name: string, ...args: string[]][] = [
  ['convert', MOCO, output, '--json'],
  ['convert', MOCO, '--dry-run', '--json'],
  ['convert', SOCO, detector, '--part', 'detector', '--json'],
  ['verify', 'verify', detector, '--json'],
  ['error', broken, output, '--json'],
  ['error', MOCO, output, '--json', '--selfsup', 'swav'],
  ['error', MOCO, output, '--json', '--arch', 'resnet101'],
  ['error', MOCO, broken, '--out-dir', folder, '--json'],
  ['inspect', 'inspect', MOCO, '--json'],
  ['verify', 'verify', output, '--against', MOCO, '--json'],
  ['verify', 'verify', output, '--arch', 'resnet101', '--json'],
  ['diff', 'diff', MOCO, output, '--json'],
  ['diff', 'diff', output, output, '--json'],
  ['config', 'config', 'moco', '--json'],
  ['methods', 'methods', '--json'],
  ['env', 'env', '--json'],
  ['probe', 'probe', output, '--json'],
  ['probe', 'probe', output, '--forward', '--json'],
]

test.each(CASES)('schemas/%s.json describes what %s … prints', async (name, ...args) => {
  const { out } = await runHere(...args)
  const lines = args.includes('--out-dir') ? out.trim().split('\n') : [out]
  const documents = lines.map(line => JSON.parse(line) as { schema: string })
  expect(documents.map(({ schema }) => schema)).toContain(`selfsup2mmdet/${name}/1`)
  for (const document of documents) {
    const validate = compile(closed(read(document.schema.split('/')[1]!)) as object)
    validate(document)
    expect(validate.errors).toBeNull()
  }
})

test.each(readdirSync('schemas'))('%s has its own identifier', file => {
  const name = file.replace('.json', '')
  expect(read(name)).toMatchObject({ $id: `urn:selfsup2mmdet:${name}:1`, title: `selfsup2mmdet/${name}/1` })
})

test('every schema has a case above, and refuses what is wrong', () => {
  expect(
    readdirSync('schemas')
      .map(file => file.replace('.json', ''))
      .sort(),
  ).toEqual([...new Set(CASES.map(([name]) => name))].sort())
  for (const file of readdirSync('schemas'))
    expect(compile(read(file.replace('.json', '')))({ schema: 'selfsup2mmdet/other/1' }), file).toBe(false)
})
