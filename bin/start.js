'use strict'
// Loads dist/cli.cjs with its compiled code: a conversion takes a tenth of a second, and compiling is a tenth of that.
// Where the package was built, scripts/build.js keeps the code beside it; elsewhere Node does (in its own folder for such
// things, from version 22.8 on).
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

// Only for Node 20's V8: a newer one would complain on stderr.
if (process.versions.v8.startsWith('11.')) {
  // All is over before optimised code pays for its making: V8 waits until a function is three times as hot as usual.
  setFlagsFromString('--interrupt-budget=200000')
  // Room for new objects that does not grow: six megabytes less, and collecting garbage takes as long, more often and less each time.
  setFlagsFromString('--semi-space-growth-factor=1')
}

const filename = join(__dirname, '../dist/cli.cjs')
const cacheFile = join(__dirname, '../dist/cli.cache')

/** @returns what dist/cli.cjs exports */
function load() {
  const code = readIfThere(cacheFile)
  if (code) return run(compile(code))
  require('node:module').enableCompileCache?.()
  return require(filename)
}

/**
 * Another version of Node than the one that made the code ignores it, and compiles anew. The file is ASCII, which is read and
 * kept as it is.
 */
function compile(cachedData) {
  return new Script(
    `(function (exports, require, module, __filename) {${readFileSync(filename, 'latin1')}\n})`,
    {
      filename,
      cachedData,
    },
  )
}

function run(script) {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, filename)
  return module.exports
}

function readIfThere(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

module.exports = { cacheFile, compile, load, run }
