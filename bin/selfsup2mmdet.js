#!/usr/bin/env node
'use strict'
// CommonJS, for it starts some milliseconds sooner than a module does.
require('./start.js')
  .load()
  .main(process.argv.slice(2))
  .then(code => {
    process.exitCode = code
  })
