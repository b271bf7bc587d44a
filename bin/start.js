'use strict'
// Loads dist/cli.cjs, with the machine code that scripts/build.js keeps beside it: a conversion takes a tenth of a second,
// and compiling would be a tenth of that.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { constants, Script } = require('node:vm')

// All is over before optimised code pays for its making: V8 waits until a function is fifteen times as hot as usual.
setFlagsFromString('--interrupt-budget=1000000')

const filename = join(__dirname, '../dist/cli.cjs')
const cacheFile = join(__dirname, '../dist/cli.cache')

/** Another version of Node than the one that made the cache ignores it, and compiles. */
function compile() {
  return new Script(`(function (exports, require, module) {${readFileSync(filename, 'utf8')}\n})`, {
    filename,
    cachedData: readIfThere(cacheFile),
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
}

function readIfThere(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** @returns what dist/cli.cjs exports */
function load(script = compile()) {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module)
  return module.exports
}

module.exports = { cacheFile, compile, load }
