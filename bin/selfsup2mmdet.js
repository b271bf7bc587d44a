#!/usr/bin/env node
'use strict'
// CommonJS, which starts some milliseconds sooner than a module.
if (!saidVersion()) run()

function run() {
  const { main, isPrinted } = require('./start.js').load()
  main(process.argv.slice(2)).then(code => {
    // A failure to print takes precedence.
    process.exitCode ||= code
    // Otherwise Node first frees all memory, which takes time.
    setImmediate(() => isPrinted() && process.exit())
  })
}

/** Scripts call this to check whether the program is installed: it loads nothing else and creates no stream. */
function saidVersion() {
  if (process.argv.length !== 3 || !['--version', '-V'].includes(process.argv[2])) return false
  try {
    require('node:fs').writeSync(1, `${require('../package.json').version}\n`)
    return true
  } catch {
    // A full pipe or disk, or a reader that is gone: the program handles these.
    return false
  }
}
