/**
 * No path becomes a template: MMEngine (3.x) and mmcv (2.x) substitute `{{…}}` in the text of a config before Python reads it.
 * Python applies these rules, as a table, to generated configs.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ConfigOptions, configFor } from '../../../src/convert/config.ts'
import { METHODS } from '../../../src/methods/index.ts'
import type { Method } from '../../../src/methods/method.ts'
import { PYTHON, runPython } from '../../helpers/python.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

const folder = temporaryFolder()

/**
 * The patterns and their replacements, in this order. Sources: mmengine/config/config.py, `_substitute_predefined_vars`,
 * `_substitute_env_variables`, `_pre_substitute_base_vars`; mmcv 1.x has the first and the third in mmcv/utils/config.py.
 */
const READ = String.raw`
import json, os, re, sys

def rules(path):
    name = os.path.basename(path)
    predefined = {'fileDirname': os.path.dirname(path), 'fileBasename': name,
                  'fileBasenameNoExtension': os.path.splitext(name)[0], 'fileExtname': os.path.splitext(path)[1]}
    for key, value in predefined.items():
        yield r'\{\{\s*' + key + r'\s*\}\}', lambda match, value=value: value
    yield (r'\{\{[\'"]?\s*\$(\w+)\s*\:\s*(\S*?)\s*[\'"]?\}\}',
           lambda match: os.environ.get(match[1], match[2]))
    yield r'\{\{\s*_base_\.([\w\.]+)\s*\}\}', lambda match: '"_%s_0123ab"' % match[1]

def strings(value):
    if isinstance(value, str): yield value
    elif isinstance(value, dict): yield from (s for v in value.values() for s in strings(v))
    elif isinstance(value, (list, tuple)): yield from (s for v in value for s in strings(v))

answers = []
for path in sys.argv[1:]:
    text = given = open(path, encoding='utf-8').read()
    for pattern, replacement in rules(path): text = re.sub(pattern, replacement, text)
    values = {}
    exec(compile(text, 'config', 'exec'), values)
    values.pop('__builtins__')
    answers.append({'same': text == given, 'ran': 'ran' in values, 'strings': sorted(set(strings(values)))})
print(json.dumps(answers))
`

function readAsMMEngine(...texts: string[]): { same: boolean; ran: boolean; strings: string[] }[] {
  const script = join(folder, 'read.py')
  writeFileSync(script, READ)
  // If a template were substituted, the config's own path would become code.
  mkdirSync(join(folder, "'; ran = 1 #"), { recursive: true })
  const paths = texts.map((text, index) => {
    const path = join(folder, "'; ran = 1 #", `${index} {{ fileDirname }}.py`)
    writeFileSync(path, text)
    return path
  })
  return JSON.parse(runPython(script, ...paths))
}

const ODD = [
  '{{ fileDirname }}',
  '{{fileBasename}}',
  '{{{fileExtname}}}',
  '{{{{ fileBasenameNoExtension }}}}',
  "{{ $NOWHERE:'+__import__('os').getcwd()+' }}",
  "{{'$PATH:x'}}",
  "{{ $NOWHERE:');ran=1;(' }}",
  '{{ _base_.model }}',
  '{{\tfileDirname\n}}',
  '{ {fileDirname}}',
  '\\{{ fileDirname }}',
  "'{{ fileDirname }}'\"",
  '{',
  '{{',
  '}}{{',
]

test.skipIf(!PYTHON)('the rules themselves substitute', () => {
  const [plain, code, base] = readAsMMEngine(
    "x = '{{ fileExtname }}'\n",
    'x = "{{ $NOWHERE:\';ran=1;\' }}"\n'.replaceAll('"', "'"),
    'x = {{ _base_.model }}\n',
  )
  expect(plain).toEqual({ same: false, ran: false, strings: ['.py'] })
  expect(code).toMatchObject({ same: false, ran: true })
  expect(base).toMatchObject({ same: false, strings: ['_model_0123ab'] })
})

test.skipIf(!PYTHON).each(['2', '3'] as const)('%s.x: paths are unchanged', mmdet => {
  const options: ConfigOptions[] = ODD.flatMap(odd => [
    { mmdet, checkpoint: `${odd}.pth` },
    { mmdet, dataRoot: `/data/${odd}/` },
    { mmdet, base: `../${odd}/_base_` },
  ])
  const answers = readAsMMEngine(...options.map(one => configFor('moco', one)))
  for (const [index, { same, ran, strings }] of answers.entries()) {
    const { checkpoint, dataRoot, base } = options[index]!
    expect({ same, ran }, JSON.stringify(options[index])).toEqual({ same: true, ran: false })
    const given = checkpoint ?? dataRoot ?? `${base}/schedules/schedule_1x.py`
    expect(strings).toContain(given)
  }
})

test.skipIf(!PYTHON)('method names are unchanged', () => {
  const method: Method = {
    ...METHODS[0]!,
    name: '{{ fileDirname }}',
    title: '{{ fileDirname }}: {{$A:}}',
    label: '{{{{',
  }
  const [answer] = readAsMMEngine(configFor(method, { gpus: 1 }))
  expect(answer).toMatchObject({ same: true, ran: false })
})
