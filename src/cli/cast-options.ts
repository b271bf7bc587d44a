/** The options for casting weights, shared by `convert` and `verify`. */
import { type Command, Option } from 'commander'
import { findByName } from '../bytes/find-by-name.ts'
import { UsageError } from '../errors.ts'
import type { CastDType } from '../tensor/cast.ts'

export interface CastOptions {
  readonly dtype?: CastDType
  readonly dtypeAll?: boolean
}

const TYPES = ['float32', 'float16', 'bfloat16'] as const satisfies readonly CastDType[]

export function addCastOptions(command: Command, about: string): void {
  command
    .addOption(new Option('--dtype <type>', about).choices(TYPES).argParser(dtypeNamed))
    .option('--dtype-all', 'with --dtype: the running statistics too')
}

const ALIASES: Readonly<Record<string, CastDType>> = {
  fp16: 'float16',
  half: 'float16',
  16: 'float16',
  f16: 'float16',
  bf16: 'bfloat16',
  fp32: 'float32',
  f32: 'float32',
  float: 'float32',
  single: 'float32',
  32: 'float32',
}

/** @throws UsageError when there is no such type */
function dtypeNamed(typed: string): CastDType {
  const types = TYPES.map(name => ({ name }))
  return findByName(types, typed.replace(/^torch\./i, ''), { what: 'type', aliases: ALIASES }).name
}

/** @throws UsageError when the options contradict each other */
export function checkCastOptions({ dtype, dtypeAll }: CastOptions): void {
  if (dtypeAll && !dtype)
    throw new UsageError('--dtype-all requires --dtype.', 'Specify the type: --dtype float16.')
}
