#!/usr/bin/env node
'use strict'
// CommonJS, for it starts some milliseconds sooner than a module does.
if (process.argv.length === 3 && process.argv[2] === '--version') {
  // What scripts ask to see whether the program is there: nothing else is loaded for it.
  console.log(require('../package.json').version)
} else {
  require('./start.js')
    .load()
    .main(process.argv.slice(2))
    .then(code => {
      process.exitCode = code
    })
}
