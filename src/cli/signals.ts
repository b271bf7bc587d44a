/** On SIGINT, SIGTERM and SIGHUP: removes incomplete files, then lets the signal terminate the program. */
import { removeScratchFiles } from '../node/scratch-files.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** @returns a function that restores the previous state */
export function cleanUpOnSignals(): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    removeScratchFiles()
    restore()
    process.kill(process.pid, signal)
  }
  const restore = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return restore
}
