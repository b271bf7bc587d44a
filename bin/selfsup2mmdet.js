#!/usr/bin/env node
'use strict'
// CommonJS, for it starts some milliseconds sooner than a module does.
if (!saidVersion()) run()

function run() {
  const { main, isPrinted } = require('./start.js').load()
  main(process.argv.slice(2)).then(code => {
    // What could not be printed counts for more.
    process.exitCode ||= code
    // Otherwise Node first frees all memory, which takes a while.
    setImmediate(() => isPrinted() && process.exit())
  })
}

/** What scripts ask to see whether the program is there: nothing else is loaded for it, and no stream is made. */
function saidVersion() {
  if (process.argv.length !== 3 || !['--version', '-V'].includes(process.argv[2])) return false
  try {
    require('node:fs').writeSync(1, `${require('../package.json').version}\n`)
    return true
  } catch {
    // A pipe that is full, a reader that has gone, a disk that is full: the program knows what to do.
    return false
  }
}
