/**
 * `node:fs` in which one call fails: the disk breaks, fills up, or does less than requested. For `vi.mock('node:fs', …)`;
 * everything else is Node's own.
 */
import type * as Fs from 'node:fs'
import { promisify } from 'node:util'

/** A call may throw, or do only a part of its work. */
export type Fault = 'EIO' | 'ENOSPC' | 'part' | 'nothing'

/** The calls that are made to fail, and how each may fail. */
export const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  openSync: ['EIO'],
  fstatSync: ['EIO'],
  statSync: ['EIO'],
  readSync: ['EIO', 'part', 'nothing'],
  write: ['ENOSPC', 'EIO', 'part'],
  writeSync: ['ENOSPC', 'EIO', 'part'],
  fdatasync: ['EIO'],
  fsync: ['EIO'],
  closeSync: ['EIO'],
  fchmodSync: ['EIO'],
  renameSync: ['EIO', 'ENOSPC'],
  linkSync: ['EIO'],
  statfsSync: ['EIO'],
}

/** A call: the first of its kind is 0. Counted by kind, because parallel calls have no fixed order. */
export interface Place {
  readonly call: string
  readonly at: number
}

interface Plan {
  readonly place: Place | undefined
  readonly fault: Fault
  readonly counts: Map<string, number>
  hasFailed: boolean
}

let plan: Plan = { place: undefined, fault: 'EIO', counts: new Map(), hasFailed: false }

/** Restarts counting. */
export function failAt(place?: Place, fault: Fault = 'EIO'): void {
  plan = { place, fault, counts: new Map(), hasFailed: false }
}

/** The number of calls of each kind, and whether the one that should fail was made. */
export function whatHappened(): Pick<Plan, 'counts' | 'hasFailed'> {
  return plan
}

function failure(call: string): Error {
  return Object.assign(new Error(`${plan.fault}: ${call} failed`), { code: plan.fault, syscall: call })
}

type Call = (...args: never[]) => unknown

/** Counts the call, and decides what happens to it. */
function becomes(call: string): Fault | undefined {
  const { place, fault, counts } = plan
  const at = counts.get(call) ?? 0
  counts.set(call, at + 1)
  if (place?.call !== call || place.at !== at) return undefined
  plan.hasFailed = true
  return fault
}

const isError = (fault: Fault | undefined): boolean => fault === 'EIO' || fault === 'ENOSPC'

/** `length` is the fourth argument of reads and writes, if present. */
function shorter(args: readonly unknown[], call: string): unknown[] {
  const [fd, bytes, offset = 0, length = (bytes as Uint8Array).length - Number(offset), ...rest] = args
  return [
    fd,
    bytes,
    offset,
    call === 'readSync' ? Number(length) >> 1 : Math.max(1, Number(length) >> 1),
    ...rest,
  ]
}

function failing(call: string, real: Call): Call {
  return (...args: unknown[]) => {
    const fault = becomes(call)
    // A file whose closing fails is closed anyway: the system cannot undo it.
    if (isError(fault) && call === 'closeSync') real(...(args as never[]))
    if (isError(fault)) throw failure(call)
    if (fault === 'nothing') return 0
    return real(...((fault === 'part' ? shorter(args, call) : args) as never[]))
  }
}

/** The same for functions with callbacks, which are promisified. */
function failingLater(call: string, real: Call): Call {
  const start = promisify(real as never) as (...args: unknown[]) => Promise<unknown>
  const later = async (...args: unknown[]): Promise<unknown> => {
    const fault = becomes(call)
    if (isError(fault)) throw failure(call)
    return start(...(fault === 'part' ? shorter(args, call) : args))
  }
  return Object.assign(() => {}, { [promisify.custom]: later })
}

const LATER: readonly string[] = ['write', 'fdatasync', 'fsync']

export function failingFs(fs: typeof Fs): typeof Fs {
  const real = fs as unknown as Record<string, Call>
  const replaced = Object.keys(FAULTS).map(call => [
    call,
    LATER.includes(call) ? failingLater(call, real[call]!) : failing(call, real[call]!),
  ])
  return { ...fs, ...Object.fromEntries(replaced) }
}
