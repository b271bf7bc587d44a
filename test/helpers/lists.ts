/** Name lists of checkpoints (fixtures/methods/*.txt) as checkpoints without bytes, which is enough for decisions. */
import { readFileSync } from 'node:fs'
import type { DType } from '../../src/tensor/dtype.ts'
import type { Checkpoint, Tensor } from '../../src/tensor/tensor.ts'

export const FOLDER = new URL('../../fixtures/methods/', import.meta.url)

export interface NameList {
  readonly file: string
  readonly method: string
  readonly architecture: string
  /** The default first; empty if there is only one. */
  readonly networks: readonly string[]
  readonly checkpoint: Checkpoint
}

export function readList(file: string): NameList {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8').trimEnd().split('\n')
  const header = (name: string): string => {
    const line = lines.find(candidate => candidate.startsWith(`# ${name}:`))
    if (line === undefined) throw new Error(`${file} has no line "# ${name}:"`)
    return line.slice(`# ${name}:`.length).trim()
  }
  return {
    file,
    method: header('method'),
    architecture: header('architecture'),
    networks: header('networks').split(' ').filter(Boolean),
    checkpoint: checkpointOf(
      file,
      lines.filter(line => !line.startsWith('#')),
    ),
  }
}

/** A checkpoint from lines `[section]` and `name dtype shape`. */
export function checkpointOf(source: string, lines: readonly string[]): Checkpoint {
  const sections = new Map<string, Map<string, Tensor>>()
  let current = ''
  for (const line of lines) {
    const section = /^\[(.*)\]$/.exec(line)
    if (section) current = section[1]!
    else addTensor(sections, current, line)
  }
  return checkpointWith(source, sections)
}

/** A checkpoint of exactly these tensors. */
export function checkpointWith(source: string, sections: Checkpoint['sections']): Checkpoint {
  return {
    format: 'a name list',
    torchLoads: 'always',
    era: 'none',
    source,
    size: 0,
    sections,
    holds: 'names',
    facts: new Map(),
    foreign: [],
    notes: [],
    close: async () => {},
  }
}

function addTensor(sections: Map<string, Map<string, Tensor>>, section: string, line: string): void {
  const [, name, dtype, shape] = /^(.*) (\w+) ([\dx]+|scalar)$/.exec(line)!
  if (!sections.has(section)) sections.set(section, new Map())
  sections.get(section)!.set(name!, {
    dtype: dtype as DType,
    shape: shape === 'scalar' ? [] : shape!.split('x').map(Number),
    origin: 'a name list',
    copyTo: async () => {
      throw new Error('a name list has no bytes')
    },
  })
}
