/** Decides whether a case is a finding: errors that are not ours, too much time, too much memory; and minimises it. */
import { openSync, readSync, writeSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Case } from './fuzz-cases.ts'
import { problemWith, WAYS } from './fuzz-ways.ts'

const SLOW = 2000
const LARGE = 200 * 1024 * 1024

/** The time in milliseconds that a valid network takes: allows for slow machines. */
const usual = new Map<string, number>()

/** Runs a valid case: anything that takes no longer is not slow. */
export async function goOnce(one: Case, way: string): Promise<void> {
  const before = processorTime()
  await WAYS[way]!(one)
  usual.set(way, Math.max(processorTime() - before, usual.get(way) ?? 0))
}

export interface Finding {
  readonly kind: 'error' | 'slow' | 'large'
  readonly text: string
}

/** Runs slow or large cases twice: if it does not happen again, the reason was garbage of earlier cases, or a busy machine. */
export async function judge(one: Case, way: string): Promise<Finding | undefined> {
  const first = await judgeOnce(one, way, () => performance.now())
  return first === undefined || first.kind === 'error' ? first : judgeAlone(one, way)
}

/** Without garbage from before, in which new memory would be invisible. */
function judgeAlone(one: Case, way: string): Promise<Finding | undefined> {
  collect()
  return judgeOnce(one, way, processorTime)
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** CPU time of this process in milliseconds: not affected by other programs. Too slow to call it every time. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function judgeOnce(one: Case, way: string, clock: () => number): Promise<Finding | undefined> {
  const before = clock()
  const taken = memoryTaken()
  const problem = await problemWith(one, way)
  const [time, memory] = [clock() - before, taken()]
  if (problem !== undefined)
    return { kind: 'error', text: problem instanceof Error ? `${problem.stack}` : String(problem) }
  if (time > SLOW + (usual.get(way) ?? 0)) return { kind: 'slow', text: `it took ${Math.round(time)} ms` }
  if (memory > LARGE) return { kind: 'large', text: `it took ${memory} bytes of memory` }
  return undefined
}

/** Kept open, because there are millions of cases. Undefined if the system is not Linux, or does not allow it. */
const linux = openLinux()

function openLinux(): { readonly reset: number; readonly status: number } | undefined {
  try {
    const found = {
      reset: openSync('/proc/self/clear_refs', 'w'),
      status: openSync('/proc/self/status', 'r'),
    }
    writeSync(found.reset, '5')
    return found
  } catch {
    return undefined
  }
}

const status = Buffer.alloc(4096)

/** In kB. */
function lineOfStatus(fd: number, name: string): number {
  const length = readSync(fd, status, 0, status.length, 0)
  const text = status.toString('latin1', 0, length)
  return Number(/\d+/.exec(text.slice(text.indexOf(name)))![0])
}

/**
 * The peak of additional memory from now on. Linux can reset its high-water mark; elsewhere, only growth beyond the previous maximum
 * is visible.
 */
function memoryTaken(): () => number {
  if (linux) {
    writeSync(linux.reset, '5')
    const before = lineOfStatus(linux.status, 'VmRSS:')
    return () => 1024 * (lineOfStatus(linux.status, 'VmHWM:') - before)
  }
  const before = process.memoryUsage.rss()
  const most = process.resourceUsage().maxRSS
  return () => {
    const now = process.resourceUsage().maxRSS
    return now > most ? 1024 * now - before : 0
  }
}

/** Limited in time: the smallest one so far is good enough. */
const PATIENCE = 60_000

/** The shortest version of a file that is a finding of the same kind, by cutting out pieces. */
export async function shrink(one: Case, way: string, { kind }: Finding): Promise<Uint8Array> {
  const end = performance.now() + PATIENCE
  let best = one.bytes
  for (let size = best.length >> 1; size > 0; size >>= 1)
    for (let at = 0; at + size <= best.length; ) {
      if (performance.now() > end) return best
      const bytes = new Uint8Array(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]))
      if ((await judgeAlone({ ...one, bytes }, way))?.kind === kind) best = bytes
      else at += size
    }
  return best
}
