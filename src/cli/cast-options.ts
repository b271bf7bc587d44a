/** The options that say which type weights are cast to: where they are written, and where what was written is proven. */
import { type Command, Option } from 'commander'
import { UsageError } from '../errors.ts'
import type { CastDType } from '../tensor/cast.ts'

export interface CastOptions {
  readonly dtype?: CastDType
  readonly dtypeAll?: boolean
}

const TYPES = ['float32', 'float16', 'bfloat16'] as const satisfies readonly CastDType[]

export function addCastOptions(command: Command, about: string): void {
  command
    .addOption(new Option('--dtype <type>', about).choices(TYPES))
    .option('--dtype-all', 'with --dtype: the running statistics too')
}

/** @throws UsageError when the options make no sense together */
export function checkCastOptions({ dtype, dtypeAll }: CastOptions): void {
  if (dtypeAll && !dtype)
    throw new UsageError('--dtype-all goes with --dtype.', 'Say which type: --dtype float16.')
}
