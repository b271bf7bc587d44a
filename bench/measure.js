// Shared code of the benchmarks: running a program, its time and memory.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'

export function run(command, args) {
  const ran = spawnSync(command, args, { encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ran.stderr}`)
}

/** Wall time in seconds; the target is removed before, and the disk is idle. */
export function timed(command, args, target) {
  if (target) rmSync(target, { force: true })
  spawnSync('sync')
  // By then, the disk has finished removing the file.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  const start = process.hrtime.bigint()
  run(command, args)
  return Number(process.hrtime.bigint() - start) / 1e9
}

/** In MB, for the largest process; GNU time reports KiB. */
export function peakMemory(command, args) {
  const ran = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], { encoding: 'utf8' })
  return Number(ran.stderr.trim().split('\n').at(-1)) * 1.024e-3
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
