// Stores the code that V8 compiles for dist/cli.cjs during a conversion: the functions that every run needs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import start from '../bin/start.js'

const checkpoint = join(import.meta.dirname, '../fixtures/checkpoints/moco_v2.pth.tar')
const folder = mkdtempSync(join(tmpdir(), 'selfsup2mmdet-'))
rmSync(start.cacheFile, { force: true })
const script = start.compile()
const silent = { out() {}, err() {}, outIsTerminal: false, errIsTerminal: false, env: {} }
const code = await start.run(script).main(['-q', checkpoint, join(folder, 'out.pth')], silent)
rmSync(folder, { recursive: true })
if (code !== 0) throw new Error(`expected the conversion of ${checkpoint} to end with 0, found ${code}`)
writeFileSync(start.cacheFile, script.createCachedData())
