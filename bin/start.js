'use strict'
// Loads dist/cli.cjs with its compiled code: a conversion takes a tenth of a second, a tenth of which would be compiling. After a
// build, scripts/build.js stores the code in the same folder; otherwise Node does (in its own cache, since version 22.8).
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

// Only for Node 20's V8: newer ones would print a warning.
if (process.versions.v8.startsWith('11.')) {
  // The program ends before optimising code pays off: V8 waits until a function is three times as hot as usual.
  setFlagsFromString('--interrupt-budget=200000')
  // A fixed size for new objects: saves six megabytes, and garbage collection takes the same time, in more and shorter steps.
  setFlagsFromString('--semi-space-growth-factor=1')
}

const filename = join(__dirname, '../dist/cli.cjs')
const cacheFile = join(__dirname, '../dist/cli.cache')

/** @returns the exports of dist/cli.cjs */
function load() {
  const code = readIfThere(cacheFile)
  if (code) return run(compile(code))
  require('node:module').enableCompileCache?.()
  return require(filename)
}

/**
 * A version of Node other than the one that compiled the code ignores it, and compiles again. The file is ASCII, so it
 * is read and kept without conversion.
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
